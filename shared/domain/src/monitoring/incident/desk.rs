//! The desk: where news of sites comes in, and incidents and messages go out.

use std::{collections::BTreeMap, time::Duration};

use serde::{Deserialize, Serialize};

use super::{Happening, Incident, Member, News, Traits, Trouble};
use crate::{ClientId, Instant};

/// What is counted per hour.
const HOUR: Duration = Duration::from_secs(3600);

/// How the desk works. The default is the platform's in the cloud.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct DeskRules {
    /// So many sites with something in common are one incident.
    pub shared_from: u32,
    /// News waits this long for more of its kind, because workers do not end together; not at all on the local stack.
    pub gather: Duration,
    /// A site joins an incident that has grown within this time; after that it is a new one.
    pub join_within: Duration,
    /// Messages about the same incident keep this distance.
    pub update_gap: Duration,
    /// Nobody has taken it for this long: told again.
    pub remind_every: Duration,
    /// So many messages per hour and lane, recoveries not counted: each of them ends an alert.
    pub pages_per_hour: u32,
    /// So many incidents are open per lane; what comes then joins the provider's.
    pub open_at_most: u32,
}

impl Default for DeskRules {
    fn default() -> Self {
        Self {
            shared_from: 3,
            gather: Duration::from_secs(20),
            join_within: Duration::from_secs(1800),
            update_gap: Duration::from_secs(300),
            remind_every: Duration::from_secs(4 * 3600),
            pages_per_hour: 10,
            open_at_most: 20,
        }
    }
}

/// News that is in no incident yet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Waiting {
    pub(super) client: ClientId,
    pub(super) traits: Traits,
    pub(super) trouble: Trouble,
    pub(super) since: Instant,
    pub(super) reported: Instant,
    #[serde(default)]
    pub(super) limits: u8,
}

impl Waiting {
    pub(super) fn lane(&self) -> String {
        format!("{}/{}", self.trouble.name(), self.traits.provider)
    }

    /// As a site of an incident.
    pub(super) fn into_member(self) -> (ClientId, Member) {
        let member = Member {
            since: self.since,
            over: None,
            told: false,
            limits: self.limits,
        };
        (self.client, member)
    }
}

/// All incidents that are not over, what waits to become one, and what was told in the last hour. The default is: all is well.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Desk {
    /// In the order in which they were opened.
    pub open: Vec<Incident>,
    pub(super) waiting: Vec<Waiting>,
    /// By lane: when somebody was told.
    told: BTreeMap<String, Vec<Instant>>,
}

impl Desk {
    /// Takes in news of a site; `since` is when its trouble began. What is known already changes nothing.
    pub fn report(
        &mut self,
        rules: &DeskRules,
        client: &ClientId,
        traits: &Traits,
        news: &News,
        since: Instant,
        now: Instant,
    ) {
        match news {
            News::Begun(trouble) => self.begun(rules, client, traits, *trouble, since, now),
            News::Over(trouble) => {
                self.waiting
                    .retain(|waiting| waiting.trouble != *trouble || waiting.client != *client);
                for incident in self.open.iter_mut().filter(|incident| incident.trouble == *trouble) {
                    incident.recover(client, now);
                }
            }
        }
    }

    fn begun(
        &mut self,
        rules: &DeskRules,
        client: &ClientId,
        traits: &Traits,
        trouble: Trouble,
        since: Instant,
        now: Instant,
    ) {
        let known = self
            .waiting
            .iter()
            .any(|waiting| waiting.trouble == trouble && waiting.client == *client);
        if !known {
            self.take_in(
                rules,
                Waiting {
                    client: client.clone(),
                    traits: traits.clone(),
                    trouble,
                    since,
                    reported: now,
                    limits: 0,
                },
            );
        }
    }

    /// Takes in what does not wait yet: it lasts again in an incident that it was in, or waits to become one.
    pub(super) fn take_in(&mut self, rules: &DeskRules, news: Waiting) {
        let Some(member) = self.member(&news.client, news.trouble) else {
            return self.waiting.push(news);
        };
        match member.over {
            // A nearer limit of the certificate is news; anything else was told.
            None => member.told &= news.trouble != Trouble::Certificate,
            Some(over) => {
                member.told &= news.reported.since(over) <= rules.join_within;
                member.over = None;
            }
        }
        member.limits = news.limits;
    }

    /// The incident with this id, to be taken or annotated.
    pub fn incident_mut(&mut self, id: &str) -> Option<&mut Incident> {
        self.open.iter_mut().find(|incident| incident.id == id)
    }

    pub(super) fn member(&mut self, client: &ClientId, trouble: Trouble) -> Option<&mut Member> {
        let about = self.open.iter_mut().filter(|incident| incident.trouble == trouble);
        about.rev().find_map(|incident| incident.members.get_mut(client))
    }

    pub(super) fn join(incident: &mut Incident, waiting: Vec<Waiting>, now: Instant) {
        if waiting.is_empty() {
            return;
        }
        let count = u32::try_from(waiting.len()).unwrap_or(u32::MAX);
        incident.write_down(now, Happening::Joined(count));
        incident.grew_at = now;
        incident.members.extend(waiting.into_iter().map(Waiting::into_member));
    }

    pub(super) fn forget_what_is_old(&mut self, now: Instant) {
        self.told.retain(|_, told| {
            told.retain(|at| now.since(*at) < HOUR);
            !told.is_empty()
        });
    }

    /// How many messages the lane may still send in this hour.
    pub(super) fn pages_left(&self, rules: &DeskRules, lane: &str) -> u32 {
        let sent = self.told.get(lane).map_or(0, Vec::len);
        rules
            .pages_per_hour
            .max(1)
            .saturating_sub(u32::try_from(sent).unwrap_or(u32::MAX))
    }

    pub(super) fn count_page(&mut self, lane: &str, now: Instant) {
        self.told.entry(lane.to_owned()).or_default().push(now);
    }
}
