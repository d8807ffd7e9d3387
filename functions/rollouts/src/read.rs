//! `GET /rollouts` and `GET /rollouts/{id}`.

use axum::{
    Json,
    extract::{self, Path},
    http::Uri,
};
use domain::{Permission, RolloutDetail, RolloutPage, RolloutQuery};
use runtime::{Caller, Problem, parameters};

use crate::state::State;

/// Newest first, page by page.
pub async fn list(
    caller: Caller,
    extract::State(state): extract::State<State>,
    uri: Uri,
) -> Result<Json<RolloutPage>, Problem> {
    caller.may(Permission::Read)?;
    let query = RolloutQuery::parse(&parameters(&uri)?)?;
    Ok(Json(query.of(state.store.rollouts().await?)))
}

/// One, with what became of each client.
pub async fn one(
    caller: Caller,
    extract::State(state): extract::State<State>,
    Path(id): Path<String>,
) -> Result<Json<RolloutDetail>, Problem> {
    caller.may(Permission::Read)?;
    let rollout = state.rollout_of(&id).await?;
    let clients = state.store.rollout_clients(&rollout.id).await?;
    Ok(Json(RolloutDetail::of(rollout, clients)))
}
