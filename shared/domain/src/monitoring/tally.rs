//! Counts of scheduled checks, and what a day of them comes to.

use std::fmt;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{judge::Finding, schedule::Interval};
use crate::Instant;

pub(super) const DAY_MS: i64 = 86_400_000;

/// How a scheduled check counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Counted {
    /// The site worked, with or without warnings.
    Successful,
    /// It did not.
    Failed,
    /// Nothing can be said: the fault was ours.
    Inconclusive,
    /// It was in maintenance.
    Excused,
}

impl Counted {
    /// A verdict counts like this, outside maintenance.
    #[must_use]
    pub const fn of(finding: Finding) -> Self {
        match finding {
            Finding::Healthy | Finding::Warning(_) => Self::Successful,
            Finding::Critical(_) => Self::Failed,
            Finding::Inconclusive => Self::Inconclusive,
        }
    }
}

/// A scheduled check, as much of it as is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RawCheck {
    /// When.
    pub at: Instant,
    /// How it counts.
    pub counted: Counted,
    /// Time to the front page's answer; `None` when there was none.
    pub latency_ms: Option<u32>,
}

/// So many checks of each kind.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Tally {
    /// The site worked.
    pub successful: u32,
    /// It did not.
    pub failed: u32,
    /// The fault was ours.
    pub inconclusive: u32,
    /// In maintenance.
    pub excused: u32,
}

impl Tally {
    /// One more.
    pub const fn count(&mut self, counted: Counted) {
        let field = match counted {
            Counted::Successful => &mut self.successful,
            Counted::Failed => &mut self.failed,
            Counted::Inconclusive => &mut self.inconclusive,
            Counted::Excused => &mut self.excused,
        };
        *field = field.saturating_add(1);
    }

    /// Those that say something of the site.
    #[must_use]
    pub const fn total(&self) -> u32 {
        self.successful.saturating_add(self.failed)
    }

    /// With those of the other.
    #[must_use]
    pub const fn plus(self, other: Self) -> Self {
        Self {
            successful: self.successful.saturating_add(other.successful),
            failed: self.failed.saturating_add(other.failed),
            inconclusive: self.inconclusive.saturating_add(other.inconclusive),
            excused: self.excused.saturating_add(other.excused),
        }
    }
}

/// A day in UTC, by its number since 1970-01-01.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Day(i32);

impl Day {
    /// The day of this instant.
    #[must_use]
    pub fn of(instant: Instant) -> Self {
        Self(i32::try_from(instant.milliseconds().div_euclid(DAY_MS)).unwrap_or(0))
    }

    /// When it begins.
    #[must_use]
    pub fn start(self) -> Instant {
        Instant::from_milliseconds(i64::from(self.0) * DAY_MS)
    }

    /// The day after it.
    #[must_use]
    pub const fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = self.start().to_string();
        f.write_str(text.get(..10).unwrap_or(&text))
    }
}

impl fmt::Debug for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// How long answers took, in milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Latency {
    /// Half of them were as quick as this.
    pub p50: u32,
    /// 95 of 100 were.
    pub p95: u32,
    /// 99 of 100 were.
    pub p99: u32,
    /// The slowest.
    pub max: u32,
}

impl Latency {
    /// By nearest rank; `None` without any.
    #[must_use]
    pub fn of(mut latencies: Vec<u32>) -> Option<Self> {
        latencies.sort_unstable();
        let rank = |percent: usize| {
            latencies
                .get((latencies.len() * percent).div_ceil(100).max(1) - 1)
                .copied()
        };
        Some(Self {
            p50: rank(50)?,
            p95: rank(95)?,
            p99: rank(99)?,
            max: rank(100)?,
        })
    }
}

/// A client's day: what is left of its checks when the raw ones are gone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct DayRollUp {
    /// Which day.
    pub day: Day,
    /// The checks that were made.
    pub tally: Tally,
    /// Milliseconds of the day in which the site was watched or should have been, maintenance included.
    pub watched_ms: u32,
    /// The interval at the day's end, in minutes.
    pub interval: Interval,
    /// How long the answers took.
    pub latency: Option<Latency>,
}

impl DayRollUp {
    /// Rolls up the checks of one day; those of other days are left out. `since` is when watching began.
    #[must_use]
    pub fn of(day: Day, since: Instant, interval: Interval, checks: &[RawCheck]) -> Self {
        let mut tally = Tally::default();
        let mut latencies = Vec::new();
        for check in checks.iter().filter(|check| Day::of(check.at) == day) {
            tally.count(check.counted);
            latencies.extend(check.latency_ms);
        }
        let watched = day.next().start().since(since.max(day.start()));
        Self {
            day,
            tally,
            watched_ms: u32::try_from(watched.as_millis()).unwrap_or(u32::MAX),
            interval,
            latency: Latency::of(latencies),
        }
    }
}
