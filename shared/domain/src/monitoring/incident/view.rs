//! What is shown of incidents. Every field is always there, `null` when unknown.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{Cause, Event, Happening, Incident, IncidentStatus, IncidentSummary, MeanTimes, Severity, Trouble};
use crate::{ClientId, DomainLabel, Instant, Name, Page};

/// An incident.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct IncidentView {
    /// Identifies it; alerts and their recovery carry it.
    #[schema(example = "in_01jdexmp1e0000000000000000")]
    pub id: String,
    /// Where it stands.
    pub status: IncidentStatus,
    /// How bad it is.
    pub severity: Severity,
    /// What is wrong.
    pub trouble: Trouble,
    /// It in one line.
    #[schema(example = "128 sites are down (provider vercel + railway)")]
    pub title: String,
    /// What its sites have in common.
    pub cause: CauseView,
    /// How many sites it has, those for which it is over too.
    pub site_count: u32,
    /// For how many it lasts.
    pub lasting_count: u32,
    /// When it was opened.
    pub opened_at: Instant,
    /// When somebody took it.
    pub acknowledged_at: Option<Instant>,
    /// Who.
    pub acknowledged_by: Option<String>,
    /// When it was over.
    pub resolved_at: Option<Instant>,
    /// From its opening until somebody took it.
    pub seconds_to_acknowledge: Option<u64>,
    /// From its opening until it was over.
    pub seconds_to_resolve: Option<u64>,
    /// So many messages were sent.
    pub messages: u32,
    /// When the last one was made.
    pub told_at: Option<Instant>,
}

/// What the sites of an incident have in common.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct CauseView {
    /// What kind of thing.
    pub kind: CauseKind,
    /// Which.
    pub value: String,
}

/// What kind of thing sites have in common.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum CauseKind {
    /// A rollout touched them last.
    Rollout,
    /// They run the same version of the same template.
    TemplateVersion,
    /// The same providers hold them.
    Provider,
    /// It is one site.
    Site,
}

/// A site of an incident.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct MemberView {
    /// The client.
    pub client_id: ClientId,
    /// What it is called now.
    pub name: Option<Name>,
    /// Its label.
    pub domain: Option<DomainLabel>,
    /// When its trouble began.
    pub since: Instant,
    /// When it was over.
    pub over: Option<Instant>,
}

/// What kind of thing happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum WhatHappened {
    /// It was opened.
    Opened,
    /// Sites joined.
    Joined,
    /// For some sites it was over.
    Recovered,
    /// Somebody was told.
    Told,
    /// Somebody took it.
    Acknowledged,
    /// Somebody wrote a note.
    Note,
    /// It was over.
    Resolved,
}

/// One line of the timeline.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct EventView {
    /// When.
    pub at: Instant,
    /// What kind of thing happened.
    pub what: WhatHappened,
    /// Who did it.
    pub by: Option<String>,
    /// It in words; of a note, what was written.
    pub text: String,
}

/// An incident with its sites and what happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct IncidentDetail {
    /// The incident itself.
    #[schema(inline)]
    #[serde(flatten)]
    pub incident: IncidentView,
    /// Its sites, by the time since when.
    pub members: Vec<MemberView>,
    /// What happened, in order.
    pub timeline: Vec<EventView>,
}

/// A page of incidents, newest first, and how quickly somebody came.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct IncidentPage {
    /// The page.
    #[schema(inline)]
    #[serde(flatten)]
    pub page: Page<IncidentView>,
    /// Over the incidents of the last 30 days that `clientId` and `severity` select, whatever their status.
    pub mean_times: MeanTimes,
}

/// The body of `POST /incidents/{id}/note`.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NoteBody {
    /// What is to be written down.
    #[schema(min_length = 1, max_length = 2000, example = "The host restarts its routers")]
    pub text: String,
}

impl From<IncidentSummary> for IncidentView {
    fn from(summary: IncidentSummary) -> Self {
        let title = summary.title();
        let incident = summary.incident;
        let seconds = |at: Option<Instant>| at.map(|at| at.since(incident.opened_at).as_secs());
        Self {
            seconds_to_acknowledge: seconds(incident.acknowledged_at),
            seconds_to_resolve: seconds(incident.resolved_at),
            id: incident.id,
            status: incident.status,
            severity: incident.trouble.severity(),
            trouble: incident.trouble,
            title,
            cause: incident.cause.into(),
            site_count: summary.site_count,
            lasting_count: summary.lasting_count,
            opened_at: incident.opened_at,
            acknowledged_at: incident.acknowledged_at,
            acknowledged_by: incident.acknowledged_by,
            resolved_at: incident.resolved_at,
            messages: incident.messages,
            told_at: incident.told_at,
        }
    }
}

impl From<Cause> for CauseView {
    fn from(cause: Cause) -> Self {
        let (kind, value) = match cause {
            Cause::Rollout(rollout) => (CauseKind::Rollout, rollout),
            Cause::TemplateVersion(version) => (CauseKind::TemplateVersion, version),
            Cause::Provider(provider) => (CauseKind::Provider, provider),
            Cause::Site(site) => (CauseKind::Site, site.to_string()),
        };
        Self { kind, value }
    }
}

impl From<&Event> for EventView {
    fn from(event: &Event) -> Self {
        Self {
            at: event.at,
            what: match &event.what {
                Happening::Opened(_) => WhatHappened::Opened,
                Happening::Joined(_) => WhatHappened::Joined,
                Happening::Recovered(_) => WhatHappened::Recovered,
                Happening::Told(_) => WhatHappened::Told,
                Happening::Acknowledged(_) => WhatHappened::Acknowledged,
                Happening::Note(..) => WhatHappened::Note,
                Happening::Resolved => WhatHappened::Resolved,
            },
            by: event.what.who().map(str::to_owned),
            text: event.what.words(),
        }
    }
}

impl IncidentDetail {
    /// An incident; `name` knows what a client is called now.
    pub fn of(incident: &Incident, name: impl Fn(&ClientId) -> Option<(Name, DomainLabel)>) -> Self {
        let mut members: Vec<MemberView> = incident
            .members
            .iter()
            .map(|(client, member)| {
                let (name, domain) = name(client).unzip();
                MemberView {
                    client_id: client.clone(),
                    name,
                    domain,
                    since: member.since,
                    over: member.over,
                }
            })
            .collect();
        members.sort_by_key(|member| member.since);
        Self {
            incident: IncidentSummary::of(incident).into(),
            members,
            timeline: incident.timeline.iter().map(EventView::from).collect(),
        }
    }
}
