//! Uptime = successful checks / all checks, as the guide has it, with what is missing shown and maintenance left out.

use std::{collections::BTreeMap, time::Duration};

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{
    schedule::Interval,
    tally::{Day, DayRollUp, RawCheck, Tally},
};
use crate::Instant;

/// With less data than this, uptime warns nobody.
const ENOUGH_DATA: Duration = Duration::from_secs(24 * 3600);

/// The span of time up to now that an uptime is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
pub enum Window {
    /// 24 hours.
    #[serde(rename = "24h")]
    Day,
    /// 7 days.
    #[serde(rename = "7d")]
    Week,
    /// 30 days.
    #[serde(rename = "30d")]
    Month,
    /// 90 days.
    #[serde(rename = "90d")]
    Quarter,
}

impl Window {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Day, Self::Week, Self::Month, Self::Quarter];

    /// How long it is.
    #[must_use]
    pub const fn length(self) -> Duration {
        let days = match self {
            Self::Day => 1,
            Self::Week => 7,
            Self::Month => 30,
            Self::Quarter => 90,
        };
        Duration::from_secs(days * 86_400)
    }
}

/// A client's uptime over a window.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Uptime {
    /// Over which time.
    pub window: Window,
    /// Checks that found the site working.
    pub successful: u32,
    /// All checks that say something of the site.
    pub total: u32,
    /// Checks in maintenance, which count neither way.
    pub excused: u32,
    /// Successful of all, in percent with two decimals, rounded down so that 100 means all; `None` without any check.
    pub percentage: Option<f64>,
    /// Checks that say something, of those that should have been made outside maintenance: 0 to 1.
    pub coverage: f64,
}

/// What a client's uptime is made from.
#[derive(Debug, Clone, Copy)]
pub struct Records<'a> {
    /// When watching began.
    pub since: Instant,
    /// How often the site is checked now.
    pub interval: Interval,
    /// Days that are over. A day that is here is not counted from its raw checks, unless the window cuts it.
    pub days: &'a [DayRollUp],
    /// Scheduled checks, each once: those of the days that are not rolled up, and of the day that the window cuts if they
    /// are still kept.
    pub checks: &'a [RawCheck],
}

/// The uptime over a window that ends now.
#[must_use]
pub fn uptime(window: Window, now: Instant, records: &Records<'_>) -> Uptime {
    let days: BTreeMap<Day, &DayRollUp> = records.days.iter().map(|one| (one.day, one)).collect();
    let mut raw: BTreeMap<Day, Tally> = BTreeMap::new();
    let start = now.before(window.length());
    for check in records
        .checks
        .iter()
        .filter(|check| check.at >= start && check.at < now)
    {
        raw.entry(Day::of(check.at)).or_default().count(check.counted);
    }
    let (mut tally, mut expected) = (Tally::default(), 0.0);
    let mut day = Day::of(start.max(records.since));
    while day.start() < now {
        let (from, until) = (day.start().max(start), day.next().start().min(now));
        let whole = from == day.start() && until == day.next().start();
        match (days.get(&day), raw.get(&day)) {
            (Some(rolled), _) if whole => {
                tally = tally.plus(rolled.tally);
                expected += f64::from(rolled.watched_ms) / milliseconds(rolled.interval.duration());
            }
            // Its raw checks are gone: the window begins with the next day.
            (Some(rolled), None) if from > day.start() && rolled.tally != Tally::default() => {}
            (_, counted) => {
                tally = tally.plus(counted.copied().unwrap_or_default());
                let watched = until.since(from.max(records.since));
                expected += milliseconds(watched) / milliseconds(records.interval.duration());
            }
        }
        day = day.next();
    }
    let total = tally.total();
    // The first and the last check of a span may both be in it: never more than all.
    let wanted = (expected - f64::from(tally.excused))
        .max(f64::from(total))
        .max(f64::EPSILON);
    Uptime::of_tally(window, tally, (f64::from(total) / wanted * 10_000.0).floor() / 10_000.0)
}

impl Uptime {
    pub(super) fn of_tally(window: Window, tally: Tally, coverage: f64) -> Self {
        let total = tally.total();
        let hundredths = u64::from(tally.successful) * 10_000 / u64::from(total.max(1));
        let percentage = u32::try_from(hundredths).map_or(100.0, |hundredths| f64::from(hundredths) / 100.0);
        Self {
            window,
            successful: tally.successful,
            total,
            excused: tally.excused,
            percentage: (total > 0).then_some(percentage),
            coverage,
        }
    }

    /// Is it below this many percent, with at least 24 hours of checks to say so? Exactly at the limit is well.
    #[must_use]
    pub fn is_low(&self, percent: u8, interval: Interval) -> bool {
        let enough = interval.duration() * self.total >= ENOUGH_DATA;
        enough && u64::from(self.successful) * 100 < u64::from(self.total) * u64::from(percent)
    }
}

fn milliseconds(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1000.0
}
