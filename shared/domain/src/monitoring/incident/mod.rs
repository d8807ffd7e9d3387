//! Incidents: what is wrong, from when to when, with whom, who knows, and what was told.

mod cause;
mod desk;
mod settle;
mod times;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

pub use self::{
    cause::{Cause, News, Severity, Traits, Trouble},
    desk::{Desk, DeskRules},
    settle::{MOST_SITES, Message, MessageKind, Settlement},
    times::{MeanTimes, mean_times},
};
use crate::{ClientId, Instant, access::hexadecimal};

/// A timeline ends growing by itself here; what people do is always written down.
const LONGEST_TIMELINE: usize = 200;

/// Where an incident stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum IncidentStatus {
    /// Nobody has taken it yet.
    Open,
    /// Somebody looks after it.
    Acknowledged,
    /// It is over.
    Resolved,
}

/// One site of an incident.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Member {
    /// When its trouble began.
    pub since: Instant,
    /// When it was over; `None` while it lasts.
    pub over: Option<Instant>,
    /// Somebody was told of it.
    pub told: bool,
}

/// What happened, for the timeline.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Happening {
    /// It was opened with so many sites.
    Opened(u32),
    /// So many sites joined.
    Joined(u32),
    /// For so many sites it was over.
    Recovered(u32),
    /// Somebody was told.
    Told(MessageKind),
    /// Somebody took it.
    Acknowledged(String),
    /// Somebody wrote: who, what.
    Note(String, String),
    /// It was over.
    Resolved,
}

/// One line of the timeline.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Event {
    /// When.
    pub at: Instant,
    /// What.
    pub what: Happening,
}

/// An incident.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Incident {
    /// Identifies it; also the key by which channels match a recovery with its alert.
    pub id: String,
    /// What is wrong.
    pub trouble: Trouble,
    /// What its sites have in common.
    pub cause: Cause,
    /// Whose pages per hour it takes from: the trouble and the provider.
    pub lane: String,
    /// Where it stands.
    pub status: IncidentStatus,
    /// When it was opened.
    pub opened_at: Instant,
    /// When somebody took it.
    pub acknowledged_at: Option<Instant>,
    /// Who.
    pub acknowledged_by: Option<String>,
    /// When it was over.
    pub resolved_at: Option<Instant>,
    /// When a site joined last.
    pub grew_at: Instant,
    /// When somebody was told last; `None` while nobody was.
    pub told_at: Option<Instant>,
    /// So many messages were sent.
    pub messages: u32,
    /// Its sites, those for which it is over too.
    pub members: BTreeMap<ClientId, Member>,
    /// What happened.
    pub timeline: Vec<Event>,
}

impl Incident {
    /// The same incident has the same id, however often its opening is worked out again.
    fn open(trouble: Trouble, cause: Cause, lane: String, members: BTreeMap<ClientId, Member>, now: Instant) -> Self {
        let name = format!("{}|{cause}|{}", trouble.name(), now.milliseconds());
        let hash = hexadecimal(&Sha256::digest(name));
        let opened = Event {
            at: now,
            what: Happening::Opened(u32::try_from(members.len()).unwrap_or(u32::MAX)),
        };
        Self {
            id: format!("in_{}", hash.get(..16).unwrap_or(&hash)),
            trouble,
            cause,
            lane,
            status: IncidentStatus::Open,
            opened_at: now,
            acknowledged_at: None,
            acknowledged_by: None,
            resolved_at: None,
            grew_at: now,
            told_at: None,
            messages: 0,
            members,
            timeline: vec![opened],
        }
    }

    /// Somebody takes it: reminders end. Taking it again, or when it is over, changes nothing.
    pub fn acknowledge(&mut self, who: &str, now: Instant) {
        if self.status == IncidentStatus::Open {
            self.status = IncidentStatus::Acknowledged;
            self.acknowledged_at = Some(now);
            self.acknowledged_by = Some(who.to_owned());
            self.write_down(now, Happening::Acknowledged(who.to_owned()));
        }
    }

    /// Somebody writes something down; also when it is over.
    pub fn note(&mut self, who: &str, text: &str, now: Instant) {
        self.write_down(now, Happening::Note(who.to_owned(), text.to_owned()));
    }

    /// The sites for which it lasts.
    pub fn lasting(&self) -> impl Iterator<Item = &ClientId> {
        let lasting = self.members.iter().filter(|(_, member)| member.over.is_none());
        lasting.map(|(client, _)| client)
    }

    /// Sites that recover at the same time make one line.
    fn write_down_recovery(&mut self, now: Instant) {
        match self.timeline.last_mut() {
            Some(Event {
                at,
                what: Happening::Recovered(count),
            }) if *at == now => *count += 1,
            _ => self.write_down(now, Happening::Recovered(1)),
        }
    }

    fn write_down(&mut self, at: Instant, what: Happening) {
        let by_hand = matches!(
            what,
            Happening::Acknowledged(_) | Happening::Note(..) | Happening::Resolved
        );
        if by_hand || self.timeline.len() < LONGEST_TIMELINE {
            self.timeline.push(Event { at, what });
        }
    }
}
