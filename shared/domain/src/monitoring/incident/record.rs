//! The desk as it is kept, with what is still to be written outside of it.
//!
//! **Invariant:** record first, effects after. What a turn decides is in the record before anything else is written; whoever
//! comes next finishes what is named here, and each of it can be written twice.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use serde::{Deserialize, Serialize};

use super::{Desk, DeskRules, Incident, Message, Observed, Population, Trouble};
use crate::{ClientId, Instant};

/// The desk as it is kept.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct DeskRecord {
    /// The desk.
    pub desk: Desk,
    /// Messages that may not be in the outbox yet, in order.
    pub outgoing: Vec<Message>,
    /// Open incidents of which what is kept beside the desk may be old.
    pub stale: BTreeSet<String>,
    /// Incidents that are over and may not be kept beside the desk yet.
    pub closed: Vec<Incident>,
}

impl DeskRecord {
    /// What a turn makes of it: brought in line with the records of these clients. [`DeskRecord::settle`] comes next.
    #[must_use]
    pub fn reconciled(&self, rules: &DeskRules, seen: &BTreeMap<ClientId, Option<Observed>>, now: Instant) -> Self {
        let mut next = self.clone();
        next.desk.reconcile(rules, seen, now);
        next
    }

    /// Does what is due, and notes what is to be written because of it and of what `before` did not know.
    pub fn settle(&mut self, before: &Self, rules: &DeskRules, population: &Population, now: Instant) {
        let settlement = self.desk.settle(rules, &|cause| population.of(cause), now);
        self.outgoing.extend(settlement.messages);
        for incident in &settlement.closed {
            self.stale.remove(&incident.id);
        }
        self.closed.extend(settlement.closed);
        let known = |incident: &Incident| before.desk.open.iter().find(|one| one.id == incident.id);
        let changed = self.desk.open.iter().filter(|one| known(one) != Some(one));
        self.stale.extend(changed.map(|incident| incident.id.clone()));
    }

    /// An incident of the desk, or one that has just left it.
    pub fn incident(&self, id: &str) -> Option<&Incident> {
        self.desk.open.iter().chain(&self.closed).find(|one| one.id == id)
    }

    /// Changes an incident of the desk, or one that has just left it; `None` when it is neither.
    pub fn change(&mut self, id: &str, change: impl FnOnce(&mut Incident)) -> Option<&Incident> {
        if let Some(place) = self.closed.iter().position(|one| one.id == id) {
            let incident = self.closed.get_mut(place)?;
            change(incident);
            return Some(incident);
        }
        let incident = self.desk.incident_mut(id)?;
        change(incident);
        self.stale.insert(incident.id.clone());
        Some(incident)
    }

    /// The open incidents that are to be kept anew.
    pub fn stale_incidents(&self) -> impl Iterator<Item = &Incident> {
        self.desk.open.iter().filter(|one| self.stale.contains(&one.id))
    }

    /// Is everything written that is to be written?
    #[must_use]
    pub fn is_quiet(&self) -> bool {
        self.outgoing.is_empty() && self.stale.is_empty() && self.closed.is_empty()
    }

    /// Everything that was to be written is.
    #[must_use]
    pub fn quiet(&self) -> Self {
        Self {
            desk: self.desk.clone(),
            ..Self::default()
        }
    }
}

impl Desk {
    /// Does anything wait whose time has come?
    #[must_use]
    pub fn is_ripe(&self, rules: &DeskRules, now: Instant) -> bool {
        self.ripe_in(rules, now) == Some(Duration::ZERO)
    }

    /// When the first of what waits has its time, if anything waits.
    #[must_use]
    pub fn ripe_in(&self, rules: &DeskRules, now: Instant) -> Option<Duration> {
        let waits = self.waiting.iter().map(|one| now.since(one.reported));
        waits.map(|waited| rules.gather.saturating_sub(waited)).min()
    }

    /// The troubles of which something waits: they are settled together.
    #[must_use]
    pub fn waits_for(&self) -> BTreeSet<Trouble> {
        self.waiting.iter().map(|one| one.trouble).collect()
    }
}
