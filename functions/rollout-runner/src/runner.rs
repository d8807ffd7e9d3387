//! One turn: look, decide, write down, begin, send the next message.

use std::{sync::Arc, time::Duration};

use domain::{
    Client, Clock, Command, Entropy, Error, Operation, OperationId, Rollout, RolloutClient, RolloutClientState,
    RolloutId, Seen,
};
use store::{Queues, SaveOutcome, Store};

/// Everything that a turn needs.
pub struct Runner {
    /// The records.
    pub store: Store,
    /// The queues.
    pub queues: Queues,
    /// The clock.
    pub clock: Arc<dyn Clock>,
    /// The source of chance.
    pub entropy: Arc<dyn Entropy>,
    /// How long an operation may take.
    pub deadline: Duration,
}

impl Runner {
    /// Gives a rollout its turn. A stale message does nothing, and neither does any while the platform is frozen: the reconciler
    /// sends another one when it is thawed.
    ///
    /// # Errors
    /// Our own records or queues fail: the message is to be delivered again.
    pub async fn advance(&self, id: &RolloutId, generation: u64) -> Result<(), Error> {
        let Some(rollout) = self.store.rollout(id).await? else {
            tracing::warn!(rollout.id = %id, "a message names a rollout that does not exist");
            return Ok(());
        };
        if rollout.status.is_final() || rollout.generation != generation || self.store.freeze().await?.frozen {
            return Ok(());
        }
        let batch = self.look(&rollout).await?;
        let mut new_id = || OperationId::generate(&*self.clock, &*self.entropy);
        let turn = rollout.turn(batch, self.clock.now(), &mut new_id);
        if self.store.save_rollout(&turn.rollout, &turn.changed, None).await? == SaveOutcome::Overtaken {
            return Ok(());
        }
        for client in &turn.begin {
            // One that cannot be begun keeps nobody back: it is looked at again in the next turn.
            if let Err(error) = self.begin(&turn.rollout, client).await {
                tracing::warn!(rollout.id = %id, client.id = %client.client_id, error = %error.chain(), "an operation of a rollout was not begun");
            }
        }
        if turn.rollout.status.is_final() {
            tracing::info!(rollout.id = %id, rollout.status = turn.rollout.status.name(), "a rollout ended");
        }
        match turn.again {
            Some(pause) => self.queues.send_rollout(id, turn.rollout.generation, pause).await,
            None => Ok(()),
        }
    }

    /// The clients of the rollout's batch, with what is to be seen of those who matter now.
    async fn look(&self, rollout: &Rollout) -> Result<Vec<(RolloutClient, Seen)>, Error> {
        let clients = self.store.rollout_batch(&rollout.id, rollout.batch).await?;
        let places = rollout.to_look_at(&clients);
        let mut batch = Vec::with_capacity(clients.len());
        for (place, client) in clients.into_iter().enumerate() {
            let seen = if places.contains(&place) {
                self.see(&client).await?
            } else {
                Seen::Unseen
            };
            batch.push((client, seen));
        }
        Ok(batch)
    }

    async fn see(&self, row: &RolloutClient) -> Result<Seen, Error> {
        if let Some(operation) = self.operation(row.operation()).await? {
            return Ok(Seen::operation(&operation));
        }
        let Some(client) = self.store.client(&row.client_id).await? else {
            return Ok(Seen::Unfit("The client has no record.".to_owned()));
        };
        let running = self.running(&client).await?;
        if row.state != RolloutClientState::RollingBack {
            return Ok(Seen::client(&client, running.as_ref(), Command::Redeploy));
        }
        Ok(match self.operation(row.redeploy.as_ref()).await? {
            Some(redeploy) => Seen::client_to_put_back(&client, running.as_ref(), &redeploy),
            None => Seen::Unfit("Its redeploy has no record.".to_owned()),
        })
    }

    /// The operation that has a client.
    pub(crate) async fn running(&self, client: &Client) -> Result<Option<Operation>, Error> {
        let operation = self.operation(client.current_operation.as_ref()).await?;
        Ok(operation.filter(|operation| !operation.status.is_final()))
    }

    pub(crate) async fn operation(&self, id: Option<&OperationId>) -> Result<Option<Operation>, Error> {
        match id {
            Some(id) => self.store.operation(id).await,
            None => Ok(None),
        }
    }
}
