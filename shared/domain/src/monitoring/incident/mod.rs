//! Incidents: what is wrong, from when to when, with whom, who knows, and what was told.

mod cause;
mod desk;
mod observed;
mod population;
mod query;
mod record;
mod settle;
mod summary;
mod times;
mod view;
mod words;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use utoipa::ToSchema;

pub use self::{
    cause::{Cause, News, Severity, Traits, Trouble},
    desk::{Desk, DeskRules},
    observed::Observed,
    population::Population,
    query::{IncidentQuery, not_a_client},
    record::DeskRecord,
    settle::{MOST_SITES, Message, MessageKind, Settlement},
    summary::{IncidentSummary, SITES_NAMED},
    times::{MeanTimes, mean_times},
    view::{
        CauseKind, CauseView, EventView, IncidentDetail, IncidentPage, IncidentView, MemberView, NoteBody, WhatHappened,
    },
};
use crate::{ClientId, Error, Instant};

/// A timeline ends growing by itself here; what people do is always written down.
const LONGEST_TIMELINE: usize = 200;

/// Where an incident stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum IncidentStatus {
    /// Nobody has taken it yet.
    Open,
    /// Somebody looks after it.
    Acknowledged,
    /// It is over.
    Resolved,
}

impl IncidentStatus {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Open, Self::Acknowledged, Self::Resolved];

    /// The name, as in JSON.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Acknowledged => "acknowledged",
            Self::Resolved => "resolved",
        }
    }
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
    /// So many limits of the certificate are known to be passed; a nearer one is news.
    #[serde(default)]
    pub limits: u8,
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
        let opened = Event {
            at: now,
            what: Happening::Opened(u32::try_from(members.len()).unwrap_or(u32::MAX)),
        };
        Self {
            id: id_of(trouble, &cause, now),
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

    /// For this site it is over.
    fn recover(&mut self, client: &ClientId, now: Instant) {
        if let Some(member) = self.members.get_mut(client)
            && member.over.is_none()
        {
            member.over = Some(now);
            self.write_down_recovery(now);
        }
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

/// Identifies an incident: when it was opened, so that ids sort like the incidents, and what of.
fn id_of(trouble: Trouble, cause: &Cause, opened_at: Instant) -> String {
    let hash = Sha256::digest(format!("{}|{cause}|{}", trouble.name(), opened_at.milliseconds()));
    let bytes = hash.iter().take(16);
    let random = bytes.fold(0_u128, |number, byte| number << 8 | u128::from(*byte));
    let milliseconds = u64::try_from(opened_at.milliseconds()).unwrap_or(0);
    let ulid = ulid::Ulid::from_parts(milliseconds, random).to_string();
    format!("in_{}", ulid.to_ascii_lowercase())
}

/// What a person may write: 1-2,000 characters.
///
/// # Errors
/// It is empty or longer.
pub fn parse_note(text: &str) -> Result<String, Error> {
    let text = text.trim();
    if text.is_empty() || text.chars().count() > 2000 {
        return Err(Error::invalid("text", "Send a note of 1-2000 characters."));
    }
    Ok(text.to_owned())
}
