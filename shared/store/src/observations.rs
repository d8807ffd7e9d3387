//! What the monitor saw last, in memory: the runs write nothing into clients' records as long as nothing changes.
//!
//! The pages of the newest run say when a site was looked at, digests and months what its uptime is.

use std::{collections::HashMap, sync::Arc, time::Duration};

use domain::{
    Client, Clock, Error, HealthStatus, Instant,
    monitoring::{
        Confirmation, Day, Digest, Digested, Entry, Interval, Minute, Month, RunPage, SiteKey, Tally, Uptime,
        previous_run,
    },
};
use tokio::{sync::Mutex, task::JoinSet};

use crate::{Place, Placed, Shard, Store, Sweep};

/// A newer run, and pages that it still writes, are looked for once in this time at most.
const PAGES_FRESH: Duration = Duration::from_secs(1);
/// The same for digests while a run is at work, which may be the one of the hour that writes them …
const DIGESTS_FRESH: Duration = Duration::from_secs(5);
/// … and for all counts otherwise: there is a digest an hour and a month a day.
const COUNTS_FRESH: Duration = Duration::from_secs(60);
/// After this long a run writes no more: its last recheck comes a minute after its first checks.
const RUN_LASTS: Duration = Duration::from_secs(150);
/// So many pages hold a run with its rechecks.
const PAGES: u16 = 3;

/// What the monitor saw last, brought up to date when it is asked for.
pub struct Observations {
    store: Store,
    clock: Arc<dyn Clock>,
    known: Mutex<Known>,
}

#[derive(Default)]
struct Known {
    seen: Arc<Seen>,
    month: Month,
    pages_at: Option<Instant>,
    digests_at: Option<Instant>,
    month_at: Option<Instant>,
}

/// What was seen, at a moment.
#[derive(Debug, Clone, Default)]
pub struct Seen {
    /// The newest run.
    pub sweep: Option<Sweep>,
    entries: HashMap<SiteKey, Entry>,
    digested: HashMap<SiteKey, Digested>,
    uptimes: HashMap<SiteKey, Uptime>,
    /// Days before this one are rolled up.
    counting: Option<Day>,
    now: Option<Instant>,
}

impl Observations {
    /// Knows nothing yet; the first use fills it.
    #[must_use]
    pub fn new(store: Store, clock: Arc<dyn Clock>) -> Self {
        Self {
            store,
            clock,
            known: Mutex::default(),
        }
    }

    /// What is known now. Sites that are checked less often than there are runs stand in older pages: those are looked up for the
    /// clients that are given.
    ///
    /// # Errors
    /// DynamoDB fails.
    pub async fn seen(&self, clients: impl Iterator<Item = &Client>) -> Result<Arc<Seen>, Error> {
        let now = self.clock.now();
        let rare: Vec<(SiteKey, Interval)> = clients
            .filter(|client| client.is_watched() && client.monitoring.interval_minutes > Interval::DEFAULT)
            .map(|client| (SiteKey::of(&client.id), client.monitoring.interval_minutes))
            .collect();
        let mut known = self.known.lock().await;
        if is_stale(known.pages_at, now, PAGES_FRESH) {
            self.read_run(&mut known, now).await?;
            known.pages_at = Some(now);
        }
        self.read_rare(&mut known, &rare).await?;
        if is_stale(known.month_at, now, COUNTS_FRESH) {
            known.month = whole(self.store.months().await?);
            known.month_at = Some(now);
        }
        let at_work = known
            .seen
            .sweep
            .as_ref()
            .is_some_and(|sweep| now.since(sweep.sent) < RUN_LASTS);
        let fresh = if at_work { DIGESTS_FRESH } else { COUNTS_FRESH };
        if is_stale(known.digests_at, now, fresh) {
            let digests = self.store.digests().await?;
            let Known { seen, month, .. } = &mut *known;
            Arc::make_mut(seen).count(digests, month, now);
            known.digests_at = Some(now);
        }
        Arc::make_mut(&mut known.seen).now = Some(now);
        Ok(Arc::clone(&known.seen))
    }

    /// Has a client say what was seen of it.
    ///
    /// # Errors
    /// DynamoDB fails.
    pub async fn apply(&self, client: &mut Client) -> Result<(), Error> {
        let seen = self.seen(std::iter::once(&*client)).await?;
        seen.apply(SiteKey::of(&client.id), client);
        Ok(())
    }

    async fn read_run(&self, known: &mut Known, now: Instant) -> Result<(), Error> {
        let Some(sweep) = self.store.last_sweeps(1).await?.pop() else {
            return Ok(());
        };
        let new = known.seen.sweep.as_ref().is_none_or(|old| old.run != sweep.run);
        let at_work = known.pages_at.is_none_or(|read| read.since(sweep.sent) < RUN_LASTS);
        if !new && !at_work && now >= sweep.run {
            return Ok(());
        }
        let mut reading = JoinSet::new();
        for number in 0..sweep.shards.max(1) {
            let store = self.store.clone();
            let place = Place {
                shard: Shard {
                    number,
                    of: sweep.shards.max(1),
                },
                // Sorts after every stage of the run.
                run: sweep.run.after(Duration::from_millis(1)),
                stage: 0,
            };
            reading.spawn(async move { store.pages_before(place, PAGES).await });
        }
        let seen = Arc::make_mut(&mut known.seen);
        while let Some(pages) = reading.join_next().await {
            for placed in pages.map_err(Error::internal)?? {
                seen.learn(&placed);
            }
        }
        seen.sweep = Some(sweep);
        Ok(())
    }

    async fn read_rare(&self, known: &mut Known, rare: &[(SiteKey, Interval)]) -> Result<(), Error> {
        let Some(sweep) = known.seen.sweep.clone() else {
            return Ok(());
        };
        let mut wanted: Vec<(u16, Minute)> = rare
            .iter()
            .filter_map(|(site, interval)| {
                let run = previous_run(*site, *interval, Minute::of(sweep.run), Interval::DEFAULT);
                let entry = known.seen.entries.get(site);
                entry
                    .is_none_or(|entry| entry.at < run.start())
                    .then(|| (site.shard(sweep.shards), run))
            })
            .collect();
        wanted.sort_unstable();
        wanted.dedup();
        for (number, run) in wanted {
            let shard = Shard {
                number,
                of: sweep.shards,
            };
            let (from, until) = (run.start(), run.start().after(Interval::DEFAULT.duration()));
            for placed in self.store.pages_between(shard, from, until).await? {
                Arc::make_mut(&mut known.seen).learn(&placed);
            }
        }
        Ok(())
    }
}

impl Seen {
    fn learn(&mut self, placed: &Placed) {
        let RunPage { entries, .. } = &placed.page;
        for entry in entries {
            let place = self.entries.entry(entry.site).or_insert(*entry);
            if place.at < entry.at {
                *place = *entry;
            }
        }
    }

    /// Takes in the counts. Shards that are no more are among them for a while: what is newest counts.
    fn count(&mut self, mut digests: Vec<Digest>, all: &Month, now: Instant) {
        let none = Tally::default();
        self.counting = digests.iter().map(|digest| digest.day).min();
        let before = |site: &SiteKey| (*site, Uptime::of_month(all.before(*site, Day::of(now)), none));
        self.uptimes = all.sites.keys().map(before).collect();
        self.digested.clear();
        digests.sort_by_key(|digest| (digest.day, digest.through));
        for digest in digests {
            for one in digest.sites {
                let uptime = Uptime::of_month(all.before(one.site, digest.day), one.today);
                self.uptimes.insert(one.site, uptime);
                self.digested.insert(one.site, one);
            }
        }
    }

    /// Has a client say what was seen of it.
    pub fn apply(&self, key: SiteKey, client: &mut Client) {
        let entry = self.entries.get(&key);
        if let Some(uptime) = self.uptime(key).and_then(|uptime| uptime.percentage) {
            client.uptime_percentage = Some(uptime);
        }
        let conclusive = entry.and_then(|entry| entry.state.conclusive_at());
        // Operations and windows look away: then the record's word stands.
        let excused = entry.is_some_and(|entry| entry.excused) || client.current_operation.is_some();
        let known_at = conclusive.max(client.last_health_check).max(client.activated_at);
        client.last_health_check = client.last_health_check.max(entry.map(|entry| entry.at));
        let limit = Confirmation::unknown_after(client.monitoring.interval_minutes);
        let stale = self
            .now
            .zip(known_at)
            .is_some_and(|(now, known)| now.since(known) >= limit);
        if client.is_watched() && !excused && stale {
            client.health_status = HealthStatus::Unknown;
        }
    }

    /// A site's uptime over 30 days, by whole days and up to the last full hour.
    #[must_use]
    pub fn uptime(&self, key: SiteKey) -> Option<&Uptime> {
        self.uptimes.get(&key)
    }

    /// What a site said of itself, at most an hour or so ago.
    #[must_use]
    pub fn digested(&self, key: SiteKey) -> Option<&Digested> {
        self.digested.get(&key)
    }

    /// Days before this one are rolled up; `None` before the first run.
    #[must_use]
    pub const fn counting(&self) -> Option<Day> {
        self.counting
    }

    /// What was seen in the newest run, or since.
    pub fn last_run(&self) -> impl Iterator<Item = &Entry> {
        let run = self.sweep.as_ref().map(|sweep| sweep.run);
        self.entries.values().filter(move |entry| Some(entry.at) >= run)
    }
}

/// The months of all shards in one.
fn whole(months: Vec<Month>) -> Month {
    let mut all = Month::default();
    for (site, days) in months.into_iter().flat_map(|month| month.sites) {
        all.sites.entry(site).or_default().extend(days);
    }
    all
}

/// Is it time to read again? A clock that was put back does not keep us waiting.
fn is_stale(read: Option<Instant>, now: Instant, fresh: Duration) -> bool {
    read.is_none_or(|read| now < read || now.since(read) >= fresh)
}
