//! What the monitor saw of one client: its own entries of the pages, picked out one day at a time.

use std::time::Duration;

use domain::{
    Client, ClientId, Error, Instant,
    monitoring::{
        Day, DayRollUp, Finding, Interval, PAGES_KEPT, RawCheck, Records, SiteKey, Span, Uptime, Window, uptime,
    },
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

/// All that a client's uptime is made from, and what was asked for beside it.
#[derive(Debug, Clone)]
pub struct History {
    /// Days that are over, in order.
    pub days: Vec<DayRollUp>,
    /// Checks of the days that are not rolled up, of those that a window cuts, and of the time that was asked for, in order.
    pub checks: Vec<Past>,
    since: Instant,
    interval: Interval,
    now: Instant,
}

impl History {
    /// The uptime over a window up to now, exactly.
    #[must_use]
    pub fn uptime(&self, window: Window) -> Uptime {
        let checks: Vec<RawCheck> = self.checks.iter().filter_map(|past| past.raw).collect();
        let records = Records {
            since: self.since,
            interval: self.interval,
            days: &self.days,
            checks: &checks,
        };
        // A check of this very moment counts.
        uptime(window, self.now.after(Duration::from_millis(1)), &records)
    }

    /// Checks of the last so many hours or days, newest first.
    pub fn last(&self, length: Duration) -> impl Iterator<Item = &Past> {
        let from = self.now.before(length);
        self.checks.iter().rev().take_while(move |past| past.at >= from)
    }
}

impl Store {
    /// What a client's uptime is made from: roll-ups from `from` on and for all windows, and raw checks where there is no roll-up
    /// yet (`counting` is the first such day), where a window cuts a day, and of the last `length`.
    ///
    /// # Errors
    /// DynamoDB fails, or a page cannot be read.
    pub async fn history(
        &self,
        client: &Client,
        counting: Option<Day>,
        from: Day,
        length: Duration,
        now: Instant,
    ) -> Result<History, Error> {
        let since = client.activated_at.unwrap_or(client.created_at);
        let oldest = Day::of(now.before(Window::Quarter.length()));
        let mut spans = vec![Span {
            from: counting.map_or(since, Day::start).min(now.before(length)),
            until: now.after(Duration::from_millis(1)),
        }];
        spans.extend(Window::ALL.map(|window| {
            let from = now.before(window.length());
            Span {
                from,
                until: Day::of(from).next().start(),
            }
        }));
        let kept = since.max(now.before(PAGES_KEPT));
        let reading = async {
            let mut checks = Vec::new();
            for span in merged(spans, kept) {
                checks.extend(self.past(&client.id, span.from, span.until).await?);
            }
            Ok(checks)
        };
        let (days, checks) = tokio::try_join!(self.days(&client.id, from.min(oldest)), reading)?;
        Ok(History {
            days,
            checks,
            since,
            interval: client.monitoring.interval_minutes,
            now,
        })
    }

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

/// In order, none twice, and nothing before a moment.
fn merged(mut spans: Vec<Span>, earliest: Instant) -> Vec<Span> {
    spans.sort();
    let mut merged: Vec<Span> = Vec::new();
    for span in spans {
        let from = span.from.max(earliest);
        match merged.last_mut() {
            Some(last) if from <= last.until => last.until = last.until.max(span.until),
            _ if from < span.until => merged.push(Span { from, ..span }),
            _ => {}
        }
    }
    merged
}
