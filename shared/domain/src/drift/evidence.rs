//! The comparison: what the providers have, the ledger, what moves and what was found before, in; verdicts, out.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use super::{Booked, DriftKind, Finding, Sighted, Suspect, Verdict};
use crate::{ClientId, Instant, Resource, ResourceKind, ResourceState};

/// No more findings than this are reported by one round: an account that was emptied would be told in a flood of mails. The
/// others follow with the next rounds, and the API lists them all.
pub const MOST_REPORTS: usize = 25;

/// What a round has gathered.
#[derive(Debug, Clone, Copy)]
pub struct Evidence<'a> {
    /// What the providers have.
    pub inventory: &'a [Sighted],
    /// The ledger, read after the providers were asked.
    pub ledger: &'a [Booked],
    /// The providers of which everything that bears a mark is in the inventory; nothing is said of the others.
    pub asked: &'a BTreeSet<String>,
    /// Clients on which an operation runs, or ran while the evidence was gathered.
    pub moving: &'a BTreeSet<ClientId>,
    /// What is open from earlier rounds.
    pub earlier: &'a [Finding],
    /// How far apart two sightings have to be.
    pub confirm: Duration,
    /// When the round began: before the providers were asked.
    pub now: Instant,
    /// The moment that the round stands for. Rounds a day apart by their schedule are a day apart, although none begins to
    /// the millisecond.
    pub scheduled: Instant,
}

impl Evidence<'_> {
    /// Everything that is not as it should be, of clients on which nothing moves.
    #[must_use]
    pub fn suspects(&self) -> BTreeSet<Suspect> {
        let moving = self.in_flight();
        let absent = self.ledger.iter().filter_map(|booked| self.lost(&booked.resource));
        let orphans = self.inventory.iter().filter_map(|sighted| self.orphan(sighted));
        absent
            .chain(orphans)
            .filter(|suspect| self.asked.contains(&suspect.provider) && !moving.contains(&suspect.client_id))
            .collect()
    }

    /// What becomes of every finding of which something can be said. The others stay as they are.
    #[must_use]
    pub fn verdicts(&self) -> Vec<Verdict> {
        let moving = self.in_flight();
        let mut earlier: BTreeMap<&str, &Finding> = self.earlier.iter().map(|it| (it.id.as_str(), it)).collect();
        let mut verdicts = Vec::new();
        let mut reports = 0;
        for suspect in self.suspects() {
            let before = earlier.remove(suspect.id().as_str());
            let mut finding = suspect.seen(before, self.scheduled);
            let apart = finding.last_seen.since(finding.first_seen) >= self.confirm;
            if !finding.reported && finding.sightings >= 2 && apart && reports < MOST_REPORTS {
                finding.reported = true;
                reports += 1;
            }
            verdicts.push(Verdict::Seen(before.cloned(), finding));
        }
        // Where nobody looked, and where something moves, not to be seen says nothing.
        let unseen = earlier.into_values();
        let unseen = unseen.filter(|it| self.asked.contains(&it.provider) && !moving.contains(&it.client_id));
        verdicts.extend(unseen.cloned().map(Verdict::Closed));
        verdicts
    }

    /// Clients of which nothing is said.
    fn in_flight(&self) -> BTreeSet<&ClientId> {
        let moves = |booked: &&Booked| {
            let Resource {
                state,
                intended_at,
                created_at,
                gone_at,
                ..
            } = booked.resource;
            let may_act = state == ResourceState::Intent && booked.deadline.is_some_and(|deadline| deadline > self.now);
            let stamps = [Some(intended_at), created_at, gone_at];
            may_act || stamps.into_iter().flatten().any(|stamp| stamp >= self.now)
        };
        let booked = self.ledger.iter().filter(moves);
        let booked = booked.map(|booked| &booked.resource.client_id);
        booked.chain(self.moving).collect()
    }

    /// What was made and is not there, or not as ours.
    fn lost(&self, entry: &Resource) -> Option<Suspect> {
        if entry.state != ResourceState::Created || !is_audited(entry.kind) {
            return None;
        }
        let mut found = self.inventory.iter().filter(|sighted| is_it(entry, sighted)).peekable();
        let kind = if found.peek().is_none() {
            DriftKind::Missing
        } else if found.any(|sighted| sighted.client_id.as_ref() == Some(&entry.client_id)) {
            return None;
        } else {
            DriftKind::Unmarked
        };
        Some(Suspect {
            kind,
            resource: entry.kind,
            provider: entry.provider.clone(),
            external_name: entry.external_name.clone(),
            external_id: entry.external_id.clone(),
            client_id: entry.client_id.clone(),
        })
    }

    /// What bears our mark and is in no entry that counts on it.
    fn orphan(&self, sighted: &Sighted) -> Option<Suspect> {
        let client_id = sighted.client_id.clone()?;
        let mut entries = self.ledger.iter().map(|booked| &booked.resource);
        if entries.any(|entry| entry.state != ResourceState::Gone && is_it(entry, sighted)) {
            return None;
        }
        Some(Suspect {
            kind: DriftKind::Orphan,
            resource: sighted.resource,
            provider: sighted.provider.clone(),
            external_name: sighted.external_name.clone(),
            external_id: Some(sighted.external_id.clone()),
            client_id,
        })
    }
}

/// Projects and databases: what stands by itself at a provider and costs money. Deployments and domains live in their project,
/// the first admin in its database, and the secrets are our own.
const fn is_audited(kind: ResourceKind) -> bool {
    match kind {
        ResourceKind::Project | ResourceKind::Database => true,
        ResourceKind::Secret | ResourceKind::Deployment | ResourceKind::Domain | ResourceKind::AdminUser => false,
    }
}

/// Is this what the entry is about? By its id once that is known for good: names are not unique everywhere. Until then, and while
/// everything of that name is being taken down, by its name.
fn is_it(entry: &Resource, sighted: &Sighted) -> bool {
    if entry.kind != sighted.resource || entry.provider != sighted.provider {
        return false;
    }
    let by_id = entry.external_id.as_ref().map(|id| *id == sighted.external_id);
    match (entry.state, by_id) {
        (_, Some(true)) => true,
        (ResourceState::Created, Some(false)) => false,
        _ => sighted.client_id.as_ref() == Some(&entry.client_id) && sighted.external_name == entry.external_name,
    }
}
