//! One turn: look at the records, decide, write down, and then do what was decided.

use std::{collections::BTreeSet, sync::Arc, time::Duration};

use domain::{
    Client, ClientId, Clock, Error, Instant,
    monitoring::incident::{DeskRecord, DeskRules, Population},
};
use store::{Directory, Queues, Store};

/// How often a turn is taken anew because another one was faster. The queue brings its messages again after that.
const ATTEMPTS: usize = 10;

/// Everything that a turn needs.
pub struct IncidentDesk {
    /// The records.
    pub store: Store,
    /// The queues.
    pub queues: Queues,
    /// All clients in memory, to count what they have in common.
    pub directory: Directory,
    /// The clock.
    pub clock: Arc<dyn Clock>,
    /// How the desk works.
    pub rules: DeskRules,
}

impl IncidentDesk {
    /// Looks at the records of these clients, and of everybody on the desk if `everybody`; does what is due.
    ///
    /// # Errors
    /// Our own records or queues fail: the messages are to be delivered again.
    pub async fn turn(&self, named: &BTreeSet<ClientId>, everybody: bool) -> Result<(), Error> {
        for _ in 0..ATTEMPTS {
            let (before, read) = self.store.desk().await?;
            let next = self.decide(&before, named, everybody).await?;
            if next == before && next.is_quiet() {
                return Ok(());
            }
            let mut revision = read;
            if next != before {
                revision = self.store.save_desk(&next, read, None).await?;
                if revision.is_none() {
                    continue;
                }
            }
            return self.finish(&next, revision.unwrap_or_default()).await;
        }
        Err(Error::busy("the desk was written at every attempt to take a turn"))
    }

    async fn decide(
        &self,
        before: &DeskRecord,
        named: &BTreeSet<ClientId>,
        everybody: bool,
    ) -> Result<DeskRecord, Error> {
        let mut clients = named.clone();
        if everybody {
            clients.extend(before.desk.clients());
        }
        // The time is taken before the look: what waits is never thought to have waited longer than it has.
        let now = self.clock.now();
        let seen = self.store.observed(clients).await?;
        let mut next = before.reconciled(&self.rules, &seen, now);
        self.come_back(before, &next, everybody, now).await?;
        let population = if next.desk.is_ripe(&self.rules, now) {
            self.population().await?
        } else {
            Population::default()
        };
        next.settle(before, &self.rules, &population, now);
        Ok(next)
    }

    /// Sends a message for the time when what waits has its time. It is sent before the desk is written: one too many does no
    /// harm, and after a crash one is on its way.
    async fn come_back(
        &self,
        before: &DeskRecord,
        next: &DeskRecord,
        everybody: bool,
        now: Instant,
    ) -> Result<(), Error> {
        // What waits is settled with all that waits for the same trouble; whoever came first has sent for its time.
        let sent_for = before.desk.waits_for();
        let new = next.desk.waits_for().difference(&sent_for).next().is_some();
        match next.desk.ripe_in(&self.rules, now) {
            Some(pause) if pause > Duration::ZERO && (new || everybody) => self.queues.send_desk(&[], pause).await,
            Some(_) | None => Ok(()),
        }
    }

    /// What the sites that are watched have in common, and with how many.
    async fn population(&self) -> Result<Population, Error> {
        self.directory
            .look(|clients| {
                clients
                    .filter(|client| client.is_watched())
                    .map(Client::traits)
                    .collect()
            })
            .await
    }
}
