//! How operations begin: the records that the API writes in one transaction.

use std::time::Duration;

use crate::{
    Client, ClientId, Clock, Deployment, DeploymentId, DeploymentStatus, DeploymentType, Entropy, Environment,
    Operation, OperationId, OperationKind, OperationStatus, Outputs, Resource, ResourceKind, ResourceState, StepRecord,
};

/// An operation that brings a client up.
pub fn new_provision(
    id: OperationId,
    client: &ClientId,
    deployment: DeploymentId,
    requested_by: &str,
    request_id: &str,
    deadline: Duration,
    clock: &dyn Clock,
) -> Operation {
    let mut operation = new(
        id,
        client,
        OperationKind::Provision,
        requested_by,
        request_id,
        deadline,
        clock,
    );
    operation.outputs.deployment_id = Some(deployment);
    operation
}

/// An operation that takes a client down, after whatever runs for it.
pub fn new_delete(
    client: &Client,
    running: Option<&Operation>,
    requested_by: &str,
    request_id: &str,
    deadline: Duration,
    clock: &dyn Clock,
    entropy: &dyn Entropy,
) -> Operation {
    let id = OperationId::generate(clock, entropy);
    let mut operation = new(
        id,
        &client.id,
        OperationKind::Delete,
        requested_by,
        request_id,
        deadline,
        clock,
    );
    operation.predecessor = running.map(|running| running.id.clone());
    operation
}

fn new(
    id: OperationId,
    client: &ClientId,
    kind: OperationKind,
    requested_by: &str,
    request_id: &str,
    deadline: Duration,
    clock: &dyn Clock,
) -> Operation {
    let now = clock.now();
    Operation {
        id,
        client_id: client.clone(),
        kind,
        status: OperationStatus::Queued,
        generation: 0,
        steps: kind.steps().into_iter().map(StepRecord::pending).collect(),
        outputs: Outputs::default(),
        failed_step: None,
        error: None,
        predecessor: None,
        overtaken_by: None,
        lease: None,
        due_at: now,
        deadline: now.after(deadline),
        requested_by: requested_by.to_owned(),
        request_id: request_id.to_owned(),
        created_at: now,
        started_at: None,
        ended_at: None,
    }
}

/// A client's first deployment, before anything of it exists.
pub fn new_deployment(id: DeploymentId, client: &ClientId, operation: &OperationId, clock: &dyn Clock) -> Deployment {
    Deployment {
        id,
        client_id: client.clone(),
        operation_id: operation.clone(),
        status: DeploymentStatus::Pending,
        environment: Environment::Production,
        kind: DeploymentType::Initial,
        version: None,
        git_commit: None,
        git_branch: None,
        vercel_deployment_id: None,
        vercel_deployment_url: None,
        started_at: clock.now(),
        completed_at: None,
        duration: None,
        logs: None,
        error_message: None,
        error_stack: None,
        config_snapshot: None,
        environment_snapshot: None,
        health_check_passed: None,
        health_check_results: None,
    }
}

/// The intent to make the client's secret: written with the client, because its own environment goes there at once.
pub fn secret_intent(client: &ClientId, operation: &OperationId, name: String, clock: &dyn Clock) -> Resource {
    Resource {
        client_id: client.clone(),
        kind: ResourceKind::Secret,
        provider: "secretsmanager".to_owned(),
        external_name: name,
        external_id: None,
        state: ResourceState::Intent,
        operation_id: operation.clone(),
        intended_at: clock.now(),
        created_at: None,
        gone_at: None,
    }
}
