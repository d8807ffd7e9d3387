//! What a function is built from.

use std::sync::Arc;

use aws_config::SdkConfig;
use domain::{Clock, Entropy};
use store::{QueueUrls, Queues, Secrets, Store, Tables};

use crate::{Settings, SettingsError, SystemClock, SystemEntropy};

/// Settings, clients and sources: made once at the cold start, shared by every call.
#[derive(Clone)]
pub struct Context {
    settings: Settings,
    sdk: SdkConfig,
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
}

impl Context {
    /// Puts together what was read from the environment.
    #[must_use]
    pub fn new(settings: Settings, sdk: SdkConfig) -> Self {
        Self {
            settings,
            sdk,
            clock: Arc::new(SystemClock),
            entropy: Arc::new(SystemEntropy),
        }
    }

    /// The same with another clock, for tests in which time is to pass.
    #[must_use]
    pub fn with_clock(self, clock: Arc<dyn Clock>) -> Self {
        Self { clock, ..self }
    }

    /// The variables.
    #[must_use]
    pub const fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Region, credentials and endpoint for AWS clients.
    #[must_use]
    pub const fn sdk(&self) -> &SdkConfig {
        &self.sdk
    }

    /// The clock.
    #[must_use]
    pub fn clock(&self) -> Arc<dyn Clock> {
        Arc::clone(&self.clock)
    }

    /// The source of chance.
    #[must_use]
    pub fn entropy(&self) -> Arc<dyn Entropy> {
        Arc::clone(&self.entropy)
    }

    /// The records. A table whose variable is missing is refused when it is first used: each function names only its own.
    #[must_use]
    #[allow(clippy::disallowed_methods, reason = "this is the one place that makes AWS clients")]
    pub fn store(&self) -> Store {
        let name = |variable| self.settings.optional(variable);
        let tables = Tables {
            clients: name("CLIENTS_TABLE"),
            operations: name("OPERATIONS_TABLE"),
            resources: name("RESOURCES_TABLE"),
            deployments: name("DEPLOYMENTS_TABLE"),
            locks: name("LOCKS_TABLE"),
            audit: name("AUDIT_TABLE"),
            outbox: name("OUTBOX_TABLE"),
            keys: name("KEYS_TABLE"),
            findings: name("FINDINGS_TABLE"),
            rollouts: name("ROLLOUTS_TABLE"),
            checks: name("CHECKS_TABLE"),
            incidents: name("INCIDENTS_TABLE"),
            maintenance: name("MAINTENANCE_TABLE"),
            channels: name("CHANNELS_TABLE"),
        };
        Store::new(aws_sdk_dynamodb::Client::new(&self.sdk), tables, self.entropy())
    }

    /// The queues.
    #[must_use]
    #[allow(clippy::disallowed_methods, reason = "this is the one place that makes AWS clients")]
    pub fn queues(&self) -> Queues {
        let client = aws_sdk_sqs::Client::new(&self.sdk);
        let urls = QueueUrls {
            operations: self.settings.optional("OPERATIONS_QUEUE_URL"),
            notices: self.settings.optional("NOTICES_QUEUE_URL"),
            rollouts: self.settings.optional("ROLLOUTS_QUEUE_URL"),
            checks: self.settings.optional("CHECKS_QUEUE_URL"),
            desk: self.settings.optional("DESK_QUEUE_URL"),
        };
        Queues::new(client, urls)
    }

    /// The secrets.
    ///
    /// # Errors
    /// `SECRET_PREFIX` is not set.
    #[allow(clippy::disallowed_methods, reason = "this is the one place that makes AWS clients")]
    pub fn secrets(&self) -> Result<Secrets, SettingsError> {
        Ok(Secrets::new(
            aws_sdk_secretsmanager::Client::new(&self.sdk),
            self.settings.text("SECRET_PREFIX")?,
        ))
    }
}
