//! What is written together with a checkpoint: the client's status, deployments, the outbox, the label.

use domain::{
    Client, ClientEvent, ClientStatus, Deployment, DeploymentStatus, Error, HealthStatus, Instant, Notice, Operation,
    OperationKind, OperationStatus, Work, consequence, monitoring::Watched,
};
use store::{ClientChange, Finish, SaveOutcome, Store};

/// What follows from a checkpoint, put together while the operation moves.
#[derive(Default)]
pub struct Companions {
    event: Option<ClientEvent>,
    change: ClientChange,
    deployments: Vec<Deployment>,
    notice: Option<Notice>,
    release_label: bool,
}

impl Companions {
    /// A step begins.
    pub fn began(&mut self, operation: &Operation, work: Work) {
        self.event = consequence::when_begun(operation, work).or(self.event);
    }

    /// The client is live: client, deployments and (the first time) the welcome mail in one.
    pub fn activated(
        &mut self,
        operation: &Operation,
        deployment: Option<Deployment>,
        replaced: Option<Deployment>,
        now: Instant,
    ) -> Result<(), Error> {
        if operation.outputs.unchanged {
            return Ok(());
        }
        self.event = consequence::when_live(operation);
        if operation.kind == OperationKind::Provision {
            self.set("activatedAt", &now)?;
            self.set("vercelProjectId", &operation.outputs.project_id)?;
            self.set("databaseSecretArn", &operation.outputs.secret_arn)?;
            self.notice = Some(Notice::welcome(&operation.client_id, now));
        }
        if operation.kind.deploys() {
            let mut deployment =
                deployment.ok_or_else(|| Error::internal("the operation's deployment has no record"))?;
            deployment.status = DeploymentStatus::Success;
            close(&mut deployment, now);
            self.set("liveDeployment", &deployment.id)?;
            self.set("liveVersion", &deployment.version)?;
            self.set("lastRollout", &operation.asked.rollout)?;
            self.put(deployment);
        }
        if operation.kind == OperationKind::Rollback
            && let Some(mut replaced) = replaced
        {
            replaced.status = DeploymentStatus::RolledBack;
            self.put(replaced);
        }
        Ok(())
    }

    /// The operation has ended: the client is free again, unless another operation has it already.
    pub fn ended(&mut self, operation: &Operation, deployment: Option<Deployment>, now: Instant) -> Result<(), Error> {
        let deployment = self.newest(deployment);
        if operation.overtaken_by.is_some() {
            self.failed(operation, deployment, now);
            return Ok(());
        }
        self.set("currentOperation", &None::<String>)?;
        self.event = consequence::when_ended(operation).or(self.event);
        match operation.status {
            OperationStatus::Succeeded => self.succeeded(operation, deployment, now)?,
            OperationStatus::Failed | OperationStatus::Cancelled if operation.has_gone_live() => {
                self.looked_at(operation, deployment)?;
            }
            OperationStatus::Failed | OperationStatus::Cancelled | OperationStatus::Blocked => {
                self.failed(operation, deployment, now);
            }
            OperationStatus::Queued
            | OperationStatus::Running
            | OperationStatus::Waiting
            | OperationStatus::Compensating => {
                return Err(Error::internal("an operation that goes on has not ended"));
            }
        }
        Ok(())
    }

    fn succeeded(&mut self, operation: &Operation, deployment: Option<Deployment>, now: Instant) -> Result<(), Error> {
        match operation.kind {
            OperationKind::Provision | OperationKind::Update | OperationKind::Redeploy | OperationKind::Rollback => {
                self.looked_at(operation, deployment)
            }
            OperationKind::Activate | OperationKind::Restore => {
                // What the monitor knew before it was off the air is no longer so.
                self.set("watch", &Watched::default())?;
                self.looked_at(operation, deployment)
            }
            OperationKind::Suspend => self.set("healthStatus", &HealthStatus::Unknown),
            OperationKind::Delete => {
                self.release_label = true;
                self.set("deletedAt", &now)?;
                self.set("vercelProjectId", &None::<String>)?;
                self.set("databaseSecretArn", &None::<String>)?;
                self.set("liveDeployment", &None::<String>)?;
                self.set("healthStatus", &HealthStatus::Unknown)
            }
        }
    }

    fn looked_at(&mut self, operation: &Operation, deployment: Option<Deployment>) -> Result<(), Error> {
        let Some(health) = &operation.outputs.health else {
            return Ok(());
        };
        self.set("healthStatus", &health.status)?;
        self.set("lastHealthCheck", &health.checked_at)?;
        self.set("health", health)?;
        if let Some(mut deployment) = deployment {
            deployment.health_check_passed = Some(health.status != HealthStatus::Critical);
            deployment.health_check_results = Some(health.clone());
            self.put(deployment);
        }
        Ok(())
    }

    fn failed(&mut self, operation: &Operation, deployment: Option<Deployment>, now: Instant) {
        let Some(mut deployment) = deployment.filter(|it| it.status != DeploymentStatus::Success) else {
            return;
        };
        deployment.status = DeploymentStatus::Failed;
        if deployment.error_message.is_none() {
            deployment.error_message = match (&operation.error, &operation.cancelled_by) {
                (Some(error), _) => Some(error.message.clone()),
                (None, Some(_)) => Some("The operation was called off.".to_owned()),
                (None, None) => None,
            };
        }
        close(&mut deployment, now);
        self.put(deployment);
    }

    /// What is about to be written of a deployment, if anything, is newer than what was read.
    fn newest(&self, read: Option<Deployment>) -> Option<Deployment> {
        let read = read?;
        let pending = self.deployments.iter().find(|other| other.id == read.id);
        Some(pending.cloned().unwrap_or(read))
    }

    /// One write for each deployment: a transaction takes no second one.
    fn put(&mut self, deployment: Deployment) {
        self.deployments.retain(|other| other.id != deployment.id);
        self.deployments.push(deployment);
    }

    fn set(&mut self, field: &'static str, value: &impl serde::Serialize) -> Result<(), Error> {
        self.change = std::mem::take(&mut self.change).set(field, value)?;
        Ok(())
    }

    /// Writes the checkpoint and all of this, in one transaction when there is more than the checkpoint.
    pub async fn save(
        self,
        store: &Store,
        operation: &Operation,
        client: &mut Client,
        quarantine: u64,
        now: Instant,
    ) -> Result<SaveOutcome, Error> {
        let mut change = self.change;
        let status = match self.event {
            Some(event) => client.status.after(event).map_err(Error::internal)?,
            None => client.status,
        };
        if status != client.status {
            change = change.status(status)?;
        }
        if change.is_empty() && self.deployments.is_empty() && self.notice.is_none() {
            return store.save(operation).await;
        }
        let companion = (!change.is_empty())
            .then_some(change)
            .map(|change| change.set("updatedAt", &now))
            .transpose()?;
        client.updated_at = now;
        let finish = Finish {
            client: companion.map(|change| (&*client, change)),
            deployments: &self.deployments,
            notice: self.notice.as_ref(),
            release_label: self.release_label.then_some(quarantine),
        };
        let saved = store.save_with(operation, finish).await?;
        if saved == SaveOutcome::Saved {
            client.status = status;
        }
        Ok(saved)
    }

    /// The notice to be sent once this is written.
    pub fn notice_id(&self) -> Option<String> {
        self.notice.as_ref().map(|notice| notice.id.clone())
    }
}

fn close(deployment: &mut Deployment, now: Instant) {
    deployment.completed_at = Some(now);
    deployment.duration = Some(now.since(deployment.started_at).as_secs_f64());
}

/// A client whose record an operation may still move.
pub const fn is_movable(client: &Client) -> bool {
    !matches!(client.status, ClientStatus::Deleted)
}
