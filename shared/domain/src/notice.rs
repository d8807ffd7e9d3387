//! Notices: rows of the outbox, written with the change they tell about and delivered afterwards.

use serde::{Deserialize, Serialize};

use crate::{ClientId, Finding, Instant, monitoring::MonitorNews, monitoring::incident::Message};

/// What a notice tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
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
        }
    }
}

/// Where a notice stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NoticeState {
    /// To be delivered.
    Pending,
    /// Accepted by the channel.
    Delivered,
    /// Refused for good, or given up.
    Failed,
    /// Nobody is to be told any more: its client was deleted first, or there is no address for what it tells.
    Dropped,
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
        }
    }
}
