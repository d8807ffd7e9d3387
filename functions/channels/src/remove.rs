//! `DELETE /channels/{id}`.

use axum::{
    extract::{self, Path},
    http::{HeaderMap, StatusCode},
};
use domain::{Code, Error, Permission, channel::ChannelView, quoted};
use runtime::{Caller, Problem, header};
use serde_json::{Value, json};
use store::SaveOutcome;

use crate::state::{State, check_revision};

/// Removes the channel with its secret. What it was still to deliver is dropped.
pub async fn remove(
    caller: Caller,
    extract::State(state): extract::State<State>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<StatusCode, Problem> {
    caller.may(Permission::ManageChannels)?;
    let channel = state.own_channel(&id).await?;
    check_revision(header(&headers, "If-Match")?, &channel)?;
    let others = state.all().await?;
    if let Some(other) = others.iter().find(|other| other.fallback.as_ref() == Some(&channel.id)) {
        let message = format!(
            "It is the fallback of {}. Give that channel another one, or none, first.",
            quoted(other.name.as_str())
        );
        return Err(Error::new(Code::WrongState, message).into());
    }
    // First: with the record gone nobody could ask for it again.
    state.secrets.delete_channel(&channel.id).await?;
    let before = json!(ChannelView::from(channel.clone()));
    let audit = state.audit(&caller, &channel.id, "delete", before, Value::Null);
    match state.store.remove_channel(&channel, &audit).await? {
        SaveOutcome::Saved => Ok(StatusCode::NO_CONTENT),
        SaveOutcome::Overtaken => Err(Error::busy("a channel changed while it was being removed").into()),
    }
}
