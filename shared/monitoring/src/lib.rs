//! The prober: one look at a site.
//!
//! **Invariant:** no connection goes to an address that was not checked, and none to a port other than 80 and 443; hosts on this
//! machine are an exception that somebody has to configure.
//! **Invariant:** whatever a site does, its check ends in time and holds little memory, and the other checks do not wait for it.

mod address;
mod resolve;
mod target;

pub use address::is_public;
pub use resolve::{Resolver, Resolving, SystemResolver};
pub use target::{InvalidTarget, Limits, Target};
mod certificate;
mod failure;
mod tls;
pub use tls::Roots;
