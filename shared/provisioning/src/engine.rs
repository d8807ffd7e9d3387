//! The engine: one message, one lease, as many steps as the time allows.

use std::time::Duration;

use domain::{
    Breaker, Client, Error, Instant, Lease, Operation, OperationId, OperationStatus, Outcome, ParkedFor, Step,
    StepError, Work, new_ulid,
};
use store::SaveOutcome;

use crate::{
    finish::{Companions, is_movable},
    hold::{Gate, Hold, gate, given_up, service_of, tell, with_the_others},
    retry::backoff,
    services::{Connection, ServiceSettings},
    steps::perform,
    workbench::{Platform, Progress, Services, StepResult, Workbench},
};

/// A wait up to this long is awaited inside the invocation …
const SHORT_WAIT: Duration = Duration::from_secs(1);
/// … but not more than this in all.
const WAITS_IN_ALL: Duration = Duration::from_secs(2);
/// The longest delay of a message in SQS.
const LONGEST_DELAY: Duration = Duration::from_secs(900);
/// No further step is begun with less time than this before the lease ends: a call outside may take 25 s.
const TIME_FOR_A_STEP: Duration = Duration::from_secs(30);

/// Runs operations.
pub struct Provisioner {
    pub(crate) platform: Platform,
    connection: Connection,
}

/// What becomes of an operation after a piece of work.
enum Next {
    /// The next step can begin.
    GoOn,
    /// Nothing more for this invocation.
    Stop,
}

impl Provisioner {
    /// Over the platform's records and the outside services. Credentials are read when they are first needed.
    #[must_use]
    pub fn new(platform: Platform, settings: ServiceSettings) -> Self {
        Self {
            platform,
            connection: Connection::new(settings),
        }
    }

    /// Gives an operation its turn. A stale message, and one for an operation that somebody holds, does nothing.
    ///
    /// # Errors
    /// Our own records, queues or secrets fail: the message is to be delivered again.
    pub async fn advance(&self, id: &OperationId, generation: u64) -> Result<(), Error> {
        let Some(mut operation) = self.platform.store.operation(id).await? else {
            tracing::warn!(operation.id = %id, "a message names an operation that does not exist");
            return Ok(());
        };
        let now = self.platform.clock.now();
        let held = operation.lease.as_ref().is_some_and(|lease| lease.until > now);
        if operation.status.is_final() || operation.generation != generation || held {
            return Ok(());
        }
        if operation.overtaken_by.is_some() {
            return self.cancel(operation, now).await.map(drop);
        }
        if operation.is_to_be_called_off() {
            return self.call_off(operation, now).await;
        }
        let early = operation.due_at.since(now);
        if operation.lease.is_none() && early > SHORT_WAIT {
            return self.send(&operation, early).await;
        }
        if !self.predecessor_has_ended(&operation, now).await? {
            return self.platform.queues.send_operation(id, generation, SHORT_WAIT).await;
        }
        let Some(mut client) = self
            .platform
            .store
            .client(&operation.client_id)
            .await?
            .filter(is_movable)
        else {
            tracing::error!(operation.id = %id, "an operation's client has no record");
            return Ok(());
        };
        self.work(&mut operation, &mut client, now).await
    }

    async fn work(&self, operation: &mut Operation, client: &mut Client, start: Instant) -> Result<(), Error> {
        let services = self.connection.services(&self.platform.secrets, start).await?;
        let until = start.after(self.platform.settings.lease);
        let owner = new_ulid(&*self.platform.clock, &*self.platform.entropy);
        let mut waited = Duration::ZERO;
        let mut companions = Companions::default();
        loop {
            let now = self.platform.clock.now();
            let service = operation
                .next_work()
                .and_then(|work| service_of(operation, work, client));
            let (mut breaker, given_up) = match gate(&self.platform, service, now).await? {
                Gate::Open(breaker) => (breaker, None),
                Gate::Held(hold) => match given_up(operation, service, now) {
                    Some(error) if hold.reason == ParkedFor::Service => (Breaker::default(), Some(error)),
                    _ => return self.park(operation, client, companions, hold, now).await,
                },
            };
            let work = operation.begin(now).map_err(Error::internal)?;
            companions.began(operation, work);
            operation.lease = Some(Lease {
                owner: owner.clone(),
                until,
            });
            operation.due_at = until;
            if !self.save(operation, client, std::mem::take(&mut companions)).await? {
                return Ok(());
            }
            loop {
                let outcome = match &given_up {
                    Some(error) => Outcome::Failed(named(work, error.clone())),
                    None => {
                        self.perform(&services, work, operation, client, (service, &mut breaker))
                            .await?
                    }
                };
                let short = match &outcome {
                    Outcome::NotYet(pause) if *pause <= SHORT_WAIT && waited + *pause <= WAITS_IN_ALL => Some(*pause),
                    _ => None,
                };
                let Some(pause) = short else {
                    companions = self
                        .settle_or_park(work, outcome, operation, (service, &breaker))
                        .await?;
                    break;
                };
                waited += pause;
                tokio::time::sleep(pause).await;
            }
            let now = self.platform.clock.now();
            let time_left = until.since(now) > TIME_FOR_A_STEP;
            match self.next(operation, client, &mut companions, now, time_left).await? {
                Next::GoOn => {}
                Next::Stop => return Ok(()),
            }
        }
    }

    /// Does one piece of work and says how it came out. Fails only when our own ledger could not even be read.
    async fn perform(
        &self,
        services: &Services,
        work: Work,
        operation: &mut Operation,
        client: &Client,
        (service, breaker): (Option<&'static str>, &mut Breaker),
    ) -> Result<Outcome, Error> {
        let name = step_of(work);
        let Some(step) = operation.step(name).cloned() else {
            return Err(Error::internal("an operation lacks one of its steps"));
        };
        let ledger = self.platform.store.resources(&client.id).await?;
        let mut bench = Workbench::new(
            &self.platform,
            services,
            client,
            operation,
            step,
            operation.outputs.clone(),
            ledger,
        );
        let result = perform(work, &mut bench).await;
        tell(&self.platform, service, breaker, &result).await;
        let outcome = self.outcome(work, &bench, result);
        let (outputs, ids) = (bench.outputs, bench.step.provider_ids);
        operation.outputs = outputs;
        if let Some(step) = operation.step_mut(name) {
            step.provider_ids = ids;
        }
        Ok(outcome)
    }

    fn outcome(&self, work: Work, bench: &Workbench<'_>, result: StepResult) -> Outcome {
        let spent = match work {
            Work::Run(_) => bench.elapsed(),
            Work::Undo(_) => bench.undo_elapsed(),
        };
        let deadline = self.platform.settings.step_deadline;
        let overdue = spent > deadline || (matches!(work, Work::Run(_)) && bench.now() > bench.operation.deadline);
        match result {
            Ok(Progress::Done) => Outcome::Done,
            Ok(Progress::Until(instant)) => Outcome::Park(ParkedFor::Grace, instant),
            Ok(Progress::NotYet(pause)) if !overdue => Outcome::NotYet(pause),
            Ok(Progress::NotYet(_)) => Outcome::Failed(named(
                work,
                StepError {
                    code: "deadline".to_owned(),
                    message: format!("It was not done within {} minutes.", deadline.as_secs() / 60),
                    retryable: true,
                },
            )),
            Err(failure) => {
                tracing::warn!(operation.id = %bench.operation.id, step.name = step_of(work).name(), step.attempt = bench.step.attempts, error = %failure, "a step failed");
                let error = named(work, failure.shown());
                if failure.retryable() && !overdue {
                    let pause = backoff(bench.step.attempts, failure.retry_after(), &*self.platform.entropy);
                    Outcome::Retry(error, pause)
                } else {
                    Outcome::Failed(error)
                }
            }
        }
    }

    /// Settles the outcome. Who has failed because a service is down stands still with all the others until it is tried again.
    async fn settle_or_park(
        &self,
        work: Work,
        outcome: Outcome,
        operation: &mut Operation,
        (service, breaker): (Option<&'static str>, &Breaker),
    ) -> Result<Companions, Error> {
        let now = self.platform.clock.now();
        let until = match &outcome {
            Outcome::Retry(..) => with_the_others(&self.platform, breaker, now),
            _ => None,
        };
        let (Some(until), Outcome::Retry(error, pause)) = (until, &outcome) else {
            return self.settle(work, outcome, operation).await;
        };
        if let Some(error) = given_up(operation, service, now) {
            return self.settle(work, Outcome::Failed(named(work, error)), operation).await;
        }
        let outcome = Outcome::Retry(error.clone(), (*pause).max(until.since(now)));
        let companions = self.settle(work, outcome, operation).await?;
        operation.park(ParkedFor::Service, operation.due_at, now);
        Ok(companions)
    }

    /// Writes the outcome into the operation and gathers what follows from it.
    async fn settle(&self, work: Work, outcome: Outcome, operation: &mut Operation) -> Result<Companions, Error> {
        let now = self.platform.clock.now();
        let mut companions = Companions::default();
        let activated = work == Work::Run(Step::Activate) && outcome == Outcome::Done;
        operation.settle(work, outcome, now).map_err(Error::internal)?;
        if activated {
            let replaced = self.replaced(operation).await?;
            companions.activated(operation, self.deployment(operation).await?, replaced, now)?;
        }
        if operation.status.is_final() {
            companions.ended(operation, self.deployment(operation).await?, now)?;
        }
        Ok(companions)
    }

    /// Decides what comes after a settled piece of work, and writes it down unless the next step does so.
    async fn next(
        &self,
        operation: &mut Operation,
        client: &mut Client,
        companions: &mut Companions,
        now: Instant,
        time_left: bool,
    ) -> Result<Next, Error> {
        let ended = operation.status.is_final();
        let pause = if matches!(
            operation.status,
            OperationStatus::Waiting | OperationStatus::Compensating
        ) && operation.lease.is_some()
        {
            operation
                .current()
                .and_then(|step| step.next_retry_at)
                .map(|at| at.since(now))
        } else {
            None
        };
        if !ended && pause.is_none() && time_left {
            return Ok(Next::GoOn);
        }
        operation.lease = None;
        operation.due_at = pause.map_or(now, |pause| now.after(pause));
        let saved = self.save(operation, client, std::mem::take(companions)).await?;
        if saved && ended {
            tracing::info!(operation.id = %operation.id, client.id = %client.id, operation.kind = operation.kind.name(), operation.status = ?operation.status, "an operation ended");
        } else if saved {
            self.send(operation, pause.unwrap_or_default()).await?;
        }
        Ok(Next::Stop)
    }

    /// Stands still. Whatever wakes it (the end of a freeze, a message, the reconciler) looks again whether it may go on.
    async fn park(
        &self,
        operation: &mut Operation,
        client: &mut Client,
        companions: Companions,
        hold: Hold,
        now: Instant,
    ) -> Result<(), Error> {
        let frozen_already = hold.reason == ParkedFor::Freeze
            && operation
                .parked
                .as_ref()
                .is_some_and(|parked| parked.reason == ParkedFor::Freeze)
            && operation.lease.is_none();
        if frozen_already {
            return Ok(());
        }
        operation.lease = None;
        operation.park(hold.reason, hold.until, now);
        if self.save(operation, client, companions).await? && hold.reason != ParkedFor::Freeze {
            self.send(operation, hold.until.since(now)).await?;
        }
        Ok(())
    }

    /// Gives an operation its next turn. A message cannot wait longer than SQS lets it: the reconciler sends what is due later.
    async fn send(&self, operation: &Operation, after: Duration) -> Result<(), Error> {
        if after > LONGEST_DELAY {
            return Ok(());
        }
        let queues = &self.platform.queues;
        queues.send_operation(&operation.id, operation.generation, after).await
    }

    /// Writes a checkpoint with all that follows from it; `false` when somebody else wrote first.
    pub(crate) async fn save(
        &self,
        operation: &mut Operation,
        client: &mut Client,
        companions: Companions,
    ) -> Result<bool, Error> {
        operation.generation += 1;
        let notice = companions.notice_id();
        let quarantine = self.platform.settings.label_quarantine.as_secs();
        let now = self.platform.clock.now();
        let saved = companions
            .save(&self.platform.store, operation, client, quarantine, now)
            .await?;
        if saved == SaveOutcome::Overtaken {
            self.stand_down(operation).await?;
            return Ok(false);
        }
        if let Some(notice) = notice {
            // The row is written; if this message is lost the reconciler sends another.
            if let Err(error) = self.platform.queues.send_notice(&notice, Duration::ZERO).await {
                tracing::warn!(error = %error.chain(), "a notice's message could not be sent");
            }
        }
        Ok(true)
    }
}

const fn step_of(work: Work) -> Step {
    match work {
        Work::Run(step) | Work::Undo(step) => step,
    }
}

/// A failure to take something down names what is left.
fn named(work: Work, mut error: StepError) -> StepError {
    if let Work::Undo(step) = work {
        error.message = format!("{} could not be taken down: {}", step.name(), error.message);
    }
    error
}
