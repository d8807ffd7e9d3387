//! An operation: one change to a client, run as a saga of steps.

use std::{collections::BTreeMap, time::Duration};

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    ClientId, ClientStatus, DeploymentId, DeploymentType, HealthReport, Instant, OperationId, OperationKind,
    OperationStatus, RolloutId, Source, Step, StepState,
};

/// What went wrong in a step, fit to be shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct StepError {
    /// A stable name for the kind of failure.
    pub code: String,
    /// What happened and what to do, without anything secret.
    pub message: String,
    /// Trying again may help.
    pub retryable: bool,
}

/// One step of an operation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct StepRecord {
    /// Which.
    pub name: Step,
    /// Where it stands.
    pub state: StepState,
    /// How often it failed and was tried again, plus one.
    pub attempts: u32,
    /// When it was first begun.
    pub started_at: Option<Instant>,
    /// When it ended.
    pub ended_at: Option<Instant>,
    /// How long it took, in seconds.
    pub duration: Option<f64>,
    /// Ids at the outside services, by kind of resource.
    pub provider_ids: BTreeMap<String, String>,
    /// The newest failure.
    pub error: Option<StepError>,
    /// When it is tried or looked at again.
    pub next_retry_at: Option<Instant>,
    /// When its undoing was begun.
    pub undo_started_at: Option<Instant>,
    /// Seconds that it stood still for a reason that is not its own (a freeze, a service known to be down, a grace period).
    #[serde(default)]
    pub parked: f64,
    /// Seconds that it stood still for a service that was down.
    #[serde(default)]
    pub waited_for_service: f64,
}

impl StepRecord {
    /// A step that nobody has begun.
    #[must_use]
    pub const fn pending(name: Step) -> Self {
        Self {
            name,
            state: StepState::Pending,
            attempts: 0,
            started_at: None,
            ended_at: None,
            duration: None,
            provider_ids: BTreeMap::new(),
            error: None,
            next_retry_at: None,
            undo_started_at: None,
            parked: 0.0,
            waited_for_service: 0.0,
        }
    }
}

/// What the steps hand on to each other.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Outputs {
    /// The deployment's record, chosen when the operation was recorded.
    pub deployment_id: Option<DeploymentId>,
    /// The client's secret.
    pub secret_arn: Option<String>,
    /// The work at the database provider that makes the database, while it is under way.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub database_workflow_id: Option<String>,
    /// The hosting project.
    pub project_id: Option<String>,
    /// The pinned source.
    pub source: Option<Source>,
    /// The deployment at the hosting service.
    pub vercel_deployment_id: Option<String>,
    /// Its own address there.
    pub vercel_deployment_url: Option<String>,
    /// What the health check found.
    pub health: Option<HealthReport>,
    /// The deployment that was live when the operation began.
    #[serde(default)]
    pub replaces: Option<DeploymentId>,
    /// Commit and configuration are those that run, and that was to mean: do nothing.
    #[serde(default)]
    pub unchanged: bool,
}

impl Outputs {
    /// Leaves only what holds after the operation was undone: the pinned source, what was live before, and, where the client
    /// still stands, its project and secret.
    pub fn forget_what_was_undone(&mut self, client_stands: bool) {
        *self = Self {
            source: self.source.take(),
            replaces: self.replaces.take(),
            project_id: self.project_id.take().filter(|_| client_stands),
            secret_arn: self.secret_arn.take().filter(|_| client_stands),
            ..Self::default()
        };
    }
}

/// What was asked for, beyond the kind.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Asked {
    /// The branch, tag or commit to deploy; the platform's own when not said.
    pub reference: Option<String>,
    /// What the deployment is called (update, hotfix, migration).
    pub deployment_type: Option<DeploymentType>,
    /// Do nothing when commit and configuration are those that run.
    pub if_changed: bool,
    /// The deployment to go back to.
    pub target: Option<DeploymentId>,
    /// New values of the client's own environment come after the request, on their way since then.
    pub environment_staged_at: Option<Instant>,
    /// Why, in the words of who asked.
    pub reason: Option<String>,
    /// Where the client stood before, and where it is put back to.
    pub status_before: Option<ClientStatus>,
    /// Until when a delete can be called back.
    pub grace_ends_at: Option<Instant>,
    /// What keeping everything until then costs, in euro cents.
    pub grace_cost_cents: Option<u64>,
    /// The rollout that it is a part of.
    pub rollout: Option<RolloutId>,
}

/// An operation that stands still, and is not to blame for it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Parked {
    /// Since when.
    pub since: Instant,
    /// Why.
    pub reason: ParkedFor,
}

/// Why an operation stands still.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ParkedFor {
    /// The platform is frozen.
    Freeze,
    /// The outside service is known to be down or to want to be left alone.
    Service,
    /// A delete can still be called back.
    Grace,
}

/// Who holds an operation and until when.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lease {
    /// One invocation.
    pub owner: String,
    /// The lease ends then, whatever became of the owner.
    pub until: Instant,
}

/// An operation's record.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Operation {
    /// Identifies it.
    pub id: OperationId,
    /// Whose.
    pub client_id: ClientId,
    /// What it does.
    pub kind: OperationKind,
    /// Where it stands.
    pub status: OperationStatus,
    /// Counts the checkpoints; a message with another generation is stale.
    pub generation: u64,
    /// Its steps, in the order in which they run.
    pub steps: Vec<StepRecord>,
    /// What the steps hand on.
    pub outputs: Outputs,
    /// The step that failed first, if one did.
    pub failed_step: Option<Step>,
    /// The failure that ended it or turned it round; when blocked, what could not be taken down.
    pub error: Option<StepError>,
    /// The operation it overtook and has to wait out.
    pub predecessor: Option<OperationId>,
    /// The operation that overtook it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub overtaken_by: Option<OperationId>,
    /// Who wants it undone, if somebody does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cancelled_by: Option<String>,
    /// What was asked for.
    #[serde(default)]
    pub asked: Asked,
    /// It stands still.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parked: Option<Parked>,
    /// Who holds it.
    pub lease: Option<Lease>,
    /// When it is next due; past this the reconciler sends a message.
    pub due_at: Instant,
    /// Past this it is turned round.
    pub deadline: Instant,
    /// Who asked for it.
    pub requested_by: String,
    /// The request that did.
    pub request_id: String,
    /// When it was recorded.
    pub created_at: Instant,
    /// When a worker first took it.
    pub started_at: Option<Instant>,
    /// When it ended.
    pub ended_at: Option<Instant>,
}

impl Operation {
    /// The step to work on next: forwards the first that is not done, backwards the last that was begun and is not undone.
    #[must_use]
    pub fn current(&self) -> Option<&StepRecord> {
        if self.status == OperationStatus::Compensating {
            self.steps.iter().rev().find(|step| step.state.needs_undo())
        } else {
            self.steps.iter().find(|step| step.state != StepState::Succeeded)
        }
    }

    /// What a worker would do now; `None` when nothing is left to do.
    #[must_use]
    pub fn next_work(&self) -> Option<Work> {
        let name = self.current()?.name;
        let undo = self.status == OperationStatus::Compensating || self.kind == OperationKind::Delete;
        Some(if undo { Work::Undo(name) } else { Work::Run(name) })
    }

    /// A delete that has taken nothing down yet and can be called back.
    #[must_use]
    pub fn is_in_grace(&self, now: Instant) -> bool {
        self.kind == OperationKind::Delete && self.asked.grace_ends_at.is_some_and(|ends| ends > now)
    }

    /// New values of the client's own variables come with it, and it has not taken them in yet.
    #[must_use]
    pub fn awaits_values(&self) -> bool {
        let taken = self
            .step(Step::GenerateEnvironment)
            .is_none_or(|step| step.state == StepState::Succeeded);
        self.asked.environment_staged_at.is_some() && !taken && !self.status.is_final()
    }

    /// How long the current step has stood still for a service that is down.
    #[must_use]
    pub fn waited_for_service(&self, now: Instant) -> Duration {
        let until_now = self
            .parked
            .as_ref()
            .filter(|parked| parked.reason == ParkedFor::Service);
        let until_now = until_now.map_or(Duration::ZERO, |parked| now.since(parked.since));
        let before = self.current().map_or(0.0, |step| step.waited_for_service);
        until_now + Duration::try_from_secs_f64(before).unwrap_or_default()
    }

    /// Has somebody called it off who has not been heard yet?
    #[must_use]
    pub fn is_to_be_called_off(&self) -> bool {
        self.cancelled_by.is_some() && !self.status.is_final() && self.status != OperationStatus::Compensating
    }

    /// Has it put something live? From then on it is not undone: what is live is taken down by a delete only.
    #[must_use]
    pub fn has_gone_live(&self) -> bool {
        self.step(Step::Activate)
            .is_some_and(|step| self.kind != OperationKind::Delete && step.state == StepState::Succeeded)
    }

    /// The record of a step.
    #[must_use]
    pub fn step(&self, name: Step) -> Option<&StepRecord> {
        self.steps.iter().find(|step| step.name == name)
    }

    /// The record of a step, to be changed.
    pub fn step_mut(&mut self, name: Step) -> Option<&mut StepRecord> {
        self.steps.iter_mut().find(|step| step.name == name)
    }
}

/// What a worker should do now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Work {
    /// Run the step.
    Run(Step),
    /// Undo the step.
    Undo(Step),
}
