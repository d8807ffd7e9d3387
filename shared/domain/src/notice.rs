//! Notices: rows of the outbox, written with the change they tell about and delivered afterwards.

use serde::{Deserialize, Serialize};

use crate::{ClientId, Finding, Instant};

/// What a notice tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NoticeKind {
    /// The client's site is live; here is how to sign in.
    Welcome,
    /// The audit has confirmed that a provider and the ledger differ.
    Drift,
}

impl NoticeKind {
    /// The name, as in the notice's id.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Welcome => "welcome",
            Self::Drift => "drift",
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
    /// About whom.
    pub client_id: ClientId,
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
}

impl Notice {
    /// The welcome mail of a client.
    #[must_use]
    pub fn welcome(client_id: &ClientId, now: Instant) -> Self {
        let kind = NoticeKind::Welcome;
        Self::new(format!("{}-{client_id}", kind.name()), kind, client_id, now)
    }

    /// What the audit has confirmed. The same thing that is wrong again later is another notice.
    #[must_use]
    pub fn drift(finding: &Finding, now: Instant) -> Self {
        let kind = NoticeKind::Drift;
        let id = format!("{}-{}-{}", kind.name(), finding.id, finding.first_seen);
        Self {
            finding: Some(finding.clone()),
            ..Self::new(id, kind, &finding.client_id, now)
        }
    }

    fn new(id: String, kind: NoticeKind, client_id: &ClientId, now: Instant) -> Self {
        Self {
            id,
            kind,
            client_id: client_id.clone(),
            state: NoticeState::Pending,
            attempts: 0,
            due_at: now,
            created_at: now,
            delivered_at: None,
            error: None,
            finding: None,
        }
    }
}
