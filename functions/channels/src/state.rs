//! What every handler works with: made once at the cold start.

use std::{sync::Arc, time::Duration};

use axum::{
    Json,
    http::{HeaderValue, StatusCode, header::ETAG},
    response::{IntoResponse, Response},
};
use domain::{
    AuditEntry, Clock, Code, EmailAddress, Entropy, Error, Notice,
    channel::{BuiltIn, Channel, ChannelAnswer, ChannelId, ChannelSettings, ThisMachine},
    quoted,
};
use runtime::{Caller, Context, SettingsError};
use serde_json::Value;
use store::{Queues, Secrets, Store};

/// Stores and sources; cheap to clone.
#[derive(Clone)]
pub struct State {
    /// The records.
    pub store: Store,
    /// The queues.
    pub queues: Queues,
    /// The channels' secrets.
    pub secrets: Secrets,
    /// The clock.
    pub clock: Arc<dyn Clock>,
    /// The source of chance.
    pub entropy: Arc<dyn Entropy>,
    /// What requests are read with.
    pub settings: ChannelSettings,
    built_in: BuiltIn,
}

impl State {
    /// Makes the clients.
    ///
    /// # Errors
    /// A variable is missing or cannot be read.
    pub fn new(context: &Context) -> Result<Self, SettingsError> {
        let settings = context.settings();
        let email = settings.optional("ALERT_EMAIL");
        let email = email.map(|text| EmailAddress::parse("ALERT_EMAIL", &text)).transpose();
        let by_default = settings.optional("DEFAULT_ALERT_CHANNELS").unwrap_or_default();
        Ok(Self {
            store: context.store(),
            queues: context.queues(),
            secrets: context.secrets()?,
            clock: context.clock(),
            entropy: context.entropy(),
            settings: ChannelSettings {
                machine: ThisMachine::new(settings.optional("LOOPBACK_HOSTS")),
                slack_api_url: settings.text("SLACK_API_URL")?,
            },
            built_in: BuiltIn {
                // Whether its address is set is a secret that this function has no business with; a test tells.
                slack: true,
                email: email.map_err(|_| SettingsError::Unreadable {
                    name: "ALERT_EMAIL",
                    expected: "an e-mail address",
                })?,
                by_default: by_default.split(',').map(|name| name.trim().to_owned()).collect(),
            },
        })
    }

    /// All channels: those of the settings, then the oldest first.
    ///
    /// # Errors
    /// DynamoDB fails.
    pub async fn all(&self) -> Result<Vec<Channel>, Error> {
        let mut channels = self.built_in.channels();
        channels.extend(self.store.channels().await?);
        Ok(channels)
    }

    /// The channel that a path names.
    ///
    /// # Errors
    /// There is none, or DynamoDB fails.
    pub async fn channel_of(&self, id: &str) -> Result<Channel, Error> {
        let unknown = || Error::not_found("channel", id);
        let id: ChannelId = id.parse().map_err(|_| unknown())?;
        if id.is_built_in() {
            let found = self.built_in.channels().into_iter().find(|channel| channel.id == id);
            return found.ok_or_else(unknown);
        }
        self.store.channel(&id).await?.ok_or_else(unknown)
    }

    /// The channel that a path names, if it can be changed.
    ///
    /// # Errors
    /// There is none, it comes with the settings, or DynamoDB fails.
    pub async fn own_channel(&self, id: &str) -> Result<Channel, Error> {
        let channel = self.channel_of(id).await?;
        if channel.id.is_built_in() {
            let message = format!(
                "{} comes with the platform's settings. Change SLACK_WEBHOOK_URL, ALERT_EMAIL or DefaultAlertChannels.",
                channel.id
            );
            return Err(Error::new(Code::WrongState, message));
        }
        Ok(channel)
    }

    /// The audit's entry about what a caller does to a channel.
    pub fn audit(&self, caller: &Caller, channel: &ChannelId, action: &str, before: Value, after: Value) -> AuditEntry {
        let sources = (&*self.clock, &*self.entropy);
        caller.audit(sources, channel.to_string(), format!("channel.{action}"), before, after)
    }

    /// Gives a delivery its turn.
    pub async fn send(&self, notice: &Notice) {
        if let Err(error) = self.queues.send_notice(&notice.id, Duration::ZERO).await {
            tracing::warn!(notice.id = %notice.id, error = %error.chain(), "a message was not sent; the reconciler will send it");
        }
    }
}

/// A channel with its ETag, and the secret that was made for it, if one was.
pub fn answer(status: StatusCode, channel: Channel, secret: Option<String>) -> Response {
    let etag = HeaderValue::from_str(&format!("\"{}\"", channel.revision)).ok();
    let answer = ChannelAnswer {
        channel: channel.into(),
        secret,
    };
    let mut response = (status, Json(answer)).into_response();
    if let Some(etag) = etag {
        response.headers_mut().insert(ETAG, etag);
    }
    response
}

/// Refuses when the caller has seen another revision.
///
/// # Errors
/// It has, or the header is none.
pub fn check_revision(header: Option<&str>, channel: &Channel) -> Result<(), Error> {
    let Some(text) = header.map(str::trim).filter(|text| *text != "*") else {
        return Ok(());
    };
    let bare = text
        .strip_prefix('"')
        .and_then(|rest| rest.strip_suffix('"'))
        .unwrap_or(text);
    let digits = bare.bytes().all(|byte| byte.is_ascii_digit());
    let seen: u64 = bare.parse().ok().filter(|_| digits).ok_or_else(|| {
        let message = format!(
            "{} is not an ETag of a channel. Send the ETag as you got it, e.g. \"3\".",
            quoted(text)
        );
        Error::new(Code::InvalidQuery, message).at("If-Match")
    })?;
    if seen == channel.revision {
        return Ok(());
    }
    let message = format!(
        "The channel changed: it has revision {}, not {seen}. Read it again and repeat the change.",
        channel.revision
    );
    Err(Error::new(Code::RevisionMismatch, message).at("If-Match"))
}
