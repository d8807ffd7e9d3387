//! Channels: how alerts reach people: make, look at, change and remove them, try them, and see what they delivered.
//!
//! **Invariant:** nothing is sent from here: a row is written, and `notifier` delivers it.
//! **Invariant:** a secret is taken in and never given out again; the one exception is a webhook's that was made here, shown once.
//! **Invariant:** a record names no secret that is not there: it is written after the secret, and removed after it.

mod change;
mod deliveries;
mod make;
mod read;
mod remove;
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
        ("/api/platform/channels", get(read::list).post(make::make)),
        (
            "/api/platform/channels/{id}",
            get(read::one).patch(change::change).delete(remove::remove),
        ),
        ("/api/platform/channels/{id}/test", post(deliveries::test)),
        ("/api/platform/channels/{id}/deliveries", get(deliveries::list)),
        (
            "/api/platform/channels/{id}/deliveries/{delivery}/replay",
            post(deliveries::replay),
        ),
    ];
    Ok(api_function(routes, State::new(context)?))
}
