//! One round.

use std::{sync::Arc, time::Duration};

use domain::{Clock, Error, Instant};
use runtime::Context;
use serde::Serialize;
use store::{Queues, Store};

/// What is due for less than this probably has its message under way.
const GRACE: Duration = Duration::from_secs(5);

/// Everything that a round needs.
pub struct Resend {
    store: Store,
    queues: Queues,
    clock: Arc<dyn Clock>,
}

/// What a round has sent.
#[derive(Debug, Default, PartialEq, Eq, Serialize)]
pub struct Sent {
    /// Messages about operations.
    pub operations: usize,
    /// Messages about notices.
    pub notices: usize,
    /// Messages about rollouts.
    pub rollouts: usize,
}

impl Resend {
    pub fn new(context: &Context) -> Self {
        Self {
            store: context.store(),
            queues: context.queues(),
            clock: context.clock(),
        }
    }

    /// Sends all that is due. One kind failing does not keep the other back.
    pub async fn all(&self) -> Result<Sent, Error> {
        let before = self.clock.now().before(GRACE);
        let operations = self.operations(before).await;
        let rollouts = self.rollouts(before).await;
        let notices = self.notices(before).await;
        let sent = Sent {
            operations: operations?,
            notices: notices?,
            rollouts: rollouts?,
        };
        if sent != Sent::default() {
            tracing::info!(sent.operations, sent.notices, sent.rollouts, "sent again what was due");
        }
        Ok(sent)
    }

    async fn operations(&self, before: Instant) -> Result<usize, Error> {
        // They would only find that they have to stand still; whoever thaws the platform wakes them.
        if self.store.freeze().await?.frozen {
            return Ok(0);
        }
        let mut sent = 0;
        for id in self.store.due_operations(before).await? {
            // The index lags and knows no generation: the record decides.
            let Some(operation) = self.store.operation(&id).await? else {
                continue;
            };
            if operation.status.is_final() || operation.due_at > before {
                continue;
            }
            self.queues
                .send_operation(&id, operation.generation, Duration::ZERO)
                .await?;
            sent += 1;
        }
        Ok(sent)
    }

    async fn rollouts(&self, before: Instant) -> Result<usize, Error> {
        // They stand still too, and go on with the first round after the thaw.
        if self.store.freeze().await?.frozen {
            return Ok(0);
        }
        let mut sent = 0;
        for id in self.store.due_rollouts(before).await? {
            let Some(rollout) = self.store.rollout(&id).await? else {
                continue;
            };
            if rollout.due_at.is_some_and(|due| due <= before) {
                self.queues
                    .send_rollout(&id, rollout.generation, Duration::ZERO)
                    .await?;
                sent += 1;
            }
        }
        Ok(sent)
    }

    async fn notices(&self, before: Instant) -> Result<usize, Error> {
        let due = self.store.due_notices(before).await?;
        for id in &due {
            self.queues.send_notice(id, Duration::ZERO).await?;
        }
        Ok(due.len())
    }
}
