//! The prober: one look at a site.
//!
//! **Invariant:** no connection goes to an address that was not checked, and none to a port other than 80 and 443; hosts on this
//! machine are an exception that somebody has to configure.
//! **Invariant:** whatever a site does, its check ends in time and holds little memory, and the other checks do not wait for it.

mod address;
mod certificate;
mod dial;
mod exchange;
mod failure;
mod notes;
mod prober;
mod resolve;
mod target;
mod tls;
mod visit;

pub use address::is_public;
pub use prober::{InFlight, Prober, ProberOptions};
pub use resolve::{Resolver, Resolving, SystemResolver};
pub use target::{InvalidTarget, Limits, Target};
pub use tls::Roots;
