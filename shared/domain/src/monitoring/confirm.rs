//! When a finding counts: one bad check is noise, several are news.
//!
//! Two questions are kept apart. *Is the site down?* N of the last M checks say so (2 of 3), and it is up again after so many good
//! ones in a row (2). *Is anybody told?* Only when three more checks were bad than good: with 0.5 % of the checks failing for
//! no reason, 2 of 3 alone would call somebody 144 times a day for 10,000 sites; this way it is once in three days, and a
//! site that flaps calls nobody. Checks at 0, 15 and 60 seconds decide, so an outage is told within a minute of being seen.

use std::time::Duration;

use super::{
    check::{Change, Check, CheckKind, Consequences, Rules},
    judge::{Critical, Finding},
    schedule::Interval,
    track::WarningTrack,
    warning::Warnings,
};
use crate::{HealthStatus, Instant};

/// No conclusive check for so many intervals, and nobody knows how the site is.
const UNKNOWN_AFTER: u32 = 3;
/// Checks further apart than this are not put together; nor is one that comes late by less than this held for a jump of the clock.
const TOGETHER: u32 = 2;
/// A site that has been up for this long has stopped flapping.
const CALM: Duration = Duration::from_secs(6 * 3600);
/// Each relapse doubles the good checks that a recovery needs, up to 64: some two hours of them.
const LONGEST_DOUBT: u8 = 5;

/// How a site stands.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Standing {
    /// Never seen.
    #[default]
    New,
    Up,
    Down {
        since: Instant,
        reason: Critical,
        told: bool,
        /// Good checks in a row.
        good: u8,
    },
}

/// What is remembered of a site between two checks. The default is: never seen.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Confirmation {
    pub(super) standing: Standing,
    /// The newest check is the lowest bit; 1 is bad.
    pub(super) recent: u8,
    /// The oldest bad check of the recent ones.
    pub(super) doubted: Option<Instant>,
    /// Bad checks less good ones, from 0 to where somebody is told.
    pub(super) conviction: u8,
    /// The next recheck of the series, 1 or 2; 0 when none is to come.
    pub(super) stage: u8,
    pub(super) unknown: bool,
    pub(super) warnings: WarningTrack,
    /// Relapses, each within [`CALM`] of the recovery before.
    pub(super) relapses: u8,
    /// The last recovery of which somebody was told, while it matters.
    pub(super) recovered: Option<Instant>,
    /// The newest check.
    pub(super) seen: Option<Instant>,
    /// The newest check that told something.
    pub(super) conclusive: Option<Instant>,
}

impl Confirmation {
    /// Takes in a check. One that came twice, late or out of its series changes nothing.
    pub fn observe(&mut self, rules: &Rules, check: Check) -> Consequences {
        let mut changes = Vec::new();
        let interval = rules.interval.duration();
        if let CheckKind::Recheck(number) = check.kind
            && (number == 0 || number != self.stage)
        {
            return Consequences::default();
        }
        if let Some(seen) = self.seen {
            let again = check.at == seen && check.kind == CheckKind::Scheduled;
            if (check.at < seen || again) && seen.since(check.at) <= interval * TOGETHER {
                return Consequences::default();
            }
            if check.at.since(seen) > interval * TOGETHER || check.at < seen {
                self.forget_evidence();
            }
        }
        self.seen = Some(check.at);
        // The clock was wrong when it says that the last check is yet to come.
        self.conclusive = self.conclusive.map(|conclusive| conclusive.min(check.at));
        if check.finding == Finding::Inconclusive {
            let limit = interval * UNKNOWN_AFTER;
            if !self.unknown && self.conclusive.is_some_and(|known| check.at.since(known) >= limit) {
                self.unknown = true;
                changes.push(Change::Unknown);
            }
        } else {
            self.conclusive = Some(check.at);
            if std::mem::take(&mut self.unknown) {
                changes.push(Change::Known);
            }
        }
        match check.finding {
            Finding::Inconclusive => {}
            Finding::Critical(reason) => self.bad(rules, check.at, reason, &mut changes),
            Finding::Healthy => self.good(rules, check.at, Warnings::NONE, &mut changes),
            Finding::Warning(warnings) => self.good(rules, check.at, warnings, &mut changes),
        }
        let recheck = self.next_recheck(rules, check.kind);
        Consequences { changes, recheck }
    }

    fn bad(&mut self, rules: &Rules, at: Instant, reason: Critical, changes: &mut Vec<Change>) {
        self.recent = self.recent << 1 | 1;
        let since = *self.doubted.get_or_insert(at);
        self.conviction = (self.conviction + 1).min(rules.told_at());
        if !matches!(self.standing, Standing::Down { .. }) && self.bad_of_recent(rules) >= rules.down() {
            self.standing = Standing::Down {
                since,
                reason,
                told: false,
                good: 0,
            };
            changes.push(Change::Down(reason));
        }
        if let Standing::Down {
            since,
            reason: latest,
            told,
            good,
        } = &mut self.standing
        {
            (*latest, *good) = (reason, 0);
            if !*told && self.conviction >= rules.told_at() {
                *told = true;
                changes.push(Change::Alert(reason, *since));
                let again = self.recovered.is_some_and(|recovered| at.since(recovered) < CALM);
                self.relapses = if again {
                    (self.relapses + 1).min(LONGEST_DOUBT)
                } else {
                    0
                };
            }
        }
    }

    fn good(&mut self, rules: &Rules, at: Instant, warnings: Warnings, changes: &mut Vec<Change>) {
        self.recent <<= 1;
        self.conviction = self.conviction.saturating_sub(1);
        if self.bad_of_recent(rules) == 0 {
            self.doubted = None;
        }
        match &mut self.standing {
            Standing::New => self.standing = Standing::Up,
            Standing::Up => {
                if self.recovered.is_some_and(|recovered| at.since(recovered) >= CALM) {
                    (self.recovered, self.relapses) = (None, 0);
                }
            }
            Standing::Down { since, told, good, .. } => {
                *good = good.saturating_add(1);
                if *good >= rules.up() << self.relapses.min(LONGEST_DOUBT) {
                    changes.push(Change::Up(*since));
                    if *told {
                        changes.push(Change::Resolve);
                        self.recovered = Some(at);
                    }
                    self.standing = Standing::Up;
                    (self.recent, self.conviction, self.doubted) = (0, 0, None);
                }
            }
        }
        let (new, over) = self.warnings.see(warnings);
        for (set, change) in [(new, Change::Warned(new)), (over, Change::Cleared(over))] {
            if !set.is_empty() {
                changes.push(change);
            }
        }
    }

    fn next_recheck(&mut self, rules: &Rules, kind: CheckKind) -> Option<(CheckKind, Duration)> {
        let [first, second] = rules.recheck_after;
        let wanted = self.is_unsettled(rules);
        let next = match kind {
            CheckKind::Scheduled if wanted => Some((1, first)),
            CheckKind::Recheck(1) if wanted => Some((2, second.saturating_sub(first))),
            CheckKind::Scheduled | CheckKind::Recheck(_) => None,
        };
        self.stage = next.map_or(0, |(stage, _)| stage);
        next.map(|(stage, wait)| (CheckKind::Recheck(stage), wait))
    }

    fn is_unsettled(&self, rules: &Rules) -> bool {
        let site = match self.standing {
            Standing::New | Standing::Up => self.bad_of_recent(rules) > 0,
            Standing::Down { told, good, .. } => !told || good > 0,
        };
        site || self.warnings.is_unsettled()
    }

    fn bad_of_recent(&self, rules: &Rules) -> u32 {
        (self.recent & (u8::MAX >> (8 - rules.of()))).count_ones()
    }

    fn forget_evidence(&mut self) {
        (self.recent, self.conviction, self.doubted) = (0, 0, None);
        if let Standing::Down { good, .. } = &mut self.standing {
            *good = 0;
        }
        self.warnings.settle();
    }

    /// The site is watched no more: ends what somebody was told, and forgets it.
    pub fn withdraw(&mut self) -> Vec<Change> {
        let before = std::mem::take(self);
        let mut changes = Vec::new();
        if let Standing::Down { since, told, .. } = before.standing {
            changes.push(Change::Up(since));
            changes.extend(told.then_some(Change::Resolve));
        }
        let reported = before.warnings.reported();
        if !reported.is_empty() {
            changes.push(Change::Cleared(reported));
        }
        changes
    }

    /// How the site is, as far as is certain now.
    #[must_use]
    pub fn status(&self, interval: Interval, now: Instant) -> HealthStatus {
        let limit = interval.duration() * UNKNOWN_AFTER;
        let stale = self.conclusive.is_none_or(|conclusive| now.since(conclusive) >= limit);
        match self.standing {
            _ if self.unknown || stale => HealthStatus::Unknown,
            Standing::New => HealthStatus::Unknown,
            Standing::Down { .. } => HealthStatus::Critical,
            Standing::Up if self.warnings.reported().is_empty() => HealthStatus::Healthy,
            Standing::Up => HealthStatus::Warning,
        }
    }

    /// The warnings that somebody was told of and that are not over.
    #[must_use]
    pub const fn warnings(&self) -> Warnings {
        self.warnings.reported()
    }

    /// When the newest check was made.
    #[must_use]
    pub const fn seen_at(&self) -> Option<Instant> {
        self.seen
    }

    /// When the newest check was made that told something.
    #[must_use]
    pub const fn conclusive_at(&self) -> Option<Instant> {
        self.conclusive
    }

    /// No conclusive check for so long, and nobody knows how the site is.
    #[must_use]
    pub fn unknown_after(interval: Interval) -> Duration {
        interval.duration() * UNKNOWN_AFTER
    }

    /// Since when the site is down, and why; `None` when it is not, as far as is certain.
    #[must_use]
    pub const fn down(&self) -> Option<(Instant, Critical)> {
        match self.standing {
            Standing::Down { since, reason, .. } => Some((since, reason)),
            Standing::New | Standing::Up => None,
        }
    }
}
