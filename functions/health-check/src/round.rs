//! One message, from the first look to the last consequence.

use std::{collections::HashMap, sync::Arc, time::Duration};

use domain::{
    ClientId, Clock, Error, HealthReport, Instant,
    monitoring::{
        Confirmation, Digest, Entry, Finding, Interval, Known, Maintenance, Minute, Probe, RunPage, Sight, Site,
        SiteKey, Warning,
    },
};
use monitoring::{Prober, Target};
use store::{CheckMessage, Queues, Store};

use crate::{
    digest,
    look::{Look, Wanted, look},
    past::{self, place},
    record::{self, Todo},
    sight,
};

/// Whoever listens for the sign of life has this long.
const LISTENER_TAKES: Duration = Duration::from_secs(3);

/// What checks sites.
pub struct Checker {
    pub(crate) store: Store,
    pub(crate) queues: Queues,
    pub(crate) prober: Prober,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) site_url: String,
    pub(crate) canaries: Vec<Target>,
    pub(crate) heartbeat: Vec<Target>,
    pub(crate) recheck_after: [Duration; 2],
}

/// What became of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// Its sites were looked at.
    Checked,
    /// They had been looked at; what was left to do is done.
    Finished,
    /// It came too late: a newer run has looked since, or is about to.
    Late,
}

/// A page, and what only who has made it knows.
struct Made {
    page: RunPage,
    probes: HashMap<SiteKey, (Probe, Finding)>,
    outcome: Outcome,
}

impl Checker {
    /// Handles a message.
    ///
    /// # Errors
    /// AWS fails; the message is to come again.
    pub async fn handle(&self, message: CheckMessage) -> Result<Outcome, Error> {
        let (before, windows, digest) = tokio::try_join!(
            past::known(&self.store, &message),
            self.store.maintenance(),
            self.store.digest(place(&message).shard),
        )?;
        let Some(made) = self.page(&message, &before, &windows, digest.as_ref()).await? else {
            tracing::info!(run = %message.run, run.shard = message.shard, run.stage = message.stage, "a message came too late to count");
            return Ok(Outcome::Late);
        };
        self.follow(&message, &before, &made).await?;
        if message.stage == 0 {
            digest::keep(&self.store, &message, &made.page, &made.probes, digest).await?;
            if message.shard == 0 {
                self.show_life().await;
            }
        }
        Ok(made.outcome)
    }

    /// The message's page: the one that is there, or a new one.
    async fn page(
        &self,
        message: &CheckMessage,
        before: &HashMap<SiteKey, Confirmation>,
        windows: &[Maintenance],
        digest: Option<&Digest>,
    ) -> Result<Option<Made>, Error> {
        let place = place(message);
        let finished = |page| Made {
            page,
            probes: HashMap::new(),
            outcome: Outcome::Finished,
        };
        if let Some(page) = self.store.page(place).await? {
            return Ok(Some(finished(page)));
        }
        let late = self.clock.now().since(message.sent) >= Interval::DEFAULT.duration();
        if late {
            return Ok(None);
        }
        let (page, probes) = self.check(message, before, windows, digest).await?;
        if page.entries.is_empty() || self.store.put_page(place, &page).await? {
            return Ok(Some(Made {
                page,
                probes,
                outcome: Outcome::Checked,
            }));
        }
        // Somebody else was given the same message and was quicker: theirs counts.
        Ok(self.store.page(place).await?.map(finished))
    }

    async fn check(
        &self,
        message: &CheckMessage,
        before: &HashMap<SiteKey, Confirmation>,
        windows: &[Maintenance],
        digest: Option<&Digest>,
    ) -> Result<(RunPage, HashMap<SiteKey, (Probe, Finding)>), Error> {
        let began = self.clock.now();
        let low: HashMap<SiteKey, bool> = digest
            .into_iter()
            .flat_map(|digest| digest.sites.iter().map(|one| (one.site, one.low_uptime)))
            .collect();
        let (excused, watched): (Vec<&Site>, Vec<&Site>) = message
            .sites
            .iter()
            .partition(|site| site.is_in_maintenance(windows, began));
        let wanted: Vec<Wanted<'_>> = watched
            .iter()
            .map(|site| Wanted {
                site,
                known: Known {
                    // Who is in no digest, because there are other workers now, say, is as the record says.
                    low_uptime: low
                        .get(&site.key())
                        .copied()
                        .unwrap_or_else(|| site.watch.warnings.contains(Warning::LowUptime)),
                },
            })
            .collect();
        let (looks, sight) = look(&self.prober, &self.site_url, &self.canaries, &wanted).await;
        if sight == Sight::Blind {
            sight::blind(&self.store, &self.queues, message.run, self.clock.now()).await?;
        }
        let gone = self.overtaken(&watched, &looks, windows, message.sent).await?;
        let state = |site: &Site| before.get(&site.key()).copied().unwrap_or_default();
        let mut page = RunPage {
            run: Minute::of(message.run),
            shard: message.shard,
            recheck: message.stage > 0,
            blind: sight == Sight::Blind,
            entries: Vec::with_capacity(message.sites.len()),
        };
        let mut probes = HashMap::new();
        page.entries
            .extend(excused.iter().map(|site| excuse(site, state(site), began)));
        for (site, Look { probe, finding }) in watched.iter().zip(looks) {
            match gone.get(&site.id) {
                Some(Gone::Unwatched) => continue,
                Some(Gone::InMaintenance) => {
                    page.entries.push(excuse(site, state(site), began));
                    continue;
                }
                None => {}
            }
            let mut entry = Entry {
                site: site.key(),
                at: probe.checked_at,
                finding,
                excused: false,
                latency_ms: probe.front.is_ok().then_some(probe.timings.total_ms),
                state: state(site),
            };
            let mut after = entry.state;
            record::observe(&mut after, site, &entry, message.stage, self.recheck_after);
            entry.state = after;
            page.entries.push(entry);
            probes.insert(site.key(), (probe, finding));
        }
        Ok((page, probes))
    }

    /// Of those that failed: who is not watched any more, or is being worked on. The record decides, as it is after the look.
    async fn overtaken(
        &self,
        sites: &[&Site],
        looks: &[Look],
        windows: &[Maintenance],
        sent: Instant,
    ) -> Result<HashMap<ClientId, Gone>, Error> {
        let failed = sites.iter().zip(looks);
        let failed: Vec<ClientId> = failed
            .filter(|(_, look)| record::counts_against(look.finding))
            .map(|(site, _)| site.id.clone())
            .collect();
        let records = self.store.clients_of(&failed).await?;
        let mut gone: HashMap<ClientId, Gone> = failed.into_iter().map(|id| (id, Gone::Unwatched)).collect();
        for client in records {
            let site = Site::from(&client);
            if !site.is_watched() {
                continue;
            }
            // One that began and ended since the run was sent was at work while we looked.
            let worked_on = client.last_operation.made_at() >= sent;
            if site.is_in_maintenance(windows, self.clock.now()) || worked_on {
                gone.insert(client.id, Gone::InMaintenance);
            } else {
                gone.remove(&client.id);
            }
        }
        Ok(gone)
    }

    async fn follow(
        &self,
        message: &CheckMessage,
        before: &HashMap<SiteKey, Confirmation>,
        made: &Made,
    ) -> Result<(), Error> {
        let reports: HashMap<SiteKey, HealthReport> = made
            .probes
            .iter()
            .map(|(key, (probe, finding))| (*key, probe.report(*finding)))
            .collect();
        let Todo {
            changed,
            again,
            after,
            told,
        } = record::todo(
            &made.page,
            message.stage,
            &message.sites,
            before,
            &reports,
            self.recheck_after,
        );
        record::write(&self.store, changed, self.clock.now()).await?;
        if !told.is_empty() {
            self.queues.send_desk(&told, Duration::ZERO).await?;
        }
        if !again.is_empty() {
            let next = CheckMessage {
                stage: message.stage + 1,
                sites: again,
                ..message.clone()
            };
            self.queues.send_checks(&next, after).await?;
        }
        Ok(())
    }

    /// Tells whoever listens for it outside that a run has ended. They notice when it does not come.
    async fn show_life(&self) {
        for listener in &self.heartbeat {
            let mut listener = listener.clone();
            listener.limits.overall = LISTENER_TAKES;
            if let Err(failure) = self.prober.reach(&listener).await {
                tracing::warn!(
                    failure = failure.words(),
                    "the sign of life did not arrive: the listener"
                );
            }
        }
    }
}

/// Why a failure does not count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Gone {
    Unwatched,
    InMaintenance,
}

/// Nothing was expected of it: what is known of it stays as it was.
fn excuse(site: &Site, state: Confirmation, at: Instant) -> Entry {
    Entry {
        site: site.key(),
        at,
        finding: Finding::Inconclusive,
        excused: true,
        latency_ms: None,
        state,
    }
}
