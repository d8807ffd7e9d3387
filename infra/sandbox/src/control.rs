//! `/_sandbox`: what is there, what came in, what shall go wrong. No credentials; loopback only.

use std::str::FromStr as _;

use axum::{
    Json, Router,
    body::Bytes,
    extract::{Path, State},
    http::StatusCode,
    response::{IntoResponse, Response},
    routing::{delete, get, put},
};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::{Sandbox, clock, faults::Fault, inbox::Message, site::Mode};

pub(crate) fn router(sandbox: &Sandbox) -> Router {
    Router::new()
        .route("/inventory", get(inventory))
        .route("/inbox", get(inbox))
        .route("/calls", get(calls))
        .route("/faults", get(faults).post(order).delete(clear))
        .route("/faults/{id}", delete(remove))
        .route("/sites/{label}", put(set_mode))
        .with_state(sandbox.clone())
}

fn wrong(status: StatusCode, message: impl Into<String>) -> Response {
    (status, Json(json!({"error": message.into()}))).into_response()
}

/// What exists now: four lists, sorted, without a value that changes by itself.
async fn inventory(State(sandbox): State<Sandbox>) -> Json<Value> {
    let world = sandbox.world();
    let now = clock::now();
    let mut projects = Vec::new();
    let mut domains = Vec::new();
    let mut users = Vec::new();
    let databases_now: Vec<&str> = world
        .railway
        .values()
        .filter(|project| project.deleted_at.is_none())
        .flat_map(|project| &project.services)
        .filter_map(|service| service.postgres.as_ref())
        .map(|postgres| postgres.database.as_str())
        .collect();
    for project in world.projects.values() {
        let client = project.client();
        projects.push((
            &project.name,
            json!({"name": project.name, "id": project.id, "provider": "vercel", "client": client}),
        ));
        for name in project.domains.keys() {
            domains.push((name, json!({"name": name, "project": project.name, "client": client})));
        }
        // A site counts as live with its deployment; its users stand in its database, and go with it.
        let Some(live) = world.live(project, now, sandbox.pace()) else {
            continue;
        };
        let uri = live
            .environment
            .get("DATABASE_URI")
            .map(String::as_str)
            .unwrap_or_default();
        let database = tokio_postgres::Config::from_str(uri).ok();
        let database = database
            .as_ref()
            .and_then(|config| config.get_dbname())
            .unwrap_or_default();
        if databases_now.contains(&database)
            && let Some(email) = world.admins.get(database)
        {
            let site = project.domains.keys().next().cloned().unwrap_or_else(|| project.host());
            users.push((&project.name, json!({"site": site, "email": email, "client": client})));
        }
    }
    let mut databases: Vec<(&String, Value)> = world
        .railway
        .values()
        .filter(|project| project.deleted_at.is_none())
        .map(|project| {
            let value = json!({"name": project.name, "id": project.id, "provider": "railway", "client": project.client(),
                "description": project.description, "simulated": sandbox.cluster().is_none()});
            (&project.name, value)
        })
        .collect();
    // The tables are sorted by id already, so equal names keep their order.
    projects.sort_by_key(|(name, _)| *name);
    databases.sort_by_key(|(name, _)| *name);
    domains.sort_by_key(|(name, _)| *name);
    users.sort_by_key(|(name, _)| *name);
    let list = |entries: Vec<(&String, Value)>| entries.into_iter().map(|(_, value)| value).collect::<Value>();
    Json(
        json!({"projects": list(projects), "databases": list(databases), "domains": list(domains), "users": list(users)}),
    )
}

/// Oldest first.
async fn inbox(State(sandbox): State<Sandbox>) -> Json<Vec<Message>> {
    Json(sandbox.world().inbox.values().cloned().collect())
}

/// Oldest first; the last ten thousand.
async fn calls(State(sandbox): State<Sandbox>) -> Response {
    let calls = sandbox.calls().list();
    Json(calls).into_response()
}

async fn faults(State(sandbox): State<Sandbox>) -> Json<Value> {
    Json(sandbox.faults().list())
}

async fn order(State(sandbox): State<Sandbox>, body: Bytes) -> Response {
    let fault: Fault = match serde_json::from_slice(&body) {
        Ok(fault) => fault,
        Err(error) => return wrong(StatusCode::BAD_REQUEST, format!("This is not a fault: {error}")),
    };
    // The guard ends here, before the answer is built.
    let ordered = sandbox.faults().order(fault);
    match ordered {
        Ok(shown) => (StatusCode::CREATED, Json(shown)).into_response(),
        Err(message) => wrong(StatusCode::BAD_REQUEST, message),
    }
}

async fn clear(State(sandbox): State<Sandbox>) -> StatusCode {
    sandbox.faults().clear();
    StatusCode::NO_CONTENT
}

async fn remove(State(sandbox): State<Sandbox>, Path(id): Path<u64>) -> Response {
    if sandbox.faults().remove(id) {
        StatusCode::NO_CONTENT.into_response()
    } else {
        wrong(
            StatusCode::NOT_FOUND,
            format!("There is no fault {id}; it has struck, or was never ordered."),
        )
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Behaviour {
    mode: Mode,
}

async fn set_mode(State(sandbox): State<Sandbox>, Path(label): Path<String>, body: Bytes) -> Response {
    let Ok(Behaviour { mode }) = serde_json::from_slice(&body) else {
        return wrong(
            StatusCode::BAD_REQUEST,
            "Send {\"mode\": …} with one of ok, down, error, slow, db_down.",
        );
    };
    let mut world = sandbox.world();
    let host = if label.contains('.') {
        label.to_lowercase()
    } else {
        format!("{}.localhost", label.to_lowercase())
    };
    let Some(mut project) = world.hosted(&host).cloned() else {
        return wrong(StatusCode::NOT_FOUND, format!("No site answers at {host}."));
    };
    project.mode = mode;
    match world.put_project(project) {
        Ok(()) => Json(json!({"label": label, "mode": mode})).into_response(),
        Err(error) => {
            tracing::error!(
                error = &error as &dyn std::error::Error,
                "The sandbox could not keep a site's mode"
            );
            wrong(StatusCode::INTERNAL_SERVER_ERROR, "The mode could not be kept.")
        }
    }
}
