//! `POST /clients/{id}/restore`: call a delete back while its days of grace last.

use axum::{extract, http::StatusCode, response::Response};
use domain::{Client, ClientAccepted, Code, Command, Error, Operation, OperationKind, OperationSummary, start};
use runtime::{Caller, Problem};
use serde_json::json;
use store::Started;

use crate::{
    operate::running,
    recording::send,
    request::{ClientPath, accepted},
    state::State,
};

/// How often taking over is tried while the delete moves.
const ATTEMPTS: usize = 5;

/// Answers 202 with the operation that brings the client back.
pub async fn restore(
    extract::State(state): extract::State<State>,
    caller: Caller,
    ClientPath(id): ClientPath,
) -> Result<Response, Problem> {
    caller.may(Command::Restore.permission())?;
    for _ in 0..ATTEMPTS {
        let client = state.store.existing_client(&id).await?;
        let running = running(&state, &client).await?;
        let delete = in_grace(&state, &client, running)?;
        let restore = start::new_restore(&client, &delete, state.request(&caller), &*state.clock, &*state.entropy);
        let (before, after) = (json!({"status": client.status}), json!({"operation": restore.id}));
        let audit = state.audit(&caller, &client.id, "client.restore", before, after);
        let started = state
            .store
            .take_over(&client, Some(&delete), &restore, client.status, &audit)
            .await?;
        if let Started::Recorded = started {
            send(&state, &restore.id).await;
            let answer = ClientAccepted {
                client: state.view(state.fresh(&id).await?),
                operation: OperationSummary::from(&restore),
            };
            return Ok(accepted(StatusCode::ACCEPTED, answer));
        }
    }
    Err(Error::busy("a delete moved at every attempt to call it back").into())
}

/// The delete that can still be called back.
fn in_grace(state: &State, client: &Client, running: Option<Operation>) -> Result<Operation, Error> {
    match running {
        Some(delete) if delete.kind == OperationKind::Delete => {
            if delete.is_in_grace(state.clock.now()) {
                return Ok(delete);
            }
            Err(Error::new(
                Code::WrongState,
                "The delete has no days of grace left; what it has begun to take down cannot be brought back.",
            ))
        }
        Some(other) => Err(Command::Restore.refused_while_running(other.kind, &other.id)),
        None => Err(Command::Restore
            .check(client.status)
            .err()
            .unwrap_or_else(|| Error::new(Code::WrongState, "No delete is running that could be called back."))),
    }
}
