//! Maintenance windows: made, looked at, changed and taken away by people. Those of our own operations follow from the operations
//! and are only shown.

use axum::{
    Json,
    extract::{self, Path},
    http::{StatusCode, Uri, header::LOCATION},
    response::{IntoResponse, Response},
};
use domain::{
    Error, Permission,
    monitoring::{Maintenance, Scope, WindowBody, WindowChangeBody, WindowPage, WindowQuery, WindowView},
    new_ulid,
};
use runtime::{Caller, JsonBody, Problem, parameters};
use serde_json::{Value, json};
use store::{SaveOutcome, WindowRecord};

use crate::state::State;

/// How often it is tried while somebody else changes the same window.
const ATTEMPTS: usize = 10;

/// Newest first, page by page; of one client also those of its operations.
pub async fn list(
    caller: Caller,
    extract::State(state): extract::State<State>,
    uri: Uri,
) -> Result<Json<WindowPage>, Problem> {
    caller.may(Permission::Read)?;
    let query = WindowQuery::parse(&parameters(&uri)?)?;
    let now = state.clock.now();
    let mut records = state.store.windows().await?;
    let mut of_operations = Vec::new();
    if let Some(id) = &query.client {
        let client = state.store.client(id).await?;
        let tags = client.map(|client| client.tags).unwrap_or_default();
        records.retain(|record| record.window.is_about(id, &tags));
        of_operations = WindowView::of_operations(&state.store.operations_of(id).await?, now);
    }
    let stored = records
        .into_iter()
        .map(|record| WindowView::of(record.window, record.created_at, now));
    Ok(Json(query.of(stored.chain(of_operations).collect())))
}

/// One.
pub async fn one(
    caller: Caller,
    extract::State(state): extract::State<State>,
    Path(id): Path<String>,
) -> Result<Json<WindowView>, Problem> {
    caller.may(Permission::Read)?;
    Ok(Json(view(&state, state.window(&id).await?)))
}

/// Makes one.
pub async fn create(
    caller: Caller,
    extract::State(state): extract::State<State>,
    body: JsonBody<WindowBody>,
) -> Result<Response, Problem> {
    caller.may(Permission::Operate)?;
    let id = format!("mw_{}", new_ulid(&*state.clock, &*state.entropy));
    let window = body.value.parse(id, &caller.principal.name)?;
    client_exists(&state, &window).await?;
    let record = WindowRecord {
        window,
        revision: 1,
        created_at: state.clock.now(),
    };
    let after = json!(record.window);
    let audit = state.audit(&caller, &record.window.id, "maintenance.create", Value::Null, after);
    if state.store.save_window(&record, &audit).await? == SaveOutcome::Overtaken {
        return Err(Error::internal("a new window is there already").into());
    }
    let location = format!("/api/platform/maintenance/{}", record.window.id);
    Ok((StatusCode::CREATED, [(LOCATION, location)], Json(view(&state, record))).into_response())
}

/// Changes one: what the body names, and nothing else.
pub async fn change(
    caller: Caller,
    extract::State(state): extract::State<State>,
    Path(id): Path<String>,
    body: JsonBody<WindowChangeBody>,
) -> Result<Json<WindowView>, Problem> {
    caller.may(Permission::Operate)?;
    for _ in 0..ATTEMPTS {
        let before = state.window(&id).await?;
        let window = body.value.clone().apply(before.window.clone())?;
        if window == before.window {
            return Ok(Json(view(&state, before)));
        }
        client_exists(&state, &window).await?;
        let record = WindowRecord {
            window,
            revision: before.revision + 1,
            created_at: before.created_at,
        };
        let (from, to) = (json!(before.window), json!(record.window));
        let audit = state.audit(&caller, &id, "maintenance.change", from, to);
        if state.store.save_window(&record, &audit).await? == SaveOutcome::Saved {
            return Ok(Json(view(&state, record)));
        }
    }
    Err(Error::busy("a window changed at every attempt to change it").into())
}

/// Takes one away, as if it had never been.
pub async fn delete(
    caller: Caller,
    extract::State(state): extract::State<State>,
    Path(id): Path<String>,
) -> Result<StatusCode, Problem> {
    caller.may(Permission::Operate)?;
    for _ in 0..ATTEMPTS {
        let record = state.window(&id).await?;
        let before = json!(record.window);
        let audit = state.audit(&caller, &id, "maintenance.delete", before, Value::Null);
        if state.store.delete_window(&record, &audit).await? == SaveOutcome::Saved {
            return Ok(StatusCode::NO_CONTENT);
        }
    }
    Err(Error::busy("a window changed at every attempt to delete it").into())
}

async fn client_exists(state: &State, window: &Maintenance) -> Result<(), Error> {
    let Scope::Client(id) = &window.scope else {
        return Ok(());
    };
    match state.store.client(id).await? {
        Some(_) => Ok(()),
        None => Err(Error::invalid(
            "scope.client",
            format!("There is no client {id}. Send the id of one that exists."),
        )),
    }
}

fn view(state: &State, record: WindowRecord) -> WindowView {
    WindowView::of(record.window, record.created_at, state.clock.now())
}
