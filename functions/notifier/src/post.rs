//! Hands what is to be told to a channel.

use std::time::Duration;

use domain::{
    EmailAddress, Notice,
    channel::{Channel, FullNumber, SecretName, Target},
    hexadecimal,
};
use notify::{PagerDuty, SendError, Slack, Telling, Twilio, Webhook};
use secrecy::SecretString;
use sha2::{Digest, Sha256};

use crate::{channels::Keys, delivery::Delivery};

/// After this no further recipient of the same channel is begun: the rest is for the next attempt.
const PATIENCE: Duration = Duration::from_secs(15);

impl Delivery {
    /// Sends it. Of several recipients each is sent to until it has accepted, and who has stands in the notice.
    pub(crate) async fn post(
        &self,
        channel: &Channel,
        keys: &Keys,
        telling: &Telling,
        notice: &mut Notice,
    ) -> Result<(), SendError> {
        match &channel.target {
            Target::Slack => {
                let slack = Slack {
                    base: &self.channels.slack,
                    webhook: key(keys, SecretName::WebhookUrl)?,
                };
                slack.send(&self.outside, telling).await
            }
            Target::Pagerduty => {
                let pagerduty = PagerDuty {
                    base: &self.channels.pagerduty,
                    routing_key: key(keys, SecretName::RoutingKey)?,
                    source: &self.platform_url,
                };
                pagerduty.send(&self.outside, telling).await
            }
            Target::Webhook { url } => {
                let previous = channel.secrets.contains(&SecretName::PreviousSecret);
                let previous = previous.then(|| keys.get(SecretName::PreviousSecret)).flatten();
                let secrets: Vec<&SecretString> = std::iter::once(key(keys, SecretName::Secret)?)
                    .chain(previous)
                    .collect();
                let webhook = Webhook { url, secrets: &secrets };
                webhook.send(&self.outside, telling, self.clock.now()).await
            }
            Target::Email { addresses } => {
                let to: Vec<&str> = addresses.iter().map(EmailAddress::as_str).collect();
                self.each(&to, notice, &By::Mail, telling).await
            }
            Target::Sms { from, to } => {
                let twilio = Twilio {
                    base: &self.channels.twilio,
                    account_sid: key(keys, SecretName::AccountSid)?,
                    auth_token: key(keys, SecretName::AuthToken)?,
                };
                let by = By::Text {
                    twilio,
                    from: from.as_str(),
                };
                let to: Vec<&str> = to.iter().map(FullNumber::as_str).collect();
                self.each(&to, notice, &by, telling).await
            }
        }
    }

    /// One recipient's trouble is not the others'.
    async fn each(
        &self,
        recipients: &[&str],
        notice: &mut Notice,
        by: &By<'_>,
        telling: &Telling,
    ) -> Result<(), SendError> {
        let begun = self.clock.now();
        let mut trouble: Option<SendError> = None;
        for recipient in recipients {
            let mark = mark(&notice.id, recipient);
            let reached = |delivery: &domain::Delivery| delivery.reached.contains(&mark);
            if notice.delivery.as_ref().is_some_and(reached) {
                continue;
            }
            let sent = if self.clock.now().since(begun) < PATIENCE {
                self.to_one(recipient, by, telling).await
            } else {
                Err(SendError::Unavailable {
                    service: "the channel",
                    why: "the others took too long".to_owned(),
                    unsure: false,
                })
            };
            match (sent, &mut notice.delivery) {
                (Ok(()), Some(delivery)) => delivery.reached.push(mark),
                (Ok(()), None) => {}
                // What may pass is the reason to try again.
                (Err(error), _) if trouble.is_none() || error.passes() => trouble = Some(error),
                (Err(_), _) => {}
            }
        }
        trouble.map_or(Ok(()), Err)
    }

    async fn to_one(&self, recipient: &str, by: &By<'_>, telling: &Telling) -> Result<(), SendError> {
        match by {
            By::Mail => {
                let sent = self.mailer.send(&telling.addressed_to(recipient)).await;
                sent.map(drop).map_err(SendError::from)
            }
            By::Text { twilio, from } => twilio.send(&self.outside, from, recipient, telling).await,
        }
    }
}

/// What reaches one recipient after the other.
enum By<'a> {
    Mail,
    Text { twilio: Twilio<'a>, from: &'a str },
}

fn key(keys: &Keys, name: SecretName) -> Result<&SecretString, SendError> {
    keys.get(name).ok_or_else(|| SendError::Refused {
        service: "the channel",
        why: format!("its secret has no {}", name.name()),
    })
}

/// Says of a recipient that it was reached without saying who it is.
fn mark(notice: &str, recipient: &str) -> String {
    let hash = hexadecimal(&Sha256::digest(format!("{notice}|{recipient}")));
    hash.chars().take(16).collect()
}
