//! Mail: texts and channels
