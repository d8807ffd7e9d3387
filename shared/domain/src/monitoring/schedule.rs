//! When a site is due: a pure function of who it is, how often it is checked, and the minute. Nothing is written down.

use std::{fmt, str::FromStr, time::Duration};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};
use sha2::{Digest, Sha256};

use crate::{ClientId, Instant};

const MINUTE_MS: i64 = 60_000;

/// A client in seven bytes, for stored pages and for spreading: the beginning of the SHA-256 of its id. Among 10,000
/// clients two are alike with a chance of 1 in 1.4 thousand million.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SiteKey([u8; 7]);

impl SiteKey {
    /// The key of this client; always the same.
    #[must_use]
    pub fn of(client: &ClientId) -> Self {
        let mut key = [0; 7];
        for (place, byte) in key.iter_mut().zip(Sha256::digest(client.as_str())) {
            *place = byte;
        }
        Self(key)
    }

    /// From stored bytes.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 7]) -> Self {
        Self(bytes)
    }

    /// To be stored.
    #[must_use]
    pub const fn bytes(self) -> [u8; 7] {
        self.0
    }

    /// Which of so many workers looks after it, from 0; always the same one, so that it finds its own last page.
    #[must_use]
    pub fn shard(self, shards: u16) -> u16 {
        let [.., high, low] = self.0;
        u16::from_be_bytes([high, low]) % shards.max(1)
    }

    /// From other bits than the shard, so that each worker's sites are spread evenly too.
    fn spread(self) -> u32 {
        let [first, second, third, fourth, ..] = self.0;
        u32::from_be_bytes([first, second, third, fourth])
    }
}

impl fmt::Debug for SiteKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

/// How often something happens, in whole minutes from 1 to 1,440.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "u16", into = "u16")]
pub struct Interval(u16);

impl Interval {
    /// The platform's: five minutes.
    pub const DEFAULT: Self = Self(5);

    /// So many minutes.
    #[must_use]
    pub const fn minutes(minutes: u16) -> Option<Self> {
        if minutes >= 1 && minutes <= 1440 {
            Some(Self(minutes))
        } else {
            None
        }
    }

    /// As a length of time.
    #[must_use]
    pub fn duration(self) -> Duration {
        Duration::from_secs(u64::from(self.0) * 60)
    }
}

impl Default for Interval {
    fn default() -> Self {
        Self::DEFAULT
    }
}

impl TryFrom<u16> for Interval {
    type Error = &'static str;
    fn try_from(minutes: u16) -> Result<Self, Self::Error> {
        Self::minutes(minutes).ok_or("an interval is 1 to 1440 minutes")
    }
}

impl From<Interval> for u16 {
    fn from(interval: Interval) -> Self {
        interval.0
    }
}

/// A minute; the name of a scheduled run, so that a run that is announced twice has one name. Sorts like the time.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Minute(u32);

impl Minute {
    /// The minute of this instant.
    #[must_use]
    pub fn of(instant: Instant) -> Self {
        Self(u32::try_from(instant.milliseconds().div_euclid(MINUTE_MS)).unwrap_or(0))
    }

    /// The run that this minute belongs to when there is one run every `step`.
    #[must_use]
    pub fn run(self, step: Interval) -> Self {
        Self(self.0 - self.0 % u32::from(step.0))
    }

    /// When it begins.
    #[must_use]
    pub fn start(self) -> Instant {
        Instant::from_milliseconds(i64::from(self.0) * MINUTE_MS)
    }

    /// Minutes since 1970-01-01T00:00Z.
    #[must_use]
    pub const fn number(self) -> u32 {
        self.0
    }

    /// The minute with this number.
    #[must_use]
    pub const fn from_number(number: u32) -> Self {
        Self(number)
    }

    /// So many minutes earlier (saturating).
    #[must_use]
    pub const fn before(self, minutes: u32) -> Self {
        Self(self.0.saturating_sub(minutes))
    }
}

impl fmt::Display for Minute {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = self.start().to_string();
        write!(f, "{}Z", text.get(..16).unwrap_or(&text))
    }
}

impl fmt::Debug for Minute {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for Minute {
    type Err = &'static str;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let minute = text.strip_suffix('Z').filter(|minute| minute.len() == 16);
        let instant = minute.and_then(|minute| Instant::parse(&format!("{minute}:00Z")).ok());
        instant.map(Self::of).ok_or("expected a minute, e.g. 2026-11-24T08:25Z")
    }
}

impl Serialize for Minute {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Minute {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(D::Error::custom)
    }
}

/// Is the site due in this run, when there is one run every `step`? A site that is to be checked more often than there are
/// runs is due in each.
#[must_use]
pub fn is_due(site: SiteKey, interval: Interval, run: Minute, step: Interval) -> bool {
    let start = run.run(step).0;
    // The first minute from the run's start on that is the site's own.
    let period = u32::from(interval.0);
    let wait = (site.spread() % period + period - start % period) % period;
    wait < u32::from(step.0)
}

/// The run before this one in which the site was due: where its last verdict stands.
#[must_use]
pub fn previous_run(site: SiteKey, interval: Interval, run: Minute, step: Interval) -> Minute {
    let last = run.run(step).before(1);
    let period = u32::from(interval.0);
    let since = (last.0 % period + period - site.spread() % period) % period;
    last.before(since).run(step)
}
