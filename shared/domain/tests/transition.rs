//! How operations, steps, clients and ledger entries may move: the whole tables, and the laws that follow from them.
#![allow(clippy::unwrap_used, missing_docs, reason = "tests")]

use std::time::Duration;

use domain::{
    Client, ClientEvent, ClientId, ClientStatus, Clock, Entropy, Instant, NewClient, NewClientBody, Operation,
    OperationEvent, OperationId, OperationKind, OperationStatus, Outcome, ResourceEvent, ResourceState, StepError,
    StepState, Work, start,
};
use proptest::prelude::*;

struct Fixed;
impl Clock for Fixed {
    fn now(&self) -> Instant {
        Instant::from_milliseconds(1_764_000_000_000)
    }
}
impl Entropy for Fixed {
    fn fill(&self, buffer: &mut [u8]) {
        buffer.fill(7);
    }
}

#[test]
fn an_operation_that_has_ended_stays_ended() {
    use OperationEvent as E;
    for status in OperationStatus::ALL {
        let open = OperationEvent::ALL
            .into_iter()
            .filter(|event| !matches!(event, E::Retry | E::RetryUndo))
            .filter(|event| status.after(*event).is_ok())
            .count();
        assert_eq!(open == 0, status.is_final(), "{status:?}");
    }
}

#[test]
fn a_delete_can_take_over_whatever_has_not_ended() {
    for status in OperationStatus::ALL {
        let overtaken = status.after(OperationEvent::Cancel);
        assert_eq!(overtaken.is_ok(), !status.is_final(), "{status:?}");
    }
    for status in ClientStatus::ALL {
        let deleting = status.after(ClientEvent::Delete);
        assert_eq!(deleting.is_ok(), status != ClientStatus::Deleted, "{status:?}");
    }
}

#[test]
fn the_whole_table_of_a_clients_status() {
    let table: Vec<String> = ClientStatus::ALL
        .into_iter()
        .map(|status| {
            let moves: Vec<String> = ClientEvent::ALL
                .into_iter()
                .filter_map(|event| {
                    status
                        .after(event)
                        .ok()
                        .map(|after| format!("{event:?} -> {}", after.name()))
                })
                .collect();
            format!("{}: {}", status.name(), moves.join(", "))
        })
        .collect();
    assert_eq!(
        table,
        [
            "pending: ProvisionDatabase -> provisioning, Fail -> failed, Block -> blocked, Delete -> deleting",
            "provisioning: ProvisionDatabase -> provisioning, Deploy -> deploying, Fail -> failed, Block -> blocked, Delete -> deleting",
            "deploying: Deploy -> deploying, Activate -> active, Fail -> failed, Block -> blocked, Delete -> deleting",
            "active: Deploy -> deploying, Activate -> active, Suspend -> suspended, Block -> blocked, Delete -> deleting",
            "failed: Retry -> pending, Delete -> deleting",
            "suspended: Activate -> active, Suspend -> suspended, Block -> blocked, Delete -> deleting",
            "deleting: Activate -> active, Suspend -> suspended, Block -> blocked, Delete -> deleting, Vanish -> deleted",
            "deleted: ",
            "blocked: Activate -> active, Suspend -> suspended, Fail -> failed, Block -> blocked, Delete -> deleting",
        ]
    );
}

#[test]
fn nothing_is_gone_without_having_been_removed_first() {
    use ResourceEvent as E;
    for state in [
        ResourceState::Intent,
        ResourceState::Created,
        ResourceState::Deleting,
        ResourceState::Gone,
    ] {
        for event in [E::Intend, E::Create, E::Remove, E::ProveGone] {
            if let Ok(after) = state.after(event)
                && after == ResourceState::Gone
            {
                assert!(
                    matches!(state, ResourceState::Deleting | ResourceState::Gone),
                    "{state:?} {event:?}"
                );
            }
        }
    }
}

#[test]
fn every_step_that_was_begun_needs_undoing_until_it_is_undone() {
    for state in StepState::ALL {
        let untouched = matches!(state, StepState::Pending | StepState::Undone);
        assert_eq!(state.needs_undo(), !untouched, "{state:?}");
    }
}

fn client() -> Client {
    let body = NewClientBody {
        client_name: Some("Acme".to_owned()),
        contact_email: Some("a@b.nl".to_owned()),
        domain: Some("acme".to_owned()),
        template: Some("blog".to_owned()),
        ..NewClientBody::default()
    };
    let id = ClientId::generate(&Fixed, &Fixed);
    let operation = OperationId::generate(&Fixed, &Fixed);
    NewClient::parse(body)
        .unwrap()
        .into_client(id, operation, domain::DatabaseProvider::Railway, Fixed.now())
}

fn operation(kind: OperationKind) -> Operation {
    let request = start::Request {
        requested_by: "key:x",
        request_id: "request",
        deadline: Duration::from_secs(3600),
    };
    let id = OperationId::generate(&Fixed, &Fixed);
    start::new_operation(id, &client().id, kind, request, &Fixed)
}

/// How a piece of work comes out.
fn outcomes() -> impl Strategy<Value = Outcome> {
    let error = || StepError {
        code: "x".to_owned(),
        message: "x".to_owned(),
        retryable: true,
    };
    prop_oneof![
        6 => Just(Outcome::Done),
        2 => Just(Outcome::NotYet(Duration::from_secs(1))),
        2 => Just(Outcome::Retry(error(), Duration::from_secs(1))),
        1 => Just(Outcome::Failed(error())),
    ]
}

proptest! {
    /// Whatever happens, an operation only makes legal moves; it ends once every step is done or undone, or something is
    /// stuck; and what it undoes is what it began, backwards.
    #[test]
    fn an_operation_ends_with_everything_done_or_everything_undone(
        kind in proptest::sample::select(OperationKind::ALL.to_vec()),
        outcomes in proptest::collection::vec(outcomes(), 1..200),
    ) {
        let mut operation = operation(kind);
        let mut begun = Vec::new();
        let mut undone = Vec::new();
        for outcome in outcomes {
            if operation.status.is_final() {
                break;
            }
            let work = operation.begin(Fixed.now()).unwrap();
            let compensating = operation.status == OperationStatus::Compensating;
            match work {
                Work::Run(step) => if begun.last() != Some(&step) { begun.push(step) },
                Work::Undo(step) => {
                    if !compensating && begun.last() != Some(&step) { begun.push(step) }
                    if compensating && outcome == Outcome::Done { undone.push(step) }
                }
            }
            operation.settle(work, outcome, Fixed.now()).unwrap();
        }
        begun.reverse();
        prop_assert!(begun.starts_with(&undone), "undone {undone:?} of begun (backwards) {begun:?}");
        let states: Vec<StepState> = operation.steps.iter().map(|step| step.state).collect();
        match operation.status {
            OperationStatus::Succeeded => prop_assert!(states.iter().all(|state| *state == StepState::Succeeded)),
            OperationStatus::Failed if !operation.has_gone_live() => {
                prop_assert!(states.iter().all(|state| !state.needs_undo()));
                prop_assert_eq!(undone, begun);
            }
            OperationStatus::Blocked => prop_assert!(states.iter().any(|state| matches!(state, StepState::Stuck | StepState::Failed))),
            _ => {}
        }
        prop_assert_eq!(operation.ended_at.is_some(), operation.status.is_final());
    }
}
