//! Channels: how alerts reach people.
//!
//! **Invariant:** a channel's record holds no secret; it names those that its secret has.

mod address;
mod body;
mod id;
mod routing;
mod secret;
mod target;
mod view;

use serde::{Deserialize, Serialize};

pub use self::{
    address::{ThisMachine, check_webhook_address},
    body::{ChannelChange, ChannelChangeBody, ChannelSettings, NewChannel, NewChannelBody},
    id::ChannelId,
    routing::{Facts, Routed, Routing, RoutingBody, route},
    secret::{SecretName, SecretValues, SecretsBody, generate as generate_webhook_secret},
    target::{ChannelKind, FullNumber, Target, TargetBody},
    view::{ChannelAnswer, ChannelList, ChannelView, DeliveryPage, DeliveryQuery, DeliveryView},
};
use crate::{EmailAddress, Instant, Name, monitoring::incident::Severity};

/// There may be so many; each message is routed to all of them in one transaction.
pub const MOST_CHANNELS: usize = 50;

/// A way to reach somebody.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Channel {
    /// Identifies it.
    pub id: ChannelId,
    /// What it is called.
    pub name: Name,
    /// Where it leads.
    pub target: Target,
    /// What it takes.
    pub routing: Routing,
    /// Who gets what it cannot deliver.
    pub fallback: Option<ChannelId>,
    /// Whether anything is routed to it.
    pub enabled: bool,
    /// The secrets that it has.
    pub secrets: Vec<SecretName>,
    /// Counts the changes; the ETag.
    pub revision: u64,
    /// When it was made.
    pub created_at: Instant,
    /// When it last changed.
    pub updated_at: Instant,
}

/// The channels that come with the settings.
#[derive(Debug, Clone, Default)]
pub struct BuiltIn {
    /// Whether there is an address at Slack.
    pub slack: bool,
    /// Who gets the platform's own mails.
    pub email: Option<EmailAddress>,
    /// Those that take something by themselves: `slack`, `email`. The others are only fallbacks.
    pub by_default: Vec<String>,
}

impl BuiltIn {
    /// As channels: what is down and up again to both; warnings by mail only. What Slack does not take goes by mail.
    ///
    #[must_use]
    pub fn channels(&self) -> Vec<Channel> {
        let the_epoch = Instant::from_milliseconds(0);
        let channel = |id, name, kind: &str, target, severities: &[Severity]| Channel {
            id,
            name,
            target,
            routing: Routing {
                severities: severities.to_vec(),
                fallback_only: !self.by_default.iter().any(|one| one == kind),
                ..Routing::default()
            },
            fallback: None,
            enabled: true,
            secrets: Vec::new(),
            revision: 0,
            created_at: the_epoch,
            updated_at: the_epoch,
        };
        let mut channels = Vec::new();
        if self.slack
            && let Ok(name) = Name::parse("name", "Slack")
        {
            let slack = channel(
                ChannelId::built_in_slack(),
                name,
                "slack",
                Target::Slack,
                &[Severity::Critical],
            );
            channels.push(Channel {
                fallback: self.email.is_some().then(ChannelId::built_in_email),
                secrets: vec![SecretName::WebhookUrl],
                ..slack
            });
        }
        if let (Some(email), Ok(name)) = (&self.email, Name::parse("name", "E-mail")) {
            let target = Target::Email {
                addresses: vec![email.clone()],
            };
            channels.push(channel(ChannelId::built_in_email(), name, "email", target, &[]));
        }
        channels
    }
}

/// Would this fallback lead back to the channel itself?
#[must_use]
pub fn leads_back(channels: &[Channel], id: &ChannelId, fallback: &ChannelId) -> bool {
    let mut next = Some(fallback);
    for _ in 0..=channels.len() {
        match next {
            None => return false,
            Some(one) if one == id => return true,
            Some(one) => {
                let channel = channels.iter().find(|channel| channel.id == *one);
                next = channel.and_then(|channel| channel.fallback.as_ref());
            }
        }
    }
    true
}

#[cfg(test)]
mod tests;
