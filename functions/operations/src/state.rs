//! What every handler works with: made once at the cold start.

use std::{sync::Arc, time::Duration};

use domain::{AuditEntry, Clock, Entropy, Operation};
use runtime::{Caller, Context, SettingsError};
use serde_json::Value;
use store::{Queues, Secrets, Store};

/// Stores, sources and settings; cheap to clone.
#[derive(Clone)]
pub struct State {
    /// The records.
    pub store: Store,
    /// The queues.
    pub queues: Queues,
    /// The clients' secrets.
    pub secrets: Secrets,
    /// The clock.
    pub clock: Arc<dyn Clock>,
    /// The source of chance.
    pub entropy: Arc<dyn Entropy>,
    /// How long an operation may take, from the moment it is tried again.
    pub deadline: Duration,
}

impl State {
    /// Reads the settings and makes the clients.
    ///
    /// # Errors
    /// A variable is missing or cannot be read.
    pub fn new(context: &Context) -> Result<Self, SettingsError> {
        Ok(Self {
            store: context.store(),
            queues: context.queues(),
            secrets: context.secrets()?,
            clock: context.clock(),
            entropy: context.entropy(),
            deadline: context
                .settings()
                .parsed("OPERATION_DEADLINE_SECONDS", "a number of seconds")
                .map(Duration::from_secs)?,
        })
    }

    /// The audit's entry about what a caller does.
    pub fn audit(&self, caller: &Caller, scope: String, action: &str, before: Value, after: Value) -> AuditEntry {
        let sources = (&*self.clock, &*self.entropy);
        caller.audit(sources, scope, action.to_owned(), before, after)
    }

    /// Gives an operation its turn.
    pub async fn send(&self, operation: &Operation) {
        let sent = self
            .queues
            .send_operation(&operation.id, operation.generation, Duration::ZERO);
        if let Err(error) = sent.await {
            tracing::warn!(operation.id = %operation.id, error = %error.chain(), "a message was not sent; the reconciler will send it");
        }
    }
}
