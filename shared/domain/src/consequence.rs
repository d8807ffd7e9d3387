//! What an operation's progress means for its client: the one place that says so.

use crate::{ClientEvent, ClientStatus, Operation, OperationKind, OperationStatus, Step, Work};

/// What happens to the client when a piece of work begins.
#[must_use]
pub fn when_begun(operation: &Operation, work: Work) -> Option<ClientEvent> {
    match work {
        Work::Run(Step::ProvisionDatabase) if operation.kind == OperationKind::Provision => {
            Some(ClientEvent::ProvisionDatabase)
        }
        Work::Run(Step::Deploy | Step::Promote) if !operation.outputs.unchanged => Some(ClientEvent::Deploy),
        Work::Run(_) | Work::Undo(_) => None,
    }
}

/// What happens to the client when its operation has put something live.
#[must_use]
pub fn when_live(operation: &Operation) -> Option<ClientEvent> {
    match (operation.kind, operation.asked.status_before) {
        _ if operation.outputs.unchanged => None,
        // It comes back as it was when it was deleted.
        (OperationKind::Restore, Some(ClientStatus::Suspended)) => Some(ClientEvent::Suspend),
        _ => Some(ClientEvent::Activate),
    }
}

/// What happens to the client when its operation has ended; `None` when it stays where it is.
#[must_use]
pub fn when_ended(operation: &Operation) -> Option<ClientEvent> {
    // Whoever took over says what becomes of the client.
    if operation.overtaken_by.is_some() {
        return None;
    }
    match (operation.status, operation.kind) {
        (OperationStatus::Blocked, _) => Some(ClientEvent::Block),
        (OperationStatus::Succeeded, OperationKind::Suspend) => Some(ClientEvent::Suspend),
        (OperationStatus::Succeeded, OperationKind::Delete) => Some(ClientEvent::Vanish),
        (OperationStatus::Failed | OperationStatus::Cancelled, _) if !operation.has_gone_live() => {
            Some(when_undone(operation))
        }
        _ => None,
    }
}

/// Where the client stands once an operation has undone what it began.
const fn when_undone(operation: &Operation) -> ClientEvent {
    match (operation.kind, operation.asked.status_before) {
        (OperationKind::Provision, _) => ClientEvent::Fail,
        // It can neither be brought back nor is anything taking it down: somebody has to decide.
        (OperationKind::Restore | OperationKind::Delete, _) => ClientEvent::Block,
        (
            OperationKind::Update
            | OperationKind::Redeploy
            | OperationKind::Rollback
            | OperationKind::Suspend
            | OperationKind::Activate,
            Some(ClientStatus::Suspended),
        ) => ClientEvent::Suspend,
        (
            OperationKind::Update
            | OperationKind::Redeploy
            | OperationKind::Rollback
            | OperationKind::Suspend
            | OperationKind::Activate,
            _,
        ) => ClientEvent::Activate,
    }
}

/// Where the client stands when its operation is tried again.
///
/// # Errors
/// The operation cannot be tried again in this state.
pub const fn when_retried(
    status: ClientStatus,
    operation: &Operation,
) -> Result<ClientStatus, crate::IllegalTransition> {
    match (operation.kind, status) {
        (OperationKind::Delete, status) => status.after(ClientEvent::Delete),
        (OperationKind::Provision, ClientStatus::Failed) => status.after(ClientEvent::Retry),
        (_, status) => Ok(status),
    }
}
