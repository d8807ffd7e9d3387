//! Maintenance: time in which a site is not checked, alerts nobody and loses no uptime.

mod body;
mod view;
mod weekly;

use std::time::Duration;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

pub use self::{
    body::{OnceBody, ScopeBody, WeeklyBody, WindowBody, WindowChangeBody},
    view::{OriginKind, OriginView, ScopeView, WeeklyView, WindowPage, WindowQuery, WindowStatus, WindowView},
    weekly::{LocalDate, LocalTime, Weekday, Weekly, Zone},
};
use crate::{ClientId, Instant, OperationId, Tag};

/// Somebody meant hours or days.
const LONGEST: Duration = Duration::from_secs(31 * 86_400);

/// From one moment up to another, that one not included.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Span {
    /// The first moment.
    pub from: Instant,
    /// The first moment that is not in it.
    pub until: Instant,
}

impl Span {
    /// Is this moment in it?
    #[must_use]
    pub fn contains(self, at: Instant) -> bool {
        self.from <= at && at < self.until
    }
}

/// Whose sites.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Scope {
    /// One client's.
    Client(ClientId),
    /// Those of all clients with this tag.
    Tag(Tag),
    /// All.
    All,
}

/// When.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum When {
    /// Once.
    Once(Span),
    /// Every week.
    Weekly(Weekly),
}

/// Who opened it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Origin {
    /// Somebody, by name.
    Person(String),
    /// One of our own operations, which ends it.
    Operation(OperationId),
}

/// A maintenance window.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Maintenance {
    /// Identifies it.
    pub id: String,
    /// Whose sites.
    pub scope: Scope,
    /// When.
    pub when: When,
    /// Who opened it.
    pub origin: Origin,
    /// What for.
    pub reason: Option<String>,
}

impl Maintenance {
    /// The window of one of our own operations, open until [`Maintenance::close`] or, should that never come, the deadline.
    #[must_use]
    pub fn of_operation(operation: &OperationId, client: &ClientId, now: Instant, deadline: Instant) -> Self {
        Self {
            id: format!("mw_{operation}"),
            scope: Scope::Client(client.clone()),
            when: When::Once(Span {
                from: now,
                until: deadline.min(now.after(LONGEST)),
            }),
            origin: Origin::Operation(operation.clone()),
            reason: None,
        }
    }

    /// What is wrong with it, if anything: the field and the remedy.
    ///
    /// # Errors
    /// The window can never be open, or would be open for more than 31 days.
    pub fn validate(&self) -> Result<(), (&'static str, &'static str)> {
        match &self.when {
            When::Once(span) if span.until <= span.from => Err(("until", "must be later than from")),
            When::Once(span) if span.until.since(span.from) > LONGEST => {
                Err(("until", "must be within 31 days of from"))
            }
            When::Weekly(weekly) if weekly.days.is_empty() => Err(("days", "must name at least one day of the week")),
            When::Weekly(weekly) if matches!((weekly.first_day, weekly.last_day), (Some(first), Some(last)) if last < first) => {
                Err(("lastDay", "must not be before firstDay"))
            }
            When::Once(_) | When::Weekly(_) => Ok(()),
        }
    }

    /// Is it about this client?
    #[must_use]
    pub fn is_about(&self, client: &ClientId, tags: &[Tag]) -> bool {
        match &self.scope {
            Scope::Client(one) => one == client,
            Scope::Tag(tag) => tags.contains(tag),
            Scope::All => true,
        }
    }

    /// When it is open within the given span; whole, in order.
    #[must_use]
    pub fn spans(&self, span: Span) -> Vec<Span> {
        match &self.when {
            When::Once(one) if one.until > span.from && one.from < span.until => vec![*one],
            When::Once(_) => Vec::new(),
            When::Weekly(weekly) => weekly.spans(span),
        }
    }

    /// Is it open?
    #[must_use]
    pub fn is_open(&self, at: Instant) -> bool {
        let moment = Span {
            from: at,
            until: at.after(Duration::from_millis(1)),
        };
        !self.spans(moment).is_empty()
    }

    /// When it will never be open again; `None` when there is no such moment.
    #[must_use]
    pub fn over_at(&self) -> Option<Instant> {
        match &self.when {
            When::Once(span) => Some(span.until),
            When::Weekly(weekly) => weekly.over_at(),
        }
    }

    /// Its operation has ended. What was open is over; a window that was not open yet never will be.
    pub fn close(&mut self, now: Instant) {
        if let When::Once(span) = &mut self.when {
            span.until = span.until.min(now).max(span.from);
        }
    }
}

/// The window that keeps this client's site from being checked, if any.
#[must_use]
pub fn maintenance_at<'a>(
    windows: &'a [Maintenance],
    client: &ClientId,
    tags: &[Tag],
    at: Instant,
) -> Option<&'a Maintenance> {
    windows
        .iter()
        .find(|window| window.is_about(client, tags) && window.is_open(at))
}

/// When a client's site was or will be in maintenance: windows that touch are one, and nothing reaches out of the given span.
#[must_use]
pub fn maintenance_spans(windows: &[Maintenance], client: &ClientId, tags: &[Tag], span: Span) -> Vec<Span> {
    let about = windows.iter().filter(|window| window.is_about(client, tags));
    let mut spans: Vec<Span> = about.flat_map(|window| window.spans(span)).collect();
    spans.sort();
    let mut merged: Vec<Span> = Vec::new();
    for one in spans {
        let one = Span {
            from: one.from.max(span.from),
            until: one.until.min(span.until),
        };
        match merged.last_mut() {
            Some(last) if one.from <= last.until => last.until = last.until.max(one.until),
            _ => merged.push(one),
        }
    }
    merged
}
