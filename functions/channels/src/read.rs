//! `GET /channels` and `GET /channels/{id}`.

use axum::{
    Json,
    extract::{self, Path},
    http::StatusCode,
    response::Response,
};
use domain::{Permission, channel::ChannelList};
use runtime::{Caller, Problem};

use crate::state::{State, answer};

/// Those of the settings, then the oldest first.
pub async fn list(caller: Caller, extract::State(state): extract::State<State>) -> Result<Json<ChannelList>, Problem> {
    caller.may(Permission::Read)?;
    Ok(Json(ChannelList::of(state.all().await?)))
}

/// One, with its revision as ETag.
pub async fn one(
    caller: Caller,
    extract::State(state): extract::State<State>,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    caller.may(Permission::Read)?;
    Ok(answer(StatusCode::OK, state.channel_of(&id).await?, None))
}
