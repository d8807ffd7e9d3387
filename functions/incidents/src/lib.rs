//! Incidents and maintenance windows: look at them, take incidents, annotate them, make and change windows.
//!
//! **Invariant:** an incident of the desk is changed in the desk's record, conditional on what was read; one that is over in its
//! own. Nobody is told of anything here: that is the desk's.
//! **Invariant:** every change is audited in the same transaction.

mod incidents;
mod maintenance;
mod state;
mod take;

use axum::routing::{get, post};
use runtime::{Api, Context, Function, SettingsError, api_function};

use state::State;

/// The function.
///
/// # Errors
/// A variable is missing or cannot be read.
pub fn function(context: &Context) -> Result<Function, SettingsError> {
    let routes: [Api<State>; 6] = [
        ("/api/platform/incidents", get(incidents::list)),
        ("/api/platform/incidents/{id}", get(incidents::one)),
        ("/api/platform/incidents/{id}/ack", post(take::acknowledge)),
        ("/api/platform/incidents/{id}/note", post(take::note)),
        (
            "/api/platform/maintenance",
            get(maintenance::list).post(maintenance::create),
        ),
        (
            "/api/platform/maintenance/{id}",
            get(maintenance::one)
                .patch(maintenance::change)
                .delete(maintenance::delete),
        ),
    ];
    Ok(api_function(routes, State::new(context)))
}
