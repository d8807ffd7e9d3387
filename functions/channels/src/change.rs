//! `PATCH /channels/{id}`.

use axum::{
    extract::{self, FromRequest, Path, Request},
    http::StatusCode,
    response::Response,
};
use domain::{
    Error, Permission,
    channel::{Channel, ChannelChange, ChannelChangeBody, ChannelView, SecretName, generate_webhook_secret},
};
use runtime::{Caller, JsonBody, Problem, header};
use secrecy::SecretString;
use serde_json::json;
use store::SaveOutcome;

use crate::state::{State, answer, check_revision};

/// Changes what the body names. Two changes at once: one of them is told to read again.
pub async fn change(
    caller: Caller,
    extract::State(state): extract::State<State>,
    Path(id): Path<String>,
    request: Request,
) -> Result<Response, Problem> {
    caller.may(Permission::ManageChannels)?;
    let channel = state.own_channel(&id).await?;
    check_revision(header(request.headers(), "If-Match")?, &channel)?;
    let body = JsonBody::<ChannelChangeBody>::from_request(request, &()).await?;
    let change = ChannelChange::parse(body.value, channel.target.kind(), &state.settings)?;
    let changed = change.applied_to(&channel, state.clock.now());
    changed.check_fallback(&state.all().await?)?;
    let made = change.rotate.then(|| generate_webhook_secret(&*state.entropy));
    let (before, after) = (
        json!(ChannelView::from(channel.clone())),
        json!(ChannelView::from(changed.clone())),
    );
    // First: the record names no secret that is not there.
    keep_secrets(&state, &channel, change, made.as_deref()).await?;
    let audit = state.audit(&caller, &channel.id, "change", before, after);
    match state.store.save_channel(&changed, &audit).await? {
        SaveOutcome::Saved => Ok(answer(StatusCode::OK, changed, made)),
        SaveOutcome::Overtaken => Err(Error::busy("a channel changed while it was being changed").into()),
    }
}

/// Writes what is new; a webhook's secret that was is kept beside its new one.
async fn keep_secrets(
    state: &State,
    channel: &Channel,
    change: ChannelChange,
    made: Option<&str>,
) -> Result<(), Error> {
    let mut news: Vec<(SecretName, SecretString)> = change.secrets;
    news.extend(made.map(|made| (SecretName::Secret, SecretString::from(made))));
    if news.is_empty() && !change.drop_previous {
        return Ok(());
    }
    let (current, previous) = (SecretName::Secret.name(), SecretName::PreviousSecret.name());
    let mut secret = state.secrets.read_channel(&channel.id).await?.unwrap_or_default();
    if change.drop_previous {
        secret.retain(|name| name != previous);
    }
    // A change that wrote its secrets and then died is repeated: nobody was told of the secret that it made, so the one before it
    // is still the one that counts.
    let unfinished = secret.get(previous).is_some() && !channel.secrets.contains(&SecretName::PreviousSecret);
    for (name, value) in news {
        if name == SecretName::Secret
            && !unfinished
            && let Some(old) = secret.get(current).cloned()
        {
            secret.set(previous, old);
        }
        secret.set(name.name(), value);
    }
    state.secrets.write_channel(&channel.id, &secret).await
}
