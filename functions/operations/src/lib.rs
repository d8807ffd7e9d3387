//! How the operations stand: one with its steps and what it made outside, and all of a client.
//!
//! **Invariant:** reads only; how an operation is run (lease, generation, what its steps hand on) is not shown.

mod read;

use axum::routing::get;
use runtime::{Api, Context, Function, SettingsError, api_function};
use store::Store;

fn routes() -> [Api<Store>; 2] {
    [
        ("/api/platform/operations/{id}", get(read::one)),
        ("/api/platform/clients/{id}/operations", get(read::of_client)),
    ]
}

/// The function.
///
/// # Errors
/// A variable is missing.
pub fn function(context: &Context) -> Result<Function, SettingsError> {
    Ok(api_function(routes(), context.store()))
}
