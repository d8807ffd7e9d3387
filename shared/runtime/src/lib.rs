//! What every function needs around its handler: settings read once, clients built once, JSON log lines, the clock, and the
//! one place where errors become HTTP answers.
//!
//! **Invariant:** the environment, the clock and random bytes are read here and nowhere else.
//! **Invariant:** a function is one value, [`Function`]: Lambda runs it through [`run`], the local stack calls it directly, and
//! both go through the same event types.

mod api;
mod authorized;
mod context;
mod function;
mod idempotency;
mod problem;
mod request;
mod settings;
mod sources;
mod telemetry;

pub use api::{Api, JsonBody, MAX_BODY_BYTES, OptionalJsonBody, api_function, read_body};
pub use authorized::Caller;
pub use context::Context;
pub use function::{Function, batch_function, event_function, queue_function, run};
pub use idempotency::{Idempotency, answer_again};
pub use problem::{Problem, ProblemBody};
pub use request::{header, parameters};
pub use settings::{Settings, SettingsError};
pub use sources::{SystemClock, SystemEntropy};
pub use telemetry::start_logging;
