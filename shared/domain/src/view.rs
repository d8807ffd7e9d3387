//! What callers see of records: every documented field, always there, nothing secret.

use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

use crate::{
    BillingStatus, Client, ClientId, ClientStatus, DatabaseProvider, Deployment, DomainLabel, EmailAddress,
    HealthStatus, Instant, Name, Operation, OperationId, OperationKind, OperationStatus, Page, PhoneNumber, Step,
    StepState, Tag, VariableName,
    catalogue::{EffectiveConfiguration, PlanId, TemplateId},
    monitoring::MonitoringSettings,
};

/// Where sites are to be found. Addresses are put together when they are read: a port is never stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Addresses {
    /// A site's address, with `{domain}` in the place of its label.
    pub site_url: String,
}

impl Addresses {
    /// The address of the site with this label.
    #[must_use]
    pub fn site_of(&self, label: &DomainLabel) -> String {
        self.site_url.replace("{domain}", label.as_str())
    }
}

/// A client as callers see it.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ClientView {
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
    /// The site's address, once it is live.
    pub deployment_url: Option<String>,
    /// Where its people sign in, once it is live.
    pub admin_url: Option<String>,
    /// The project that hosts its site.
    pub vercel_project_id: Option<String>,
    /// Who holds its database.
    pub database_provider: DatabaseProvider,
    /// The secret with its database URL and passwords.
    pub database_secret_arn: Option<String>,
    /// The names of its own environment variables.
    pub custom_environment: Vec<VariableName>,
    /// Settings that differ from the template's.
    pub custom_settings: Map<String, Value>,
    /// What it has bought.
    pub plan: PlanId,
    /// How its bill stands.
    pub billing_status: BillingStatus,
    /// What it pays a month, in euros.
    #[schema(example = 99.0)]
    pub monthly_fee: f64,
    /// What it pays a month, in euro cents.
    #[schema(example = 9900)]
    pub monthly_fee_cents: u64,
    /// When the next bill is due.
    pub next_billing_date: Option<Instant>,
    /// When its site was last looked at.
    pub last_health_check: Option<Instant>,
    /// How its site is doing.
    pub health_status: HealthStatus,
    /// Successful checks of the last 30 days, in percent.
    pub uptime_percentage: Option<f64>,
    /// How its site is watched.
    pub monitoring: MonitoringSettings,
    /// Notes of the platform's people.
    pub notes: Option<String>,
    /// Tags to filter by.
    pub tags: Vec<Tag>,
    /// The operation that holds the client, if any.
    pub current_operation: Option<OperationId>,
    /// The newest operation, running or ended.
    pub last_operation: OperationId,
    /// When it first went live.
    pub activated_at: Option<Instant>,
    /// When it was recorded.
    pub created_at: Instant,
    /// When it last changed.
    pub updated_at: Instant,
    /// When nothing of it was left.
    pub deleted_at: Option<Instant>,
}

impl ClientView {
    /// A client as callers see it.
    #[must_use]
    pub fn new(client: Client, addresses: &Addresses) -> Self {
        let deployment_url = client.is_reachable().then(|| addresses.site_of(&client.domain));
        Self {
            id: client.id,
            revision: client.revision,
            name: client.name,
            domain: client.domain,
            contact_email: client.contact_email,
            contact_name: client.contact_name,
            contact_phone: client.contact_phone,
            template: client.template,
            enabled_features: client.enabled_features,
            disabled_collections: client.disabled_collections,
            status: client.status,
            admin_url: deployment_url.as_ref().map(|url| format!("{url}/admin")),
            deployment_url,
            vercel_project_id: client.vercel_project_id,
            database_provider: client.database_provider,
            database_secret_arn: client.database_secret_arn,
            custom_environment: client.custom_environment,
            custom_settings: client.custom_settings,
            plan: client.plan,
            billing_status: client.billing_status,
            monthly_fee: euros(client.monthly_fee_cents),
            monthly_fee_cents: client.monthly_fee_cents,
            next_billing_date: client.next_billing_date,
            last_health_check: client.last_health_check,
            health_status: client.health_status,
            uptime_percentage: client.uptime_percentage,
            monitoring: client.monitoring,
            notes: client.notes,
            tags: client.tags,
            current_operation: client.current_operation,
            last_operation: client.last_operation,
            activated_at: client.activated_at,
            created_at: client.created_at,
            updated_at: client.updated_at,
            deleted_at: client.deleted_at,
        }
    }
}

#[allow(clippy::cast_precision_loss, reason = "fees stay far below 2^53 cents")]
fn euros(cents: u64) -> f64 {
    cents as f64 / 100.0
}

/// An operation as the answer that begins it shows it; `GET /operations/{id}` shows all of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct OperationSummary {
    /// Identifies it.
    pub id: OperationId,
    /// What it does.
    pub kind: OperationKind,
    /// Where it stands.
    pub status: OperationStatus,
    /// Whose.
    pub client_id: ClientId,
    /// When it was recorded.
    pub created_at: Instant,
    /// Its steps, in the order in which they run.
    pub steps: Vec<StepSummary>,
}

/// The answer to what begins an operation on a client.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct ClientAccepted {
    /// The client as it is now.
    pub client: ClientView,
    /// What runs for it; poll `GET /operations/{id}`.
    pub operation: OperationSummary,
}

/// A page of clients.
pub type ClientPage = Page<ClientView>;

/// All that is known of one client, without secrets.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct ClientExport {
    /// Its record.
    pub client: ClientView,
    /// What is deployed for it.
    pub configuration: EffectiveConfiguration,
    /// Its deployments, newest first.
    pub deployments: Vec<Deployment>,
}

/// One step of an [`OperationSummary`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct StepSummary {
    /// Which.
    pub name: Step,
    /// Where it stands.
    pub state: StepState,
}

impl From<&Operation> for OperationSummary {
    fn from(operation: &Operation) -> Self {
        let steps = operation.steps.iter();
        Self {
            id: operation.id.clone(),
            kind: operation.kind,
            status: operation.status,
            client_id: operation.client_id.clone(),
            created_at: operation.created_at,
            steps: steps
                .map(|step| StepSummary {
                    name: step.name,
                    state: step.state,
                })
                .collect(),
        }
    }
}
