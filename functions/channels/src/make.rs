//! `POST /channels`.

use axum::{extract, http::StatusCode, response::Response};
use domain::{
    Code, Error, Permission,
    channel::{
        ChannelId, ChannelKind, ChannelView, MOST_CHANNELS, NewChannel, NewChannelBody, SecretName,
        generate_webhook_secret,
    },
};
use runtime::{Caller, JsonBody, Problem};
use secrecy::SecretString;
use serde_json::{Value, json};
use store::ClientSecret;

use crate::state::{State, answer};

/// Records the channel; a webhook that comes without a secret gets one.
pub async fn make(
    caller: Caller,
    extract::State(state): extract::State<State>,
    body: JsonBody<NewChannelBody>,
) -> Result<Response, Problem> {
    caller.may(Permission::ManageChannels)?;
    let new = NewChannel::parse(body.value, &state.settings)?;
    let channel = new.record(ChannelId::generate(&*state.clock, &*state.entropy), state.clock.now());
    let others = state.all().await?;
    channel.check_fallback(&others)?;
    if others.len() >= MOST_CHANNELS {
        let message = format!("There are {MOST_CHANNELS} channels. Remove one that nobody needs.");
        return Err(Error::new(Code::WrongState, message).into());
    }
    let mut secret = ClientSecret::default();
    for (name, value) in new.secrets {
        secret.set(name.name(), value);
    }
    let missing = channel.target.kind() == ChannelKind::Webhook && secret.get(SecretName::Secret.name()).is_none();
    let made = missing.then(|| generate_webhook_secret(&*state.entropy));
    if let Some(made) = &made {
        secret.set(SecretName::Secret.name(), SecretString::from(made.clone()));
    }
    // First: a channel without its secret would fail.
    if !channel.secrets.is_empty() {
        state.secrets.write_channel(&channel.id, &secret).await?;
    }
    let after = json!(ChannelView::from(channel.clone()));
    let audit = state.audit(&caller, &channel.id, "create", Value::Null, after);
    state.store.add_channel(&channel, &audit).await?;
    Ok(answer(StatusCode::CREATED, channel, made))
}
