//! The audit of what the providers hold against the ledger.
//!
//! The providers are asked first and the ledger is read afterwards: whatever they show had its intent in the ledger by then. Who
//! moved in between is asked last. What is compared, and how, is [`domain::Evidence`]'s business.
//!
//! **Invariant:** only looks: nothing is made, changed or deleted at a provider, and what bears no mark of ours is not shown.
//! **Invariant:** where a provider could not be asked to the end, its findings stay as they are.

mod inventory;

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::Duration,
};

use domain::{
    Booked, ClientId, Clock, Error, Evidence, Finding, Instant, OperationId, ResourceState, Suspect, Verdict,
};
use serde::Serialize;
use store::{Queues, SaveOutcome, Secrets, Store};

use self::inventory::Inventory;
use crate::services::{Connection, ServiceSettings};

/// What an audit works with.
pub struct Audit {
    /// The records.
    pub store: Store,
    /// For the messages about notices.
    pub queues: Queues,
    /// For the providers' tokens.
    pub secrets: Secrets,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// How far apart two sightings have to be.
    pub confirm: Duration,
}

/// Audits.
pub struct Auditor {
    audit: Audit,
    connection: Connection,
}

/// What came of a round.
#[derive(Debug, Default, PartialEq, Eq, Serialize)]
pub struct Round {
    /// Findings that are open and were seen.
    pub seen: usize,
    /// Of these, those that have just been confirmed.
    pub confirmed: usize,
    /// Findings that are not seen any more.
    pub closed: usize,
}

/// What we know ourselves, read after the providers were asked.
struct Books {
    ledger: Vec<Booked>,
    earlier: Vec<Finding>,
    confirm: Duration,
    now: Instant,
    scheduled: Instant,
}

impl Books {
    const fn against<'a>(&'a self, inventory: &'a Inventory, moving: &'a BTreeSet<ClientId>) -> Evidence<'a> {
        Evidence {
            inventory: inventory.sighted.as_slice(),
            ledger: self.ledger.as_slice(),
            asked: &inventory.asked,
            moving,
            earlier: self.earlier.as_slice(),
            confirm: self.confirm,
            now: self.now,
            scheduled: self.scheduled,
        }
    }
}

impl Auditor {
    /// Over the platform's records and the outside services. Credentials are read when they are first needed.
    #[must_use]
    pub fn new(audit: Audit, settings: ServiceSettings) -> Self {
        Self {
            audit,
            connection: Connection::new(settings),
        }
    }

    /// One round, which stands for a moment of its schedule.
    ///
    /// # Errors
    /// Our own records fail, or a provider could not be asked: then the round is to be repeated. What the others showed is written
    /// all the same.
    pub async fn round(&self, scheduled: Instant) -> Result<Round, Error> {
        let Audit { store, secrets, .. } = &self.audit;
        // Nothing was ever made, and there may be no tokens yet.
        if store.ledger_is_empty().await? {
            return Ok(Round::default());
        }
        let now = self.audit.clock.now();
        let services = self.connection.services(secrets, now).await?;
        let mut inventory = Inventory::take(&services).await;
        let books = Books {
            ledger: self.ledger().await?,
            earlier: store.findings().await?,
            confirm: self.audit.confirm,
            now,
            scheduled,
        };
        let suspects = books.against(&inventory, &BTreeSet::new()).suspects();
        inventory.prove(&services, &suspects).await;
        let moving = self.moving(&suspects, &books.earlier, now).await?;
        let verdicts = books.against(&inventory, &moving).verdicts();
        let round = self.write(&verdicts, now).await?;
        tracing::info!(findings.seen = round.seen, findings.confirmed = round.confirmed, findings.closed = round.closed, providers.asked = ?inventory.asked, "the providers were audited");
        if inventory.silent.is_empty() {
            return Ok(round);
        }
        Err(Error::busy(inventory.silent.join("; ")))
    }

    /// The ledger, with the deadlines of the operations that intend something.
    async fn ledger(&self) -> Result<Vec<Booked>, Error> {
        let mut deadlines: BTreeMap<OperationId, Option<Instant>> = BTreeMap::new();
        let mut ledger = Vec::new();
        for resource in self.audit.store.ledger().await? {
            let mut deadline = None;
            if resource.state == ResourceState::Intent {
                deadline = match deadlines.get(&resource.operation_id) {
                    Some(known) => *known,
                    None => {
                        let operation = self.audit.store.operation(&resource.operation_id).await?;
                        let found = operation.map(|operation| operation.deadline);
                        deadlines.insert(resource.operation_id.clone(), found);
                        found
                    }
                };
            }
            ledger.push(Booked { resource, deadline });
        }
        Ok(ledger)
    }

    /// Those of the clients concerned on which an operation runs, or has run since the round began.
    async fn moving(
        &self,
        suspects: &BTreeSet<Suspect>,
        earlier: &[Finding],
        since: Instant,
    ) -> Result<BTreeSet<ClientId>, Error> {
        let concerned = suspects.iter().map(|suspect| &suspect.client_id);
        let concerned: BTreeSet<&ClientId> = concerned.chain(earlier.iter().map(|it| &it.client_id)).collect();
        let mut moving = BTreeSet::new();
        for id in concerned {
            if self.moves(id, since).await? {
                moving.insert(id.clone());
            }
        }
        Ok(moving)
    }

    async fn moves(&self, id: &ClientId, since: Instant) -> Result<bool, Error> {
        let Some(client) = self.audit.store.client(id).await? else {
            return Ok(false);
        };
        if client.current_operation.is_some() {
            return Ok(true);
        }
        let newest = self.audit.store.operation(&client.last_operation).await?;
        Ok(newest.is_some_and(|it| !it.status.is_final() || it.ended_at.is_some_and(|ended| ended >= since)))
    }

    /// Writes the verdicts down, and sends the messages about those that are to be told.
    async fn write(&self, verdicts: &[Verdict], now: Instant) -> Result<Round, Error> {
        let mut round = Round::default();
        for verdict in verdicts {
            let (outcome, notice) = self.audit.store.write_verdict(verdict, now).await?;
            if outcome == SaveOutcome::Overtaken {
                tracing::warn!("another round is at work on the same finding");
                continue;
            }
            match verdict {
                Verdict::Seen(..) => round.seen += 1,
                Verdict::Closed(_) => round.closed += 1,
            }
            if let Some(notice) = notice {
                round.confirmed += 1;
                // The row is written; if this message is lost the reconciler sends another.
                if let Err(error) = self.audit.queues.send_notice(&notice, Duration::ZERO).await {
                    tracing::warn!(error = %error.chain(), "a notice's message could not be sent");
                }
            }
        }
        Ok(round)
    }
}
