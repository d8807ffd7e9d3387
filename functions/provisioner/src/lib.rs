//! Runs the steps of operations: each message of the operations queue gives one operation its turn.
//!
//! One function for all steps: the engine needs every provider in one place, it has no way in from the network, and its
//! concurrency is capped.

use std::{sync::Arc, time::Duration};

use provisioning::{Platform, Provisioner, ProvisioningSettings, ServiceSettings};
use runtime::{Context, Function, SettingsError, queue_function};
use store::OperationMessage;

/// The function's time-out in template.yaml, and so the longest that one invocation can hold an operation. After a crash it
/// is moved again when this has passed and the reconciler has come by: within two minutes.
const LEASE: Duration = Duration::from_secs(45);

/// The function.
///
/// # Errors
/// A required variable is missing.
pub fn function(context: &Context) -> Result<Function, SettingsError> {
    let settings = context.settings();
    let seconds = |name| settings.parsed(name, "a number of seconds").map(Duration::from_secs);
    let provisioning = ProvisioningSettings {
        platform_domain: settings.text("PLATFORM_DOMAIN")?,
        site_url: settings.text("SITE_URL")?,
        repository: settings.text("GITHUB_REPO")?,
        reference: settings.text("GITHUB_REF")?,
        root_directory: settings.optional("SITE_ROOT_DIRECTORY").unwrap_or_default(),
        step_deadline: seconds("STEP_DEADLINE_SECONDS")?,
        label_quarantine: seconds("LABEL_QUARANTINE_SECONDS")?,
        lease: LEASE,
    };
    let services = ServiceSettings {
        vercel_api_url: settings.text("VERCEL_API_URL")?,
        vercel_team_id: settings.optional("VERCEL_TEAM_ID"),
        railway_api_url: settings.text("RAILWAY_API_URL")?,
        railway_workspace_id: settings.optional("RAILWAY_WORKSPACE_ID"),
        github_api_url: settings.text("GITHUB_API_URL")?,
        database_provider: settings.parsed("DATABASE_PROVIDER", "railway")?,
        tokens_arn: settings.text("PROVIDER_TOKENS_ARN")?,
        loopback_hosts: settings.optional("LOOPBACK_HOSTS"),
    };
    let platform = Platform {
        store: context.store(),
        queues: context.queues(),
        secrets: context.secrets()?,
        settings: provisioning,
        clock: context.clock(),
        entropy: context.entropy(),
    };
    let provisioner = Arc::new(Provisioner::new(platform, services));
    Ok(queue_function(move |message: OperationMessage| {
        let provisioner = Arc::clone(&provisioner);
        async move { provisioner.advance(&message.operation, message.generation).await }
    }))
}
