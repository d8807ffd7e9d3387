//! When somebody else has a say in an operation: a delete or a restore that takes over, or a person who calls it off.

use std::time::Duration;

use domain::{Deployment, Error, Instant, Lease, Operation};
use store::SaveOutcome;

use crate::{engine::Provisioner, finish::Companions};

impl Provisioner {
    /// Somebody wrote first. If that tells us to stop, do so here and now, so that nobody need wait for the lease to run out.
    pub(crate) async fn stand_down(&self, operation: &Operation) -> Result<(), Error> {
        let Some(current) = self.platform.store.operation(&operation.id).await? else {
            return Ok(());
        };
        let ours = |lease: &Lease| operation.lease.as_ref().is_none_or(|own| own.owner == lease.owner);
        if current.status.is_final() || !current.lease.as_ref().is_none_or(ours) {
            return Ok(());
        }
        let now = self.platform.clock.now();
        if current.overtaken_by.is_some() {
            self.cancel(current, now).await?;
        } else if current.is_to_be_called_off() {
            self.call_off(current, now).await?;
        } else if current.lease.is_some() {
            self.release(current).await?;
        }
        Ok(())
    }

    /// Lets go of an operation that was given new orders while it was worked on, and gives it a turn to heed them.
    async fn release(&self, mut operation: Operation) -> Result<(), Error> {
        operation.lease = None;
        operation.generation += 1;
        if self.platform.store.save(&operation).await? == SaveOutcome::Saved {
            let queues = &self.platform.queues;
            queues
                .send_operation(&operation.id, operation.generation, Duration::ZERO)
                .await?;
        }
        Ok(())
    }

    /// Ends an operation that another one has overtaken.
    pub(crate) async fn cancel(&self, mut operation: Operation, now: Instant) -> Result<bool, Error> {
        operation.overtake(now).map_err(Error::internal)?;
        self.end(operation, now).await
    }

    /// Turns round an operation that somebody has called off, or ends it where nothing is to be undone.
    pub(crate) async fn call_off(&self, mut operation: Operation, now: Instant) -> Result<(), Error> {
        operation.call_off(now).map_err(Error::internal)?;
        if operation.status.is_final() {
            return self.end(operation, now).await.map(drop);
        }
        self.release(operation).await
    }

    async fn end(&self, mut operation: Operation, now: Instant) -> Result<bool, Error> {
        operation.lease = None;
        operation.generation += 1;
        let Some(mut client) = self.platform.store.client(&operation.client_id).await? else {
            return Ok(true);
        };
        let mut companions = Companions::default();
        companions.ended(&operation, self.deployment(&operation).await?, now)?;
        let saved = companions
            .save(&self.platform.store, &operation, &mut client, 0, now)
            .await?;
        Ok(saved == SaveOutcome::Saved)
    }

    /// Has the operation that this one overtook come to its end? Ends it if nobody holds it.
    pub(crate) async fn predecessor_has_ended(&self, operation: &Operation, now: Instant) -> Result<bool, Error> {
        let Some(id) = &operation.predecessor else {
            return Ok(true);
        };
        match self.platform.store.operation(id).await? {
            Some(predecessor) if !predecessor.status.is_final() => {
                let held = predecessor.lease.as_ref().is_some_and(|lease| lease.until > now);
                if held {
                    Ok(false)
                } else {
                    self.cancel(predecessor, now).await
                }
            }
            _ => Ok(true),
        }
    }

    /// The deployment that an operation makes.
    pub(crate) async fn deployment(&self, operation: &Operation) -> Result<Option<Deployment>, Error> {
        match &operation.outputs.deployment_id {
            Some(id) => self.platform.store.deployment(&operation.client_id, id).await,
            None => Ok(None),
        }
    }

    /// The deployment that was live when an operation began.
    pub(crate) async fn replaced(&self, operation: &Operation) -> Result<Option<Deployment>, Error> {
        match &operation.outputs.replaces {
            Some(id) => self.platform.store.deployment(&operation.client_id, id).await,
            None => Ok(None),
        }
    }
}
