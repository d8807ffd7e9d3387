//! Rollouts: one commit for many clients, batch by batch: begin one, look at them, pause, resume, cancel.
//!
//! **Invariant:** nothing is worked on here: a record is written, conditional on what was read, and a message says whose turn it
//! is. `rollout-runner` does the rest.

mod command;
mod create;
mod read;
mod state;

use axum::routing::{get, post};
use runtime::{Api, Context, Function, SettingsError, api_function};

use state::State;

/// The function.
///
/// # Errors
/// A variable is missing or cannot be read.
pub fn function(context: &Context) -> Result<Function, SettingsError> {
    let routes: [Api<State>; 5] = [
        ("/api/platform/rollouts", get(read::list).post(create::create)),
        ("/api/platform/rollouts/{id}", get(read::one)),
        ("/api/platform/rollouts/{id}/pause", post(command::pause)),
        ("/api/platform/rollouts/{id}/resume", post(command::resume)),
        ("/api/platform/rollouts/{id}/cancel", post(command::cancel)),
    ];
    Ok(api_function(routes, State::new(context)))
}
