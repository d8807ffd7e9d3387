//! An incident as lists need it: without its members and its timeline, which may be long.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::Incident;
use crate::ClientId;

/// So many sites are named in a summary.
pub const SITES_NAMED: usize = 50;

/// An incident without its members and its timeline.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct IncidentSummary {
    /// The incident, with no members and no timeline.
    pub incident: Incident,
    /// How many members it has.
    pub site_count: u32,
    /// For how many of them it lasts.
    pub lasting_count: u32,
    /// The first [`SITES_NAMED`] of its members.
    pub sites: Vec<ClientId>,
}

impl IncidentSummary {
    /// The summary of an incident.
    #[must_use]
    pub fn of(incident: &Incident) -> Self {
        let count = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
        Self {
            incident: Incident {
                members: BTreeMap::new(),
                timeline: Vec::new(),
                ..incident.clone()
            },
            site_count: count(incident.members.len()),
            lasting_count: count(incident.lasting().count()),
            sites: incident.members.keys().take(SITES_NAMED).cloned().collect(),
        }
    }

    /// Is a client among its members? `None`: the summary does not name them all.
    #[must_use]
    pub fn names(&self, client: &ClientId) -> Option<bool> {
        let named = self.sites.contains(client);
        let all = usize::try_from(self.site_count).is_ok_and(|count| count <= self.sites.len());
        (named || all).then_some(named)
    }
}
