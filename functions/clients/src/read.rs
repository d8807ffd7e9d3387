//! `GET /clients/{id}`: one client.

use axum::{extract, response::Response};
use domain::Permission;
use runtime::{Caller, Problem};

use crate::{
    request::{ClientPath, with_etag},
    state::State,
};

/// Answers the client as it is now and as the monitor saw it last, with its revision as ETag.
pub async fn read(
    extract::State(state): extract::State<State>,
    caller: Caller,
    ClientPath(id): ClientPath,
) -> Result<Response, Problem> {
    caller.may(Permission::Read)?;
    let mut client = state.store.existing_client(&id).await?;
    state.observations.apply(&mut client).await?;
    Ok(with_etag(state.view(client)))
}
