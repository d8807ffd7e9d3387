//! The product's own words and rules; no I/O of any kind

pub mod catalogue;
