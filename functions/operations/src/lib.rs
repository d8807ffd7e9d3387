//! Operations and their steps
