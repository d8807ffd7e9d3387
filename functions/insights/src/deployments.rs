//! A client's deployments, newest first, page by page.

use axum::{
    Json,
    extract::{Path, Query, State as Shared},
};
use domain::{ClientId, Code, Deployment, Error, Permission, quoted};
use runtime::{Caller, Problem};
use serde::Serialize;
use utoipa::ToSchema;

use crate::State;

/// Members of a page unless the caller says otherwise.
const DEFAULT_LIMIT: usize = 10;
/// The most members of a page.
const LARGEST_LIMIT: usize = 100;

/// One page of a client's deployments.
#[derive(Debug, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct DeploymentPage {
    /// The page's members.
    docs: Vec<Deployment>,
    /// How many there are on all pages.
    total_docs: usize,
    /// How many there are on a page.
    limit: usize,
    /// Which page this is, from 1.
    page: usize,
    /// How many pages there are, at least 1.
    total_pages: usize,
    /// There is a next page.
    has_next_page: bool,
    /// There is a page before.
    has_prev_page: bool,
    /// The next page.
    next_page: Option<usize>,
    /// The page before.
    prev_page: Option<usize>,
}

pub async fn list(
    caller: Caller,
    Shared(state): Shared<State>,
    Path(id): Path<String>,
    Query(parameters): Query<Vec<(String, String)>>,
) -> Result<Json<DeploymentPage>, Problem> {
    caller.may(Permission::Read)?;
    let id: ClientId = id.parse().map_err(|_| Error::not_found("client", &id))?;
    state.store.existing_client(&id).await?;
    let which = Which::parse(&parameters)?;
    Ok(Json(which.of(state.store.deployments(&id).await?)))
}

/// Which page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Which {
    page: usize,
    limit: usize,
}

impl Which {
    fn parse(parameters: &[(String, String)]) -> Result<Self, Error> {
        let mut which = Self {
            page: 1,
            limit: DEFAULT_LIMIT,
        };
        for (name, value) in parameters {
            match name.as_str() {
                "page" => which.page = number("page", value, usize::MAX)?,
                "limit" => which.limit = number("limit", value, LARGEST_LIMIT)?,
                _ => {
                    let message = format!("There is no parameter {}. Use page and limit.", quoted(name));
                    return Err(Error::new(Code::InvalidQuery, message).at(name.clone()));
                }
            }
        }
        Ok(which)
    }

    fn of(self, all: Vec<Deployment>) -> DeploymentPage {
        let total_docs = all.len();
        let total_pages = total_docs.div_ceil(self.limit).max(1);
        let before = (self.page - 1).saturating_mul(self.limit);
        DeploymentPage {
            docs: all.into_iter().skip(before).take(self.limit).collect(),
            total_docs,
            limit: self.limit,
            page: self.page,
            total_pages,
            has_next_page: self.page < total_pages,
            has_prev_page: self.page > 1,
            next_page: (self.page < total_pages).then(|| self.page + 1),
            prev_page: (self.page > 1).then(|| (self.page - 1).min(total_pages)),
        }
    }
}

fn number(name: &str, value: &str, most: usize) -> Result<usize, Error> {
    let read = value.parse().ok().filter(|number| (1..=most).contains(number));
    read.ok_or_else(|| {
        let range = if most == usize::MAX {
            "a whole number from 1".to_owned()
        } else {
            format!("a whole number from 1 to {most}")
        };
        Error::new(
            Code::InvalidQuery,
            format!("{name} is {}; it must be {range}.", quoted(value)),
        )
        .at(name)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(name: &str, value: &str) -> Result<Which, Error> {
        Which::parse(&[(name.to_owned(), value.to_owned())])
    }

    #[test]
    fn a_page_that_cannot_be_is_refused_by_name() {
        for (name, value) in [
            ("page", "0"),
            ("page", "-1"),
            ("page", "x"),
            ("limit", "0"),
            ("limit", "101"),
            ("limit", ""),
            ("sort", "name"),
        ] {
            let error = parse(name, value).unwrap_err();
            assert_eq!(
                (error.code(), error.field()),
                (Code::InvalidQuery, Some(name)),
                "{name}={value}"
            );
        }
        assert_eq!(parse("limit", "100").unwrap(), Which { page: 1, limit: 100 });
    }

    #[test]
    fn no_deployments_are_one_empty_page() {
        let page = Which { page: 3, limit: 10 }.of(Vec::new());
        assert_eq!((page.total_docs, page.total_pages), (0, 1));
        assert_eq!((page.next_page, page.prev_page), (None, Some(1)));
        assert!(!page.has_next_page && page.has_prev_page);
    }
}
