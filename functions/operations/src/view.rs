//! What is answered about an operation. Every field is always there, `null` when unknown.

use std::collections::BTreeMap;

use domain::{
    ClientId, Instant, Operation, OperationId, OperationKind, OperationStatus, Resource, ResourceKind, ResourceState,
    Step, StepError, StepRecord, StepState,
};
use serde::Serialize;

/// An operation.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct OperationView {
    id: OperationId,
    client_id: ClientId,
    kind: OperationKind,
    status: OperationStatus,
    steps: Vec<StepView>,
    failed_step: Option<Step>,
    error: Option<StepError>,
    requested_by: String,
    created_at: Instant,
    started_at: Option<Instant>,
    ended_at: Option<Instant>,
    deadline: Instant,
    predecessor: Option<OperationId>,
}

/// One of its steps.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct StepView {
    name: Step,
    state: StepState,
    attempts: u32,
    started_at: Option<Instant>,
    ended_at: Option<Instant>,
    duration: Option<f64>,
    provider_ids: BTreeMap<String, String>,
    error: Option<StepError>,
    next_retry_at: Option<Instant>,
}

/// One outside thing of its client.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct ResourceView {
    kind: ResourceKind,
    provider: String,
    external_name: String,
    external_id: Option<String>,
    state: ResourceState,
    created_at: Option<Instant>,
    gone_at: Option<Instant>,
}

/// An operation with everything that was ever made outside for its client.
#[derive(Debug, Serialize)]
pub struct OperationDetail {
    #[serde(flatten)]
    operation: OperationView,
    resources: Vec<ResourceView>,
}

/// All operations of a client, newest first.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct OperationList {
    docs: Vec<OperationView>,
    total_docs: usize,
}

impl OperationDetail {
    pub fn of(operation: Operation, mut resources: Vec<Resource>) -> Self {
        resources.sort_by_key(|resource| resource.kind);
        Self {
            operation: operation.into(),
            resources: resources.into_iter().map(ResourceView::from).collect(),
        }
    }
}

impl OperationList {
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
    use domain::{Lease, Outputs};

    use super::*;

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
