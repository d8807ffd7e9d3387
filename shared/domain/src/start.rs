//! How operations begin: the records that the API writes in one transaction.

use std::time::Duration;

use crate::{
    Asked, Client, ClientId, Clock, Deployment, DeploymentId, DeploymentStatus, DeploymentType, Entropy, Environment,
    Operation, OperationId, OperationKind, OperationStatus, Outputs, Resource, ResourceKind, ResourceState, StepRecord,
};

/// Who asks for an operation, and how long it may take.
#[derive(Debug, Clone, Copy)]
pub struct Request<'a> {
    /// Who.
    pub requested_by: &'a str,
    /// The request's id.
    pub request_id: &'a str,
    /// How long.
    pub deadline: Duration,
}

/// An operation on a client.
pub fn new_operation(
    id: OperationId,
    client: &ClientId,
    kind: OperationKind,
    request: Request<'_>,
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
        cancelled_by: None,
        asked: Asked::default(),
        parked: None,
        lease: None,
        due_at: now,
        deadline: now.after(request.deadline),
        requested_by: request.requested_by.to_owned(),
        request_id: request.request_id.to_owned(),
        created_at: now,
        started_at: None,
        ended_at: None,
    }
}

/// An operation that brings a client up.
pub fn new_provision(
    id: OperationId,
    client: &ClientId,
    deployment: DeploymentId,
    request: Request<'_>,
    clock: &dyn Clock,
) -> Operation {
    let mut operation = new_operation(id, client, OperationKind::Provision, request, clock);
    operation.outputs.deployment_id = Some(deployment);
    operation
}

/// How long a deleted client can be called back, and what keeping it costs a month.
#[derive(Debug, Clone, Copy, Default)]
pub struct Grace {
    /// How long.
    pub lasts: Duration,
    /// Euro cents per month (30 days).
    pub monthly_cost_cents: u64,
}

/// An operation that takes a client down, after whatever runs for it. Only what was live can be called back.
pub fn new_delete(
    client: &Client,
    running: Option<&Operation>,
    grace: Grace,
    request: Request<'_>,
    clock: &dyn Clock,
    entropy: &dyn Entropy,
) -> Operation {
    let id = OperationId::generate(clock, entropy);
    let mut operation = new_operation(id, &client.id, OperationKind::Delete, request, clock);
    operation.predecessor = running.map(|running| running.id.clone());
    operation.asked.status_before = Some(client.resting_status());
    if client.activated_at.is_some() && !grace.lasts.is_zero() {
        const MONTH: u64 = 30 * 24 * 3600;
        operation.asked.grace_ends_at = Some(clock.now().after(grace.lasts));
        let cost = grace.monthly_cost_cents.saturating_mul(grace.lasts.as_secs());
        operation.asked.grace_cost_cents = Some(cost.div_ceil(MONTH));
    }
    operation
}

/// An operation that changes what a live client runs, or whether it runs.
pub fn new_change(
    client: &Client,
    kind: OperationKind,
    asked: Asked,
    request: Request<'_>,
    clock: &dyn Clock,
    entropy: &dyn Entropy,
) -> Operation {
    let id = OperationId::generate(clock, entropy);
    let mut operation = new_operation(id, &client.id, kind, request, clock);
    operation.asked = Asked {
        status_before: Some(client.resting_status()),
        ..asked
    };
    operation.outputs.project_id.clone_from(&client.vercel_project_id);
    operation.outputs.secret_arn.clone_from(&client.database_secret_arn);
    if kind.deploys() {
        operation.outputs.deployment_id = Some(DeploymentId::generate(clock, entropy));
    }
    operation
}

/// An operation that calls a delete back.
pub fn new_restore(
    client: &Client,
    delete: &Operation,
    request: Request<'_>,
    clock: &dyn Clock,
    entropy: &dyn Entropy,
) -> Operation {
    let mut operation = new_change(
        client,
        OperationKind::Restore,
        Asked::default(),
        request,
        clock,
        entropy,
    );
    operation.asked.status_before = delete.asked.status_before;
    operation.predecessor = Some(delete.id.clone());
    operation
}

/// A deployment, before anything of it exists.
pub fn new_deployment(
    id: DeploymentId,
    client: &ClientId,
    operation: &OperationId,
    kind: DeploymentType,
    clock: &dyn Clock,
) -> Deployment {
    Deployment {
        id,
        client_id: client.clone(),
        operation_id: operation.clone(),
        status: DeploymentStatus::Pending,
        environment: Environment::Production,
        kind,
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
