//! Random sequences of commands and outcomes against a reference model that knows nothing of steps: a client is live, paused, gone
//! or broken, and something of it exists or does not.
#![allow(clippy::unwrap_used, clippy::panic, missing_docs, reason = "tests")]

use std::{collections::BTreeSet, time::Duration};

use domain::{
    Asked, Client, ClientEvent, ClientId, ClientStatus, Clock, Command, DeploymentId, Entropy, Instant, NewClient,
    NewClientBody, Operation, OperationId, OperationKind, OperationStatus, Outcome, ParkedFor, Step, StepError, Work,
    consequence,
    start::{self, Grace, Request},
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

const REQUEST: Request<'static> = Request {
    requested_by: "key:x",
    request_id: "request",
    deadline: Duration::from_secs(3600),
};

/// What somebody does.
#[derive(Debug, Clone)]
enum Act {
    Order(Command),
    /// A worker does the next piece of work, and this comes of it.
    Work(Outcome),
}

fn acts() -> impl Strategy<Value = Act> {
    let error = || StepError {
        code: "x".to_owned(),
        message: "x".to_owned(),
        retryable: true,
    };
    let soon = Duration::from_secs(1);
    prop_oneof![
        2 => proptest::sample::select(Command::ALL.to_vec()).prop_map(Act::Order),
        12 => Just(Act::Work(Outcome::Done)),
        1 => Just(Act::Work(Outcome::NotYet(soon))),
        1 => Just(Act::Work(Outcome::Retry(error(), soon))),
        1 => Just(Act::Work(Outcome::Park(ParkedFor::Service, Fixed.now().after(soon)))),
        2 => Just(Act::Work(Outcome::Failed(error()))),
    ]
}

/// A client with its operations, as store and engine keep them.
struct World {
    client: Client,
    running: Option<Operation>,
    last: Operation,
    /// What may exist outside, by the step that makes it.
    made: BTreeSet<Step>,
    /// Whether visitors find the site, as far as the outside goes.
    paused: bool,
}

const MAKERS: [Step; 4] = [
    Step::ProvisionDatabase,
    Step::Deploy,
    Step::ConfigureDomain,
    Step::CreateAdminUser,
];

impl World {
    fn new() -> Self {
        let body = NewClientBody {
            client_name: Some("Acme".to_owned()),
            contact_email: Some("a@b.nl".to_owned()),
            domain: Some("acme".to_owned()),
            template: Some("blog".to_owned()),
            ..NewClientBody::default()
        };
        let id = OperationId::generate(&Fixed, &Fixed);
        let client = NewClient::parse(body).unwrap().into_client(
            ClientId::generate(&Fixed, &Fixed),
            id.clone(),
            domain::DatabaseProvider::Railway,
            Fixed.now(),
        );
        let deployment = DeploymentId::generate(&Fixed, &Fixed);
        let operation = start::new_provision(id, &client.id, deployment, REQUEST, &Fixed);
        Self {
            client,
            running: Some(operation.clone()),
            last: operation,
            made: BTreeSet::new(),
            paused: false,
        }
    }

    fn happen(&mut self, event: Option<ClientEvent>) {
        if let Some(event) = event {
            let after = self.client.status.after(event);
            self.client.status = after.unwrap_or_else(|_| panic!("{event:?} in {:?}", self.client.status));
        }
    }

    fn order(&mut self, command: Command) {
        let kind = match command {
            Command::Create | Command::Change | Command::ChangeBilling => return,
            Command::Update => OperationKind::Update,
            Command::Redeploy => OperationKind::Redeploy,
            Command::Rollback => OperationKind::Rollback,
            Command::Suspend => OperationKind::Suspend,
            Command::Activate => OperationKind::Activate,
            Command::Delete | Command::DeleteNow => return self.delete(command == Command::Delete),
            Command::Restore => return self.restore(),
            Command::Retry => return self.retry(),
            Command::Cancel => return self.cancel(),
        };
        if self.running.is_some() || command.check(self.client.status).is_err() {
            return;
        }
        self.begin(start::new_change(
            &self.client,
            kind,
            Asked::default(),
            REQUEST,
            &Fixed,
            &Fixed,
        ));
    }

    fn begin(&mut self, operation: Operation) {
        self.last = operation.clone();
        self.running = Some(operation);
    }

    fn delete(&mut self, with_grace: bool) {
        let deleting = [ClientStatus::Deleting, ClientStatus::Deleted].contains(&self.client.status);
        if deleting && self.running.as_ref().is_none_or(|it| it.kind == OperationKind::Delete) {
            // "Now" ends the days of grace of a delete that runs.
            if let Some(running) = self.running.as_mut().filter(|_| !with_grace) {
                running.asked.grace_ends_at = None;
            }
            return;
        }
        // A delete that was blocked has had its days of grace.
        let again = self.client.status == ClientStatus::Blocked && self.last.kind == OperationKind::Delete;
        let grace = Grace {
            lasts: Duration::from_secs(if with_grace && !again { 60 } else { 0 }),
            monthly_cost_cents: 500,
        };
        let delete = start::new_delete(&self.client, self.running.as_ref(), grace, REQUEST, &Fixed, &Fixed);
        self.overtake(delete, Some(ClientEvent::Delete));
    }

    fn overtake(&mut self, successor: Operation, event: Option<ClientEvent>) {
        if let Some(mut running) = self.running.take() {
            running.overtaken_by = Some(successor.id.clone());
            running.overtake(Fixed.now()).unwrap();
            self.happen(consequence::when_ended(&running));
        }
        self.happen(event);
        self.begin(successor);
    }

    fn restore(&mut self) {
        let now = Fixed.now();
        // What has begun to go cannot be called back.
        let whole = |delete: &Operation| {
            let later = delete
                .steps
                .iter()
                .skip_while(|step| step.name != Step::Activate)
                .skip(1);
            delete.is_in_grace(now) && later.clone().all(|step| step.state == domain::StepState::Pending)
        };
        let Some(delete) = self.running.clone().filter(whole) else {
            return;
        };
        let restore = start::new_restore(&self.client, &delete, REQUEST, &Fixed, &Fixed);
        self.overtake(restore, None);
    }

    fn retry(&mut self) {
        let failed = [OperationStatus::Failed, OperationStatus::Blocked].contains(&self.last.status);
        if self.running.is_some() || !failed || Command::Retry.check(self.client.status).is_err() {
            return;
        }
        self.client.status = consequence::when_retried(self.client.status, &self.last).unwrap();
        let mut again = self.last.clone();
        let deployment = DeploymentId::generate(&Fixed, &Fixed);
        again.retry(Some(deployment), REQUEST.deadline, Fixed.now()).unwrap();
        self.begin(again);
    }

    fn cancel(&mut self) {
        let Some(mut running) = self.running.take() else { return };
        if running.kind != OperationKind::Delete {
            running.cancelled_by = Some("key:x".to_owned());
            if running.is_to_be_called_off() {
                running.call_off(Fixed.now()).unwrap();
            }
        }
        self.keep(running);
    }

    fn work(&mut self, outcome: Outcome) {
        let Some(mut running) = self.running.take() else { return };
        let work = running.begin(Fixed.now()).unwrap();
        self.happen(consequence::when_begun(&running, work));
        // As long as a delete can be called back it stands still there.
        let outcome = match outcome {
            Outcome::Done if work == Work::Undo(Step::Activate) && running.is_in_grace(Fixed.now()) => {
                Outcome::Park(ParkedFor::Grace, Fixed.now())
            }
            outcome => outcome,
        };
        self.outside(&running, work, &outcome);
        let live = work == Work::Run(Step::Activate) && outcome == Outcome::Done;
        running.settle(work, outcome, Fixed.now()).unwrap();
        if live {
            self.happen(consequence::when_live(&running));
            self.client.activated_at = Some(Fixed.now());
        }
        self.keep(running);
    }

    fn keep(&mut self, operation: Operation) {
        self.last = operation.clone();
        if operation.status.is_final() {
            self.happen(consequence::when_ended(&operation));
        } else {
            self.running = Some(operation);
        }
    }

    /// What the work does outside: a step that was begun may have made its thing; one that is undone has not.
    fn outside(&mut self, operation: &Operation, work: Work, outcome: &Outcome) {
        let done = *outcome == Outcome::Done;
        let restores_paused =
            operation.asked.status_before == Some(ClientStatus::Suspended) && operation.kind == OperationKind::Restore;
        match work {
            Work::Run(step) if operation.kind == OperationKind::Provision && MAKERS.contains(&step) => {
                self.made.insert(step);
            }
            Work::Undo(step) if operation.kind.takes_down() && done => {
                self.made.remove(&step);
            }
            Work::Run(Step::PauseHosting) | Work::Undo(Step::ResumeHosting) if done => self.paused |= !restores_paused,
            Work::Run(Step::ResumeHosting) | Work::Undo(Step::PauseHosting) if done => self.paused &= restores_paused,
            _ => {}
        }
    }

    /// The reference model: what must hold whenever nothing is running.
    fn check(&self) -> Result<(), TestCaseError> {
        if let Some(running) = &self.running {
            prop_assert!(!running.status.is_final());
            return Ok(());
        }
        let all: BTreeSet<Step> = MAKERS.into();
        match self.client.status {
            ClientStatus::Active => prop_assert_eq!((&self.made, self.paused), (&all, false)),
            ClientStatus::Suspended => prop_assert_eq!(&self.made, &all),
            ClientStatus::Failed | ClientStatus::Deleted => prop_assert!(self.made.is_empty(), "{:?}", self.made),
            // Somebody has to decide, and can: it can be deleted, and its operation tried again.
            ClientStatus::Blocked => {
                prop_assert!(Command::Delete.check(ClientStatus::Blocked).is_ok());
                prop_assert!(Command::Retry.check(ClientStatus::Blocked).is_ok());
            }
            moving => prop_assert!(false, "nothing runs and the client is {}", moving.name()),
        }
        Ok(())
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 10_000, ..ProptestConfig::default() })]

    /// Whatever is asked and whatever fails, a client comes to rest live, paused, failed or deleted, with all of it outside or
    /// none; or blocked, and then it can be gone on from there.
    #[test]
    fn a_client_comes_to_rest_live_or_gone(acts in proptest::collection::vec(acts(), 1..120)) {
        let mut world = World::new();
        for act in acts {
            match act {
                Act::Order(command) => world.order(command),
                Act::Work(outcome) => world.work(outcome),
            }
            world.check()?;
        }
        // And from wherever it is, a delete that nothing disturbs ends it.
        world.delete(false);
        for _ in 0..100 {
            world.work(Outcome::Done);
            world.check()?;
        }
        if world.client.status == ClientStatus::Blocked {
            world.delete(false);
            for _ in 0..100 {
                world.work(Outcome::Done);
            }
        }
        prop_assert_eq!(world.client.status, ClientStatus::Deleted);
        prop_assert!(world.made.is_empty());
    }
}
