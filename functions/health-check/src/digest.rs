//! Once an hour: what the pages since the last time come to. Once a day: what the day came to.

use std::collections::{BTreeMap, HashMap};

use domain::{
    ClientId, Error, Instant,
    monitoring::{
        Claim, Day, DayRollUp, Details, Digest, Digested, Finding, Interval, Month, Probe, RawCheck, RunPage, Site,
        SiteKey, Tally, Uptime,
    },
};
use store::{CheckMessage, Shard, Store, Sweep};

use crate::past::place;

/// Runs in an hour.
const RUNS: u32 = 12;
/// So many days are rolled up in one call: each is a day of pages and a row for every client.
const DAYS_AT_ONCE: usize = 2;

/// Brings a shard's digest up to date when it is its turn: each shard has another run of the hour.
pub async fn keep(
    store: &Store,
    message: &CheckMessage,
    page: &RunPage,
    probes: &HashMap<SiteKey, (Probe, Finding)>,
    digest: Option<Digest>,
) -> Result<(), Error> {
    let shard = place(message).shard;
    let run = page.run.number() / u32::from(u16::from(Interval::DEFAULT));
    // Another one each hour, so that sites that are checked once an hour come to be in one too.
    let turn = run % RUNS == (u32::from(shard.number) + run / RUNS) % RUNS;
    let overdue = digest
        .as_ref()
        .is_none_or(|digest| message.run.since(digest.through) > Interval::DEFAULT.duration() * (RUNS + 2));
    // Whoever comes a second time, or late, finds it counted.
    let counted = digest.as_ref().is_some_and(|digest| digest.through > message.run);
    if counted || page.entries.is_empty() || !(turn || overdue || message.at_once) {
        return Ok(());
    }
    let today = Day::of(message.run);
    // The last checks of the day before may still be on their way.
    let early = message.run < today.start().after(Sweep::LONGEST);
    if early && digest.as_ref().is_some_and(|digest| digest.day < today) {
        return Ok(());
    }
    let old = match digest {
        Some(digest) => digest,
        None => inherited(store, shard, today).await?,
    };
    let mut month = match store.month(shard).await? {
        Some(month) => month,
        None => inherited_month(store, shard).await?,
    };
    let mut day = old.day;
    if day < today {
        let sites = sites_of(store, shard).await?;
        for _ in 0..DAYS_AT_ONCE {
            if day < today {
                end(store, shard, day, &sites, &mut month).await?;
                day = day.next();
            }
        }
        month.forget(today);
        store.put_month(shard, &month, today).await?;
    }
    if day < today {
        // After a long silence: the next run goes on from here.
        let reached = Digest {
            day,
            through: day.start(),
            sites: old.sites,
        };
        return store.put_digest(shard, &reached).await;
    }
    let new = count(store, message, page, probes, &old, &month).await?;
    store.put_digest(shard, &new).await
}

/// The digest with all that the pages have brought since.
async fn count(
    store: &Store,
    message: &CheckMessage,
    page: &RunPage,
    probes: &HashMap<SiteKey, (Probe, Finding)>,
    old: &Digest,
    month: &Month,
) -> Result<Digest, Error> {
    let (shard, today) = (place(message).shard, Day::of(message.run));
    let same_day = old.day == today;
    let mut known: BTreeMap<SiteKey, Digested> = old.sites.iter().map(|one| (one.site, one.clone())).collect();
    if !same_day {
        known.values_mut().for_each(|one| one.today = Tally::default());
    }
    let from = if same_day { old.through } else { today.start() };
    for (key, check) in raw(store, shard, from, message.run).await? {
        known
            .entry(key)
            .or_insert_with(|| fresh(key))
            .today
            .count(check.counted);
    }
    for entry in &page.entries {
        if let Some(check) = page.raw_check(entry) {
            let one = known.entry(entry.site).or_insert_with(|| fresh(entry.site));
            one.today.count(check.counted);
        }
    }
    for (key, (probe, _)) in probes {
        if let Some(one) = known.get_mut(key) {
            one.details = details(probe).or_else(|| one.details.take());
        }
    }
    for site in &message.sites {
        let key = site.key();
        if let Some(one) = known.get_mut(&key) {
            let uptime = Uptime::of_month(month.before(key, today), one.today);
            let settings = &site.monitoring;
            one.low_uptime = uptime.is_low(settings.thresholds.uptime_percent, settings.interval_minutes);
        }
    }
    // A site that was checked neither today nor in the month is gone.
    known.retain(|key, one| one.today != Tally::default() || month.before(*key, today) != Tally::default());
    Ok(Digest {
        day: today,
        through: message.run.after(std::time::Duration::from_millis(1)),
        sites: known.into_values().collect(),
    })
}

/// A day is over: every client's roll-up is written, and the month learns of it.
async fn end(
    store: &Store,
    shard: Shard,
    day: Day,
    sites: &HashMap<SiteKey, Site>,
    month: &mut Month,
) -> Result<(), Error> {
    let mut checks: HashMap<SiteKey, Vec<RawCheck>> = HashMap::new();
    // A check belongs to the day in which it was made, which may be the day after its run's.
    for (key, check) in raw(store, shard, day.start().before(Sweep::LONGEST), day.next().start()).await? {
        if Day::of(check.at) == day {
            checks.entry(key).or_default().push(check);
        }
    }
    let mut days: Vec<(ClientId, DayRollUp)> = Vec::with_capacity(checks.len());
    for (key, checks) in checks {
        // A client that has been deleted since needs none.
        if let Some(site) = sites.get(&key) {
            let since = site.activated_at.unwrap_or_else(|| day.start());
            let rolled = DayRollUp::of(day, since, site.monitoring.interval_minutes, &checks);
            month.learn(key, day, rolled.tally);
            days.push((site.id.clone(), rolled));
        }
    }
    store.put_days(&days).await?;
    tracing::info!(day = %day, shard = shard.number, clients = days.len(), "a day was rolled up");
    Ok(())
}

/// The scheduled checks of a shard's sites from one moment up to another, whatever shards they were in.
async fn raw(store: &Store, shard: Shard, from: Instant, until: Instant) -> Result<Vec<(SiteKey, RawCheck)>, Error> {
    let mut found = Vec::new();
    for one in store.shards_between(shard, from, until).await? {
        for placed in store.pages_between(one, from, until).await? {
            let ours = placed
                .page
                .entries
                .iter()
                .filter(|entry| entry.site.shard(shard.of) == shard.number);
            found.extend(ours.filter_map(|entry| Some((entry.site, placed.page.raw_check(entry)?))));
        }
    }
    Ok(found)
}

async fn sites_of(store: &Store, shard: Shard) -> Result<HashMap<SiteKey, Site>, Error> {
    let all = store.sites().await?.into_iter().map(|site| (site.key(), site));
    Ok(all.filter(|(key, _)| key.shard(shard.of) == shard.number).collect())
}

/// A new shard's sites were with others before: what those knew is taken over, and the day is counted anew.
async fn inherited(store: &Store, shard: Shard, today: Day) -> Result<Digest, Error> {
    let mut digests = store.digests().await?;
    // The newest word on a site counts.
    digests.sort_by_key(|digest| digest.through);
    let mut sites = BTreeMap::<SiteKey, (Day, Digested)>::new();
    for digest in digests {
        let ours = digest
            .sites
            .into_iter()
            .filter(|one| one.site.shard(shard.of) == shard.number);
        for one in ours {
            let anew = Digested {
                today: Tally::default(),
                ..one
            };
            sites.insert(anew.site, (digest.day, anew));
        }
    }
    let day = sites.values().map(|(day, _)| *day).min().unwrap_or(today);
    Ok(Digest {
        day,
        through: today.start(),
        sites: sites.into_values().map(|(_, one)| one).collect(),
    })
}

async fn inherited_month(store: &Store, shard: Shard) -> Result<Month, Error> {
    let mut inherited = Month::default();
    for month in store.months().await? {
        for (site, days) in month.sites {
            if site.shard(shard.of) == shard.number {
                inherited.sites.entry(site).or_default().extend(days);
            }
        }
    }
    Ok(inherited)
}

const fn fresh(site: SiteKey) -> Digested {
    Digested {
        site,
        today: Tally {
            successful: 0,
            failed: 0,
            inconclusive: 0,
            excused: 0,
        },
        low_uptime: false,
        details: None,
    }
}

/// What the site said of itself; `None` when it said nothing.
fn details(probe: &Probe) -> Option<Details> {
    let facts = probe.health.as_ref()?.as_ref().ok()?.facts.as_ref()?;
    Some(Details {
        at: probe.checked_at,
        memory: facts.memory_used_bytes.zip(facts.memory_total_bytes),
        database_healthy: facts.database.map(|claim| claim != Claim::Failing),
        database_latency: facts.database_latency_ms.map(tenths),
        version: facts.version.clone(),
        certificate_expires_at: probe.certificate_expires_at,
    })
}

#[allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a latency is not negative, and saturates"
)]
fn tenths(milliseconds: f64) -> u32 {
    (milliseconds * 10.0).round() as u32
}
