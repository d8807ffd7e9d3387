//! Lists of clients: what may be asked for.

use std::{cmp::Ordering, str::FromStr};

use crate::{
    BillingStatus, Client, ClientId, ClientStatus, Error, HealthStatus, Page,
    catalogue::{PlanId, TemplateId},
    paging::{self, DEFAULT_LIMIT, bad, bad_cursor, once},
    quoted,
};

const MAX_SEARCH: usize = 100;
const FILTERS: &str = "status, template, plan, health, billingStatus, tag, search, sort";

/// What a list is ordered by; ties are broken by id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Order {
    Name,
    Domain,
    CreatedAt,
    UpdatedAt,
    Status,
    Plan,
    Template,
    MonthlyFee,
    HealthStatus,
}

impl Order {
    const ALL: [(&'static str, Self); 9] = [
        ("name", Self::Name),
        ("domain", Self::Domain),
        ("createdAt", Self::CreatedAt),
        ("updatedAt", Self::UpdatedAt),
        ("status", Self::Status),
        ("plan", Self::Plan),
        ("template", Self::Template),
        ("monthlyFee", Self::MonthlyFee),
        ("healthStatus", Self::HealthStatus),
    ];

    fn compare(self, a: &Client, b: &Client) -> Ordering {
        match self {
            Self::Name => a.name.as_str().to_lowercase().cmp(&b.name.as_str().to_lowercase()),
            Self::Domain => a.domain.cmp(&b.domain),
            Self::CreatedAt => a.created_at.cmp(&b.created_at),
            Self::UpdatedAt => a.updated_at.cmp(&b.updated_at),
            Self::Status => a.status.name().cmp(b.status.name()),
            // From free to enterprise, not by the alphabet.
            Self::Plan => a.plan.cmp(&b.plan),
            Self::Template => a.template.as_str().cmp(b.template.as_str()),
            Self::MonthlyFee => a.monthly_fee_cents.cmp(&b.monthly_fee_cents),
            Self::HealthStatus => a.health_status.name().cmp(b.health_status.name()),
        }
    }
}

/// Which clients, in which order, which page.
///
/// **Invariant:** deleted clients are found only by who asks for `status=deleted`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClientQuery {
    status: Vec<ClientStatus>,
    template: Vec<TemplateId>,
    plan: Vec<PlanId>,
    health: Vec<HealthStatus>,
    billing_status: Vec<BillingStatus>,
    tag: Option<String>,
    search: Option<String>,
    order: Order,
    descending: bool,
    page: Option<usize>,
    limit: usize,
    cursor: Option<ClientId>,
}

impl Default for ClientQuery {
    fn default() -> Self {
        Self {
            status: Vec::new(),
            template: Vec::new(),
            plan: Vec::new(),
            health: Vec::new(),
            billing_status: Vec::new(),
            tag: None,
            search: None,
            order: Order::CreatedAt,
            descending: true,
            page: None,
            limit: DEFAULT_LIMIT,
            cursor: None,
        }
    }
}

impl ClientQuery {
    /// Reads the query of a list. A filter without a value (`status=`) filters nothing.
    ///
    /// # Errors
    /// A parameter is unknown, comes twice, or has a value that it cannot have; the error names both.
    pub fn parse(parameters: &[(String, String)]) -> Result<Self, Error> {
        let mut query = Self::default();
        for (index, (name, value)) in parameters.iter().enumerate() {
            once(parameters, index, name)?;
            match name.as_str() {
                "page" => query.page = Some(paging::page(value)?),
                "limit" => query.limit = paging::limit(value)?,
                "cursor" if value.is_empty() => {}
                "cursor" => query.cursor = Some(cursor(value)?),
                _ => query.filter(name, value, &format!("{FILTERS}, page, limit, cursor"))?,
            }
        }
        if query.page.is_some() && query.cursor.is_some() {
            return Err(bad("cursor", "Send page or cursor, not both.".to_owned()));
        }
        Ok(query)
    }

    /// Reads the query of a whole list, which has filters and an order and no pages.
    ///
    /// # Errors
    /// As [`ClientQuery::parse`].
    pub fn parse_whole(parameters: &[(String, String)]) -> Result<Self, Error> {
        let mut query = Self::default();
        for (index, (name, value)) in parameters.iter().enumerate() {
            once(parameters, index, name)?;
            query.filter(name, value, FILTERS)?;
        }
        Ok(query)
    }

    fn filter(&mut self, name: &str, value: &str, known: &str) -> Result<(), Error> {
        match name {
            "status" => self.status = list(name, value, &ClientStatus::ALL, |status| status.name())?,
            "template" => self.template = list(name, value, &TemplateId::ALL, |template| template.as_str())?,
            "plan" => self.plan = list(name, value, &PlanId::ALL, |plan| plan.as_str())?,
            "health" => self.health = list(name, value, &HealthStatus::ALL, |health| health.name())?,
            "billingStatus" => {
                let all = [
                    BillingStatus::Active,
                    BillingStatus::PastDue,
                    BillingStatus::Cancelled,
                    BillingStatus::Trial,
                ];
                self.billing_status = list(name, value, &all, billing_name)?;
            }
            "tag" => self.tag = Some(value.trim().to_owned()).filter(|tag| !tag.is_empty()),
            "search" if value.chars().count() > MAX_SEARCH => {
                return Err(bad(
                    name,
                    format!("The search has more than {MAX_SEARCH} characters. Shorten it."),
                ));
            }
            "search" => self.search = Some(value.trim().to_lowercase()).filter(|search| !search.is_empty()),
            "sort" if value.is_empty() => {}
            "sort" => {
                let (descending, field) = value.strip_prefix('-').map_or((false, value), |field| (true, field));
                self.order = one(name, field, &Order::ALL, |(name, _)| name)?.1;
                self.descending = descending;
            }
            _ => {
                return Err(bad(
                    name,
                    format!("{} is not a parameter here. Known: {known}.", quoted(name)),
                ));
            }
        }
        Ok(())
    }

    /// Every client that was asked for, in order.
    pub fn all<'a>(&self, clients: impl Iterator<Item = &'a Client>) -> Vec<&'a Client> {
        let mut found: Vec<&Client> = clients.filter(|client| self.matches(client)).collect();
        found.sort_by(|a, b| self.compare(a, b));
        found
    }

    /// The page that was asked for.
    ///
    /// # Errors
    /// The cursor names no client.
    pub fn page<'a>(&self, clients: impl Iterator<Item = &'a Client>) -> Result<Page<&'a Client>, Error> {
        let clients: Vec<&Client> = clients.collect();
        // The client that the cursor names may have left the list meanwhile; its place is still known.
        let last = match &self.cursor {
            Some(id) => Some(*clients.iter().find(|client| client.id == *id).ok_or_else(bad_cursor)?),
            None => None,
        };
        let found = self.all(clients.into_iter());
        let asked = self.page.unwrap_or(1);
        let start = match last {
            Some(last) => found.partition_point(|client| self.compare(client, last) != Ordering::Greater),
            None => (asked - 1).saturating_mul(self.limit),
        };
        let page = if last.is_some() { start / self.limit + 1 } else { asked };
        Ok(Page::slice(found, start, page, self.limit, |client| {
            client.id.to_string()
        }))
    }

    fn compare(&self, a: &Client, b: &Client) -> Ordering {
        let order = self.order.compare(a, b);
        let order = if self.descending { order.reverse() } else { order };
        order.then_with(|| a.id.cmp(&b.id))
    }

    fn matches(&self, client: &Client) -> bool {
        let status = if self.status.is_empty() {
            client.status != ClientStatus::Deleted
        } else {
            self.status.contains(&client.status)
        };
        let texts = [
            client.name.as_str(),
            client.domain.as_str(),
            client.contact_email.as_str(),
            client.id.as_str(),
        ];
        status
            && in_list(&self.template, &client.template)
            && in_list(&self.plan, &client.plan)
            && in_list(&self.health, &client.health_status)
            && in_list(&self.billing_status, &client.billing_status)
            && self
                .tag
                .as_deref()
                .is_none_or(|tag| client.tags.iter().any(|own| own.as_str() == tag))
            && self
                .search
                .as_deref()
                .is_none_or(|search| texts.iter().any(|text| text.to_lowercase().contains(search)))
    }
}

fn in_list<T: PartialEq>(wanted: &[T], value: &T) -> bool {
    wanted.is_empty() || wanted.contains(value)
}

fn billing_name(status: &BillingStatus) -> &'static str {
    match status {
        BillingStatus::Active => "active",
        BillingStatus::PastDue => "past_due",
        BillingStatus::Cancelled => "cancelled",
        BillingStatus::Trial => "trial",
    }
}

fn cursor(value: &str) -> Result<ClientId, Error> {
    ClientId::from_str(value).map_err(|_| bad_cursor())
}

/// Values of a parameter, separated by commas.
pub fn list<T: Copy>(
    name: &str,
    value: &str,
    all: &[T],
    name_of: impl Fn(&T) -> &'static str,
) -> Result<Vec<T>, Error> {
    if value.is_empty() {
        return Ok(Vec::new());
    }
    value
        .split(',')
        .map(|part| one(name, part.trim(), all, &name_of))
        .collect()
}

fn one<T: Copy>(name: &str, value: &str, all: &[T], name_of: impl Fn(&T) -> &'static str) -> Result<T, Error> {
    all.iter()
        .find(|known| name_of(known) == value)
        .copied()
        .ok_or_else(|| {
            let known: Vec<&str> = all.iter().map(&name_of).collect();
            bad(
                name,
                format!(
                    "{} is not possible for {name}. Possible: {}.",
                    quoted(value),
                    known.join(", ")
                ),
            )
        })
}
