//! What is known of the sites from before.

use std::{collections::HashMap, time::Duration};

use domain::{
    Error,
    monitoring::{Confirmation, Interval, Minute, Site, SiteKey, Watched, previous_run},
};
use store::{CheckMessage, Place, Placed, Shard, Store};

/// So many pages hold the run before with its rechecks.
const PAGES: u16 = 3;
/// What is older is not put together with what is found now.
const OLDEST: Duration = Duration::from_secs(1200);

/// What is known of each site from before this stage.
pub async fn known(store: &Store, message: &CheckMessage) -> Result<HashMap<SiteKey, Confirmation>, Error> {
    let place = place(message);
    let mut states = HashMap::new();
    let oldest = message.run.before(OLDEST);
    for placed in store.pages_before(place, PAGES).await? {
        if placed.run >= oldest {
            learn(&mut states, &placed);
        }
    }
    let rare = message.sites.iter().filter(|site| {
        site.monitoring.interval_minutes > Interval::DEFAULT && !states.contains_key(&site.key()) && message.stage == 0
    });
    // Sites that are checked less often stand in older pages, all in a few of them.
    let mut runs: Vec<Minute> = rare.map(|site| before(site, message)).collect();
    runs.sort_unstable();
    runs.dedup();
    for run in runs {
        let (from, until) = (run.start(), run.start().after(Interval::DEFAULT.duration()));
        for placed in store.pages_between(place.shard, from, until).await?.iter().rev() {
            learn(&mut states, placed);
        }
    }
    let states = message.sites.iter().map(|site| {
        let key = site.key();
        (key, certain(site, states.remove(&key), message.stage))
    });
    Ok(states.collect())
}

/// Where the message's page stands.
pub const fn place(message: &CheckMessage) -> Place {
    Place {
        shard: Shard {
            number: message.shard,
            of: message.of,
        },
        run: message.run,
        stage: message.stage,
    }
}

fn before(site: &Site, message: &CheckMessage) -> Minute {
    let step = Interval::DEFAULT;
    previous_run(
        site.key(),
        site.monitoring.interval_minutes,
        Minute::of(message.run),
        step,
    )
}

/// The newest word on a site counts; pages come newest first.
fn learn(states: &mut HashMap<SiteKey, Confirmation>, placed: &Placed) {
    for entry in &placed.page.entries {
        states.entry(entry.site).or_insert(entry.state);
    }
}

/// Of what is certain the record has the last word: it was reset when the site came back from a pause, and where a page was
/// written by somebody who died before the record was, it shall come about again.
fn certain(site: &Site, page: Option<Confirmation>, stage: u8) -> Confirmation {
    let Some(page) = page else {
        return site.watch.confirmation();
    };
    if stage > 0 {
        return page;
    }
    let told = |watch: &Watched| (watch.down.map(|down| (down.since, down.told)), watch.warnings);
    let by_page = page.seen_at().map(|at| Watched::default().after(&page, at));
    if by_page.is_some_and(|by_page| told(&by_page) == told(&site.watch)) {
        page
    } else {
        site.watch.confirmation()
    }
}
