//! A maintenance window as it is asked for, read once at the edge.

use std::str::FromStr;

use serde::{Deserialize, Deserializer};
use utoipa::ToSchema;

use super::{Maintenance, Origin, Scope, Span, Weekday, Weekly, When};
use crate::{ClientId, Error, Instant, Tag, monitoring::incident::not_a_client, orders::parse_reason, quoted};

/// The body of `POST /maintenance`: a scope, and either `once` or `weekly`.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct WindowBody {
    /// Whose sites.
    #[schema(inline)]
    pub scope: ScopeBody,
    /// When, if it is once.
    #[schema(inline)]
    pub once: Option<OnceBody>,
    /// When, if it is every week.
    #[schema(inline)]
    pub weekly: Option<WeeklyBody>,
    /// What for, in at most 500 characters.
    #[schema(example = "The host moves to another rack")]
    pub reason: Option<String>,
}

/// The body of `PATCH /maintenance/{id}`: what is left out stays; `once` or `weekly` takes the place of what was.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct WindowChangeBody {
    /// Whose sites.
    #[schema(inline)]
    pub scope: Option<ScopeBody>,
    /// When, if it is once.
    #[schema(inline)]
    pub once: Option<OnceBody>,
    /// When, if it is every week.
    #[schema(inline)]
    pub weekly: Option<WeeklyBody>,
    /// What for; `null` clears it.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>)]
    pub reason: Option<Option<String>>,
}

/// Whose sites: exactly one of the three.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ScopeBody {
    /// One client's, by its id.
    pub client: Option<String>,
    /// Those of all clients with this tag.
    #[schema(example = "vip")]
    pub tag: Option<String>,
    /// All.
    pub all: Option<bool>,
}

/// From one moment to another, at most 31 days later.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct OnceBody {
    /// The first moment.
    pub from: Instant,
    /// The first moment that is not in it.
    pub until: Instant,
}

/// From a time of day to another, on some days of every week.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct WeeklyBody {
    /// Whose clock, as an IANA name.
    #[schema(example = "Europe/Amsterdam")]
    pub zone: String,
    /// On which days it begins.
    pub days: Vec<Weekday>,
    /// When it begins.
    #[schema(example = "02:30")]
    pub from: String,
    /// When it ends; on the next day when that is not later than the beginning.
    #[schema(example = "04:00")]
    pub until: String,
    /// The first day on which it may begin.
    #[schema(example = "2026-11-24")]
    pub first_day: Option<String>,
    /// The last day on which it may begin.
    pub last_day: Option<String>,
}

impl WindowBody {
    /// Reads it, as the window that somebody makes.
    ///
    /// # Errors
    /// A value breaks a rule; the error names the field and what would be right.
    pub fn parse(self, id: String, who: &str) -> Result<Maintenance, Error> {
        let when = parse_when(self.once, self.weekly)?.ok_or_else(|| {
            let message = "Say when: once with from and until, or weekly with zone, days, from and until.";
            Error::invalid("once", message)
        })?;
        checked(Maintenance {
            id,
            scope: self.scope.parse()?,
            when,
            origin: Origin::Person(who.to_owned()),
            reason: parse_reason(self.reason)?,
        })
    }
}

impl WindowChangeBody {
    /// The window as it is then.
    ///
    /// # Errors
    /// As [`WindowBody::parse`].
    pub fn apply(self, window: Maintenance) -> Result<Maintenance, Error> {
        let Maintenance {
            id,
            scope,
            when,
            origin,
            reason,
        } = window;
        checked(Maintenance {
            id,
            scope: self.scope.map_or(Ok(scope), ScopeBody::parse)?,
            when: parse_when(self.once, self.weekly)?.unwrap_or(when),
            origin,
            reason: self.reason.map_or(Ok(reason), parse_reason)?,
        })
    }
}

impl ScopeBody {
    fn parse(self) -> Result<Scope, Error> {
        match (self.client, self.tag, self.all.unwrap_or_default()) {
            (Some(client), None, false) => {
                let id = ClientId::from_str(&client);
                id.map(Scope::Client)
                    .map_err(|_| Error::invalid("scope.client", not_a_client(&client)))
            }
            (None, Some(tag), false) => Tag::parse("scope.tag", &tag).map(Scope::Tag),
            (None, None, true) => Ok(Scope::All),
            _ => {
                let message = "Say whose sites: {\"client\": \"cl_…\"}, {\"tag\": \"…\"} or {\"all\": true}.";
                Err(Error::invalid("scope", message))
            }
        }
    }
}

impl WeeklyBody {
    fn parse(self) -> Result<Weekly, Error> {
        let mut days = self.days;
        days.sort_by_key(|day| *day as u8);
        days.dedup();
        Ok(Weekly {
            zone: text("weekly.zone", &self.zone)?,
            days,
            from: text("weekly.from", &self.from)?,
            until: text("weekly.until", &self.until)?,
            first_day: self.first_day.map(|day| text("weekly.firstDay", &day)).transpose()?,
            last_day: self.last_day.map(|day| text("weekly.lastDay", &day)).transpose()?,
        })
    }
}

fn parse_when(once: Option<OnceBody>, weekly: Option<WeeklyBody>) -> Result<Option<When>, Error> {
    match (once, weekly) {
        (Some(OnceBody { from, until }), None) => Ok(Some(When::Once(Span { from, until }))),
        (None, Some(weekly)) => weekly.parse().map(When::Weekly).map(Some),
        (None, None) => Ok(None),
        (Some(_), Some(_)) => Err(Error::invalid("weekly", "Send once or weekly, not both.")),
    }
}

fn checked(window: Maintenance) -> Result<Maintenance, Error> {
    let part = match window.when {
        When::Once(_) => "once",
        When::Weekly(_) => "weekly",
    };
    match window.validate() {
        Ok(()) => Ok(window),
        Err((field, remedy)) => Err(Error::invalid(format!("{part}.{field}"), format!("{field} {remedy}."))),
    }
}

fn text<T: FromStr<Err = &'static str>>(field: &str, text: &str) -> Result<T, Error> {
    text.parse()
        .map_err(|expected| Error::invalid(field, format!("{} cannot be read: {expected}.", quoted(text))))
}

/// What is there, `null` included, is `Some`.
fn given<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Option<String>>, D::Error> {
    Option::deserialize(deserializer).map(Some)
}
