//! Operations: how they stand, trying one again, calling one off, freezing them all.
//!
//! **Invariant:** nothing is worked on here: a record is changed, conditional on what was read, and a message says whose turn it is.
//! **Invariant:** how an operation is run (lease, generation, what its steps hand on) is not shown.

mod cancel;
mod freeze;
mod read;
mod retry;
mod state;

use axum::routing::{get, post};
use runtime::{Api, Context, Function, SettingsError, api_function};

use state::State;

/// The function.
///
/// # Errors
/// A variable is missing or cannot be read.
pub fn function(context: &Context) -> Result<Function, SettingsError> {
    let routes: [Api<State>; 6] = [
        ("/api/platform/operations/{id}", get(read::one)),
        ("/api/platform/operations/{id}/retry", post(retry::retry)),
        ("/api/platform/operations/{id}/cancel", post(cancel::cancel)),
        ("/api/platform/clients/{id}/operations", get(read::of_client)),
        ("/api/platform/freeze", get(freeze::read).put(freeze::set)),
        ("/api/platform/meta/state-machine", get(read::state_machine)),
    ];
    Ok(api_function(routes, State::new(context)?))
}
