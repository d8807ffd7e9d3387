//! The channels there are: those of the settings and those with a record, and what each is reached with.

use domain::{
    EmailAddress, Error,
    channel::{BuiltIn, Channel, ChannelId, SecretName, ThisMachine},
};
use runtime::{Context, SettingsError};
use secrecy::{ExposeSecret, SecretString};
use store::{ClientSecret, Secrets, Store};

/// The name of the setting among the providers' tokens.
const SLACK_WEBHOOK_URL: &str = "SLACK_WEBHOOK_URL";

/// Reads channels and their secrets.
pub struct Channels {
    store: Store,
    secrets: Secrets,
    provider_tokens: String,
    alert_email: Option<EmailAddress>,
    by_default: Vec<String>,
    /// What of this machine may be reached; nothing in the cloud.
    pub machine: ThisMachine,
    /// Where Slack is.
    pub slack: String,
    /// Where PagerDuty is.
    pub pagerduty: String,
    /// Where Twilio is.
    pub twilio: String,
}

/// What a channel is reached with.
#[derive(Default)]
pub struct Keys(ClientSecret);

impl Keys {
    /// A secret of the channel; an empty one counts as missing.
    pub fn get(&self, name: SecretName) -> Option<&SecretString> {
        self.0
            .get(name.name())
            .filter(|value| !value.expose_secret().is_empty())
    }
}

impl Channels {
    pub fn new(context: &Context) -> Result<Self, SettingsError> {
        let settings = context.settings();
        let alert_email = settings.optional("ALERT_EMAIL");
        let alert_email = alert_email
            .map(|text| EmailAddress::parse("ALERT_EMAIL", &text))
            .transpose();
        let by_default = settings.optional("DEFAULT_ALERT_CHANNELS").unwrap_or_default();
        Ok(Self {
            store: context.store(),
            secrets: context.secrets()?,
            provider_tokens: settings.text("PROVIDER_TOKENS_ARN")?,
            alert_email: alert_email.map_err(|_| SettingsError::Unreadable {
                name: "ALERT_EMAIL",
                expected: "an e-mail address",
            })?,
            by_default: by_default.split(',').map(|name| name.trim().to_owned()).collect(),
            machine: ThisMachine::new(settings.optional("LOOPBACK_HOSTS")),
            slack: settings.text("SLACK_API_URL")?,
            pagerduty: settings.text("PAGERDUTY_API_URL")?,
            twilio: settings.text("TWILIO_API_URL")?,
        })
    }

    /// All of them.
    pub async fn all(&self) -> Result<Vec<Channel>, Error> {
        let built_in = BuiltIn {
            slack: self.slack_webhook().await?.is_some(),
            email: self.alert_email.clone(),
            by_default: self.by_default.clone(),
        };
        let mut channels = built_in.channels();
        channels.extend(self.store.channels().await?);
        Ok(channels)
    }

    /// What this channel is reached with; nothing when its secret is not there.
    pub async fn keys(&self, id: &ChannelId) -> Result<Keys, Error> {
        let mut keys = ClientSecret::default();
        if *id == ChannelId::built_in_slack() {
            if let Some(webhook) = self.slack_webhook().await? {
                keys.set(SecretName::WebhookUrl.name(), webhook);
            }
        } else if !id.is_built_in()
            && let Some(secret) = self.secrets.read_channel(id).await?
        {
            keys = secret;
        }
        Ok(Keys(keys))
    }

    async fn slack_webhook(&self) -> Result<Option<SecretString>, Error> {
        let tokens = self.secrets.read_platform(&self.provider_tokens).await?;
        let webhook = tokens.get(SLACK_WEBHOOK_URL).cloned();
        Ok(webhook.filter(|webhook| !webhook.expose_secret().is_empty()))
    }
}
