//! The whole stack on one machine: `cargo run` brings up what `template.yaml` describes, with the functions' own code, an
//! embedded AWS or any other, and a sandbox of the outside world.
//!
//! **Invariant:** what runs here is what the template says; there is no second list of tables, queues, routes or schedules.
//! **Invariant:** nothing outside this machine is reached, unless the caller names it: `--live`, `AWS_ENDPOINT_URL`.
//! **Invariant:** everything listens on loopback only.

pub mod aws;
mod cloud;
mod contents;
mod deploy;
mod events;
mod front;
mod functions;
mod live;
mod lock;
mod options;
mod parameters;
mod parts;
mod pollers;
mod postgres;
mod ready;
mod schedules;
mod servers;
mod stack;
mod template;

pub use live::Provider;
pub use options::{Command, HELP, Options};
pub use parts::{Part, Parts, parts};
pub use stack::{AnyError, run};
