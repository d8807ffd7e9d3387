//! Keys of the platform's users
