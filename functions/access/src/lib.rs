//! Keys of the platform's users: list, make, revoke.
//!
//! **Invariant:** a key is answered once, when it is made; afterwards only its hash is known.
//! **Invariant:** every change is audited in the same transaction.

mod keys;

use std::sync::Arc;

use axum::routing::{delete, get};
use domain::{Clock, Entropy};
use runtime::{Api, Context, Function, SettingsError, api_function};
use store::Store;

/// What the handlers need.
#[derive(Clone)]
struct State {
    store: Store,
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
}

fn routes() -> [Api<State>; 2] {
    [
        ("/api/platform/keys", get(keys::list).post(keys::create)),
        ("/api/platform/keys/{id}", delete(keys::revoke)),
    ]
}

/// The function.
///
/// # Errors
/// A variable is missing.
pub fn function(context: &Context) -> Result<Function, SettingsError> {
    let state = State {
        store: context.store(),
        clock: context.clock(),
        entropy: context.entropy(),
    };
    Ok(api_function(routes(), state))
}
