//! `POST /operations/{id}/cancel`: whatever the operation has made is undone; what has gone live stays live.

use axum::{
    Json,
    extract::{self, Path},
    http::StatusCode,
};
use domain::{Code, Command, Error, Operation, OperationKind, OperationView};
use runtime::{Caller, Problem};
use serde_json::json;
use store::Started;

use crate::{read::operation_of, state::State};

/// How often it is tried while the operation makes progress.
const ATTEMPTS: usize = 10;

/// Answers 202 with the operation that is being called off.
pub async fn cancel(
    caller: Caller,
    extract::State(state): extract::State<State>,
    Path(id): Path<String>,
) -> Result<(StatusCode, Json<OperationView>), Problem> {
    caller.may(Command::Cancel.permission())?;
    for _ in 0..ATTEMPTS {
        let operation = operation_of(&state.store, &id).await?;
        let client = state.store.existing_client(&operation.client_id).await?;
        check(&operation, &Command::possible_in(client.status))?;
        if operation.cancelled_by.is_some() {
            return Ok((StatusCode::ACCEPTED, Json(operation.into())));
        }
        let mut cancelled = operation.clone();
        cancelled.cancelled_by = Some(caller.principal.name.clone());
        let (before, after) = (
            json!({"operation": operation.id, "status": operation.status}),
            json!({"operation": operation.id, "cancelledBy": cancelled.cancelled_by}),
        );
        let audit = state.audit(&caller, client.id.to_string(), "operation.cancel", before, after);
        if let Started::Recorded = state.store.redirect(&operation, &cancelled, &audit).await? {
            cancelled.generation += 1;
            state.send(&cancelled).await;
            return Ok((StatusCode::ACCEPTED, Json(cancelled.into())));
        }
    }
    Err(Error::busy("an operation moved at every attempt to call it off").into())
}

fn check(operation: &Operation, possible: &str) -> Result<(), Error> {
    let refused = |message: String| Err(Error::new(Code::WrongState, format!("{message} {possible}")));
    if operation.status.is_final() {
        return refused(format!(
            "The operation is {}; only one that runs can be called off.",
            operation.status.name()
        ));
    }
    if operation.overtaken_by.is_some() {
        return refused("Another operation has taken the client over from this one.".to_owned());
    }
    if operation.kind == OperationKind::Delete {
        return refused("A delete is called back with restore, as long as its days of grace last.".to_owned());
    }
    Ok(())
}
