//! What the records say, and how the desk is brought in line with them.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;

use super::{
    Trouble,
    desk::{Desk, DeskRules, Waiting},
};
use crate::{
    ClientId, ClientStatus, DatabaseProvider, Instant, RolloutId,
    catalogue::TemplateId,
    monitoring::{Warning, Watched, incident::Traits},
};

/// So much of a client's record as the desk has to know.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Observed {
    /// The client.
    pub id: ClientId,
    /// Where it stands.
    pub status: ClientStatus,
    /// When it first went live.
    #[serde(default)]
    pub activated_at: Option<Instant>,
    /// What kind of site it is.
    pub template: TemplateId,
    /// Who holds its database.
    pub database_provider: DatabaseProvider,
    /// The version that runs.
    #[serde(default)]
    pub live_version: Option<String>,
    /// The rollout that deployed it last.
    #[serde(default)]
    pub last_rollout: Option<RolloutId>,
    /// What is certain of its site.
    #[serde(default)]
    pub watch: Watched,
}

impl Observed {
    /// The attributes of the record that are read for it.
    pub const FIELDS: [&str; 8] = [
        "id",
        "status",
        "activatedAt",
        "template",
        "databaseProvider",
        "liveVersion",
        "lastRollout",
        "watch",
    ];

    /// What its site may have in common with others.
    #[must_use]
    pub fn traits(&self) -> Traits {
        Traits::new(
            self.database_provider,
            self.template,
            self.live_version.as_deref(),
            self.last_rollout.as_ref(),
        )
    }

    /// What somebody is to know of: nothing of a site that is not watched.
    fn trouble(&self, trouble: Trouble) -> Option<Instant> {
        let watched = self.status.resting(self.activated_at.is_some()) == ClientStatus::Active;
        self.watch.troubles.get(&trouble).copied().filter(|_| watched)
    }

    /// So many limits of its certificate are passed.
    fn limits(&self, trouble: Trouble) -> u8 {
        let passed = |limit: &Warning| trouble == Trouble::Certificate && self.watch.warnings.contains(*limit);
        let passed = Warning::CERTIFICATE.iter().filter(|limit| passed(limit)).count();
        u8::try_from(passed).unwrap_or(u8::MAX)
    }
}

impl Desk {
    /// Brings the desk in line with the records of these clients; one that has none has no trouble. What the desk knows already
    /// changes nothing: neither the order nor the number of messages matters.
    pub fn reconcile(&mut self, rules: &DeskRules, seen: &BTreeMap<ClientId, Option<Observed>>, now: Instant) {
        let waiting: BTreeSet<(&ClientId, Trouble)> =
            self.waiting.iter().map(|one| (&one.client, one.trouble)).collect();
        let (mut over, mut begun, mut lasting) = (BTreeSet::new(), Vec::new(), Vec::new());
        for (client, observed) in seen {
            for trouble in Trouble::ALL {
                let known = waiting.contains(&(client, trouble)) || self.lasts_for(client, trouble);
                let said = observed.as_ref().and_then(|one| Some((one, one.trouble(trouble)?)));
                match said {
                    Some((one, since)) if !known => begun.push(Waiting {
                        client: client.clone(),
                        traits: one.traits(),
                        trouble,
                        since,
                        reported: now,
                        limits: one.limits(trouble),
                    }),
                    Some((one, _)) if trouble == Trouble::Certificate => lasting.push((client, one.limits(trouble))),
                    None if known => {
                        over.insert((client, trouble));
                    }
                    Some(_) | None => {}
                }
            }
        }
        self.end_for(&over, now);
        for (client, limits) in lasting {
            self.renew(client, limits);
        }
        for news in begun {
            self.take_in(rules, news);
        }
    }

    /// Whose records have to be read for the desk to notice that something is over.
    #[must_use]
    pub fn clients(&self) -> BTreeSet<ClientId> {
        let waiting = self.waiting.iter().map(|one| &one.client);
        let lasting = self.open.iter().flat_map(|incident| incident.lasting());
        waiting.chain(lasting).cloned().collect()
    }

    fn lasts_for(&self, client: &ClientId, trouble: Trouble) -> bool {
        let mut about = self.open.iter().filter(|incident| incident.trouble == trouble);
        about.any(|incident| {
            let member = incident.members.get(client);
            member.is_some_and(|member| member.over.is_none())
        })
    }

    fn end_for(&mut self, over: &BTreeSet<(&ClientId, Trouble)>, now: Instant) {
        self.waiting
            .retain(|waiting| !over.contains(&(&waiting.client, waiting.trouble)));
        for incident in &mut self.open {
            let about = incident.trouble;
            for (client, _) in over.iter().filter(|(_, trouble)| *trouble == about) {
                incident.recover(client, now);
            }
        }
    }

    /// A nearer limit of the certificate is to be told; a farther one is only noted, so that the nearer is news again.
    fn renew(&mut self, client: &ClientId, limits: u8) {
        let mut waiting = self.waiting.iter_mut();
        if let Some(waiting) = waiting.find(|one| one.trouble == Trouble::Certificate && one.client == *client) {
            waiting.limits = limits;
        } else if let Some(member) = self.member(client, Trouble::Certificate) {
            member.told &= limits <= member.limits;
            member.limits = limits;
        }
    }
}
