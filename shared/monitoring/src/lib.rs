//! The prober.
mod address;

pub use address::is_public;
