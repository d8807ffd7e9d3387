//! What is shown of maintenance windows. Every field is always there, `null` when unknown.

use std::time::Duration;

use serde::Serialize;
use utoipa::ToSchema;

use super::{Maintenance, Origin, Scope, Span, Weekday, Weekly, When};
use crate::{
    ClientId, Error, Instant, Operation, OperationKind, Page, Tag,
    listing::list,
    monitoring::incident::not_a_client,
    paging::{DEFAULT_LIMIT, bad, limit, once, page},
    quoted,
};

/// How far ahead the next opening of a weekly window is looked for: two weeks and a day, since one may be skipped.
const AHEAD: Duration = Duration::from_secs(15 * 86_400);
/// For how long the windows of our own operations are listed.
const OPERATIONS_LISTED: Duration = Duration::from_secs(90 * 86_400);

/// A maintenance window.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct WindowView {
    /// Identifies it.
    #[schema(example = "mw_01jdexmp1e0000000000000000")]
    pub id: String,
    /// Whose sites.
    pub scope: ScopeView,
    /// When, if it is once.
    pub once: Option<Span>,
    /// When, if it is every week.
    pub weekly: Option<WeeklyView>,
    /// What for.
    pub reason: Option<String>,
    /// Who opened it.
    pub origin: OriginView,
    /// Is it open, still to come, or over?
    pub status: WindowStatus,
    /// When it is open now or will be next, as far as the next two weeks show.
    pub next: Option<Span>,
    /// When it was made.
    pub created_at: Instant,
}

/// Whose sites.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ScopeView {
    /// One client's.
    pub client: Option<ClientId>,
    /// Those of all clients with this tag.
    pub tag: Option<Tag>,
    /// All.
    pub all: bool,
}

/// From a time of day to another, on some days of every week.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct WeeklyView {
    /// Whose clock.
    #[schema(example = "Europe/Amsterdam")]
    pub zone: String,
    /// On which days it begins.
    pub days: Vec<Weekday>,
    /// When it begins.
    #[schema(example = "02:30")]
    pub from: String,
    /// When it ends; on the next day when that is not later than the beginning.
    pub until: String,
    /// The first day on which it may begin.
    pub first_day: Option<String>,
    /// The last day on which it may begin.
    pub last_day: Option<String>,
}

/// Who opened a window.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct OriginView {
    /// What kind of somebody.
    pub kind: OriginKind,
    /// The person's name, or the operation's id.
    pub value: String,
}

/// What kind of somebody opened a window.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum OriginKind {
    /// Somebody; can be changed.
    Person,
    /// One of our own operations, which ends it; cannot be changed.
    Operation,
}

/// Where a window stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum WindowStatus {
    /// Sites are not checked now.
    Open,
    /// It will be open (again).
    Upcoming,
    /// It will never be open again.
    Over,
}

impl WindowStatus {
    const ALL: [Self; 3] = [Self::Open, Self::Upcoming, Self::Over];

    const fn name(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Upcoming => "upcoming",
            Self::Over => "over",
        }
    }
}

/// A page of windows, newest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(transparent)]
pub struct WindowPage(#[schema(inline)] pub Page<WindowView>);

impl WindowView {
    /// A window as it is at this moment.
    #[must_use]
    pub fn of(window: Maintenance, created_at: Instant, now: Instant) -> Self {
        let ahead = match &window.when {
            When::Once(span) => span.until.max(now),
            When::Weekly(_) => now.after(AHEAD),
        };
        let next = window
            .spans(Span {
                from: now,
                until: ahead,
            })
            .into_iter()
            .next();
        let status = if window.is_open(now) {
            WindowStatus::Open
        } else if window.over_at().is_some_and(|over| over <= now) {
            WindowStatus::Over
        } else {
            WindowStatus::Upcoming
        };
        let (once, weekly) = match window.when {
            When::Once(span) => (Some(span), None),
            When::Weekly(weekly) => (None, Some(weekly.into())),
        };
        Self {
            id: window.id,
            scope: window.scope.into(),
            once,
            weekly,
            reason: window.reason,
            origin: window.origin.into(),
            status,
            next,
            created_at,
        }
    }

    /// The windows of a client's own operations in the last 90 days: its site is not watched while they change it.
    #[must_use]
    pub fn of_operations(operations: &[Operation], now: Instant) -> Vec<Self> {
        let windows = Maintenance::of_operations(operations, now);
        windows.map(|(window, begun)| Self::of(window, begun, now)).collect()
    }
}

impl Maintenance {
    /// The windows of a client's own operations in the last 90 days, each with the moment of its beginning.
    pub fn of_operations(operations: &[Operation], now: Instant) -> impl Iterator<Item = (Self, Instant)> {
        let recent = operations.iter().filter(move |operation| {
            // Nothing is watched before a site is up.
            operation.kind != OperationKind::Provision && now.since(operation.created_at) <= OPERATIONS_LISTED
        });
        recent.map(|operation| {
            let (begun, deadline) = (operation.created_at, operation.deadline);
            let mut window = Self::of_operation(&operation.id, &operation.client_id, begun, deadline);
            if let Some(ended) = operation.ended_at {
                window.close(ended);
            }
            window.reason = Some(operation.kind.name().to_owned());
            (window, begun)
        })
    }
}

impl From<Scope> for ScopeView {
    fn from(scope: Scope) -> Self {
        let all = scope == Scope::All;
        let (client, tag) = match scope {
            Scope::Client(client) => (Some(client), None),
            Scope::Tag(tag) => (None, Some(tag)),
            Scope::All => (None, None),
        };
        Self { client, tag, all }
    }
}

impl From<Weekly> for WeeklyView {
    fn from(weekly: Weekly) -> Self {
        Self {
            zone: weekly.zone.to_string(),
            days: weekly.days,
            from: weekly.from.to_string(),
            until: weekly.until.to_string(),
            first_day: weekly.first_day.map(|day| day.to_string()),
            last_day: weekly.last_day.map(|day| day.to_string()),
        }
    }
}

impl From<Origin> for OriginView {
    fn from(origin: Origin) -> Self {
        let (kind, value) = match origin {
            Origin::Person(name) => (OriginKind::Person, name),
            Origin::Operation(operation) => (OriginKind::Operation, operation.to_string()),
        };
        Self { kind, value }
    }
}

/// Which windows, and which page of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WindowQuery {
    /// Those that are about this client; the windows of its own operations among them.
    pub client: Option<ClientId>,
    status: Vec<WindowStatus>,
    page: usize,
    limit: usize,
}

impl WindowQuery {
    /// Reads the query of the list. A filter without a value filters nothing.
    ///
    /// # Errors
    /// A parameter is unknown, comes twice, or has a value that it cannot have.
    pub fn parse(parameters: &[(String, String)]) -> Result<Self, Error> {
        let mut query = Self {
            client: None,
            status: Vec::new(),
            page: 1,
            limit: DEFAULT_LIMIT,
        };
        for (index, (name, value)) in parameters.iter().enumerate() {
            once(parameters, index, name)?;
            match name.as_str() {
                "clientId" if value.is_empty() => {}
                "clientId" => query.client = Some(value.parse().map_err(|_| bad(name, not_a_client(value)))?),
                "status" => query.status = list(name, value, &WindowStatus::ALL, |status| status.name())?,
                "page" => query.page = page(value)?,
                "limit" => query.limit = limit(value)?,
                _ => {
                    let known = "clientId, status, page, limit";
                    return Err(bad(
                        name,
                        format!("{} is not a parameter here. Known: {known}.", quoted(name)),
                    ));
                }
            }
        }
        Ok(query)
    }

    /// The page, of all windows that are about the client that is asked for.
    #[must_use]
    pub fn of(&self, mut all: Vec<WindowView>) -> WindowPage {
        all.retain(|window| self.status.is_empty() || self.status.contains(&window.status));
        all.sort_by(|a, b| (b.created_at, &b.id).cmp(&(a.created_at, &a.id)));
        let start = (self.page - 1).saturating_mul(self.limit);
        let mut page = Page::slice(all, start, self.page, self.limit, |window| window.id.clone());
        // The windows of operations come and go with their clients; this list has numbered pages only.
        page.next_cursor = None;
        WindowPage(page)
    }
}
