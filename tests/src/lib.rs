//! The world of the black-box suites: a stack of its own for each test, and verbs as a user would say them.
//!
//! **Invariant:** nothing here links the product. It is started as a process and spoken to over HTTP.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    reason = "a test that cannot go on says so and stops"
)]

mod desk;
mod outside;
mod rollouts;
mod stack;
mod world;

pub use rollouts::label;
pub use stack::Stack;
pub use world::{Answer, World, acme};
