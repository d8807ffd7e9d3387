//! Clients: create, read, change, delete, import, export.
//!
//! **Invariant:** what is begun here is recorded in one transaction before anything else happens; a message that is lost costs
//! time and nothing more, since the reconciler sends it again.
//! **Invariant:** no answer holds a secret: records have none, and the values of `customEnvironment` go to the client's secret
//! and nowhere else.
//! **Invariant:** permission comes first, then existence, then preconditions, then state.

mod change;
mod create;
mod delete;
mod export;
mod import;
mod limits;
mod list;
mod operate;
mod precondition;
mod read;
mod recording;
mod request;
mod restore;
mod sheet;
mod state;

use axum::routing::{get, post};
use runtime::{Api, Context, Function, SettingsError, api_function};

use state::State;

/// The function.
///
/// # Errors
/// A variable is missing or cannot be read.
pub fn function(context: &Context) -> Result<Function, SettingsError> {
    let routes: [Api<State>; 10] = [
        ("/api/platform/clients", get(list::list).post(create::create)),
        ("/api/platform/clients/export", get(export::export_all)),
        ("/api/platform/clients/import", post(import::import)),
        (
            "/api/platform/clients/{id}",
            get(read::read).patch(change::change).delete(delete::delete),
        ),
        ("/api/platform/clients/{id}/export", get(export::export_one)),
        ("/api/platform/clients/{id}/suspend", post(operate::suspend)),
        ("/api/platform/clients/{id}/activate", post(operate::activate)),
        ("/api/platform/clients/{id}/redeploy", post(operate::redeploy)),
        ("/api/platform/clients/{id}/rollback", post(operate::rollback)),
        ("/api/platform/clients/{id}/restore", post(restore::restore)),
    ];
    Ok(api_function(routes, State::new(context)?))
}
