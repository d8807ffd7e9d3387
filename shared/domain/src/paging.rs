//! Pages of lists: what may be asked for, and the shape that answers it.

use serde::Serialize;
use utoipa::ToSchema;

use crate::{Code, Error, quoted};

/// Members of a page unless the caller says otherwise.
pub const DEFAULT_LIMIT: usize = 10;
const MAX_LIMIT: usize = 100;

/// One page of a list, in the shape that users of Payload know.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
// The API's document calls it by the one list that is made of it.
#[schema(as = ClientPage)]
#[serde(rename_all = "camelCase")]
pub struct Page<T> {
    /// The page's members.
    pub docs: Vec<T>,
    /// How many there are on all pages.
    pub total_docs: usize,
    /// How many there are on a page.
    pub limit: usize,
    /// Which page this is, from 1.
    pub page: usize,
    /// How many pages there are, at least 1.
    pub total_pages: usize,
    /// There is a next page.
    pub has_next_page: bool,
    /// There is a page before.
    pub has_prev_page: bool,
    /// The next page.
    pub next_page: Option<usize>,
    /// The page before.
    pub prev_page: Option<usize>,
    /// To be sent as `cursor` for what follows: unlike `page`, it does not shift when clients come and go.
    pub next_cursor: Option<String>,
}

impl<T> Page<T> {
    /// The same page of something else.
    pub fn map<U>(self, change: impl FnMut(T) -> U) -> Page<U> {
        Page {
            docs: self.docs.into_iter().map(change).collect(),
            total_docs: self.total_docs,
            limit: self.limit,
            page: self.page,
            total_pages: self.total_pages,
            has_next_page: self.has_next_page,
            has_prev_page: self.has_prev_page,
            next_page: self.next_page,
            prev_page: self.prev_page,
            next_cursor: self.next_cursor,
        }
    }

    /// The part of a whole list that is a page of it; `name` gives a member's cursor.
    pub(crate) fn slice(all: Vec<T>, start: usize, page: usize, limit: usize, name: impl Fn(&T) -> String) -> Self {
        let total_docs = all.len();
        let docs: Vec<T> = all.into_iter().skip(start).take(limit).collect();
        let has_next_page = start.saturating_add(docs.len()) < total_docs && !docs.is_empty();
        let has_prev_page = start > 0;
        Self {
            next_cursor: docs.last().filter(|_| has_next_page).map(name),
            docs,
            total_docs,
            limit,
            page,
            total_pages: total_docs.div_ceil(limit).max(1),
            has_next_page,
            has_prev_page,
            next_page: has_next_page.then(|| page.saturating_add(1)),
            prev_page: (has_prev_page && page > 1).then(|| page - 1),
        }
    }
}

/// Which page of a list that has no filters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Paging {
    /// Its number, from 1.
    pub page: Option<usize>,
    /// Its members.
    pub limit: usize,
    /// The member before it.
    pub cursor: Option<String>,
}

impl Paging {
    /// Reads the query.
    ///
    /// # Errors
    /// A parameter is unknown, comes twice, or has a value that it cannot have.
    pub fn parse(parameters: &[(String, String)]) -> Result<Self, Error> {
        let mut paging = Self {
            page: None,
            limit: DEFAULT_LIMIT,
            cursor: None,
        };
        for (index, (name, value)) in parameters.iter().enumerate() {
            once(parameters, index, name)?;
            match name.as_str() {
                "page" => paging.page = Some(page(value)?),
                "limit" => paging.limit = limit(value)?,
                "cursor" => paging.cursor = Some(value.clone()).filter(|value| !value.is_empty()),
                _ => {
                    let message = format!("{} is not a parameter here. Known: page, limit, cursor.", quoted(name));
                    return Err(bad(name, message));
                }
            }
        }
        if paging.page.is_some() && paging.cursor.is_some() {
            return Err(bad("cursor", "Send page or cursor, not both.".to_owned()));
        }
        Ok(paging)
    }
}

/// The number of a page.
pub fn page(value: &str) -> Result<usize, Error> {
    number("page", value, usize::MAX, "a whole number from 1")
}

/// How many members a page has.
pub fn limit(value: &str) -> Result<usize, Error> {
    number("limit", value, MAX_LIMIT, "a whole number from 1 to 100")
}

/// A parameter that cannot be taken.
pub fn bad(field: &str, message: String) -> Error {
    Error::new(Code::InvalidQuery, message).at(field.chars().take(60).collect::<String>())
}

/// A cursor that no page of ours gave.
pub fn bad_cursor() -> Error {
    bad(
        "cursor",
        "The cursor is not one of ours. Send the nextCursor of an earlier page, or none.".to_owned(),
    )
}

/// Refuses a parameter that came before.
pub fn once(parameters: &[(String, String)], index: usize, name: &str) -> Result<(), Error> {
    if parameters.iter().take(index).any(|(other, _)| other == name) {
        return Err(bad(name, format!("{} comes twice. Send it once.", quoted(name))));
    }
    Ok(())
}

fn number(name: &str, value: &str, most: usize, expected: &str) -> Result<usize, Error> {
    let digits = value.bytes().all(|byte| byte.is_ascii_digit());
    let number = value
        .parse::<usize>()
        .ok()
        .filter(|number| digits && (1..=most).contains(number));
    number.ok_or_else(|| bad(name, format!("{} is not {expected}.", quoted(value))))
}
