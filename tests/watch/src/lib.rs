//! The monitor's functions over a real DynamoDB and real sites. Nothing moves by itself: the test is schedule, poller and clock.

#![allow(
    missing_docs,
    clippy::disallowed_methods,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::missing_panics_doc,
    clippy::must_use_candidate,
    clippy::panic,
    clippy::unwrap_used,
    reason = "tests may fail loudly"
)]

mod busy;
mod clock;
mod records;
mod sites;
mod world;

pub use busy::busy;
pub use clock::Hand;
pub use sites::{Behaviour, Sites};
pub use world::{Handled, World};
