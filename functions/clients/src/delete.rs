//! `DELETE /clients/{id}`: take a client down.

use axum::{
    extract::{self, Query, rejection::QueryRejection},
    http::{HeaderMap, StatusCode},
    response::Response,
};
use domain::{
    Client, ClientAccepted, ClientStatus, Code, Command, Error, Operation, OperationId, OperationKind,
    OperationSummary,
    start::{self, Grace},
};
use runtime::{Caller, Problem, header};
use serde::Deserialize;
use serde_json::json;
use store::Started;

use crate::{
    operate::running,
    precondition::Precondition,
    recording::{send, send_turn},
    request::{ClientPath, accepted},
    state::State,
};

/// How often taking over is tried while whatever runs makes progress.
const ATTEMPTS: usize = 10;

/// What the query can say.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Options {
    /// Without the days of grace; owners only.
    #[serde(default)]
    now: bool,
}

/// Answers 202 with the operation that takes the client down, whether it begins now or runs already; 200 when nothing is left.
pub async fn delete(
    extract::State(state): extract::State<State>,
    caller: Caller,
    ClientPath(id): ClientPath,
    headers: HeaderMap,
    options: Result<Query<Options>, QueryRejection>,
) -> Result<Response, Problem> {
    caller.may(Command::Delete.permission())?;
    let Query(Options { now }) = options.map_err(|_| {
        Error::new(
            Code::InvalidQuery,
            "The query cannot be read. Known: now=true (delete without the days of grace; owners only).",
        )
        .at("now")
    })?;
    if now {
        caller.may(Command::DeleteNow.permission())?;
    }
    for _ in 0..ATTEMPTS {
        let client = state.store.existing_client(&id).await?;
        let precondition = header(&headers, "If-Match").and_then(Precondition::parse)?;
        let answered = match client.status {
            ClientStatus::Deleted => {
                let operation = existing(&state, &client.last_operation).await?;
                return Ok(answer(&state, StatusCode::OK, client, &operation));
            }
            ClientStatus::Deleting => go_on(&state, &caller, &client, now).await?,
            _ => {
                // Only now: who repeats a delete whose answer was lost holds an older revision.
                precondition.check(&client)?;
                take_over(&state, &caller, &client, now).await?
            }
        };
        if let Some(operation) = answered {
            let client = state.fresh(&id).await?;
            return Ok(answer(&state, StatusCode::ACCEPTED, client, &operation));
        }
    }
    Err(Error::busy("a client or its operation changed at every attempt to delete it").into())
}

/// A delete runs already; `now` ends its days of grace. `None` when something moved meanwhile.
async fn go_on(state: &State, caller: &Caller, client: &Client, now: bool) -> Result<Option<Operation>, Error> {
    let running = client.current_operation.as_ref().unwrap_or(&client.last_operation);
    let operation = existing(state, running).await?;
    // A delete that is being called back is taken over again like any other operation.
    if operation.kind != OperationKind::Delete {
        return take_over(state, caller, client, now).await;
    }
    let instant = state.clock.now();
    if !now || !operation.is_in_grace(instant) {
        return Ok(Some(operation));
    }
    let mut redirected = operation.clone();
    redirected.asked.grace_ends_at = Some(instant);
    redirected.due_at = instant;
    let (before, after) = (
        json!({"graceEndsAt": operation.asked.grace_ends_at}),
        json!({"graceEndsAt": instant}),
    );
    let audit = state.audit(caller, &client.id, "client.delete_now", before, after);
    let Started::Recorded = state.store.redirect(&operation, &redirected, &audit).await? else {
        return Ok(None);
    };
    redirected.generation += 1;
    send_turn(state, &redirected).await;
    Ok(Some(redirected))
}

/// Records the delete and tells what runs to stop; `None` when something moved meanwhile.
async fn take_over(state: &State, caller: &Caller, client: &Client, now: bool) -> Result<Option<Operation>, Error> {
    Command::Delete.check(client.status)?;
    let running = running(state, client).await?;
    let grace = if now || was_being_deleted(state, client).await? {
        Grace::default()
    } else {
        state.grace
    };
    let delete = start::new_delete(
        client,
        running.as_ref(),
        grace,
        state.request(caller),
        &*state.clock,
        &*state.entropy,
    );
    let (before, after) = (
        json!({"status": client.status}),
        json!({"status": ClientStatus::Deleting, "graceEndsAt": delete.asked.grace_ends_at}),
    );
    let audit = state.audit(caller, &client.id, "client.delete", before, after);
    let started = state
        .store
        .take_over(client, running.as_ref(), &delete, ClientStatus::Deleting, &audit)
        .await?;
    let Started::Recorded = started else { return Ok(None) };
    send(state, &delete.id).await;
    Ok(Some(delete))
}

/// A delete that was blocked has had its days of grace.
async fn was_being_deleted(state: &State, client: &Client) -> Result<bool, Error> {
    let last = state.store.operation(&client.last_operation).await?;
    Ok(client.status == ClientStatus::Blocked && last.is_some_and(|last| last.kind == OperationKind::Delete))
}

async fn existing(state: &State, id: &OperationId) -> Result<Operation, Error> {
    let operation = state.store.operation(id).await?;
    operation.ok_or_else(|| Error::internal(format!("a client names the operation {id}, which is not there")))
}

fn answer(state: &State, status: StatusCode, client: Client, operation: &Operation) -> Response {
    accepted(
        status,
        ClientAccepted {
            client: state.view(client),
            operation: OperationSummary::from(operation),
        },
    )
}
