//! Which incidents a list shows.

use std::time::Duration;

use super::{IncidentPage, IncidentStatus, IncidentSummary, IncidentView, Severity, mean_times};
use crate::{
    ClientId, Error, Instant, Page,
    listing::list,
    paging::{DEFAULT_LIMIT, bad, bad_cursor, limit, once, page},
    quoted,
};

/// Over how long the mean times are taken.
const MEAN_OVER: Duration = Duration::from_secs(30 * 86_400);

/// Which incidents, and which page of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IncidentQuery {
    /// Those of this client.
    pub client: Option<ClientId>,
    status: Vec<IncidentStatus>,
    severity: Vec<Severity>,
    page: Option<usize>,
    limit: usize,
    cursor: Option<String>,
}

impl IncidentQuery {
    /// Reads the query of the list. A filter without a value filters nothing.
    ///
    /// # Errors
    /// A parameter is unknown, comes twice, or has a value that it cannot have.
    pub fn parse(parameters: &[(String, String)]) -> Result<Self, Error> {
        let mut query = Self {
            client: None,
            status: Vec::new(),
            severity: Vec::new(),
            page: None,
            limit: DEFAULT_LIMIT,
            cursor: None,
        };
        for (index, (name, value)) in parameters.iter().enumerate() {
            once(parameters, index, name)?;
            match name.as_str() {
                "status" => query.status = list(name, value, &IncidentStatus::ALL, |status| status.name())?,
                "severity" => query.severity = list(name, value, &Severity::ALL, |severity| severity.name())?,
                "clientId" if value.is_empty() => {}
                "clientId" => {
                    let client = value.parse().map_err(|_| bad(name, not_a_client(value)))?;
                    query.client = Some(client);
                }
                "page" => query.page = Some(page(value)?),
                "limit" => query.limit = limit(value)?,
                "cursor" if value.is_empty() => {}
                "cursor" if value.starts_with("in_") => query.cursor = Some(value.clone()),
                "cursor" => return Err(bad_cursor()),
                _ => {
                    let known = "status, severity, clientId, page, limit, cursor";
                    return Err(bad(
                        name,
                        format!("{} is not a parameter here. Known: {known}.", quoted(name)),
                    ));
                }
            }
        }
        if query.page.is_some() && query.cursor.is_some() {
            return Err(bad("cursor", "Send page or cursor, not both.".to_owned()));
        }
        Ok(query)
    }

    /// The page, of all incidents of the client that is asked for.
    #[must_use]
    pub fn of(&self, mut all: Vec<IncidentSummary>, now: Instant) -> IncidentPage {
        all.retain(|one| self.severity.is_empty() || self.severity.contains(&one.incident.trouble.severity()));
        let newest = all.iter().map(|one| &one.incident);
        let mean_times = mean_times(newest.filter(|incident| now.since(incident.opened_at) <= MEAN_OVER));
        all.retain(|one| self.status.is_empty() || self.status.contains(&one.incident.status));
        all.sort_by(|a, b| b.incident.id.cmp(&a.incident.id));
        let asked = self.page.unwrap_or(1);
        let (start, page) = match &self.cursor {
            Some(last) => {
                let start = all.partition_point(|one| one.incident.id >= *last);
                (start, start / self.limit + 1)
            }
            None => ((asked - 1).saturating_mul(self.limit), asked),
        };
        let page = Page::slice(all, start, page, self.limit, |one| one.incident.id.clone());
        IncidentPage {
            page: page.map(IncidentView::from),
            mean_times,
        }
    }
}

/// What to say of a value that names no client.
pub fn not_a_client(value: &str) -> String {
    format!("{} is not the id of a client. It begins with cl_.", quoted(value))
}
