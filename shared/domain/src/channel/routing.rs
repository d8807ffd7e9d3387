//! Which channels get which message: pure.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::Channel;
use crate::{
    Client, Error, Instant, Tag,
    catalogue::PlanId,
    monitoring::{
        MonitorNews, Span, Weekly,
        incident::{Message, MessageKind, Severity},
    },
};

/// What a channel takes. An empty list takes all.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
#[schema(as = ChannelRouting)]
pub struct Routing {
    /// How bad it has to be.
    #[schema(value_type = Vec<super::view::AlertSeverity>)]
    pub severities: Vec<Severity>,
    /// Whether it also hears that something is over, of what it was told before.
    pub recoveries: bool,
    /// What one of the sites' clients has bought.
    pub plans: Vec<PlanId>,
    /// A tag that one of the sites' clients has.
    pub tags: Vec<Tag>,
    /// When; always when there is none.
    #[schema(value_type = Option<Vec<super::view::WeeklyHours>>)]
    pub hours: Option<Vec<Weekly>>,
    /// Takes nothing by itself, only what another channel could not deliver.
    pub fallback_only: bool,
}

impl Default for Routing {
    fn default() -> Self {
        Self {
            severities: Vec::new(),
            recoveries: true,
            plans: Vec::new(),
            tags: Vec::new(),
            hours: None,
            fallback_only: false,
        }
    }
}

/// What a channel takes, as it is asked for; what is left out takes all.
#[derive(Debug, Default, Clone, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RoutingBody {
    /// How bad it has to be: `critical`, `warning`.
    #[schema(inline, value_type = Option<Vec<super::view::AlertSeverity>>)]
    pub severities: Option<Vec<Severity>>,
    /// Whether it also hears that something is over; yes unless given.
    pub recoveries: Option<bool>,
    /// What one of the sites' clients has bought.
    pub plans: Option<Vec<PlanId>>,
    /// A tag that one of the sites' clients has.
    pub tags: Option<Vec<String>>,
    /// When: windows of the week, at most 14.
    #[schema(inline, value_type = Option<Vec<super::view::HoursBody>>)]
    pub hours: Option<Vec<Weekly>>,
    /// Takes nothing by itself, only what another channel could not deliver.
    pub fallback_only: Option<bool>,
}

const MOST_TAGS: usize = 20;
const MOST_WINDOWS: usize = 14;

impl RoutingBody {
    /// Reads it.
    ///
    /// # Errors
    /// There is too much of something, or a tag is none.
    pub fn parse(self) -> Result<Routing, Error> {
        let tags = self.tags.unwrap_or_default();
        if tags.len() > MOST_TAGS {
            return Err(Error::invalid(
                "routing.tags",
                format!("There are more than {MOST_TAGS} tags. Send fewer."),
            ));
        }
        let hours = self.hours.filter(|windows| !windows.is_empty());
        if hours.as_ref().is_some_and(|windows| windows.len() > MOST_WINDOWS) {
            return Err(Error::invalid(
                "routing.hours",
                format!("There are more than {MOST_WINDOWS} windows. Send fewer."),
            ));
        }
        let tag = |(index, text): (usize, &String)| Tag::parse(&format!("routing.tags[{index}]"), text);
        Ok(Routing {
            severities: self.severities.unwrap_or_default(),
            recoveries: self.recoveries.unwrap_or(true),
            plans: self.plans.unwrap_or_default(),
            tags: tags.iter().enumerate().map(tag).collect::<Result<_, _>>()?,
            hours,
            fallback_only: self.fallback_only.unwrap_or_default(),
        })
    }
}

/// What routing looks at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Facts {
    /// A message about sites.
    Alert {
        /// What for.
        kind: MessageKind,
        /// How bad it is.
        severity: Severity,
        /// What the sites' clients have bought.
        plans: Vec<PlanId>,
        /// The tags that they have.
        tags: Vec<Tag>,
    },
    /// News of the monitor itself.
    Monitor {
        /// It is the end of something.
        recovery: bool,
    },
}

impl Facts {
    /// Of a message, with the clients of its sites as far as they are known.
    #[must_use]
    pub fn of(message: &Message, clients: &[Client]) -> Self {
        let (mut plans, mut tags) = (Vec::new(), Vec::new());
        for client in clients {
            if !plans.contains(&client.plan) {
                plans.push(client.plan);
            }
            tags.extend(client.tags.iter().cloned());
        }
        tags.sort();
        tags.dedup();
        Self::Alert {
            kind: message.kind,
            severity: message.severity,
            plans,
            tags,
        }
    }

    /// Of news of the monitor.
    #[must_use]
    pub const fn monitor(news: MonitorNews) -> Self {
        Self::Monitor {
            recovery: news.is_recovery(),
        }
    }

    /// Is it the end of something that was told before?
    #[must_use]
    pub const fn is_recovery(&self) -> bool {
        match self {
            Self::Alert { kind, .. } => matches!(kind, MessageKind::Resolve),
            Self::Monitor { recovery } => *recovery,
        }
    }
}

/// A channel that a message goes to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Routed {
    /// Which.
    pub channel: super::ChannelId,
    /// It will hear the end, whatever its routing says by then.
    pub hears_the_end: bool,
}

/// Who gets a message. `earlier` is what the earlier messages of the same incident were routed to: an end goes there and nowhere
/// else, for nobody is helped by the end of something unheard of. Only where nothing is known of earlier messages an end is
/// routed like a beginning, so that it is not lost.
#[must_use]
pub fn route(channels: &[Channel], facts: &Facts, earlier: Option<&[Routed]>, now: Instant) -> Vec<Routed> {
    let routed = |channel: &Channel| Routed {
        channel: channel.id.clone(),
        hears_the_end: channel.routing.recoveries,
    };
    match earlier {
        Some(earlier) if facts.is_recovery() => {
            let told = |channel: &&Channel| earlier.iter().any(|one| one.hears_the_end && one.channel == channel.id);
            channels.iter().filter(told).map(routed).collect()
        }
        _ => channels
            .iter()
            .filter(|channel| takes(channel, facts, now))
            .map(routed)
            .collect(),
    }
}

fn takes(channel: &Channel, facts: &Facts, now: Instant) -> bool {
    let routing = &channel.routing;
    if !channel.enabled || routing.fallback_only || (facts.is_recovery() && !routing.recoveries) {
        return false;
    }
    let severity = |severity| routing.severities.is_empty() || routing.severities.contains(&severity);
    match facts {
        Facts::Monitor { .. } => severity(Severity::Critical),
        Facts::Alert {
            kind,
            severity: bad,
            plans,
            tags,
        } => {
            // Of what is only a warning everybody hears once, and when it is over.
            let once = *bad == Severity::Critical || matches!(kind, MessageKind::Trigger | MessageKind::Resolve);
            let plan = routing.plans.is_empty() || routing.plans.iter().any(|plan| plans.contains(plan));
            let tag = routing.tags.is_empty() || routing.tags.iter().any(|tag| tags.contains(tag));
            once && severity(*bad) && plan && tag && within(routing, now)
        }
    }
}

fn within(routing: &Routing, now: Instant) -> bool {
    let moment = Span {
        from: now,
        until: now.after(Duration::from_millis(1)),
    };
    let within = |windows: &Vec<Weekly>| windows.iter().any(|window| !window.spans(moment).is_empty());
    routing.hours.as_ref().is_none_or(within)
}
