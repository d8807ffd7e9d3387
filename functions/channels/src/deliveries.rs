//! `POST /channels/{id}/test`, `GET /channels/{id}/deliveries` and `POST …/{delivery}/replay`.

use axum::{
    Json,
    extract::{self, Path},
    http::{StatusCode, Uri},
};
use domain::{
    Code, Error, Notice, NoticeState, Permission,
    channel::{ChannelId, DeliveryPage, DeliveryQuery, DeliveryView},
    new_ulid,
};
use runtime::{Caller, Problem, parameters};
use serde_json::{Value, json};

use crate::state::State;

type Accepted = (StatusCode, Json<DeliveryView>);

/// Sends a message that says that nothing is wrong, whatever the channel takes and whether or not it is enabled.
pub async fn test(
    caller: Caller,
    extract::State(state): extract::State<State>,
    Path(id): Path<String>,
) -> Result<Accepted, Problem> {
    caller.may(Permission::ManageChannels)?;
    let channel = state.channel_of(&id).await?;
    let tail = new_ulid(&*state.clock, &*state.entropy);
    let notice = Notice::test(&channel.id, &tail, state.clock.now());
    ask(&state, &caller, &channel.id, "test", &notice).await
}

/// Sends what was once delivered, or was not, once more, whatever came since.
pub async fn replay(
    caller: Caller,
    extract::State(state): extract::State<State>,
    Path((id, delivery)): Path<(String, String)>,
) -> Result<Accepted, Problem> {
    caller.may(Permission::ManageChannels)?;
    let channel = state.channel_of(&id).await?;
    let notice = state.store.notice(&delivery).await?;
    let notice = notice
        .filter(|notice| notice.channel.as_ref() == Some(&channel.id))
        .ok_or_else(|| Error::not_found("delivery", &delivery))?;
    if notice.state == NoticeState::Pending {
        let message = "It is still to be delivered. Wait until it is, or is given up.";
        return Err(Error::new(Code::WrongState, message).into());
    }
    let tail = new_ulid(&*state.clock, &*state.entropy);
    let again = notice.again(&channel.id, &tail, state.clock.now());
    ask(&state, &caller, &channel.id, "replay", &again).await
}

/// What the channel delivered or is to deliver, newest first.
pub async fn list(
    caller: Caller,
    extract::State(state): extract::State<State>,
    Path(id): Path<String>,
    uri: Uri,
) -> Result<Json<DeliveryPage>, Problem> {
    caller.may(Permission::Read)?;
    let query = DeliveryQuery::parse(&parameters(&uri)?)?;
    let channel = state.channel_of(&id).await?;
    let (notices, more) = state.store.deliveries(&channel.id, &query).await?;
    Ok(Json(DeliveryPage {
        next_cursor: notices.last().filter(|_| more).map(DeliveryQuery::cursor),
        docs: notices.iter().map(DeliveryView::from).collect(),
        limit: query.limit,
        has_next_page: more,
    }))
}

async fn ask(
    state: &State,
    caller: &Caller,
    channel: &ChannelId,
    action: &str,
    notice: &Notice,
) -> Result<Accepted, Problem> {
    let view = DeliveryView::from(notice);
    let after = json!({"delivery": view.id, "message": view.message});
    let audit = state.audit(caller, channel, action, Value::Null, after);
    state.store.ask_delivery(notice, &audit).await?;
    state.send(notice).await;
    Ok((StatusCode::ACCEPTED, Json(view)))
}
