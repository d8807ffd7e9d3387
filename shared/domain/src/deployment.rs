//! A deployment: one version of the site put live for a client.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{ClientId, DeploymentId, HealthReport, Instant, OperationId, catalogue::EffectiveConfiguration};

/// How it went.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum DeploymentStatus {
    /// Recorded.
    Pending,
    /// Being built.
    InProgress,
    /// Live, or was.
    Success,
    /// Not brought live, or taken down with its client.
    Failed,
    /// Replaced by an earlier one.
    RolledBack,
}

/// What led to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum DeploymentType {
    /// The client's first.
    Initial,
    /// New settings or a new version.
    Update,
    /// A mend.
    Hotfix,
    /// Back to an earlier one.
    Rollback,
    /// A change of the database.
    Migration,
}

/// For whom.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Environment {
    /// Visitors.
    Production,
    /// Trials (reserved).
    Staging,
    /// Developers (reserved).
    Development,
}

/// Where a deployment's code comes from, pinned to one commit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Source {
    /// `organisation/repository` on GitHub.
    pub repository: String,
    /// The branch or tag that was asked for.
    pub reference: String,
    /// The commit it stood for when the operation started.
    pub commit: String,
    /// The tag on the commit, else the site's package version and the short commit.
    pub version: String,
}

/// A deployment's record.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Deployment {
    /// Identifies it.
    pub id: DeploymentId,
    /// Whose.
    pub client_id: ClientId,
    /// The operation that made it.
    pub operation_id: OperationId,
    /// How it went.
    pub status: DeploymentStatus,
    /// For whom.
    pub environment: Environment,
    /// What led to it.
    #[serde(rename = "type")]
    pub kind: DeploymentType,
    /// The site's version.
    pub version: Option<String>,
    /// The commit.
    pub git_commit: Option<String>,
    /// The branch or tag.
    pub git_branch: Option<String>,
    /// Its id at Vercel.
    pub vercel_deployment_id: Option<String>,
    /// Its own address at Vercel.
    pub vercel_deployment_url: Option<String>,
    /// When it was begun.
    pub started_at: Instant,
    /// When it ended.
    pub completed_at: Option<Instant>,
    /// How long it took, in seconds.
    pub duration: Option<f64>,
    /// The end of the build log, redacted.
    pub logs: Option<String>,
    /// Why it failed.
    pub error_message: Option<String>,
    /// The chain of causes, redacted.
    pub error_stack: Option<String>,
    /// The full effective configuration; no secrets.
    pub config_snapshot: Option<EffectiveConfiguration>,
    /// Names of the variables and keyed hashes of their values, so that a change can be seen and a value cannot.
    pub environment_snapshot: Option<BTreeMap<String, String>>,
    /// The look right after going live found the site healthy.
    pub health_check_passed: Option<bool>,
    /// That look.
    pub health_check_results: Option<HealthReport>,
}

impl Deployment {
    /// Was it live, so that it can be put live again?
    #[must_use]
    pub const fn can_be_live_again(&self) -> bool {
        matches!(self.status, DeploymentStatus::Success | DeploymentStatus::RolledBack)
            && self.vercel_deployment_id.is_some()
    }
}
