//! The kinds of operations: what each does, in which steps.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::Step;

/// What kind of change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum OperationKind {
    /// Bring a client up.
    Provision,
    /// Put changed settings live: the commit that runs, deployed with a new environment.
    Update,
    /// Deploy a commit anew.
    Redeploy,
    /// Put an earlier deployment live again.
    Rollback,
    /// Take the site off the air and keep everything.
    Suspend,
    /// Put a suspended site back on the air.
    Activate,
    /// Bring back a client that waits for its deletion.
    Restore,
    /// Take a client down.
    Delete,
}

impl OperationKind {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::Provision,
        Self::Update,
        Self::Redeploy,
        Self::Rollback,
        Self::Suspend,
        Self::Activate,
        Self::Restore,
        Self::Delete,
    ];

    /// The name, as in JSON.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Provision => "provision",
            Self::Update => "update",
            Self::Redeploy => "redeploy",
            Self::Rollback => "rollback",
            Self::Suspend => "suspend",
            Self::Activate => "activate",
            Self::Restore => "restore",
            Self::Delete => "delete",
        }
    }

    /// Its steps, in the order in which they run.
    #[must_use]
    pub fn steps(self) -> Vec<Step> {
        match self {
            Self::Provision => Step::PROVISION.to_vec(),
            Self::Update | Self::Redeploy => vec![
                Step::Validate,
                Step::LoadTemplate,
                Step::GenerateEnvironment,
                Step::Deploy,
                Step::Activate,
                Step::HealthCheck,
            ],
            Self::Rollback => vec![Step::Validate, Step::Promote, Step::Activate, Step::HealthCheck],
            Self::Suspend => vec![Step::PauseHosting],
            // Done only after a passing check: visitors are sent to a site that works.
            Self::Activate => vec![Step::ResumeHosting, Step::HealthCheck, Step::Activate],
            Self::Restore => vec![Step::ResumeHosting, Step::Activate, Step::HealthCheck],
            Self::Delete => Step::PROVISION.into_iter().rev().collect(),
        }
    }

    /// Does it put a version live, with a record of it?
    #[must_use]
    pub const fn deploys(self) -> bool {
        match self {
            Self::Provision | Self::Update | Self::Redeploy | Self::Rollback => true,
            Self::Suspend | Self::Activate | Self::Restore | Self::Delete => false,
        }
    }

    /// Does undoing its steps take the client down? The other kinds go back to what was live before.
    #[must_use]
    pub const fn takes_down(self) -> bool {
        match self {
            Self::Provision | Self::Delete => true,
            Self::Update | Self::Redeploy | Self::Rollback | Self::Suspend | Self::Activate | Self::Restore => false,
        }
    }
}
