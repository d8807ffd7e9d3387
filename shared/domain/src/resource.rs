//! The ledger: one entry for each thing that exists outside because of us.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{ClientId, IllegalTransition, Instant, OperationId};

/// What kind of thing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ResourceKind {
    /// The client's secret in Secrets Manager.
    Secret,
    /// The client's database.
    Database,
    /// The project that hosts the site.
    Project,
    /// One deployment inside the project.
    Deployment,
    /// The client's address on the project.
    Domain,
    /// The first admin inside the client's database.
    AdminUser,
}

impl ResourceKind {
    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::Secret,
        Self::Database,
        Self::Project,
        Self::Deployment,
        Self::Domain,
        Self::AdminUser,
    ];

    /// The name, as in JSON and in the ledger's key.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Secret => "secret",
            Self::Database => "database",
            Self::Project => "project",
            Self::Deployment => "deployment",
            Self::Domain => "domain",
            Self::AdminUser => "admin_user",
        }
    }
}

/// What is known of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum ResourceState {
    /// About to be made; may exist.
    Intent,
    /// Made.
    Created,
    /// About to be removed; may be gone.
    Deleting,
    /// Proven absent.
    Gone,
}

/// What happens to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ResourceEvent {
    /// We are about to make it.
    Intend,
    /// The provider says it is there.
    Create,
    /// We are about to remove it.
    Remove,
    /// The provider's look-up does not find it.
    ProveGone,
}

impl ResourceState {
    /// The state after an event.
    ///
    /// # Errors
    /// The event cannot happen in this state.
    pub const fn after(self, event: ResourceEvent) -> Result<Self, IllegalTransition> {
        match (self, event) {
            // Intending again is how a retried step begins; a thing that is gone may be made anew.
            (Self::Intent | Self::Gone, ResourceEvent::Intend) => Ok(Self::Intent),
            (Self::Created, ResourceEvent::Intend) | (Self::Intent | Self::Created, ResourceEvent::Create) => {
                Ok(Self::Created)
            }
            (Self::Intent | Self::Created | Self::Deleting, ResourceEvent::Remove) => Ok(Self::Deleting),
            (Self::Deleting | Self::Gone, ResourceEvent::ProveGone) | (Self::Gone, ResourceEvent::Remove) => {
                Ok(Self::Gone)
            }
            (Self::Deleting, ResourceEvent::Intend | ResourceEvent::Create)
            | (Self::Gone, ResourceEvent::Create)
            | (Self::Intent | Self::Created, ResourceEvent::ProveGone) => Err(IllegalTransition),
        }
    }
}

/// One entry of the ledger.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Resource {
    /// Whose.
    pub client_id: ClientId,
    /// What.
    pub kind: ResourceKind,
    /// The service that holds it.
    pub provider: String,
    /// Its name there, chosen before the first call.
    pub external_name: String,
    /// Its id there, once known.
    pub external_id: Option<String>,
    /// What is known of it.
    pub state: ResourceState,
    /// The operation that last touched it.
    pub operation_id: OperationId,
    /// When the intent was written down.
    pub intended_at: Instant,
    /// When the provider said it was there.
    pub created_at: Option<Instant>,
    /// When the provider's look-up did not find it any more.
    pub gone_at: Option<Instant>,
}
