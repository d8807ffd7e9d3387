//! Windows that come back every week, by the clock on somebody's wall.

use std::{fmt, str::FromStr, sync::LazyLock};

use jiff::{
    civil::{Date, Time},
    tz::{TimeZone, TimeZoneDatabase},
};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};
use utoipa::ToSchema;

use super::Span;
use crate::Instant;

/// **Invariant:** the same zones everywhere; nothing is read from the machine.
static ZONES: LazyLock<TimeZoneDatabase> = LazyLock::new(TimeZoneDatabase::bundled);

/// A time zone by its IANA name, such as `Europe/Amsterdam`.
#[derive(Clone, PartialEq, Eq)]
pub struct Zone {
    name: String,
    zone: TimeZone,
}

impl FromStr for Zone {
    type Err = &'static str;
    fn from_str(name: &str) -> Result<Self, Self::Err> {
        let unknown = "expected the IANA name of a time zone, e.g. Europe/Amsterdam";
        let zone = ZONES.get(name).map_err(|_| unknown)?;
        let name = zone.iana_name().ok_or(unknown)?.to_owned();
        Ok(Self { name, zone })
    }
}

impl fmt::Display for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)
    }
}

/// A time on the clock, to the minute: `02:30`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct LocalTime(Time);

impl FromStr for LocalTime {
    type Err = &'static str;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let wrong = "expected a time of day, e.g. 02:30";
        let (hour, minute) = text.split_once(':').ok_or(wrong)?;
        let number = |part: &str| {
            let digits = part.len() == 2 && part.bytes().all(|byte| byte.is_ascii_digit());
            digits.then(|| part.parse().ok()).flatten().ok_or(wrong)
        };
        Time::new(number(hour)?, number(minute)?, 0, 0)
            .map(Self)
            .map_err(|_| wrong)
    }
}

impl fmt::Display for LocalTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02}:{:02}", self.0.hour(), self.0.minute())
    }
}

/// A date on the calendar: `2026-11-24`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct LocalDate(Date);

impl FromStr for LocalDate {
    type Err = &'static str;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let date = text.parse().ok().filter(|_| text.len() == 10);
        date.map(Self).ok_or("expected a date, e.g. 2026-11-24")
    }
}

impl fmt::Display for LocalDate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

macro_rules! text {
    ($($name:ident),*) => {$(
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(self, f)
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                String::deserialize(deserializer)?.parse().map_err(D::Error::custom)
            }
        }
    )*};
}

text!(Zone, LocalTime, LocalDate);

/// A day of the week.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
#[allow(missing_docs, reason = "the days of the week")]
pub enum Weekday {
    Monday,
    Tuesday,
    Wednesday,
    Thursday,
    Friday,
    Saturday,
    Sunday,
}

impl Weekday {
    fn of(date: Date) -> Self {
        match date.weekday() {
            jiff::civil::Weekday::Monday => Self::Monday,
            jiff::civil::Weekday::Tuesday => Self::Tuesday,
            jiff::civil::Weekday::Wednesday => Self::Wednesday,
            jiff::civil::Weekday::Thursday => Self::Thursday,
            jiff::civil::Weekday::Friday => Self::Friday,
            jiff::civil::Weekday::Saturday => Self::Saturday,
            jiff::civil::Weekday::Sunday => Self::Sunday,
        }
    }
}

/// From a time of day to another, on some days of every week.
///
/// Where the clock jumps forward, a time that does not exist is as much later as the clock jumped: 02:30 is 03:30, and no
/// window is left out. Where it is put back, a time that comes twice begins at its first and ends at its second coming.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Weekly {
    /// Whose clock.
    pub zone: Zone,
    /// On which days it begins.
    pub days: Vec<Weekday>,
    /// When it begins.
    pub from: LocalTime,
    /// When it ends; on the next day when that is not later than the beginning.
    pub until: LocalTime,
    /// The first day on which it may begin.
    #[serde(default)]
    pub first_day: Option<LocalDate>,
    /// The last day on which it may begin.
    #[serde(default)]
    pub last_day: Option<LocalDate>,
}

impl Weekly {
    /// The occurrences that reach into the given span, whole, in order.
    #[must_use]
    pub fn spans(&self, span: Span) -> Vec<Span> {
        let local = |instant: Instant| {
            let timestamp = jiff::Timestamp::from_millisecond(instant.milliseconds()).ok()?;
            Some(self.zone.zone.to_datetime(timestamp).date())
        };
        let (Some(mut day), Some(last)) = (local(span.from), local(span.until)) else {
            return Vec::new();
        };
        // One that began the day before may still last.
        day = day.yesterday().unwrap_or(day);
        let mut spans = Vec::new();
        while day <= last {
            spans.extend(
                self.begins_on(day)
                    .filter(|one| one.until > span.from && one.from < span.until),
            );
            match day.tomorrow() {
                Ok(next) => day = next,
                Err(_) => break,
            }
        }
        spans
    }

    /// When the last of them is over: not before the end of the day after the last day, wherever the clock hangs.
    pub(super) fn over_at(&self) -> Option<Instant> {
        let end = self.last_day?.0.tomorrow().ok()?.tomorrow().ok()?;
        let end = self.zone.zone.to_ambiguous_timestamp(end.to_datetime(Time::midnight()));
        Some(Instant::from_milliseconds(end.later().ok()?.as_millisecond()))
    }

    fn begins_on(&self, day: Date) -> Option<Span> {
        let meant = self.days.contains(&Weekday::of(day))
            && self.first_day.is_none_or(|first| day >= first.0)
            && self.last_day.is_none_or(|last| day <= last.0);
        if !meant {
            return None;
        }
        let end = if self.until > self.from {
            day
        } else {
            day.tomorrow().ok()?
        };
        let from = self
            .zone
            .zone
            .to_ambiguous_timestamp(day.to_datetime(self.from.0))
            .compatible();
        let until = self
            .zone
            .zone
            .to_ambiguous_timestamp(end.to_datetime(self.until.0))
            .later();
        let instant = |timestamp: jiff::Timestamp| Instant::from_milliseconds(timestamp.as_millisecond());
        Some(Span {
            from: instant(from.ok()?),
            until: instant(until.ok()?),
        })
    }
}
