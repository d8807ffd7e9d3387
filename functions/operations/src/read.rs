//! The handlers.

use axum::{
    Json,
    extract::{Path, State},
};
use domain::{ClientId, Error, OperationDetail, OperationId, OperationList, Permission};
use runtime::{Caller, Problem};
use store::Store;

pub async fn one(
    caller: Caller,
    State(store): State<Store>,
    Path(id): Path<String>,
) -> Result<Json<OperationDetail>, Problem> {
    caller.may(Permission::Read)?;
    let unknown = || Error::not_found("operation", &id);
    let id: OperationId = id.parse().map_err(|_| unknown())?;
    let operation = store.operation(&id).await?.ok_or_else(unknown)?;
    let resources = store.resources(&operation.client_id).await?;
    Ok(Json(OperationDetail::of(operation, resources)))
}

pub async fn of_client(
    caller: Caller,
    State(store): State<Store>,
    Path(id): Path<String>,
) -> Result<Json<OperationList>, Problem> {
    caller.may(Permission::Read)?;
    let id: ClientId = id.parse().map_err(|_| Error::not_found("client", &id))?;
    store.existing_client(&id).await?;
    Ok(Json(OperationList::of(store.operations_of(&id).await?)))
}
