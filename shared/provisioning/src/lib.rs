//! The engine and the steps that bring a client up and take it down.
//!
//! A message says whose turn it is; [`Provisioner::advance`] takes a lease on the operation, runs the step that is next, writes
//! down how it came out, and goes on while there is something to do and time to do it.
//!
//! **Invariant:** before the first call that could make a thing, its name and the intent stand in the ledger.
//! **Invariant:** every write of an operation is conditional on the generation that was read; the loser stops.
//! **Invariant:** what was begun is undone, whether it ended well or not; a thing is gone when the provider does not find it.
//! **Invariant:** no step begins while the platform is frozen, or while the service that it calls is known to be down; that time
//! counts against no deadline.
//! **Invariant:** a wait is a delayed message; only waits under a second (two in all) are awaited inside an invocation.

mod audit;
mod engine;
mod failure;
mod finish;
mod handover;
mod hold;
mod own_environment;
mod retry;
mod services;
mod settings;
mod site;
mod steps;
mod workbench;

pub use audit::{Audit, Auditor, Round};
pub use engine::Provisioner;
pub use services::ServiceSettings;
pub use settings::ProvisioningSettings;
pub use workbench::Platform;
