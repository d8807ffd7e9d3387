//! `DELETE /clients/{id}`: take a client down.

use axum::{
    extract,
    http::{HeaderMap, StatusCode},
    response::Response,
};
use domain::{Client, ClientAccepted, ClientStatus, Command, Error, Operation, OperationId, OperationSummary, start};
use runtime::{Caller, Problem};
use serde_json::json;
use store::Removal;

use crate::{
    precondition::Precondition,
    recording::send,
    request::{ClientPath, accepted, header},
    state::State,
};

/// How often taking over is tried while whatever runs makes progress.
const ATTEMPTS: usize = 10;

/// Answers 202 with the operation that takes the client down, whether it begins now or runs already; 200 when nothing is left.
pub async fn delete(
    extract::State(state): extract::State<State>,
    caller: Caller,
    ClientPath(id): ClientPath,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    caller.may(Command::Delete.permission())?;
    for _ in 0..ATTEMPTS {
        let client = state.store.existing_client(&id).await?;
        let precondition = header(&headers, "If-Match").and_then(Precondition::parse)?;
        match client.status {
            ClientStatus::Deleted => {
                let operation = existing(&state, &client.last_operation).await?;
                return Ok(answer(&state, StatusCode::OK, client, &operation));
            }
            ClientStatus::Deleting => {
                let running = client.current_operation.as_ref().unwrap_or(&client.last_operation);
                let operation = existing(&state, running).await?;
                return Ok(answer(&state, StatusCode::ACCEPTED, client, &operation));
            }
            _ => {}
        }
        // Only now: who repeats a delete whose answer was lost holds an older revision.
        precondition.check(&client)?;
        if let Some(operation) = take_over(&state, &caller, &client).await? {
            let client = state.fresh(&id).await?;
            return Ok(answer(&state, StatusCode::ACCEPTED, client, &operation));
        }
    }
    Err(Error::busy("a client or its operation changed at every attempt to delete it").into())
}

/// Records the delete and tells what runs to stop; `None` when something moved meanwhile.
async fn take_over(state: &State, caller: &Caller, client: &Client) -> Result<Option<Operation>, Error> {
    Command::Delete.check(client.status)?;
    let running = match &client.current_operation {
        Some(id) => state
            .store
            .operation(id)
            .await?
            .filter(|operation| !operation.status.is_final()),
        None => None,
    };
    let delete = start::new_delete(
        client,
        running.as_ref(),
        &caller.principal.name,
        &caller.request_id,
        state.deadline,
        &*state.clock,
        &*state.entropy,
    );
    let (before, after) = (
        json!({"status": client.status}),
        json!({"status": ClientStatus::Deleting}),
    );
    let audit = state.audit(caller, &client.id, "client.delete", before, after);
    match state
        .store
        .start_delete(client, running.as_ref(), &delete, &audit)
        .await?
    {
        Removal::Recorded => {}
        Removal::Overtaken => return Ok(None),
    }
    send(state, &delete.id).await;
    Ok(Some(delete))
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
