//! What there is to know without changing anything: deployments, health, templates, statistics, drift, and the API's own document.
//!
//! **Invariant:** reads only.
//! **Invariant:** the API's document and the routes of template.yaml name the same routes; a test holds them equal.

mod deployments;
mod drift;
mod fleet;
mod health;
mod openapi;
mod platform;
mod statistics;
mod status;
mod templates;

use std::sync::Arc;

use axum::routing::get;
use domain::Clock;
use runtime::{Api, Context, Function, SettingsError, api_function};
use store::{Directory, Observations, Store};

use statistics::Costs;
use status::Kept;

/// What the handlers need.
#[derive(Clone)]
struct State {
    store: Store,
    directory: Arc<Directory>,
    observations: Arc<Observations>,
    clock: Arc<dyn Clock>,
    kept: Arc<Kept>,
    costs: Costs,
}

fn routes() -> [Api<State>; 10] {
    [
        ("/api/platform/clients/{id}/deployments", get(deployments::list)),
        ("/api/platform/clients/{id}/health", get(health::of_client)),
        ("/api/platform/templates", get(templates::list)),
        ("/api/platform/templates/{id}", get(templates::one)),
        ("/api/platform/stats", get(statistics::read)),
        ("/api/platform/drift", get(drift::list)),
        // Open: these take no `Caller`.
        ("/api/platform/status/{domain}", get(status::json)),
        ("/api/platform/status/{domain}/badge.svg", get(status::badge)),
        ("/api/platform/health", get(platform::health)),
        ("/api/platform/openapi.json", get(platform::document)),
    ]
}

/// The function.
///
/// # Errors
/// A variable is missing or cannot be read.
pub fn function(context: &Context) -> Result<Function, SettingsError> {
    let store = context.store();
    let observations = Arc::new(Observations::new(store.clone(), context.clock()));
    let state = State {
        directory: Arc::new(Directory::with(store.clone(), Arc::clone(&observations))),
        observations,
        clock: context.clock(),
        kept: Arc::default(),
        store,
        costs: Costs::from_settings(context.settings())?,
    };
    Ok(api_function(routes(), state))
}
