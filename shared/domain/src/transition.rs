//! How an operation and its steps move: pure, total, and the same for every kind of operation.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{Instant, Operation, OperationKind, Step, StepError, Work};

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
    /// Overtaken by a delete.
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
    /// A delete takes over.
    Overtake,
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

    /// Nothing more happens to it.
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
            (Self::Compensating, E::Begin | E::Wait) => Ok(Self::Compensating),
            (Self::Running, E::Wait) => Ok(Self::Waiting),
            (Self::Running, E::Complete) => Ok(Self::Succeeded),
            (Self::Running, E::TurnRound) => Ok(Self::Compensating),
            (Self::Running, E::GiveUp) | (Self::Compensating, E::Undone) => Ok(Self::Failed),
            (Self::Running | Self::Compensating, E::Block) => Ok(Self::Blocked),
            (Self::Queued | Self::Running | Self::Waiting | Self::Compensating, E::Overtake) => Ok(Self::Cancelled),
            (Self::Queued | Self::Waiting, E::Wait | E::Complete | E::TurnRound | E::GiveUp | E::Undone | E::Block)
            | (Self::Running, E::Undone)
            | (Self::Compensating, E::Complete | E::TurnRound | E::GiveUp)
            | (Self::Succeeded | Self::Failed | Self::Blocked | Self::Cancelled, _) => Err(IllegalTransition),
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

/// How a step (or its undoing) came out.
#[derive(Debug, Clone, PartialEq)]
pub enum Outcome {
    /// It is so.
    Done,
    /// Not yet; look again after this long.
    NotYet(Duration),
    /// It failed in a way that may pass; try again after this long.
    Retry(StepError, Duration),
    /// It failed for good.
    Failed(StepError),
}

impl Operation {
    /// Takes the operation and its current step into work.
    ///
    /// # Errors
    /// It has ended.
    pub fn begin(&mut self, now: Instant) -> Result<Work, IllegalTransition> {
        self.status = self.status.after(OperationEvent::Begin)?;
        self.started_at.get_or_insert(now);
        let compensating = self.status == OperationStatus::Compensating;
        let name = self.current().ok_or(IllegalTransition)?.name;
        let undo = compensating;
        let step = self.step_mut(name).ok_or(IllegalTransition)?;
        if undo {
            step.state = step.state.after(StepEvent::BeginUndo)?;
            if step.undo_started_at.is_none() {
                step.undo_started_at = Some(now);
                step.attempts = 0;
            }
            step.attempts = step.attempts.max(1);
            return Ok(Work::Undo(name));
        }
        step.state = step.state.after(StepEvent::Begin)?;
        step.started_at.get_or_insert(now);
        step.attempts = step.attempts.max(1);
        Ok(if self.kind == OperationKind::Delete {
            Work::Undo(name)
        } else {
            Work::Run(name)
        })
    }

    /// Writes down how the work came out. Afterwards the operation is ready for the next step, waits, or has ended.
    ///
    /// # Errors
    /// The work was not begun.
    pub fn settle(&mut self, work: Work, outcome: Outcome, now: Instant) -> Result<(), IllegalTransition> {
        let compensating = self.status == OperationStatus::Compensating;
        let name = match work {
            Work::Run(step) | Work::Undo(step) => step,
        };
        let step = self.step_mut(name).ok_or(IllegalTransition)?;
        step.next_retry_at = None;
        match outcome {
            Outcome::Done => {
                step.state = step.state.after(if compensating {
                    StepEvent::Undo
                } else {
                    StepEvent::Succeed
                })?;
                step.ended_at = Some(now);
                step.duration = step.started_at.map(|start| now.since(start).as_secs_f64());
                if compensating && !self.steps.iter().any(|step| step.state.needs_undo()) {
                    self.end(OperationEvent::Undone, now)?;
                } else if !compensating && self.current().is_none() {
                    self.end(OperationEvent::Complete, now)?;
                }
            }
            Outcome::NotYet(pause) => self.wait(name, pause, now)?,
            Outcome::Retry(error, pause) => {
                step.attempts = step.attempts.saturating_add(1);
                step.error = Some(error);
                self.wait(name, pause, now)?;
            }
            Outcome::Failed(error) => self.fail(name, error, now)?,
        }
        Ok(())
    }

    /// A delete takes over: whatever this operation made is taken down by it.
    ///
    /// # Errors
    /// It has ended.
    pub fn overtake(&mut self, now: Instant) -> Result<(), IllegalTransition> {
        self.end(OperationEvent::Overtake, now)
    }

    fn wait(&mut self, name: Step, pause: Duration, now: Instant) -> Result<(), IllegalTransition> {
        let until = now.after(pause);
        let step = self.step_mut(name).ok_or(IllegalTransition)?;
        step.state = step.state.after(StepEvent::Wait)?;
        step.next_retry_at = Some(until);
        self.status = self.status.after(OperationEvent::Wait)?;
        self.due_at = until;
        Ok(())
    }

    fn fail(&mut self, name: Step, error: StepError, now: Instant) -> Result<(), IllegalTransition> {
        let compensating = self.status == OperationStatus::Compensating;
        let kind = self.kind;
        let step = self.step_mut(name).ok_or(IllegalTransition)?;
        step.state = step.state.after(if compensating {
            StepEvent::Stick
        } else {
            StepEvent::Fail
        })?;
        step.ended_at = Some(now);
        step.error = Some(error.clone());
        // The first failure is the cause; what goes wrong while taking down is told by the step and names what is left.
        self.error = Some(error);
        self.failed_step.get_or_insert(name);
        match (compensating, kind, name) {
            (true, _, _) | (false, OperationKind::Delete, _) => self.end(OperationEvent::Block, now),
            // The client is live: a failed first look is news about it, not a reason to take it down.
            (false, OperationKind::Provision, Step::HealthCheck) => self.end(OperationEvent::GiveUp, now),
            (false, OperationKind::Provision, _) => {
                self.status = self.status.after(OperationEvent::TurnRound)?;
                self.due_at = now;
                Ok(())
            }
        }
    }

    fn end(&mut self, event: OperationEvent, now: Instant) -> Result<(), IllegalTransition> {
        self.status = self.status.after(event)?;
        self.ended_at = Some(now);
        Ok(())
    }
}
