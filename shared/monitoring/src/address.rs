//! Which addresses may be connected to; the table is the product's own.

pub use domain::is_public;
