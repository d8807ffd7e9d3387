//! What is secret about a channel: it is taken in and never given out again.

use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use url::Url;
use utoipa::ToSchema;

use super::ChannelKind;
use crate::{Entropy, Error, random_text};

/// The names of a channel's secrets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub enum SecretName {
    /// slack: the address of the incoming webhook.
    WebhookUrl,
    /// pagerduty: the integration's key.
    RoutingKey,
    /// sms: the Twilio account.
    AccountSid,
    /// sms: its token.
    AuthToken,
    /// webhook: what signatures are made with.
    Secret,
    /// webhook: the one before, still valid.
    PreviousSecret,
}

impl SecretName {
    /// The name, as in JSON.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::WebhookUrl => "webhookUrl",
            Self::RoutingKey => "routingKey",
            Self::AccountSid => "accountSid",
            Self::AuthToken => "authToken",
            Self::Secret => "secret",
            Self::PreviousSecret => "previousSecret",
        }
    }

    /// What a channel of this kind cannot do without.
    #[must_use]
    pub const fn needed(kind: ChannelKind) -> &'static [Self] {
        match kind {
            ChannelKind::Email => &[],
            ChannelKind::Slack => &[Self::WebhookUrl],
            ChannelKind::Pagerduty => &[Self::RoutingKey],
            ChannelKind::Sms => &[Self::AccountSid, Self::AuthToken],
            ChannelKind::Webhook => &[Self::Secret],
        }
    }
}

/// What is secret about a channel, as it is sent: a channel's kind says which of these it needs. No `Debug`.
#[derive(Default, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SecretsBody {
    /// slack: the address of an incoming webhook, `https://hooks.slack.com/services/…`.
    pub webhook_url: Option<String>,
    /// pagerduty: the key of an Events API v2 integration.
    pub routing_key: Option<String>,
    /// sms: the Twilio account.
    pub account_sid: Option<String>,
    /// sms: its token.
    pub auth_token: Option<String>,
    /// webhook: `whsec_` and base64 of 24-64 bytes. One is made, and shown once, when a new channel comes without.
    pub secret: Option<String>,
}

/// Values by name, each checked. No `Debug`.
pub type SecretValues = Vec<(SecretName, SecretString)>;

/// What `whsec_` stands before.
const PREFIX: &str = "whsec_";
/// Characters after it: base64 of 24 bytes. Letters and digits only are base64 too.
const GENERATED: usize = 32;

/// A new secret of a webhook.
pub fn generate(entropy: &dyn Entropy) -> String {
    format!("{PREFIX}{}", random_text(entropy, GENERATED))
}

impl SecretsBody {
    /// The values that are given. `slack` is where Slack is reached: addresses there are taken for Slack's own, and only their
    /// path is kept, so that no address of this machine is stored.
    ///
    /// # Errors
    /// One does not go with the kind, or breaks a rule. No error repeats a value.
    pub fn parse(self, kind: ChannelKind, slack: &str) -> Result<SecretValues, Error> {
        let given = [
            (SecretName::WebhookUrl, self.webhook_url),
            (SecretName::RoutingKey, self.routing_key),
            (SecretName::AccountSid, self.account_sid),
            (SecretName::AuthToken, self.auth_token),
            (SecretName::Secret, self.secret),
        ];
        let mut values = Vec::new();
        for (name, value) in given {
            let Some(value) = value else { continue };
            let field = format!("secrets.{}", name.name());
            if !SecretName::needed(kind).contains(&name) {
                let message = format!(
                    "A channel of the kind {} has no {}. Leave it out.",
                    kind.name(),
                    name.name()
                );
                return Err(Error::invalid(field, message));
            }
            let (taken, rule) = match name {
                SecretName::WebhookUrl => (
                    slack_address(&value, slack),
                    "Send the address of an incoming webhook, https://hooks.slack.com/services/…",
                ),
                SecretName::AccountSid => (
                    Some(value).filter(|value| {
                        (1..=64).contains(&value.len()) && value.bytes().all(|byte| byte.is_ascii_alphanumeric())
                    }),
                    "Send letters and digits only, AC and 32 more",
                ),
                SecretName::RoutingKey | SecretName::AuthToken => (
                    Some(value).filter(|value| {
                        (1..=200).contains(&value.len()) && value.bytes().all(|byte| byte.is_ascii_graphic())
                    }),
                    "Send 1-200 characters without blanks",
                ),
                SecretName::Secret | SecretName::PreviousSecret => (
                    Some(value).filter(|value| is_webhook_secret(value)),
                    "Send whsec_ and base64 of 24-64 bytes, or nothing to have one made",
                ),
            };
            let taken = taken.ok_or_else(|| Error::invalid(field, format!("It is not of the right form. {rule}.")))?;
            values.push((name, SecretString::from(taken)));
        }
        Ok(values)
    }
}

/// An address at Slack, as Slack gave it.
fn slack_address(text: &str, slack: &str) -> Option<String> {
    let at_slack = "https://hooks.slack.com";
    let path = [at_slack, slack]
        .into_iter()
        .find_map(|base| text.trim().strip_prefix(base))?;
    let url = Url::parse(&format!("{at_slack}{path}")).ok()?;
    let services = url.path().starts_with("/services/") && url.path().len() > "/services/".len();
    let bare = url.query().is_none() && url.fragment().is_none() && url.host_str() == Some("hooks.slack.com");
    (services && bare && url.as_str().len() <= 500).then(|| url.to_string())
}

/// `whsec_` and base64 of 24-64 bytes.
fn is_webhook_secret(text: &str) -> bool {
    let Some(encoded) = text.strip_prefix(PREFIX) else {
        return false;
    };
    let bare = encoded.trim_end_matches('=');
    let legal = bare
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || byte == b'+' || byte == b'/');
    let bytes = bare.len() * 3 / 4;
    legal && encoded.len() % 4 == 0 && encoded.len() - bare.len() <= 2 && (24..=64).contains(&bytes)
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret;

    use super::*;

    struct Zeros;
    impl Entropy for Zeros {
        fn fill(&self, buffer: &mut [u8]) {
            buffer.fill(0);
        }
    }

    #[test]
    fn a_generated_secret_is_one_that_may_be_sent() {
        let generated = generate(&Zeros);
        assert!(is_webhook_secret(&generated), "{generated}");
        for bad in [
            "",
            "whsec_",
            "whsec_short",
            "secret",
            "whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAA!A",
        ] {
            assert!(!is_webhook_secret(bad), "{bad}");
        }
        assert!(is_webhook_secret(&format!("whsec_{}=", "A".repeat(43))));
    }

    #[test]
    fn an_address_of_slack_is_kept_without_what_differs_from_start_to_start() {
        let slack = "http://127.0.0.1:4242/slack";
        let kept = |text: &str| {
            let body = SecretsBody {
                webhook_url: Some(text.to_owned()),
                ..SecretsBody::default()
            };
            let values = body.parse(ChannelKind::Slack, slack);
            values.map(|values| values[0].1.expose_secret().to_owned())
        };
        for good in [
            "https://hooks.slack.com/services/T0/B0/x",
            "http://127.0.0.1:4242/slack/services/T0/B0/x",
        ] {
            assert_eq!(kept(good).unwrap(), "https://hooks.slack.com/services/T0/B0/x");
        }
        for bad in [
            "",
            "https://hooks.slack.com/services/",
            "https://hooks.slack.com.evil.example/services/T0/B0/x",
            "https://hooks.slack.com@evil.example/services/T0/B0/x",
            "https://evil.example/services/T0/B0/x",
            "http://hooks.slack.com/services/T0/B0/x",
        ] {
            let refusal = kept(bad).unwrap_err();
            assert_eq!(refusal.field(), Some("secrets.webhookUrl"), "{bad}");
            assert!(!refusal.message().contains("evil") && !refusal.message().contains("T0"));
        }
    }

    #[test]
    fn a_secret_goes_with_its_kind() {
        let body = SecretsBody {
            auth_token: Some("x".to_owned()),
            ..SecretsBody::default()
        };
        let refusal = body.parse(ChannelKind::Email, "").err().unwrap();
        assert_eq!(refusal.field(), Some("secrets.authToken"));
    }
}
