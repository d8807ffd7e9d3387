//! Drift: what the providers hold against what the ledger says. Pure: the audit brings the evidence and writes the verdicts.
//!
//! **Invariant:** nothing is said of a client on which something moves: one with a running operation, with an intent whose
//! operation may still act on it, or with an entry that moved since the providers were asked.
//! **Invariant:** a finding is reported only after two sightings that lie the wanted time apart, and once.

mod evidence;
mod words;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{ClientId, Instant, Resource, ResourceKind};

pub use evidence::{Evidence, MOST_REPORTS};

/// How the two differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum DriftKind {
    /// The provider has it with our mark; the ledger does not know it, or says that it is gone.
    Orphan,
    /// The ledger says that it was made; the provider does not have it.
    Missing,
    /// The ledger says that it was made; the provider has it without its client's mark, so it is not touched any more.
    Unmarked,
}

impl DriftKind {
    /// The name, as in JSON and in the finding's id.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Orphan => "orphan",
            Self::Missing => "missing",
            Self::Unmarked => "unmarked",
        }
    }
}

/// A project or database that a provider has.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Sighted {
    /// What.
    pub resource: ResourceKind,
    /// The service that holds it.
    pub provider: String,
    /// Its name there.
    pub external_name: String,
    /// Its id there.
    pub external_id: String,
    /// Whose it is by its mark. `None`: it bears none and was asked for because the ledger names it.
    pub client_id: Option<ClientId>,
}

/// An entry of the ledger.
#[derive(Debug, Clone)]
pub struct Booked {
    /// The entry.
    pub resource: Resource,
    /// The deadline of the operation that last touched it, where that can matter: of an intent.
    pub deadline: Option<Instant>,
}

/// Something that is not as it should be.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Suspect {
    /// How.
    pub kind: DriftKind,
    /// What.
    pub resource: ResourceKind,
    /// The service that holds it, or should.
    pub provider: String,
    /// Its name there.
    pub external_name: String,
    /// Its id there.
    pub external_id: Option<String>,
    /// Whose.
    pub client_id: ClientId,
}

/// Something that was not as it should be, and how often that was seen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Finding {
    /// The same as long as the same thing is wrong.
    pub id: String,
    /// How it differs.
    pub kind: DriftKind,
    /// What it is about.
    pub resource: ResourceKind,
    /// The service that holds it, or should.
    pub provider: String,
    /// Its name there.
    pub external_name: String,
    /// Its id there.
    pub external_id: Option<String>,
    /// Whose it is.
    pub client_id: ClientId,
    /// When it was seen first.
    pub first_seen: Instant,
    /// When it was seen last.
    pub last_seen: Instant,
    /// How often it was seen.
    pub sightings: u32,
    /// It is confirmed, and somebody was told.
    pub reported: bool,
}

/// What a round says of a finding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// It is seen: as it was before, if it was, and as it is now.
    Seen(Option<Finding>, Finding),
    /// It is not seen any more.
    Closed(Finding),
}

impl Verdict {
    /// The finding that has just been confirmed, if this is one.
    #[must_use]
    pub fn confirmed(&self) -> Option<&Finding> {
        match self {
            Self::Seen(before, now) if now.reported && !before.as_ref().is_some_and(|before| before.reported) => {
                Some(now)
            }
            Self::Seen(..) | Self::Closed(_) => None,
        }
    }
}

impl Suspect {
    fn id(&self) -> String {
        let Self {
            kind,
            resource,
            provider,
            client_id,
            ..
        } = self;
        let which = self.external_id.as_ref().unwrap_or(&self.external_name);
        format!("{}#{}#{provider}#{client_id}#{which}", kind.name(), resource.name())
    }

    fn seen(self, before: Option<&Finding>, at: Instant) -> Finding {
        Finding {
            id: self.id(),
            kind: self.kind,
            resource: self.resource,
            provider: self.provider,
            external_name: self.external_name,
            external_id: self.external_id,
            client_id: self.client_id,
            first_seen: before.map_or(at, |before| before.first_seen),
            last_seen: before.map_or(at, |before| before.last_seen.max(at)),
            sightings: before.map_or(1, |before| before.sightings.saturating_add(1)),
            reported: before.is_some_and(|before| before.reported),
        }
    }
}
