//! What is answered about an operation. Every field is always there, `null` when unknown.

use std::collections::BTreeMap;

use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    ClientId, Instant, Operation, OperationId, OperationKind, OperationStatus, Parked, Resource, ResourceKind,
    ResourceState, Step, StepError, StepRecord, StepState,
};

/// An operation.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct OperationView {
    /// Identifies it.
    pub id: OperationId,
    /// Whose.
    pub client_id: ClientId,
    /// What it does.
    pub kind: OperationKind,
    /// Where it stands.
    pub status: OperationStatus,
    /// Its steps, in the order in which they run.
    pub steps: Vec<StepView>,
    /// The step that failed first.
    pub failed_step: Option<Step>,
    /// The failure that ended it or turned it round.
    pub error: Option<StepError>,
    /// Who asked for it.
    pub requested_by: String,
    /// When it was recorded.
    pub created_at: Instant,
    /// When a worker first took it.
    pub started_at: Option<Instant>,
    /// When it ended.
    pub ended_at: Option<Instant>,
    /// Past this it is turned round.
    pub deadline: Instant,
    /// The operation it overtook and has to wait out.
    pub predecessor: Option<OperationId>,
    /// Who called it off.
    pub cancelled_by: Option<String>,
    /// Why it stands still, and since when: the platform is frozen, a service is down, a delete can still be called back.
    pub parked: Option<Parked>,
    /// Why it was asked for, in the words of who did.
    pub reason: Option<String>,
    /// Until when a delete can be called back.
    pub grace_ends_at: Option<Instant>,
    /// What keeping everything until then costs, in euro cents.
    pub grace_cost_cents: Option<u64>,
}

/// One of its steps.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct StepView {
    /// Which.
    pub name: Step,
    /// Where it stands.
    pub state: StepState,
    /// How often it was tried.
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
}

/// One outside thing of its client.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ResourceView {
    /// What.
    pub kind: ResourceKind,
    /// The service that holds it.
    pub provider: String,
    /// Its name there.
    pub external_name: String,
    /// Its id there, once known.
    pub external_id: Option<String>,
    /// What is known of it.
    pub state: ResourceState,
    /// When the provider said it was there.
    pub created_at: Option<Instant>,
    /// When the provider did not find it any more.
    pub gone_at: Option<Instant>,
}

/// An operation with everything that was ever made outside for its client.
#[derive(Debug, Serialize, ToSchema)]
pub struct OperationDetail {
    /// The operation itself.
    #[schema(inline)]
    #[serde(flatten)]
    pub operation: OperationView,
    /// What was made, by kind.
    pub resources: Vec<ResourceView>,
}

/// All operations of a client, newest first.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct OperationList {
    /// The operations.
    pub docs: Vec<OperationView>,
    /// How many there are.
    pub total_docs: usize,
}

impl OperationDetail {
    /// Puts both together.
    #[must_use]
    pub fn of(operation: Operation, mut resources: Vec<Resource>) -> Self {
        resources.sort_by_key(|resource| resource.kind);
        Self {
            operation: operation.into(),
            resources: resources.into_iter().map(ResourceView::from).collect(),
        }
    }
}

impl OperationList {
    /// Lists them as they come.
    #[must_use]
    pub fn of(operations: Vec<Operation>) -> Self {
        let docs: Vec<OperationView> = operations.into_iter().map(OperationView::from).collect();
        Self {
            total_docs: docs.len(),
            docs,
        }
    }
}

impl From<Operation> for OperationView {
    fn from(operation: Operation) -> Self {
        Self {
            id: operation.id,
            client_id: operation.client_id,
            kind: operation.kind,
            status: operation.status,
            steps: operation.steps.into_iter().map(StepView::from).collect(),
            failed_step: operation.failed_step,
            error: operation.error,
            requested_by: operation.requested_by,
            created_at: operation.created_at,
            started_at: operation.started_at,
            ended_at: operation.ended_at,
            deadline: operation.deadline,
            predecessor: operation.predecessor,
            cancelled_by: operation.cancelled_by,
            parked: operation.parked,
            reason: operation.asked.reason,
            grace_ends_at: operation.asked.grace_ends_at,
            grace_cost_cents: operation.asked.grace_cost_cents,
        }
    }
}

impl From<StepRecord> for StepView {
    fn from(step: StepRecord) -> Self {
        Self {
            name: step.name,
            state: step.state,
            attempts: step.attempts,
            started_at: step.started_at,
            ended_at: step.ended_at,
            duration: step.duration,
            provider_ids: step.provider_ids,
            error: step.error,
            next_retry_at: step.next_retry_at,
        }
    }
}

impl From<Resource> for ResourceView {
    fn from(resource: Resource) -> Self {
        Self {
            kind: resource.kind,
            provider: resource.provider,
            external_name: resource.external_name,
            external_id: resource.external_id,
            state: resource.state,
            created_at: resource.created_at,
            gone_at: resource.gone_at,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Asked, Lease, Outputs};

    const NOW: Instant = Instant::from_milliseconds(1_762_939_800_000);

    fn operation() -> Operation {
        Operation {
            id: "op_01jdexmp1e0000000000000000".parse().unwrap(),
            client_id: "cl_01jdexmp1e0000000000000000".parse().unwrap(),
            kind: OperationKind::Provision,
            status: OperationStatus::Running,
            generation: 3,
            steps: vec![StepRecord::pending(Step::Validate)],
            outputs: Outputs::default(),
            failed_step: None,
            error: None,
            predecessor: None,
            overtaken_by: None,
            cancelled_by: None,
            asked: Asked::default(),
            parked: None,
            lease: Some(Lease {
                owner: "someone".to_owned(),
                until: NOW,
            }),
            due_at: NOW,
            deadline: NOW,
            requested_by: "key:25317dfc28ca0472".to_owned(),
            request_id: "r".to_owned(),
            created_at: NOW,
            started_at: None,
            ended_at: None,
        }
    }

    #[test]
    fn what_is_unknown_is_null_and_what_is_ours_is_not_shown() {
        let shown = serde_json::to_value(OperationDetail::of(operation(), Vec::new())).unwrap();
        let names: Vec<&str> = shown.as_object().unwrap().keys().map(String::as_str).collect();
        for ours in ["lease", "generation", "outputs", "requestId", "dueAt"] {
            assert!(!names.contains(&ours), "{ours}");
        }
        for unknown in ["failedStep", "error", "startedAt", "endedAt", "predecessor"] {
            assert!(names.contains(&unknown) && shown[unknown].is_null(), "{unknown}");
        }
        assert_eq!(shown["steps"][0]["name"], "validate");
        assert_eq!(shown["resources"], serde_json::json!([]));
    }
}
