//! The crash matrix: the product's own functions between an embedded AWS and the sandbox, with a wire in between that counts every
//! effect and lets a fault strike exactly one of them.
//!
//! **Invariant:** nothing here knows how an operation is run: it is begun through the API, moved by messages, and judged by what
//! exists outside, what the ledger says and what the API answers.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    missing_docs,
    reason = "a test may fail loudly"
)]

mod cell;
mod charge;
mod desk;
mod effect;
mod inside;
mod process;
mod scenario;
mod table;
mod time;
mod wire;
mod world;

pub use cell::{Cell, Verdict, is_outside, run, take_down};
pub use charge::Charged;
pub use desk::Site;
pub use effect::Side;
pub use scenario::{Scenario, Subject};
pub use table::Table;
pub use wire::{Mode, Strike, Upstream, Wire};
pub use world::{Called, World};

/// Is this the full suite (`tests/run --full`), or the sample of it that always runs?
pub fn is_full() -> bool {
    std::env::var_os("TENANTRY_FULL").is_some()
}
