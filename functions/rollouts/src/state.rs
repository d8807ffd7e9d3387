//! What every handler works with: made once at the cold start.

use std::{sync::Arc, time::Duration};

use axum::{
    Json,
    http::{StatusCode, header::LOCATION},
    response::{IntoResponse, Response},
};
use domain::{AuditEntry, Clock, Entropy, Error, Rollout, RolloutId, RolloutView};
use runtime::{Caller, Context};
use serde_json::Value;
use store::{Directory, Queues, Store};

/// Stores and sources; cheap to clone.
#[derive(Clone)]
pub struct State {
    /// The records.
    pub store: Store,
    /// The queues.
    pub queues: Queues,
    /// All clients in memory, to find those that a filter means.
    pub directory: Arc<Directory>,
    /// The clock.
    pub clock: Arc<dyn Clock>,
    /// The source of chance.
    pub entropy: Arc<dyn Entropy>,
}

impl State {
    /// Makes the clients.
    pub fn new(context: &Context) -> Self {
        let store = context.store();
        Self {
            directory: Arc::new(Directory::new(store.clone())),
            store,
            queues: context.queues(),
            clock: context.clock(),
            entropy: context.entropy(),
        }
    }

    /// The rollout that a path names.
    ///
    /// # Errors
    /// There is none, or DynamoDB fails.
    pub async fn rollout_of(&self, id: &str) -> Result<Rollout, Error> {
        let unknown = || Error::not_found("rollout", id);
        let id: RolloutId = id.parse().map_err(|_| unknown())?;
        self.store.rollout(&id).await?.ok_or_else(unknown)
    }

    /// The audit's entry about what a caller does to a rollout.
    pub fn audit(&self, caller: &Caller, rollout: &Rollout, action: &str, before: Value, after: Value) -> AuditEntry {
        let sources = (&*self.clock, &*self.entropy);
        caller.audit(
            sources,
            rollout.id.to_string(),
            format!("rollout.{action}"),
            before,
            after,
        )
    }

    /// Gives a rollout its turn.
    pub async fn send(&self, rollout: &Rollout) {
        let sent = self
            .queues
            .send_rollout(&rollout.id, rollout.generation, Duration::ZERO);
        if let Err(error) = sent.await {
            tracing::warn!(rollout.id = %rollout.id, error = %error.chain(), "a message was not sent; the reconciler will send it");
        }
    }
}

/// Where a rollout is to be watched.
pub fn location_of(rollout: &RolloutView) -> String {
    format!("/api/platform/rollouts/{}", rollout.id)
}

/// 202, with the rollout and its Location.
pub fn accepted(rollout: RolloutView) -> Response {
    let location = location_of(&rollout);
    (StatusCode::ACCEPTED, [(LOCATION, location)], Json(rollout)).into_response()
}
