//! What the monitor saw of one client: its own entries of the pages, picked out one day at a time.

use std::time::Duration;

use domain::{
    ClientId, Error, Instant,
    monitoring::{Finding, RawCheck, SiteKey},
};
use tokio::task::JoinSet;

use crate::{Shard, Store, Sweep};

/// So much is read at once: a day of a shard's pages is a few megabytes.
const PIECE: Duration = Duration::from_secs(86_400);
/// So many pieces are read at the same time.
const AT_ONCE: usize = 4;

/// A check of the past.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Past {
    /// When.
    pub at: Instant,
    /// The verdict; inconclusive when the monitor was blind and the site seemed to fail.
    pub finding: Finding,
    /// It was in maintenance.
    pub excused: bool,
    /// Time to the front page's answer.
    pub latency_ms: Option<u32>,
    /// As uptime counts it; `None` for a recheck.
    pub raw: Option<RawCheck>,
}

impl Store {
    /// A client's checks from one moment up to another, in order.
    ///
    /// # Errors
    /// DynamoDB fails, or a page cannot be read.
    pub async fn past(&self, client: &ClientId, from: Instant, until: Instant) -> Result<Vec<Past>, Error> {
        let site = SiteKey::of(client);
        // A page stands under the moment of its run; the checks in it are a little later.
        let sweeps = self.sweeps_between(from.before(Sweep::LONGEST), until).await?;
        let mut counts: Vec<u16> = sweeps.iter().map(|sweep| sweep.shards.max(1)).collect();
        counts.sort_unstable();
        counts.dedup();
        let mut pieces = Vec::new();
        for of in counts {
            let shard = Shard {
                number: site.shard(of),
                of,
            };
            let mut begin = from.before(Sweep::LONGEST);
            while begin < until {
                let end = begin.after(PIECE).min(until);
                pieces.push((shard, begin, end));
                begin = end;
            }
        }
        let (mut found, mut reading, mut pieces) = (Vec::new(), JoinSet::new(), pieces.into_iter());
        loop {
            while reading.len() < AT_ONCE
                && let Some((shard, begin, end)) = pieces.next()
            {
                let store = self.clone();
                reading.spawn(async move { store.piece(site, shard, begin, end).await });
            }
            match reading.join_next().await {
                Some(piece) => found.extend(piece.map_err(Error::internal)??),
                None => break,
            }
        }
        found.retain(|past| past.at >= from && past.at < until);
        found.sort_by_key(|past| past.at);
        Ok(found)
    }

    async fn piece(&self, site: SiteKey, shard: Shard, from: Instant, until: Instant) -> Result<Vec<Past>, Error> {
        let mut found = Vec::new();
        for placed in self.pages_between(shard, from, until).await? {
            let page = placed.page;
            let ours = page.entries.iter().filter(|entry| entry.site == site);
            found.extend(ours.map(|entry| Past {
                at: entry.at,
                finding: match entry.finding {
                    Finding::Critical(_) if page.blind => Finding::Inconclusive,
                    finding => finding,
                },
                excused: entry.excused,
                latency_ms: entry.latency_ms,
                raw: page.raw_check(entry),
            }));
        }
        Ok(found)
    }
}
