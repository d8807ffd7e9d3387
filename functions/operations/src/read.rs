//! What there is to see.

use axum::{
    Json,
    extract::{self, Path},
};
use domain::{ClientId, Error, Operation, OperationDetail, OperationId, OperationList, Permission, StateMachine};
use runtime::{Caller, Problem};
use store::Store;

use crate::state::State;

/// `GET /operations/{id}`.
pub async fn one(
    caller: Caller,
    extract::State(state): extract::State<State>,
    Path(id): Path<String>,
) -> Result<Json<OperationDetail>, Problem> {
    caller.may(Permission::Read)?;
    let operation = operation_of(&state.store, &id).await?;
    let resources = state.store.resources(&operation.client_id).await?;
    Ok(Json(OperationDetail::of(operation, resources)))
}

/// `GET /clients/{id}/operations`.
pub async fn of_client(
    caller: Caller,
    extract::State(state): extract::State<State>,
    Path(id): Path<String>,
) -> Result<Json<OperationList>, Problem> {
    caller.may(Permission::Read)?;
    let id: ClientId = id.parse().map_err(|_| Error::not_found("client", &id))?;
    state.store.existing_client(&id).await?;
    Ok(Json(OperationList::of(state.store.operations_of(&id).await?)))
}

/// `GET /meta/state-machine`.
pub async fn state_machine(caller: Caller) -> Result<Json<StateMachine>, Problem> {
    caller.may(Permission::Read)?;
    Ok(Json(StateMachine::new()))
}

/// The operation that a path names.
///
/// # Errors
/// There is none, or DynamoDB fails.
pub async fn operation_of(store: &Store, id: &str) -> Result<Operation, Error> {
    let unknown = || Error::not_found("operation", id);
    let id: OperationId = id.parse().map_err(|_| unknown())?;
    store.operation(&id).await?.ok_or_else(unknown)
}
