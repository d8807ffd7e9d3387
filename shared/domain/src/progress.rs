//! How an operation goes on: what a worker takes up, what an outcome leads to, and what ends, parks or reopens it.

use std::time::Duration;

use crate::{
    DeploymentId, IllegalTransition, Instant, Operation, OperationEvent, OperationKind, OperationStatus, Parked,
    ParkedFor, Step, StepError, StepEvent, StepRecord, StepState, Work,
};

/// How a step (or its undoing) came out.
#[derive(Debug, Clone, PartialEq)]
pub enum Outcome {
    /// It is so.
    Done,
    /// Not yet; look again after this long.
    NotYet(Duration),
    /// It failed in a way that may pass; try again after this long.
    Retry(StepError, Duration),
    /// It stands still until then, and is not to blame for it.
    Park(ParkedFor, Instant),
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
        self.unpark(now);
        let compensating = self.status == OperationStatus::Compensating;
        let name = self.current().ok_or(IllegalTransition)?.name;
        let step = self.step_mut(name).ok_or(IllegalTransition)?;
        if compensating {
            step.state = step.state.after(StepEvent::BeginUndo)?;
            if step.undo_started_at.is_none() {
                step.undo_started_at = Some(now);
                step.attempts = 0;
                step.parked = 0.0;
                step.waited_for_service = 0.0;
            }
        } else {
            step.state = step.state.after(StepEvent::Begin)?;
            step.started_at.get_or_insert(now);
        }
        step.attempts = step.attempts.max(1);
        self.next_work().ok_or(IllegalTransition)
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
                    let called_off = self.cancelled_by.is_some();
                    self.end(
                        if called_off {
                            OperationEvent::Cancel
                        } else {
                            OperationEvent::Undone
                        },
                        now,
                    )?;
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
            Outcome::Park(reason, until) => {
                self.wait(name, until.since(now), now)?;
                self.park(reason, until, now);
            }
            Outcome::Failed(error) => self.fail(name, error, now)?,
        }
        Ok(())
    }

    /// Another operation takes over: what this one made is the other's to deal with.
    ///
    /// # Errors
    /// It has ended.
    pub fn overtake(&mut self, now: Instant) -> Result<(), IllegalTransition> {
        self.end(OperationEvent::Cancel, now)
    }

    /// Somebody has called it off (`cancelled_by`): turns round, or ends at once where there is nothing to undo. What has gone
    /// live stays live.
    ///
    /// # Errors
    /// It has ended.
    pub fn call_off(&mut self, now: Instant) -> Result<(), IllegalTransition> {
        if self.status == OperationStatus::Compensating {
            return Ok(());
        }
        if self.has_gone_live() || !self.steps.iter().any(|step| step.state.needs_undo()) {
            return self.end(OperationEvent::Cancel, now);
        }
        self.status = self.status.after(OperationEvent::TurnRound)?;
        self.unpark(now);
        self.due_at = now;
        Ok(())
    }

    /// Stands still from now on, through no fault of its own: this time does not count against any deadline.
    pub fn park(&mut self, reason: ParkedFor, until: Instant, now: Instant) {
        let since = self.parked.as_ref().map_or(now, |parked| parked.since);
        self.parked = Some(Parked { since, reason });
        self.due_at = until;
    }

    fn unpark(&mut self, now: Instant) {
        let Some(parked) = self.parked.take() else {
            return;
        };
        let stood = now.since(parked.since);
        self.deadline = self.deadline.after(stood);
        let compensating = self.status == OperationStatus::Compensating;
        let Some(name) = self.current().map(|step| step.name) else {
            return;
        };
        if let Some(step) = self.step_mut(name) {
            let begun = if compensating {
                step.undo_started_at
            } else {
                step.started_at
            };
            if begun.is_some() {
                step.parked += stood.as_secs_f64();
            }
            if parked.reason == ParkedFor::Service {
                step.waited_for_service += stood.as_secs_f64();
            }
        }
    }

    /// Goes again: a failed operation from the first step of which nothing is left, a blocked one with what it could not take
    /// down. `deployment` is the new deployment's record, for kinds that make one.
    ///
    /// # Errors
    /// It has not failed.
    pub fn retry(
        &mut self,
        deployment: Option<DeploymentId>,
        allowed: Duration,
        now: Instant,
    ) -> Result<(), IllegalTransition> {
        let undo_again = self.status == OperationStatus::Blocked && self.kind != OperationKind::Delete;
        if undo_again {
            self.status = self.status.after(OperationEvent::RetryUndo)?;
            for step in self.steps.iter_mut().filter(|step| step.state == StepState::Stuck) {
                step.undo_started_at = None;
                step.error = None;
            }
        } else {
            self.status = self.status.after(OperationEvent::Retry)?;
            let first = self.first_to_retry();
            let mut before = true;
            for step in &mut self.steps {
                before &= step.name != first;
                if before {
                    step.state = StepState::Succeeded;
                } else {
                    *step = StepRecord::pending(step.name);
                }
            }
            if !self.has_gone_live() && self.kind != OperationKind::Delete {
                self.outputs.forget_what_was_undone(!self.kind.takes_down());
                self.outputs.deployment_id = deployment;
            }
            self.failed_step = None;
            self.error = None;
        }
        self.ended_at = None;
        self.lease = None;
        self.due_at = now;
        self.deadline = now.after(allowed);
        Ok(())
    }

    /// The step at which a retry begins.
    fn first_to_retry(&self) -> Step {
        let failed = self.failed_step.unwrap_or(Step::Validate);
        let begins = self.steps.first().map_or(failed, |step| step.name);
        match self.kind {
            _ if self.has_gone_live() => failed,
            OperationKind::Delete => failed,
            OperationKind::Provision => failed.min(Step::ProvisionDatabase),
            OperationKind::Update
            | OperationKind::Redeploy
            | OperationKind::Rollback
            | OperationKind::Suspend
            | OperationKind::Activate
            | OperationKind::Restore => begins,
        }
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
        if compensating || kind == OperationKind::Delete {
            return self.end(OperationEvent::Block, now);
        }
        // What is live stays live: a failed first look is news about it, not a reason to take it down.
        if self.has_gone_live() {
            return self.end(OperationEvent::GiveUp, now);
        }
        self.status = self.status.after(OperationEvent::TurnRound)?;
        self.due_at = now;
        Ok(())
    }

    fn end(&mut self, event: OperationEvent, now: Instant) -> Result<(), IllegalTransition> {
        self.status = self.status.after(event)?;
        self.ended_at = Some(now);
        Ok(())
    }
}
