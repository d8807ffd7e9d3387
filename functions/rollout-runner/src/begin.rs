//! Begins what a turn has decided: a redeploy to the rollout's commit, or a rollback to what was live before it.

use std::time::Duration;

use domain::{
    Asked, AuditEntry, AuditId, Client, Command, DeploymentType, Error, Operation, OperationKind, Rollout,
    RolloutClient, RolloutClientState, start,
};
use serde_json::json;
use store::Started;

use crate::runner::Runner;

impl Runner {
    /// Begins the operation that a client's row names, unless it exists. A client that is not free any more, or was changed in
    /// this moment, is left alone: the next turn looks at it again.
    ///
    /// # Errors
    /// Our own records fail.
    pub async fn begin(&self, rollout: &Rollout, row: &RolloutClient) -> Result<(), Error> {
        let (kind, command) = match row.state {
            RolloutClientState::RollingBack => (OperationKind::Rollback, Command::Rollback),
            _ => (OperationKind::Redeploy, Command::Redeploy),
        };
        let Some(id) = row.operation() else {
            return Err(Error::internal("a row of a rollout names no operation to begin"));
        };
        let client = self.store.existing_client(&row.client_id).await?;
        if self.running(&client).await?.is_some() || command.check(client.status).is_err() {
            return Ok(());
        }
        let Some(asked) = self.asked(rollout, row, kind, &client).await? else {
            return Ok(());
        };
        let request = start::Request {
            requested_by: &rollout.requested_by,
            request_id: &rollout.request_id,
            deadline: self.deadline,
        };
        let operation = Operation {
            id: id.clone(),
            ..start::new_change(&client, kind, asked, request, &*self.clock, &*self.entropy)
        };
        let audit = self.audit(rollout, &client, &operation, command);
        match self.store.start(&client, &operation, None, None, &audit).await? {
            Started::Recorded => {}
            Started::Overtaken | Started::Repeated(_) => return Ok(()),
        }
        if let Err(error) = self.queues.send_operation(&operation.id, 0, Duration::ZERO).await {
            tracing::warn!(operation.id = %operation.id, error = %error.chain(), "a message was not sent; the reconciler will send it");
        }
        Ok(())
    }

    /// What is asked of the operation; `None` when the new version is not what is live, so that nothing is to be put back.
    async fn asked(
        &self,
        rollout: &Rollout,
        row: &RolloutClient,
        kind: OperationKind,
        client: &Client,
    ) -> Result<Option<Asked>, Error> {
        let reason = Some(format!("rollout {}", rollout.id));
        if kind == OperationKind::Redeploy {
            return Ok(Some(Asked {
                reference: Some(rollout.commit.clone().unwrap_or_else(|| rollout.reference.clone())),
                deployment_type: Some(DeploymentType::Update),
                reason,
                rollout: Some(rollout.id.clone()),
                ..Asked::default()
            }));
        }
        let redeploy = self.operation(row.redeploy.as_ref()).await?;
        let outputs = redeploy.map(|redeploy| redeploy.outputs);
        Ok(outputs
            .filter(|outputs| outputs.deployment_id.is_some() && outputs.deployment_id == client.live_deployment)
            .and_then(|outputs| outputs.replaces)
            .map(|before| Asked {
                target: Some(before),
                reason,
                rollout: Some(rollout.id.clone()),
                ..Asked::default()
            }))
    }

    fn audit(&self, rollout: &Rollout, client: &Client, operation: &Operation, command: Command) -> AuditEntry {
        AuditEntry {
            scope: client.id.to_string(),
            id: AuditId::generate(&*self.clock, &*self.entropy),
            at: self.clock.now(),
            actor: rollout.requested_by.clone(),
            action: format!("client.{}", command.name()),
            request_id: rollout.request_id.clone(),
            before: json!({"status": client.status}),
            after: json!({
                "operation": operation.id,
                "rollout": rollout.id,
                "ref": operation.asked.reference,
                "deployment": operation.asked.target,
            }),
        }
    }
}
