//! Points in time.

use std::{fmt, time::Duration};

use jiff::Timestamp;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};

/// A point in time, in milliseconds, written as RFC 3339 UTC with exactly three decimals (`2026-11-24T08:26:29.123Z`).
///
/// The fixed width makes the text sortable, so it can stand in a DynamoDB sort key.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Instant(i64);

impl Instant {
    /// The given number of milliseconds after 1970-01-01T00:00:00Z.
    #[must_use]
    pub const fn from_milliseconds(milliseconds: i64) -> Self {
        Self(milliseconds)
    }

    /// Milliseconds since 1970-01-01T00:00:00Z.
    #[must_use]
    pub const fn milliseconds(self) -> i64 {
        self.0
    }

    /// Whole seconds since 1970-01-01T00:00:00Z, as DynamoDB's time to live wants them.
    #[must_use]
    pub const fn epoch_seconds(self) -> i64 {
        self.0.div_euclid(1000)
    }

    /// Reads RFC 3339, at any precision and offset.
    ///
    /// # Errors
    /// The text is not an RFC 3339 instant.
    pub fn parse(text: &str) -> Result<Self, jiff::Error> {
        text.parse::<Timestamp>()
            .map(|timestamp| Self(timestamp.as_millisecond()))
    }

    /// This instant, `duration` later (saturating).
    #[must_use]
    pub fn after(self, duration: Duration) -> Self {
        Self(
            self.0
                .saturating_add(i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)),
        )
    }

    /// This instant, `duration` earlier (saturating).
    #[must_use]
    pub fn before(self, duration: Duration) -> Self {
        Self(
            self.0
                .saturating_sub(i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)),
        )
    }

    /// How long after `earlier` this is; zero when it is not.
    #[must_use]
    pub fn since(self, earlier: Self) -> Duration {
        Duration::from_millis(u64::try_from(self.0.saturating_sub(earlier.0)).unwrap_or(0))
    }

    /// The same day and time one calendar month on; the last day of the month where that day does not exist.
    #[must_use]
    pub fn one_month_on(self) -> Self {
        let zoned = self.timestamp().to_zoned_datetime(jiff::tz::TimeZone::UTC);
        zoned
            .checked_add(jiff::Span::new().months(1))
            .map_or(self, |later| Self(later.timestamp().as_millisecond()))
    }

    fn timestamp(self) -> Timestamp {
        Timestamp::from_millisecond(self.0).unwrap_or(Timestamp::UNIX_EPOCH)
    }
}

impl fmt::Display for Instant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.3}", self.timestamp())
    }
}

impl fmt::Debug for Instant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Serialize for Instant {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Instant {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).map_err(|_| D::Error::custom("expected an RFC 3339 instant, e.g. 2026-11-24T08:26:29Z"))
    }
}

impl utoipa::PartialSchema for Instant {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::Schema> {
        utoipa::openapi::ObjectBuilder::new()
            .schema_type(utoipa::openapi::schema::Type::String)
            .format(Some(utoipa::openapi::SchemaFormat::KnownFormat(
                utoipa::openapi::KnownFormat::DateTime,
            )))
            .into()
    }
}

impl utoipa::ToSchema for Instant {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_text_has_a_fixed_width_and_sorts_like_the_time() {
        let early = Instant::parse("2026-11-24T08:26:29Z").unwrap();
        let late = Instant::parse("2026-11-24T08:26:29.1+00:00").unwrap();
        assert_eq!(early.to_string(), "2026-11-24T08:26:29.000Z");
        assert_eq!(late.to_string(), "2026-11-24T08:26:29.100Z");
        assert!(early.to_string() < late.to_string());
    }

    #[test]
    fn a_month_on_from_the_last_of_january_is_the_last_of_february() {
        let january = Instant::parse("2026-01-31T10:00:00Z").unwrap();
        assert_eq!(january.one_month_on().to_string(), "2026-02-28T10:00:00.000Z");
    }

    #[test]
    fn arithmetic_saturates_instead_of_overflowing() {
        assert_eq!(Instant(i64::MAX).after(Duration::MAX), Instant(i64::MAX));
        assert_eq!(Instant(0).since(Instant(5)), Duration::ZERO);
    }
}
