//! What the desk does with what it knows: groups, opens, tells, ends.

use std::{collections::BTreeMap, time::Duration};

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{
    Cause, Happening, Incident, IncidentStatus, Severity, Trouble,
    desk::{Desk, DeskRules, Waiting},
};
use crate::{ClientId, Instant};

/// What a message is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum MessageKind {
    /// It begins.
    Trigger,
    /// More sites.
    Update,
    /// It lasts, and nobody has taken it.
    Reminder,
    /// It is over.
    Resolve,
}

/// A message lists so many sites; it has to fit into a record.
pub const MOST_SITES: usize = 500;

/// One message about an incident; delivered to whom the routing says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Message {
    /// The same for the same message, however often it is worked out.
    pub id: String,
    /// The incident: channels match a recovery with its alert by it.
    pub incident: String,
    /// What for.
    pub kind: MessageKind,
    /// How bad it is.
    pub severity: Severity,
    /// What is wrong.
    pub trouble: Trouble,
    /// What the sites have in common.
    pub cause: Cause,
    /// The sites that it is about, those for which it lasts, or for which it is over: the first [`MOST_SITES`].
    pub sites: Vec<ClientId>,
    /// How many they are.
    pub site_count: u32,
    /// Since when.
    pub since: Instant,
    /// When it was made.
    pub at: Instant,
}

/// What comes of settling.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Settlement {
    /// To be delivered, in order.
    pub messages: Vec<Message>,
    /// Over, and no longer on the desk.
    pub closed: Vec<Incident>,
}

impl Desk {
    /// Does what is due: ends incidents, opens new ones, tells. `population` is how many sites there are with something in
    /// common: of two causes that explain the same outage the rarer one is the likelier.
    pub fn settle(&mut self, rules: &DeskRules, population: &dyn Fn(&Cause) -> u32, now: Instant) -> Settlement {
        self.forget_what_is_old(now);
        let mut settlement = Settlement::default();
        self.end(&mut settlement, now);
        for trouble in Trouble::ALL {
            let ripe = |one: &Waiting| one.trouble == trouble && now.since(one.reported) >= rules.gather;
            if self.waiting.iter().any(ripe) {
                let (mut group, rest) = std::mem::take(&mut self.waiting)
                    .into_iter()
                    .partition(|one| one.trouble == trouble);
                self.waiting = rest;
                self.join_open(rules, &mut group, now);
                self.open_shared(rules, population, &mut group, now);
                for one in group {
                    self.open_single(rules, one, now);
                }
            }
        }
        for kind in [MessageKind::Trigger, MessageKind::Update, MessageKind::Reminder] {
            self.tell(rules, kind, &mut settlement.messages, now);
        }
        settlement
    }

    fn end(&mut self, settlement: &mut Settlement, now: Instant) {
        let (lasting, over) = std::mem::take(&mut self.open)
            .into_iter()
            .partition(|incident| incident.lasting().next().is_some());
        self.open = lasting;
        for mut incident in over {
            incident.status = IncidentStatus::Resolved;
            incident.resolved_at = Some(now);
            // An alert that nobody got needs no end.
            if incident.told_at.is_some() {
                settlement
                    .messages
                    .push(message(&mut incident, MessageKind::Resolve, now));
            }
            incident.write_down(now, Happening::Resolved);
            settlement.closed.push(incident);
        }
    }

    fn join_open(&mut self, rules: &DeskRules, group: &mut Vec<Waiting>, now: Instant) {
        for incident in self.open.iter_mut().rev() {
            let growing = now.since(incident.grew_at) <= rules.join_within;
            if growing && !matches!(incident.cause, Cause::Site(_)) {
                let joins =
                    |one: &Waiting| one.trouble == incident.trouble && incident.cause.fits(&one.client, &one.traits);
                let (joining, rest) = std::mem::take(group).into_iter().partition(joins);
                *group = rest;
                Self::join(incident, joining, now);
            }
        }
    }

    fn open_shared(
        &mut self,
        rules: &DeskRules,
        population: &dyn Fn(&Cause) -> u32,
        group: &mut Vec<Waiting>,
        now: Instant,
    ) {
        loop {
            let mut counts: BTreeMap<Cause, u32> = BTreeMap::new();
            for cause in group.iter().flat_map(|one| Cause::of(&one.traits)) {
                *counts.entry(cause).or_default() += 1;
            }
            // Explains the most; is the rarest; claims the least.
            let best = counts.into_iter().max_by_key(|(cause, count)| {
                let rarity = u32::MAX - population(cause);
                (*count, rarity, matches!(cause, Cause::Provider(_)))
            });
            let Some((cause, _)) = best.filter(|(_, count)| *count >= rules.shared_from.max(2)) else {
                return;
            };
            let (members, rest) = std::mem::take(group)
                .into_iter()
                .partition(|one| cause.fits(&one.client, &one.traits));
            *group = rest;
            self.open_with(rules, cause, members, now);
        }
    }

    fn open_single(&mut self, rules: &DeskRules, one: Waiting, now: Instant) {
        let (lane, cause) = (one.lane(), Cause::Site(one.client.clone()));
        let untold = self
            .in_lane(&lane)
            .filter(|incident| incident.told_at.is_none())
            .count();
        let left = usize::try_from(self.pages_left(rules, &lane)).unwrap_or(usize::MAX);
        // Without a page for it, it would be an incident that nobody hears of: then it is one of the provider's.
        let cause = if untold < left {
            cause
        } else {
            Cause::Provider(one.traits.provider.clone())
        };
        self.open_with(rules, cause, vec![one], now);
    }

    /// Opens an incident; when too many are open, the sites join those of their providers, however old.
    fn open_with(&mut self, rules: &DeskRules, cause: Cause, members: Vec<Waiting>, now: Instant) {
        let Some(lane) = members.first().map(Waiting::lane) else {
            return;
        };
        let most = usize::try_from(rules.open_at_most.max(1)).unwrap_or(usize::MAX);
        if self.in_lane(&lane).count() < most {
            return self.join_or_open(rules.join_within, cause, lane, members, now);
        }
        let mut lanes: BTreeMap<String, (Cause, Vec<Waiting>)> = BTreeMap::new();
        for one in members {
            let provider = Cause::Provider(one.traits.provider.clone());
            lanes
                .entry(one.lane())
                .or_insert_with(|| (provider, Vec::new()))
                .1
                .push(one);
        }
        for (lane, (cause, members)) in lanes {
            self.join_or_open(Duration::MAX, cause, lane, members, now);
        }
    }

    fn join_or_open(&mut self, within: Duration, cause: Cause, lane: String, members: Vec<Waiting>, now: Instant) {
        let same = |incident: &&mut Incident| {
            incident.lane == lane && incident.cause == cause && now.since(incident.grew_at) <= within
        };
        if let Some(incident) = self.open.iter_mut().rev().find(same) {
            return Self::join(incident, members, now);
        }
        let Some(trouble) = members.first().map(|one| one.trouble) else {
            return;
        };
        let members = members.into_iter().map(Waiting::into_member).collect();
        self.open.push(Incident::open(trouble, cause, lane, members, now));
    }

    fn tell(&mut self, rules: &DeskRules, kind: MessageKind, messages: &mut Vec<Message>, now: Instant) {
        let mut open = std::mem::take(&mut self.open);
        // News comes before reminders: those leave a part of the hour's pages alone.
        let reserve = if kind == MessageKind::Reminder {
            rules.pages_per_hour / 4
        } else {
            0
        };
        for incident in &mut open {
            if is_due(rules, kind, incident, now) && self.pages_left(rules, &incident.lane) > reserve {
                self.count_page(&incident.lane, now);
                messages.push(message(incident, kind, now));
            }
        }
        self.open = open;
    }

    fn in_lane<'a>(&'a self, lane: &'a str) -> impl Iterator<Item = &'a Incident> {
        self.open.iter().filter(move |incident| incident.lane == lane)
    }
}

fn is_due(rules: &DeskRules, kind: MessageKind, incident: &Incident, now: Instant) -> bool {
    let Some(told) = incident.told_at else {
        return kind == MessageKind::Trigger;
    };
    match kind {
        MessageKind::Trigger | MessageKind::Resolve => false,
        MessageKind::Update => {
            let news = incident
                .members
                .values()
                .any(|member| !member.told && member.over.is_none());
            news && now.since(told) >= rules.update_gap
        }
        MessageKind::Reminder => {
            let wanted = incident.trouble.severity() == Severity::Critical && incident.status == IncidentStatus::Open;
            wanted && now.since(told) >= rules.remind_every
        }
    }
}

/// Makes the message and writes down that it was made.
fn message(incident: &mut Incident, kind: MessageKind, now: Instant) -> Message {
    let over = kind == MessageKind::Resolve;
    let about = incident
        .members
        .iter_mut()
        .filter(|(_, member)| over || member.over.is_none());
    let (mut sites, mut count) = (Vec::new(), 0);
    let mut since = incident.opened_at;
    for (client, member) in about {
        member.told = true;
        since = since.min(member.since);
        count += 1;
        if sites.len() < MOST_SITES {
            sites.push(client.clone());
        }
    }
    incident.messages = incident.messages.saturating_add(1);
    incident.told_at = Some(now);
    incident.write_down(now, Happening::Told(kind));
    Message {
        id: format!("{}-{}", incident.id, incident.messages),
        incident: incident.id.clone(),
        kind,
        severity: incident.trouble.severity(),
        trouble: incident.trouble,
        cause: incident.cause.clone(),
        sites,
        site_count: count,
        since,
        at: now,
    }
}
