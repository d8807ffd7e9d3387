//! A client: one tenant of the platform.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;

use crate::{
    ClientId, DeploymentId, DomainLabel, EmailAddress, HealthReport, Instant, Name, OperationId, PhoneNumber,
    RolloutId, Tag, VariableName,
    catalogue::{PlanId, TemplateId},
    monitoring::{MonitoringSettings, Watched, incident::Traits},
};

/// Where a client stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum ClientStatus {
    /// Recorded; nothing exists outside yet.
    Pending,
    /// Its database is being made.
    Provisioning,
    /// Its site is being deployed.
    Deploying,
    /// Its site is live.
    Active,
    /// Coming up failed; everything that was made has been taken down.
    Failed,
    /// Its site is paused.
    Suspended,
    /// It is being taken down.
    Deleting,
    /// Nothing of it is left outside.
    Deleted,
    /// Taking it down did not finish; its operation names what is left.
    Blocked,
}

impl ClientStatus {
    /// All of them.
    pub const ALL: [Self; 9] = [
        Self::Pending,
        Self::Provisioning,
        Self::Deploying,
        Self::Active,
        Self::Failed,
        Self::Suspended,
        Self::Deleting,
        Self::Deleted,
        Self::Blocked,
    ];

    /// The name, as in JSON.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Provisioning => "provisioning",
            Self::Deploying => "deploying",
            Self::Active => "active",
            Self::Failed => "failed",
            Self::Suspended => "suspended",
            Self::Deleting => "deleting",
            Self::Deleted => "deleted",
            Self::Blocked => "blocked",
        }
    }

    /// Where a client stands when nothing moves: a site that has been live and is being deployed anew is active.
    #[must_use]
    pub const fn resting(self, live: bool) -> Self {
        match self {
            Self::Deploying if live => Self::Active,
            status => status,
        }
    }
}

/// How a client's bill stands. Shown and filterable; suspends nothing by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum BillingStatus {
    /// Pays.
    Active,
    /// Late.
    PastDue,
    /// Has given notice.
    Cancelled,
    /// Tries the product for 14 days.
    Trial,
}

/// How a client's site is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum HealthStatus {
    /// All checks pass.
    Healthy,
    /// Slow, or something minor.
    Warning,
    /// Down, or something major.
    Critical,
    /// No recent data.
    Unknown,
}

impl HealthStatus {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Healthy, Self::Warning, Self::Critical, Self::Unknown];

    /// The name, as in JSON.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Healthy => "healthy",
            Self::Warning => "warning",
            Self::Critical => "critical",
            Self::Unknown => "unknown",
        }
    }
}

/// Which service holds a client's database.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum DatabaseProvider {
    /// Railway.
    Railway,
}

impl DatabaseProvider {
    /// The name, as in JSON.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Railway => "railway",
        }
    }
}

impl std::str::FromStr for DatabaseProvider {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "railway" => Ok(Self::Railway),
            _ => Err("the database provider must be railway".to_owned()),
        }
    }
}

/// A client's record.
///
/// **Invariant:** holds no secret; the values of `custom_environment`, the database URL and the passwords are in the client's
/// secret only.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Client {
    /// Identifies it for ever.
    pub id: ClientId,
    /// Counts the changes; the ETag.
    pub revision: u64,
    /// What it is called.
    pub name: Name,
    /// Its label below the platform's domain.
    pub domain: DomainLabel,
    /// Whom to write to; also the first admin's sign-in name.
    pub contact_email: EmailAddress,
    /// Whom to ask for.
    pub contact_name: Option<Name>,
    /// Whom to call.
    pub contact_phone: Option<PhoneNumber>,
    /// What kind of site it is.
    pub template: TemplateId,
    /// Features beyond the template.
    pub enabled_features: Vec<String>,
    /// Collections of the template that it does without.
    pub disabled_collections: Vec<String>,
    /// Where it stands.
    pub status: ClientStatus,
    /// The project that hosts its site.
    pub vercel_project_id: Option<String>,
    /// Who holds its database.
    pub database_provider: DatabaseProvider,
    /// The secret with its database URL, passwords and own environment.
    pub database_secret_arn: Option<String>,
    /// The names of its own environment variables.
    pub custom_environment: Vec<VariableName>,
    /// Settings that differ from the template's.
    pub custom_settings: Map<String, Value>,
    /// What it has bought.
    pub plan: PlanId,
    /// How its bill stands.
    pub billing_status: BillingStatus,
    /// What it pays a month, in euro cents.
    pub monthly_fee_cents: u64,
    /// When the next bill is due.
    pub next_billing_date: Option<Instant>,
    /// When its site was last looked at.
    pub last_health_check: Option<Instant>,
    /// How its site is doing.
    pub health_status: HealthStatus,
    /// The last look in full.
    pub health: Option<HealthReport>,
    /// Successful checks of the last 30 days, in percent.
    pub uptime_percentage: Option<f64>,
    /// How its site is watched.
    #[serde(default)]
    pub monitoring: MonitoringSettings,
    /// What is certain of its site: the monitor's own, from one change to the next.
    #[serde(default)]
    pub watch: Watched,
    /// Notes of the platform's people.
    pub notes: Option<String>,
    /// Tags to filter by.
    pub tags: Vec<Tag>,
    /// The operation that holds the client, if any.
    pub current_operation: Option<OperationId>,
    /// The newest operation, running or ended.
    pub last_operation: OperationId,
    /// The deployment that visitors see.
    #[serde(default)]
    pub live_deployment: Option<DeploymentId>,
    /// The version of that deployment.
    #[serde(default)]
    pub live_version: Option<String>,
    /// The rollout that deployed it last, if one did.
    #[serde(default)]
    pub last_rollout: Option<RolloutId>,
    /// When it first went live.
    pub activated_at: Option<Instant>,
    /// When it was recorded.
    pub created_at: Instant,
    /// When it last changed.
    pub updated_at: Instant,
    /// When nothing of it was left.
    pub deleted_at: Option<Instant>,
}

impl Client {
    /// The name under which everything of this client stands outside: `client-acme-x1y2z3`.
    #[must_use]
    pub fn external_name(&self) -> String {
        format!("client-{}-{}", self.domain, self.id.suffix())
    }

    /// Where it stands when nothing moves: a site that is being deployed anew is active.
    #[must_use]
    pub const fn resting_status(&self) -> ClientStatus {
        self.status.resting(self.activated_at.is_some())
    }

    /// Is its site watched? Not while it comes up, is paused, or goes.
    #[must_use]
    pub const fn is_watched(&self) -> bool {
        // The status of a site that is being deployed anew is `deploying`.
        matches!(self.resting_status(), ClientStatus::Active)
    }

    /// What its site may have in common with others that fail.
    #[must_use]
    pub fn traits(&self) -> Traits {
        Traits::new(
            self.database_provider,
            self.template,
            self.live_version.as_deref(),
            self.last_rollout.as_ref(),
        )
    }

    /// Does its site answer visitors (or should it)?
    #[must_use]
    pub fn is_reachable(&self) -> bool {
        self.activated_at.is_some() && self.status != ClientStatus::Deleted
    }
}
