//! What is written together with a checkpoint: the client's status, the deployment, the outbox, the label.

use domain::{
    Client, ClientEvent, ClientStatus, Deployment, DeploymentStatus, Error, HealthStatus, Instant, Notice, Operation,
    OperationKind, OperationStatus, Step, Work,
};
use store::{ClientChange, Finish, SaveOutcome, Store};

/// What follows from a checkpoint, put together while the operation moves.
#[derive(Default)]
pub struct Companions {
    event: Option<ClientEvent>,
    change: ClientChange,
    deployment: Option<Deployment>,
    notice: Option<Notice>,
    release_label: bool,
}

impl Companions {
    /// A step begins.
    pub const fn began(&mut self, work: Work) {
        match work {
            Work::Run(Step::ProvisionDatabase) => self.event = Some(ClientEvent::ProvisionDatabase),
            Work::Run(Step::Deploy) => self.event = Some(ClientEvent::Deploy),
            Work::Run(_) | Work::Undo(_) => {}
        }
    }

    /// The client went live: client, deployment and welcome mail in one.
    pub fn activated(&mut self, operation: &Operation, mut deployment: Deployment, now: Instant) -> Result<(), Error> {
        self.event = Some(ClientEvent::Activate);
        self.set("activatedAt", &now)?;
        self.set("vercelProjectId", &operation.outputs.project_id)?;
        self.set("databaseSecretArn", &operation.outputs.secret_arn)?;
        self.notice = Some(Notice::welcome(&operation.client_id, now));
        deployment.status = DeploymentStatus::Success;
        close(&mut deployment, now);
        self.deployment = Some(deployment);
        Ok(())
    }

    /// The operation has ended: the client is free again.
    pub fn ended(&mut self, operation: &Operation, deployment: Option<Deployment>, now: Instant) -> Result<(), Error> {
        if operation.status == OperationStatus::Cancelled {
            self.deployment = deployment.map(|deployment| failed(deployment, operation, now));
            return Ok(());
        }
        self.set("currentOperation", &None::<String>)?;
        match (operation.kind, operation.status) {
            (OperationKind::Provision, OperationStatus::Succeeded) => self.looked_at(operation, deployment)?,
            (OperationKind::Provision, OperationStatus::Failed) if operation.failed_step == Some(Step::HealthCheck) => {
                self.looked_at(operation, deployment)?;
            }
            (OperationKind::Provision, OperationStatus::Failed) => {
                self.event = Some(ClientEvent::Fail);
                self.deployment = deployment.map(|deployment| failed(deployment, operation, now));
            }
            (OperationKind::Delete, OperationStatus::Succeeded) => {
                self.event = Some(ClientEvent::Vanish);
                self.release_label = true;
                self.set("deletedAt", &now)?;
                self.set("vercelProjectId", &None::<String>)?;
                self.set("databaseSecretArn", &None::<String>)?;
                self.set("healthStatus", &HealthStatus::Unknown)?;
            }
            (_, OperationStatus::Blocked) => {
                self.event = Some(ClientEvent::Block);
                self.deployment = deployment.map(|deployment| failed(deployment, operation, now));
            }
            (
                _,
                OperationStatus::Queued
                | OperationStatus::Running
                | OperationStatus::Waiting
                | OperationStatus::Compensating
                | OperationStatus::Failed
                | OperationStatus::Cancelled,
            ) => return Err(Error::internal("an operation ended in a way that it cannot")),
        }
        Ok(())
    }

    fn looked_at(&mut self, operation: &Operation, deployment: Option<Deployment>) -> Result<(), Error> {
        let Some(health) = &operation.outputs.health else {
            return Ok(());
        };
        self.set("healthStatus", &health.status)?;
        self.set("lastHealthCheck", &health.checked_at)?;
        self.set("health", health)?;
        self.deployment = deployment.map(|mut deployment| {
            deployment.health_check_passed = Some(health.status != HealthStatus::Critical);
            deployment.health_check_results = Some(health.clone());
            deployment
        });
        Ok(())
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
        if change.is_empty() && self.deployment.is_none() && self.notice.is_none() {
            return store.save(operation).await;
        }
        let companion = (!change.is_empty())
            .then_some(change)
            .map(|change| change.set("updatedAt", &now))
            .transpose()?;
        client.updated_at = now;
        let finish = Finish {
            client: companion.map(|change| (&*client, change)),
            deployment: self.deployment.as_ref(),
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

fn failed(mut deployment: Deployment, operation: &Operation, now: Instant) -> Deployment {
    deployment.status = DeploymentStatus::Failed;
    if deployment.error_message.is_none() {
        deployment.error_message = operation.error.as_ref().map(|error| error.message.clone());
    }
    close(&mut deployment, now);
    deployment
}

fn close(deployment: &mut Deployment, now: Instant) {
    deployment.completed_at = Some(now);
    deployment.duration = Some(now.since(deployment.started_at).as_secs_f64());
}

/// A client whose record an operation may still move.
pub const fn is_movable(client: &Client) -> bool {
    !matches!(client.status, ClientStatus::Deleted)
}
