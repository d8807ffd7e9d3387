//! The month: counts per site and day of the last 30 days that are over, in one record per worker, written once a day.

use std::collections::BTreeMap;

use super::{
    PageError,
    codec::{Reader, Writer},
    digest::{read_tally, write_tally},
};
use crate::{
    Instant,
    monitoring::{Day, SiteKey, Tally, Uptime, Window},
};

const VERSION: u8 = 1;
/// With today they make the 30 that uptime is over.
const DAYS: u64 = 29;

/// What one worker's sites have done on the days that are over.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Month {
    /// By site, by day.
    pub sites: BTreeMap<SiteKey, BTreeMap<Day, Tally>>,
}

impl Month {
    /// Takes in a day that is over.
    pub fn learn(&mut self, site: SiteKey, day: Day, tally: Tally) {
        self.sites.entry(site).or_default().insert(day, tally);
    }

    /// Forgets days that are too old, and sites without any.
    pub fn forget(&mut self, today: Day) {
        let oldest = oldest(today);
        self.sites.retain(|_, days| {
            days.retain(|day, _| *day >= oldest);
            !days.is_empty()
        });
    }

    /// A site's counts of the days that are over and still in the 30.
    #[must_use]
    pub fn before(&self, site: SiteKey, today: Day) -> Tally {
        let days = self.sites.get(&site).into_iter().flatten();
        let within = days.filter(|(day, _)| **day >= oldest(today) && **day < today);
        within.fold(Tally::default(), |all, (_, tally)| all.plus(*tally))
    }

    /// The month as stored.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let mut writer = Writer::default();
        writer.byte(VERSION);
        writer.number(self.sites.len() as u64);
        for (site, days) in &self.sites {
            writer.bytes(&site.bytes());
            writer.number(days.len() as u64);
            let mut last = 0;
            for (day, tally) in days {
                let number = day.start().milliseconds() / DAY_MS;
                writer.signed(number - last);
                last = number;
                write_tally(&mut writer, *tally);
            }
        }
        writer.0
    }

    /// Reads a stored month.
    ///
    /// # Errors
    /// It is from a newer release, cut off, or no month at all.
    pub fn decode(bytes: &[u8]) -> Result<Self, PageError> {
        let mut reader = Reader(bytes);
        let version = reader.byte()?;
        if version != VERSION {
            return Err(PageError::Version(version));
        }
        let mut month = Self::default();
        for _ in 0..reader.count()? {
            let site = SiteKey::from_bytes(reader.array()?);
            let mut last = 0_i64;
            for _ in 0..reader.count()? {
                last = last.wrapping_add(reader.signed()?);
                let day = Day::of(Instant::from_milliseconds(last.wrapping_mul(DAY_MS)));
                month.learn(site, day, read_tally(&mut reader)?);
            }
        }
        if reader.0.is_empty() {
            Ok(month)
        } else {
            Err(PageError::Nonsense("more follows than it says"))
        }
    }
}

const DAY_MS: i64 = crate::monitoring::tally::DAY_MS;

fn oldest(today: Day) -> Day {
    Day::of(today.start().before(std::time::Duration::from_secs(DAYS * 86_400)))
}

impl Uptime {
    /// Uptime over 30 days by whole days: those that are over, and today so far. For lists and for the warning; coverage is not
    /// known here and is 1.
    #[must_use]
    pub fn of_month(before: Tally, today: Tally) -> Self {
        let tally = before.plus(today);
        Self::of_tally(Window::Month, tally, 1.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TODAY: Instant = Instant::from_milliseconds(1_795_348_800_000);

    fn day(ago: u64) -> Day {
        Day::of(TODAY.before(std::time::Duration::from_secs(ago * 86_400)))
    }

    const WELL: Tally = Tally {
        successful: 288,
        failed: 0,
        inconclusive: 0,
        excused: 0,
    };

    #[test]
    fn thirty_days_with_today_count_and_older_ones_are_forgotten() {
        let site = SiteKey::from_bytes([7; 7]);
        let mut month = Month::default();
        for ago in 1..=40 {
            month.learn(site, day(ago), WELL);
        }
        assert_eq!(month.before(site, day(0)).successful, 29 * 288);
        month.forget(day(0));
        assert_eq!(month.sites.get(&site).map(BTreeMap::len), Some(29));
        let bytes = month.encode();
        assert!(bytes.len() < 29 * 8, "{}", bytes.len());
        assert_eq!(Month::decode(&bytes), Ok(month.clone()));
        month.forget(day(0).next().next());
        assert_eq!(month.before(site, day(0)).successful, 27 * 288);
        let uptime = Uptime::of_month(month.before(site, day(0)), WELL);
        assert_eq!((uptime.total, uptime.percentage), (28 * 288, Some(100.0)));
    }
}
