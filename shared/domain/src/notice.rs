//! Notices: rows of the outbox, written with the change they tell about and delivered afterwards.

use serde::{Deserialize, Serialize};

use utoipa::ToSchema;

use crate::{
    ClientId, Finding, Instant,
    channel::{ChannelId, Routed},
    delivery::{Delivery, DeliveryReason, delivery_id},
    monitoring::{
        MonitorNews, SightChange,
        incident::{Message, MessageKind},
    },
};

/// What a notice tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum NoticeKind {
    /// The client's site is live; here is how to sign in.
    Welcome,
    /// The audit has confirmed that a provider and the ledger differ.
    Drift,
    /// Something is wrong with sites, or is right again.
    Alert,
    /// The monitor cannot see, or sees again.
    Monitor,
    /// Somebody tries a channel.
    Test,
}

impl NoticeKind {
    /// The name, as in the notice's id.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Welcome => "welcome",
            Self::Drift => "drift",
            Self::Alert => "alert",
            Self::Monitor => "monitor",
            Self::Test => "test",
        }
    }
}

/// Where a notice stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum NoticeState {
    /// To be delivered.
    Pending,
    /// Accepted by the channel.
    Delivered,
    /// Refused for good, or given up.
    Failed,
    /// Nobody is to be told any more: its client was deleted first, or there is nobody for what it tells.
    Dropped,
    /// The channel did not deliver it; its fallback got it.
    FellBack,
}

/// One row of the outbox. The text is made when it is delivered, so that no row holds a password.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Notice {
    /// The same for the same event, so that writing it twice makes one row.
    pub id: String,
    /// What it tells.
    pub kind: NoticeKind,
    /// About whom; `None` when it is about several or nobody.
    #[serde(default)]
    pub client_id: Option<ClientId>,
    /// Where it stands.
    pub state: NoticeState,
    /// How often it was tried.
    pub attempts: u32,
    /// When it is next due.
    pub due_at: Instant,
    /// When it was written.
    pub created_at: Instant,
    /// When the channel accepted it.
    pub delivered_at: Option<Instant>,
    /// The newest failure, without addresses.
    pub error: Option<String>,
    /// What was found, as it was when it was confirmed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub finding: Option<Finding>,
    /// What is told of an incident, as the desk made it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<Message>,
    /// What is told of the monitor itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub monitor: Option<MonitorNews>,
    /// The channel that is to deliver it; `None` while it is still to be routed, and for what goes to one address only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub channel: Option<ChannelId>,
    /// What is known of that delivery.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub delivery: Option<Delivery>,
    /// Where it was routed to; `None` before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub routed: Option<Vec<Routed>>,
}

impl Notice {
    /// The welcome mail of a client.
    #[must_use]
    pub fn welcome(client_id: &ClientId, now: Instant) -> Self {
        let kind = NoticeKind::Welcome;
        Self::new(format!("{}-{client_id}", kind.name()), kind, Some(client_id), now)
    }

    /// What the audit has confirmed. The same thing that is wrong again later is another notice.
    #[must_use]
    pub fn drift(finding: &Finding, now: Instant) -> Self {
        let kind = NoticeKind::Drift;
        let id = format!("{}-{}-{}", kind.name(), finding.id, finding.first_seen);
        Self {
            finding: Some(finding.clone()),
            ..Self::new(id, kind, Some(&finding.client_id), now)
        }
    }

    /// What the desk tells of an incident, to whom the routing says.
    #[must_use]
    pub fn alert(message: Message, now: Instant) -> Self {
        let kind = NoticeKind::Alert;
        let id = format!("{}-{}", kind.name(), message.id);
        Self {
            message: Some(message),
            ..Self::new(id, kind, None, now)
        }
    }

    /// What is told of the monitor itself.
    #[must_use]
    pub fn monitor(news: MonitorNews, now: Instant) -> Self {
        let kind = NoticeKind::Monitor;
        Self {
            monitor: Some(news),
            ..Self::new(format!("{}-{}", kind.name(), news.id()), kind, None, now)
        }
    }

    /// The delivery of this notice by one channel.
    #[must_use]
    pub fn by(&self, channel: &ChannelId, reason: DeliveryReason, now: Instant) -> Self {
        Self {
            message: self.message.clone(),
            monitor: self.monitor,
            channel: Some(channel.clone()),
            delivery: Some(Delivery {
                reason,
                unsure: false,
                given_to: None,
                reached: Vec::new(),
            }),
            ..Self::new(delivery_id(&self.visible_id(), channel), self.kind, None, now)
        }
    }

    /// Somebody tries a channel; `tail` makes it unlike any other.
    #[must_use]
    pub fn test(channel: &ChannelId, tail: &str, now: Instant) -> Self {
        let kind = NoticeKind::Test;
        let whole = Self::new(format!("{}-{tail}", kind.name()), kind, None, now);
        Self {
            id: whole.id.clone(),
            ..whole.by(channel, DeliveryReason::Test, now)
        }
    }

    /// The same delivery once more, from the beginning; `tail` makes it unlike any other.
    #[must_use]
    pub fn again(&self, channel: &ChannelId, tail: &str, now: Instant) -> Self {
        let mut again = self.by(channel, DeliveryReason::Replay, now);
        again.id = format!("{}-{tail}", again.id);
        again
    }

    /// What is told, the same on every channel and in every repetition: it stands in the message, so that a duplicate is seen.
    #[must_use]
    pub fn visible_id(&self) -> String {
        match (&self.message, &self.monitor) {
            (Some(message), _) => format!("{}-{}", NoticeKind::Alert.name(), message.id),
            (None, Some(news)) => format!("{}-{}", NoticeKind::Monitor.name(), news.id()),
            (None, None) => self.id.clone(),
        }
    }

    /// The visible ids of what has to be told before this, oldest first.
    #[must_use]
    pub fn before(&self) -> Vec<String> {
        let alert = |incident: &str, number: u32| format!("{}-{incident}-{number}", NoticeKind::Alert.name());
        match (&self.message, &self.monitor) {
            (Some(message), _) => (1..message.number())
                .map(|number| alert(&message.incident, number))
                .collect(),
            (None, Some(MonitorNews::Sight(SightChange::SeesAgain(run)))) => {
                vec![format!(
                    "{}-{}",
                    NoticeKind::Monitor.name(),
                    MonitorNews::Sight(SightChange::WentBlind(*run)).id()
                )]
            }
            (None, Some(MonitorNews::Audible(run))) => {
                vec![format!(
                    "{}-{}",
                    NoticeKind::Monitor.name(),
                    MonitorNews::Silent(*run).id()
                )]
            }
            (None, _) => Vec::new(),
        }
    }

    /// The visible ids of the next so many messages of the same incident, if they are told.
    #[must_use]
    pub fn after(&self, count: u32) -> Vec<String> {
        let ids = |message: &Message| {
            let next = message.number().saturating_add(1);
            let numbers = next..next.saturating_add(count);
            let id = |number| format!("{}-{}-{number}", NoticeKind::Alert.name(), message.incident);
            numbers.map(id).collect()
        };
        self.message.as_ref().map(ids).unwrap_or_default()
    }

    /// Does it tell that something is over?
    #[must_use]
    pub fn is_recovery(&self) -> bool {
        let over = self
            .message
            .as_ref()
            .is_some_and(|message| message.kind == MessageKind::Resolve);
        over || self.monitor.is_some_and(MonitorNews::is_recovery)
    }

    fn new(id: String, kind: NoticeKind, client_id: Option<&ClientId>, now: Instant) -> Self {
        Self {
            id,
            kind,
            client_id: client_id.cloned(),
            state: NoticeState::Pending,
            attempts: 0,
            due_at: now,
            created_at: now,
            delivered_at: None,
            error: None,
            finding: None,
            message: None,
            monitor: None,
            channel: None,
            delivery: None,
            routed: None,
        }
    }
}

impl Message {
    /// Which message of its incident it is, from 1: the tail of its id.
    #[must_use]
    pub fn number(&self) -> u32 {
        let tail = self.id.rsplit_once('-').map(|(_, tail)| tail);
        tail.and_then(|tail| tail.parse().ok()).unwrap_or(1)
    }
}
