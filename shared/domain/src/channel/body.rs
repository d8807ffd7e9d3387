//! What is asked of channels, read once at the edge.

use serde::{Deserialize, Deserializer};
use utoipa::ToSchema;

use super::{
    Channel, ChannelId, ChannelKind, Routing, RoutingBody, SecretName, SecretValues, SecretsBody, Target, TargetBody,
    ThisMachine, leads_back,
};
use crate::{Error, Instant, Name, quoted};

/// The body of `POST /channels`. No `Debug`: it has secrets in it.
#[derive(Default, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewChannelBody {
    /// What it is called, 1-100 characters.
    #[schema(value_type = String, min_length = 1, max_length = 100, example = "On call")]
    pub name: Option<String>,
    /// What kind it is.
    #[schema(value_type = ChannelKind)]
    pub kind: Option<ChannelKind>,
    /// Where it leads.
    #[schema(inline)]
    pub target: Option<TargetBody>,
    /// What is secret about it; never answered.
    #[schema(inline)]
    pub secrets: Option<SecretsBody>,
    /// What it takes; everything unless given.
    #[schema(inline)]
    pub routing: Option<RoutingBody>,
    /// The channel that gets what this one cannot deliver.
    pub fallback: Option<String>,
    /// Whether anything is routed to it; yes unless given.
    pub enabled: Option<bool>,
}

/// The body of `PATCH /channels/{id}`: only what is named changes. No `Debug`: it has secrets in it.
#[derive(Default, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ChannelChangeBody {
    /// What it is called.
    pub name: Option<String>,
    /// Where it leads; takes the place of what was.
    #[schema(inline)]
    pub target: Option<TargetBody>,
    /// New secrets. That of a webhook becomes the first of two valid ones.
    #[schema(inline)]
    pub secrets: Option<SecretsBody>,
    /// webhook: makes a new secret, which is answered this once; the one before stays valid beside it.
    pub rotate_secret: Option<bool>,
    /// webhook: only the newest secret is valid from now on.
    pub drop_previous_secret: Option<bool>,
    /// What it takes; takes the place of what was.
    #[schema(inline)]
    pub routing: Option<RoutingBody>,
    /// The channel that gets what this one cannot deliver; `null`: none.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>)]
    pub fallback: Option<Option<String>>,
    /// Whether anything is routed to it.
    pub enabled: Option<bool>,
}

/// `null` says something else than nothing.
fn given<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Option<String>>, D::Error> {
    Option::deserialize(deserializer).map(Some)
}

/// What a request is read with.
#[derive(Debug, Clone, Default)]
pub struct ChannelSettings {
    /// What of this machine may be named.
    pub machine: ThisMachine,
    /// Where Slack is reached.
    pub slack_api_url: String,
}

/// A new channel, every value checked; whether its fallback exists is still to be seen.
pub struct NewChannel {
    /// What it is called.
    pub name: Name,
    /// Where it leads.
    pub target: Target,
    /// Its secrets.
    pub secrets: SecretValues,
    /// What it takes.
    pub routing: Routing,
    /// Who gets what it cannot deliver.
    pub fallback: Option<ChannelId>,
    /// Whether anything is routed to it.
    pub enabled: bool,
}

impl NewChannel {
    /// Reads the body. A webhook without a secret is still to get one.
    ///
    /// # Errors
    /// Something is missing or breaks a rule.
    pub fn parse(body: NewChannelBody, settings: &ChannelSettings) -> Result<Self, Error> {
        let missing = |field: &str, what: &str| Error::invalid(field, format!("Say {what}: {field}."));
        let name = body.name.ok_or_else(|| missing("name", "what the channel is called"))?;
        let kind = body.kind.ok_or_else(|| missing("kind", "what kind of channel it is"))?;
        let secrets = body.secrets.unwrap_or_default().parse(kind, &settings.slack_api_url)?;
        for needed in SecretName::needed(kind) {
            let given = secrets.iter().any(|(name, _)| name == needed);
            if !given && *needed != SecretName::Secret {
                let field = format!("secrets.{}", needed.name());
                let message = format!("A channel of the kind {} needs {}.", kind.name(), needed.name());
                return Err(Error::invalid(field, message));
            }
        }
        Ok(Self {
            name: Name::parse("name", &name)?,
            target: Target::parse(kind, body.target.unwrap_or_default(), &settings.machine)?,
            secrets,
            routing: body.routing.unwrap_or_default().parse()?,
            fallback: body.fallback.as_deref().map(parse_fallback).transpose()?,
            enabled: body.enabled.unwrap_or(true),
        })
    }

    /// Its record.
    #[must_use]
    pub fn record(&self, id: ChannelId, now: Instant) -> Channel {
        Channel {
            id,
            name: self.name.clone(),
            target: self.target.clone(),
            routing: self.routing.clone(),
            fallback: self.fallback.clone(),
            enabled: self.enabled,
            secrets: SecretName::needed(self.target.kind()).to_vec(),
            revision: 1,
            created_at: now,
            updated_at: now,
        }
    }
}

/// A change of a channel, every value checked. `None` = stays as it is.
pub struct ChannelChange {
    name: Option<Name>,
    target: Option<Target>,
    routing: Option<Routing>,
    fallback: Option<Option<ChannelId>>,
    enabled: Option<bool>,
    /// New secrets.
    pub secrets: SecretValues,
    /// A webhook's new secret is to be made.
    pub rotate: bool,
    /// A webhook's secret before is not valid any more.
    pub drop_previous: bool,
}

impl ChannelChange {
    /// Reads the body of a change of a channel of this kind.
    ///
    /// # Errors
    /// Something breaks a rule.
    pub fn parse(body: ChannelChangeBody, kind: ChannelKind, settings: &ChannelSettings) -> Result<Self, Error> {
        let secrets = body.secrets.unwrap_or_default().parse(kind, &settings.slack_api_url)?;
        let (rotate, drop_previous) = (
            body.rotate_secret.unwrap_or_default(),
            body.drop_previous_secret.unwrap_or_default(),
        );
        for (field, asked) in [("rotateSecret", rotate), ("dropPreviousSecret", drop_previous)] {
            if asked && kind != ChannelKind::Webhook {
                let message = format!("A channel of the kind {} does not sign. Leave it out.", kind.name());
                return Err(Error::invalid(field, message));
            }
        }
        if drop_previous && (rotate || !secrets.is_empty()) {
            let message = "The new secret would be the only valid one at once. Send this when its receiver knows it.";
            return Err(Error::invalid("dropPreviousSecret", message));
        }
        if rotate && !secrets.is_empty() {
            return Err(Error::invalid(
                "rotateSecret",
                "Send a secret or have one made, not both.",
            ));
        }
        let target = body.target.map(|target| Target::parse(kind, target, &settings.machine));
        Ok(Self {
            name: body.name.map(|name| Name::parse("name", &name)).transpose()?,
            target: target.transpose()?,
            routing: body.routing.map(RoutingBody::parse).transpose()?,
            fallback: match body.fallback {
                None => None,
                Some(fallback) => Some(fallback.as_deref().map(parse_fallback).transpose()?),
            },
            enabled: body.enabled,
            secrets,
            rotate,
            drop_previous,
        })
    }

    /// The channel afterwards.
    #[must_use]
    pub fn applied_to(&self, channel: &Channel, now: Instant) -> Channel {
        let mut secrets = channel.secrets.clone();
        let signs_anew = self.rotate || self.secrets.iter().any(|(name, _)| *name == SecretName::Secret);
        if signs_anew && !secrets.contains(&SecretName::PreviousSecret) {
            secrets.push(SecretName::PreviousSecret);
        }
        if self.drop_previous {
            secrets.retain(|name| *name != SecretName::PreviousSecret);
        }
        Channel {
            id: channel.id.clone(),
            name: self.name.clone().unwrap_or_else(|| channel.name.clone()),
            target: self.target.clone().unwrap_or_else(|| channel.target.clone()),
            routing: self.routing.clone().unwrap_or_else(|| channel.routing.clone()),
            fallback: self.fallback.clone().unwrap_or_else(|| channel.fallback.clone()),
            enabled: self.enabled.unwrap_or(channel.enabled),
            secrets,
            revision: channel.revision + 1,
            created_at: channel.created_at,
            updated_at: now,
        }
    }
}

impl Channel {
    /// Refuses a fallback that does not exist or leads back to the channel.
    ///
    /// # Errors
    /// It does.
    pub fn check_fallback(&self, channels: &[Self]) -> Result<(), Error> {
        let Some(fallback) = &self.fallback else {
            return Ok(());
        };
        if !channels.iter().any(|channel| channel.id == *fallback) && *fallback != self.id {
            return Err(Error::invalid(
                "fallback",
                format!("There is no channel {}.", quoted(fallback.as_str())),
            ));
        }
        if leads_back(channels, &self.id, fallback) {
            let message = "It leads back to the channel itself. Choose one that does not fall back to this one.";
            return Err(Error::invalid("fallback", message));
        }
        Ok(())
    }
}

fn parse_fallback(text: &str) -> Result<ChannelId, Error> {
    let unknown = |_| Error::invalid("fallback", format!("There is no channel {}.", quoted(text)));
    text.parse().map_err(unknown)
}
