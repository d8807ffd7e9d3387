//! What a page leads to: records that change, a desk that is told, sites that are looked at again.

use std::{collections::HashMap, sync::Arc, time::Duration};

use domain::{
    ClientId, Error, HealthReport, HealthStatus, Instant,
    monitoring::{Check, CheckKind, Confirmation, Consequences, Entry, Finding, RunPage, Site, SiteKey},
};
use store::Store;
use tokio::{sync::Semaphore, task::JoinSet};

/// So many records are written at once.
const AT_ONCE: usize = 16;

/// What is to be done because of a page.
#[derive(Debug, Default)]
pub struct Todo {
    /// Records that change.
    pub changed: Vec<Changed>,
    /// Sites that are looked at again, all after the same time.
    pub again: Vec<Site>,
    pub after: Duration,
    /// Whom the desk is to look at.
    pub told: Vec<ClientId>,
}

#[derive(Debug)]
pub struct Changed {
    site: Site,
    status: HealthStatus,
    report: Option<HealthReport>,
}

/// Works out what follows from a page; the same from the same page, whoever does it. `reports` are there for who has looked itself.
pub fn todo(
    page: &RunPage,
    stage: u8,
    sites: &[Site],
    before: &HashMap<SiteKey, Confirmation>,
    reports: &HashMap<SiteKey, HealthReport>,
    recheck_after: [Duration; 2],
) -> Todo {
    let entries: HashMap<SiteKey, &Entry> = page.entries.iter().map(|entry| (entry.site, entry)).collect();
    let mut todo = Todo::default();
    for site in sites {
        let key = site.key();
        let Some(entry) = entries.get(&key).filter(|entry| !entry.excused) else {
            continue;
        };
        let mut state = before.get(&key).copied().unwrap_or_default();
        let Consequences { changes, recheck } = observe(&mut state, site, entry, stage, recheck_after);
        let mut site = site.clone();
        let status = state.status(site.monitoring.interval_minutes, entry.at);
        // A deploy writes its own verdict into the record; ours takes its place as soon as it is one.
        let settled = entry.finding.status() == status;
        if !changes.is_empty() || (settled && site.health_status != status && status != HealthStatus::Unknown) {
            site.watch = site.watch.after(&state, entry.at);
            site.health_status = status;
            todo.changed.push(Changed {
                site: site.clone(),
                status,
                report: reports.get(&key).cloned(),
            });
        }
        if changes.iter().any(|change| change.is_told()) {
            todo.told.push(site.id.clone());
        }
        if let Some((_, after)) = recheck {
            todo.after = after;
            todo.again.push(site);
        }
    }
    todo
}

/// A check taken in; the same for who makes the page and for who reads it.
pub fn observe(
    state: &mut Confirmation,
    site: &Site,
    entry: &Entry,
    stage: u8,
    recheck_after: [Duration; 2],
) -> Consequences {
    let kind = match stage {
        0 => CheckKind::Scheduled,
        number => CheckKind::Recheck(number),
    };
    let rules = site.monitoring.rules(recheck_after);
    state.observe(
        &rules,
        Check {
            at: entry.at,
            kind,
            finding: entry.finding,
        },
    )
}

/// Writes the records that change.
pub async fn write(store: &Store, changed: Vec<Changed>, now: Instant) -> Result<(), Error> {
    let (room, mut writing) = (Arc::new(Semaphore::new(AT_ONCE)), JoinSet::new());
    for one in changed {
        let (store, room) = (store.clone(), Arc::clone(&room));
        writing.spawn(async move {
            let _place = room.acquire().await.map_err(Error::internal)?;
            let Changed { site, status, report } = one;
            let saved = store
                .save_watch(&site.id, &site.watch, status, report.as_ref(), now)
                .await?;
            tracing::info!(client.id = %site.id, client.health = status.name(), saved = ?saved, "something has become certain of a site");
            Ok::<_, Error>(())
        });
    }
    while let Some(written) = writing.join_next().await {
        written.map_err(Error::internal)??;
    }
    Ok(())
}

/// Does a finding count against the site, so that its record is to be read again before it does?
pub const fn counts_against(finding: Finding) -> bool {
    matches!(finding, Finding::Critical(_))
}
