//! Holds what the providers have against the ledger, once a day. What differs is a finding; one that was seen on two days is
//! told to the platform's people.
//!
//! **Invariant:** nothing is made, changed or deleted at a provider.
//! **Invariant:** one run for each moment of the schedule, however often it fires; a run that failed may be repeated.

mod run;

use std::{sync::Arc, time::Duration};

use aws_lambda_events::eventbridge::EventBridgeEvent;
use provisioning::{Audit, Auditor, ServiceSettings};
use runtime::{Context, Function, SettingsError, event_function};

use run::Runs;

/// The function.
///
/// # Errors
/// A variable is missing or cannot be read.
pub fn function(context: &Context) -> Result<Function, SettingsError> {
    let settings = context.settings();
    let audit = Audit {
        store: context.store(),
        queues: context.queues(),
        secrets: context.secrets()?,
        clock: context.clock(),
        confirm: settings
            .parsed("DRIFT_CONFIRM_SECONDS", "a number of seconds")
            .map(Duration::from_secs)?,
    };
    let services = ServiceSettings {
        vercel_api_url: settings.text("VERCEL_API_URL")?,
        vercel_team_id: settings.optional("VERCEL_TEAM_ID"),
        railway_api_url: settings.text("RAILWAY_API_URL")?,
        railway_workspace_id: settings.optional("RAILWAY_WORKSPACE_ID"),
        // Nothing of ours is kept there.
        github_api_url: String::new(),
        database_provider: settings.parsed("DATABASE_PROVIDER", "railway")?,
        tokens_arn: settings.text("PROVIDER_TOKENS_ARN")?,
        loopback_hosts: settings.optional("LOOPBACK_HOSTS"),
    };
    let runs = Arc::new(Runs::new(context, Auditor::new(audit, services)));
    Ok(event_function(move |event: EventBridgeEvent| {
        let runs = Arc::clone(&runs);
        async move {
            runs.one(&event).await.map_err(|error| {
                tracing::error!(error = %error.chain(), "the audit did not come to its end");
                error.into()
            })
        }
    }))
}
