//! A client's site as the monitor carries it around: all that a check needs, and nothing else.

use serde::{Deserialize, Serialize};

use super::{
    maintenance::{Maintenance, maintenance_at},
    schedule::SiteKey,
    settings::MonitoringSettings,
    watched::Watched,
};
use crate::{Client, ClientId, ClientStatus, DomainLabel, HealthStatus, Instant, OperationId, Tag};

/// A client's site. What is as it usually is takes no room in a message.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Site {
    /// Whose.
    pub id: ClientId,
    /// Its label.
    pub domain: DomainLabel,
    /// Where its client stands.
    pub status: ClientStatus,
    /// When it first went live.
    pub activated_at: Option<Instant>,
    /// How its record says that it is doing.
    pub health_status: HealthStatus,
    /// Its client's tags.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tags: Vec<Tag>,
    /// How it is watched.
    #[serde(default, skip_serializing_if = "is_usual")]
    pub monitoring: MonitoringSettings,
    /// What is certain of it.
    #[serde(default, skip_serializing_if = "is_usual")]
    pub watch: Watched,
    /// The operation that works on it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub current_operation: Option<OperationId>,
}

fn is_usual<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

impl From<&Client> for Site {
    fn from(client: &Client) -> Self {
        Self {
            id: client.id.clone(),
            domain: client.domain.clone(),
            status: client.status,
            activated_at: client.activated_at,
            health_status: client.health_status,
            tags: client.tags.clone(),
            monitoring: client.monitoring.clone(),
            watch: client.watch.clone(),
            current_operation: client.current_operation.clone(),
        }
    }
}

impl Site {
    /// Its key in stored pages.
    #[must_use]
    pub fn key(&self) -> SiteKey {
        SiteKey::of(&self.id)
    }

    /// Is it live, or being worked on while it is? Not while it comes up, is paused, or goes.
    #[must_use]
    pub const fn is_watched(&self) -> bool {
        match self.status {
            ClientStatus::Active => true,
            ClientStatus::Deploying => self.activated_at.is_some(),
            ClientStatus::Pending
            | ClientStatus::Provisioning
            | ClientStatus::Failed
            | ClientStatus::Suspended
            | ClientStatus::Deleting
            | ClientStatus::Deleted
            | ClientStatus::Blocked => false,
        }
    }

    /// Is nothing expected of it at this moment: one of our own operations works on it, or there is a window?
    #[must_use]
    pub fn is_in_maintenance(&self, windows: &[Maintenance], at: Instant) -> bool {
        self.current_operation.is_some() || maintenance_at(windows, &self.id, &self.tags, at).is_some()
    }
}
