//! The states of an operation and of its steps, and the moves between them: pure, total, the same for every kind of operation.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// The event cannot happen in this state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("this cannot happen in this state")]
pub struct IllegalTransition;

/// Where an operation stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum OperationStatus {
    /// Recorded.
    Queued,
    /// A worker has it.
    Running,
    /// Waits for an outside service, or to try again.
    Waiting,
    /// Takes down what it made.
    Compensating,
    /// Done.
    Succeeded,
    /// Not done; nothing of it is left outside (or the client is live and only its check failed).
    Failed,
    /// Not done, and something could not be taken down; `error` names it.
    Blocked,
    /// Overtaken by a delete or a restore, or called off and undone.
    Cancelled,
}

/// What happens to an operation as a whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum OperationEvent {
    /// A worker takes it.
    Begin,
    /// It has to wait.
    Wait,
    /// Its last step is done.
    Complete,
    /// A step failed for good and what was made must go.
    TurnRound,
    /// A step failed for good and nothing is to be taken down.
    GiveUp,
    /// Everything that was begun is undone.
    Undone,
    /// A step could not be undone, or the undoing is the operation.
    Block,
    /// Another operation takes over, or it was called off and nothing of it is left.
    Cancel,
    /// It is tried again from the step that failed.
    Retry,
    /// Its taking down is tried again.
    RetryUndo,
}

impl OperationEvent {
    /// All of them.
    pub const ALL: [Self; 10] = [
        Self::Begin,
        Self::Wait,
        Self::Complete,
        Self::TurnRound,
        Self::GiveUp,
        Self::Undone,
        Self::Block,
        Self::Cancel,
        Self::Retry,
        Self::RetryUndo,
    ];
}

impl OperationStatus {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::Queued,
        Self::Running,
        Self::Waiting,
        Self::Compensating,
        Self::Succeeded,
        Self::Failed,
        Self::Blocked,
        Self::Cancelled,
    ];

    /// The name, as in JSON.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Running => "running",
            Self::Waiting => "waiting",
            Self::Compensating => "compensating",
            Self::Succeeded => "succeeded",
            Self::Failed => "failed",
            Self::Blocked => "blocked",
            Self::Cancelled => "cancelled",
        }
    }

    /// Nothing more happens to it, unless somebody has it tried again.
    #[must_use]
    pub const fn is_final(self) -> bool {
        match self {
            Self::Queued | Self::Running | Self::Waiting | Self::Compensating => false,
            Self::Succeeded | Self::Failed | Self::Blocked | Self::Cancelled => true,
        }
    }

    /// The status after an event.
    ///
    /// # Errors
    /// The event cannot happen in this status.
    pub const fn after(self, event: OperationEvent) -> Result<Self, IllegalTransition> {
        use OperationEvent as E;
        match (self, event) {
            (Self::Queued | Self::Running | Self::Waiting, E::Begin) => Ok(Self::Running),
            (Self::Compensating, E::Begin | E::Wait) | (Self::Blocked, E::RetryUndo) => Ok(Self::Compensating),
            (Self::Running, E::Wait) => Ok(Self::Waiting),
            (Self::Running, E::Complete) => Ok(Self::Succeeded),
            // Without a step having run just now: somebody called it off.
            (Self::Queued | Self::Running | Self::Waiting, E::TurnRound) => Ok(Self::Compensating),
            (Self::Running, E::GiveUp) | (Self::Compensating, E::Undone) => Ok(Self::Failed),
            (Self::Running | Self::Compensating, E::Block) => Ok(Self::Blocked),
            (Self::Queued | Self::Running | Self::Waiting | Self::Compensating, E::Cancel) => Ok(Self::Cancelled),
            (Self::Failed | Self::Blocked, E::Retry) => Ok(Self::Queued),
            (Self::Queued | Self::Waiting, E::Wait | E::Complete | E::GiveUp | E::Undone | E::Block)
            | (Self::Running, E::Undone)
            | (Self::Compensating, E::Complete | E::TurnRound | E::GiveUp)
            | (Self::Queued | Self::Running | Self::Waiting | Self::Compensating, E::Retry | E::RetryUndo)
            | (
                Self::Failed,
                E::Begin
                | E::Wait
                | E::Complete
                | E::TurnRound
                | E::GiveUp
                | E::Undone
                | E::Block
                | E::Cancel
                | E::RetryUndo,
            )
            | (
                Self::Blocked,
                E::Begin | E::Wait | E::Complete | E::TurnRound | E::GiveUp | E::Undone | E::Block | E::Cancel,
            )
            | (Self::Succeeded | Self::Cancelled, _) => Err(IllegalTransition),
        }
    }
}

/// Where a step stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum StepState {
    /// Not begun.
    Pending,
    /// Begun.
    Running,
    /// Waits for an outside service, or to try again.
    Waiting,
    /// Done.
    Succeeded,
    /// Failed for good.
    Failed,
    /// Being undone.
    Undoing,
    /// Undone.
    Undone,
    /// Could not be undone.
    Stuck,
}

/// What happens to a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum StepEvent {
    /// A worker starts it.
    Begin,
    /// It is not there yet, or is to be tried again.
    Wait,
    /// It is done.
    Succeed,
    /// It failed for good.
    Fail,
    /// A worker starts to undo it.
    BeginUndo,
    /// It is undone.
    Undo,
    /// It cannot be undone.
    Stick,
}

impl StepState {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::Pending,
        Self::Running,
        Self::Waiting,
        Self::Succeeded,
        Self::Failed,
        Self::Undoing,
        Self::Undone,
        Self::Stuck,
    ];

    /// Something of it may exist outside.
    #[must_use]
    pub const fn needs_undo(self) -> bool {
        match self {
            Self::Pending | Self::Undone => false,
            Self::Running | Self::Waiting | Self::Succeeded | Self::Failed | Self::Undoing | Self::Stuck => true,
        }
    }

    /// The state after an event.
    ///
    /// # Errors
    /// The event cannot happen in this state.
    pub const fn after(self, event: StepEvent) -> Result<Self, IllegalTransition> {
        use StepEvent as E;
        match (self, event) {
            (Self::Pending | Self::Running | Self::Waiting, E::Begin) => Ok(Self::Running),
            (Self::Running, E::Wait) => Ok(Self::Waiting),
            (Self::Running, E::Succeed) => Ok(Self::Succeeded),
            (Self::Running, E::Fail) => Ok(Self::Failed),
            // What was begun is undone, whether it ended well or not.
            (
                Self::Running | Self::Waiting | Self::Succeeded | Self::Failed | Self::Undoing | Self::Stuck,
                E::BeginUndo,
            ) => Ok(Self::Undoing),
            (Self::Undoing, E::Wait) => Ok(Self::Undoing),
            (Self::Undoing, E::Undo) => Ok(Self::Undone),
            (Self::Undoing, E::Stick) => Ok(Self::Stuck),
            (Self::Pending, E::Wait | E::Succeed | E::Fail | E::BeginUndo | E::Undo | E::Stick)
            | (Self::Running, E::Undo | E::Stick)
            | (Self::Waiting, E::Wait | E::Succeed | E::Fail | E::Undo | E::Stick)
            | (
                Self::Succeeded | Self::Failed | Self::Stuck,
                E::Begin | E::Wait | E::Succeed | E::Fail | E::Undo | E::Stick,
            )
            | (Self::Undoing, E::Begin | E::Succeed | E::Fail)
            | (Self::Undone, _) => Err(IllegalTransition),
        }
    }
}
