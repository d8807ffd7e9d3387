//! What happens next in a rollout: one pure function over its record, the clients of its batch and what was seen of them.
//!
//! **Invariant:** a batch begins when every client of the batch before has come to its end, and no sooner.
//! **Invariant:** once more redeploys have failed than may, none begins.
//! **Invariant:** a client whose new version is ill is put back at once; of a batch that is halted, everybody is.

use std::time::Duration;

use RolloutClientState as State;

use crate::{Instant, OperationId, Rollout, RolloutClient, RolloutClientState, RolloutCounts, RolloutStatus};

use super::seen::{End, Seen};

/// So many operations of one rollout run at once: enough to keep the provisioners busy, and few enough that others get a turn
/// and that a bad version meets few clients before it is known to be bad.
pub const AT_ONCE: usize = 20;
/// A client that somebody else's operation holds is waited for this long.
pub const PATIENCE: Duration = Duration::from_secs(300);
/// Operations are looked at no sooner than this …
const SOONEST_LOOK: Duration = Duration::from_secs(1);
/// … and no later.
const LATEST_LOOK: Duration = Duration::from_secs(15);

/// What a turn comes to. Written down as a whole, then its operations are begun, then the next message is sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Turn {
    /// The rollout, one generation on.
    pub rollout: Rollout,
    /// The clients that changed.
    pub changed: Vec<RolloutClient>,
    /// The clients whose operation is to be begun.
    pub begin: Vec<RolloutClient>,
    /// When to look again; `None`: not until somebody asks for something.
    pub again: Option<Duration>,
}

impl Rollout {
    /// Which clients of its batch have to be looked at, by their place: whatever runs, and as many of those who wait for their
    /// turn as can have it.
    #[must_use]
    pub fn to_look_at(&self, batch: &[RolloutClient]) -> Vec<usize> {
        let places = |wanted: fn(&RolloutClient) -> bool| {
            let all = batch.iter().enumerate();
            all.filter(move |(_, client)| wanted(client)).map(|(place, _)| place)
        };
        let mut found: Vec<usize> = places(is_moving).collect();
        if self.may_begin() {
            let free = AT_ONCE.saturating_sub(found.len());
            let waiting = places(|client| client.state == State::Pending && client.waits_until.is_some());
            let fresh = places(|client| client.state == State::Pending && client.waits_until.is_none());
            found.extend(waiting.take(AT_ONCE));
            found.extend(fresh.take(free));
        }
        found
    }

    /// Decides what comes next, from all clients of its batch and what was seen of them. `new_id` names further operations.
    #[must_use]
    pub fn turn(
        &self,
        mut batch: Vec<(RolloutClient, Seen)>,
        now: Instant,
        new_id: &mut dyn FnMut() -> OperationId,
    ) -> Turn {
        let before: Vec<RolloutClient> = batch.iter().map(|(client, _)| client.clone()).collect();
        let mut next = self.clone();
        for (client, seen) in &mut batch {
            if client.state == State::Deploying
                && let Seen::Operation {
                    commit: Some(commit), ..
                } = seen
            {
                next.commit.get_or_insert_with(|| commit.clone());
            }
            settle(client, seen, self.may_begin(), now);
        }
        let failed = RolloutCounts::of(batch.iter().map(|(client, _)| client)).failures;
        if self.through.failures + failed > self.max_failures && self.cancelled_by.is_none() {
            next.status = RolloutStatus::RollingBack;
        }
        let mut begin: Vec<RolloutClient> = batch
            .iter()
            .filter(|(client, seen)| is_moving(client) && *seen == Seen::Free)
            .map(|(client, _)| client.clone())
            .collect();
        let slots = next.begin(&mut batch, &mut begin, new_id);

        let clients: Vec<RolloutClient> = batch.iter().map(|(client, _)| client.clone()).collect();
        next.counts = self.counted(&clients);
        let moving = clients
            .iter()
            .any(|client| is_moving(client) || next.is_to_be_put_back(client));
        if !moving {
            next.go_on(&clients, now);
        }
        if matches!(next.status, RolloutStatus::RollingBack | RolloutStatus::Halted) {
            next.error = Some(next.why_halted(&clients));
        }
        let changed: Vec<RolloutClient> = clients.into_iter().filter(|client| !before.contains(client)).collect();
        let known = |rollout: &Self| (rollout.status, rollout.batch, rollout.commit.clone());
        if !changed.is_empty() || known(&next) != known(self) {
            next.moved_at = now;
        }
        let unseen = batch
            .iter()
            .any(|(client, seen)| client.state == State::Pending && *seen == Seen::Unseen);
        let again = if next.status.is_final() || (next.status == RolloutStatus::Paused && !moving) {
            None
        } else if next.batch != self.batch || (unseen && slots > 0 && next.may_begin()) {
            Some(Duration::ZERO)
        } else {
            Some((now.since(next.moved_at) / 20).clamp(SOONEST_LOOK, LATEST_LOOK))
        };
        next.due_at = again.map(|pause| now.after(pause));
        next.generation += 1;
        Turn {
            rollout: next,
            changed,
            begin,
            again,
        }
    }

    /// Gives operations to those whose turn it is; says how many more there could be.
    fn begin(
        &self,
        batch: &mut [(RolloutClient, Seen)],
        begin: &mut Vec<RolloutClient>,
        new_id: &mut dyn FnMut() -> OperationId,
    ) -> usize {
        let mut slots = AT_ONCE.saturating_sub(batch.iter().filter(|(client, _)| is_moving(client)).count());
        for (client, _) in batch.iter_mut() {
            if slots > 0 && self.is_to_be_put_back(client) {
                client.state = State::RollingBack;
                client.rollback = Some(new_id());
                client.waits_until = None;
                begin.push(client.clone());
                slots -= 1;
            }
        }
        if !self.may_begin() {
            return slots;
        }
        // The first client's redeploy finds out which commit is meant. Until then it is alone.
        if self.commit.is_none() {
            let alone = !batch.iter().any(|(client, _)| client.state == State::Deploying);
            slots = slots.min(usize::from(alone));
        }
        for (client, seen) in batch.iter_mut() {
            if slots > 0 && client.state == State::Pending && *seen == Seen::Free {
                client.state = State::Deploying;
                client.redeploy = Some(new_id());
                client.waits_until = None;
                begin.push(client.clone());
                slots -= 1;
            }
        }
        slots
    }

    /// Nothing of the batch moves: it ends, goes on with the next batch, or stays where it is.
    fn go_on(&mut self, batch: &[RolloutClient], now: Instant) {
        if self.status == RolloutStatus::RollingBack {
            self.status = RolloutStatus::Halted;
        } else if self.cancelled_by.is_some() {
            self.status = RolloutStatus::Cancelled;
        } else if self.may_begin() && !batch.iter().any(|client| client.state == State::Pending) {
            self.through = self.through.and(RolloutCounts::of(batch));
            self.batch += 1;
            if self.batches.len() <= usize::try_from(self.batch).unwrap_or(usize::MAX) {
                self.status = RolloutStatus::Succeeded;
            }
        }
        if self.status.is_final() {
            self.ended_at = Some(now);
        }
    }

    fn may_begin(&self) -> bool {
        self.status == RolloutStatus::Running && self.cancelled_by.is_none()
    }

    /// It has the new version, and must not keep it.
    fn is_to_be_put_back(&self, client: &RolloutClient) -> bool {
        let ill = client.state == State::Failed && client.live;
        ill || (client.state == State::Done && self.status == RolloutStatus::RollingBack)
    }

    /// All its clients, those of later batches included.
    fn counted(&self, batch: &[RolloutClient]) -> RolloutCounts {
        let through = usize::try_from(self.batch).unwrap_or(usize::MAX).saturating_add(1);
        let later = RolloutCounts {
            pending: self.batches.iter().skip(through).sum(),
            ..RolloutCounts::default()
        };
        self.through.and(RolloutCounts::of(batch)).and(later)
    }

    fn why_halted(&self, batch: &[RolloutClient]) -> String {
        let failed = batch.iter().filter(|client| client.failed);
        let names: Vec<&str> = failed.map(|client| client.domain.as_str()).collect();
        let (failures, may) = (self.counts.failures, self.max_failures);
        let names = names.join(", ");
        format!("{failures} redeploys failed where {may} may; in this batch: {names}. The batch is rolled back.")
    }
}

/// Its operation runs, or is about to.
const fn is_moving(client: &RolloutClient) -> bool {
    matches!(client.state, State::Deploying | State::RollingBack)
}

/// Writes down what was seen.
fn settle(client: &mut RolloutClient, seen: &Seen, may_begin: bool, now: Instant) {
    match client.state {
        State::Pending if may_begin => match seen {
            Seen::Busy(who) if is_out_of_patience(client, now) => skip(client, format!("It was busy with {who}.")),
            Seen::Unfit(why) => skip(client, why.clone()),
            _ => {}
        },
        State::Deploying => match seen {
            Seen::Busy(who) if is_out_of_patience(client, now) => skip(client, format!("It was busy with {who}.")),
            Seen::Unfit(why) => skip(client, why.clone()),
            Seen::Operation {
                end: Some(End::Succeeded),
                ..
            } => {
                client.state = State::Done;
                client.live = true;
            }
            Seen::Operation {
                end: Some(End::Failed { live, error }),
                ..
            } => {
                client.state = State::Failed;
                client.failed = true;
                client.live = *live;
                client.error = Some(error.clone());
            }
            _ => {}
        },
        State::RollingBack => match seen {
            Seen::Operation {
                end: Some(End::Succeeded),
                ..
            }
            | Seen::Replaced => client.state = State::RolledBack,
            Seen::Operation {
                end: Some(End::Failed { error, .. }),
                ..
            } => stays(client, error),
            Seen::Unfit(why) => stays(client, why),
            Seen::Busy(who) if is_out_of_patience(client, now) => stays(client, &format!("It was busy with {who}.")),
            _ => {}
        },
        State::Pending | State::Done | State::Failed | State::Skipped | State::RolledBack | State::RollbackFailed => {}
    }
}

/// It is left out, and nothing was begun on it.
fn skip(client: &mut RolloutClient, why: String) {
    client.state = State::Skipped;
    client.redeploy = None;
    client.error = Some(why);
}

/// It could not be put back.
fn stays(client: &mut RolloutClient, why: &str) {
    client.state = State::RollbackFailed;
    let failed = client.error.take().map(|error| format!("{error} ")).unwrap_or_default();
    client.error = Some(format!("{failed}It could not be put back: {why}"));
}

/// The first look begins the wait.
fn is_out_of_patience(client: &mut RolloutClient, now: Instant) -> bool {
    let until = *client.waits_until.get_or_insert(now.after(PATIENCE));
    until <= now
}
