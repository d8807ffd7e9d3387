//! Every project that bears our mark, page by page.
//!
//! *Unproven:* that the list shows a project's variables, as the vendor's schema says. Where it shows none, those of a project
//! that has a name of ours are asked for.

use reqwest::Method;
use serde_json::Value;

use super::{MARK, VERCEL, Vercel};
use crate::{
    ClientMark, Marked, Presence,
    answer::text,
    error::{ErrorKind, ProviderError},
};

/// Vercel's own page; a project is shown with its newest deployments, and a larger page could be larger than an answer may be.
const PAGE: &str = "20";
/// Ten thousand projects; a list that is longer runs in circles.
const PAGES: usize = 500;
/// What names of ours begin with.
const OUR_NAMES: &str = "client-";

/// What the list tells of a project's mark.
enum Shown {
    Mark(String),
    No,
    /// The variables, or the mark's value, are not shown.
    Nothing,
}

impl Vercel {
    /// Every project of the team that bears our mark, for whichever client. All pages or an error; nothing of the others.
    ///
    /// # Errors
    /// `Malformed` when the list does not come to its end; `NotConfigured` when it is that of another account.
    pub async fn own_projects(&self) -> Result<Vec<Marked>, ProviderError> {
        let mut found: Vec<Marked> = Vec::new();
        let mut from: Option<String> = None;
        for _ in 0..PAGES {
            let query: Vec<(&str, &str)> = [("limit", PAGE)]
                .into_iter()
                .chain(from.as_deref().map(|from| ("from", from)))
                .collect();
            let call = self.call("list_projects", Method::GET, &["v10", "projects"], &query)?;
            let body = call.json_of(&self.http.send(&call).await?)?;
            let projects = body.get("projects").and_then(Value::as_array);
            for shown in projects.ok_or_else(|| call.unreadable("lacks projects"))? {
                let project = self.project(&call, shown)?;
                // A project that changes meanwhile may be on two pages.
                if found.iter().any(|known| known.external_id == project.id) {
                    continue;
                }
                let mark = match shown_mark(shown) {
                    Shown::Mark(mark) => Some(mark),
                    Shown::Nothing if project.name.starts_with(OUR_NAMES) => self.asked_mark(&project.id).await?,
                    Shown::No | Shown::Nothing => None,
                };
                found.extend(mark.map(|mark| Marked {
                    external_id: project.id,
                    external_name: project.name,
                    mark: ClientMark::new(mark),
                }));
            }
            let next = continuation(&body);
            match next {
                None => return Ok(found),
                Some(next) if from.as_ref() == Some(&next) => break,
                next => from = next,
            }
        }
        let text = "Vercel's list of projects does not come to its end.";
        Err(VERCEL.failed("list_projects", ErrorKind::Malformed, text))
    }

    /// Is the project with this id there, and does it bear this client's mark?
    ///
    /// # Errors
    /// Whatever Vercel refuses.
    pub async fn presence(&self, id: &str, mark: &ClientMark) -> Result<Presence, ProviderError> {
        match self.find_own_project(id, mark).await {
            Ok(Some(_)) => Ok(Presence::Marked),
            Ok(None) => Ok(Presence::Absent),
            Err(error) if *error.kind() == ErrorKind::Foreign => Ok(Presence::Unmarked),
            Err(error) => Err(error),
        }
    }

    async fn asked_mark(&self, id: &str) -> Result<Option<String>, ProviderError> {
        match self.variables(id).await {
            Ok(variables) => Ok(variables
                .into_iter()
                .find(|known| known.key == MARK)
                .and_then(|known| known.value)),
            // Gone since.
            Err(error) if error.is_not_found() => Ok(None),
            Err(error) => Err(error),
        }
    }
}

fn shown_mark(project: &Value) -> Shown {
    let Some(variables) = project.get("env").and_then(Value::as_array) else {
        return Shown::Nothing;
    };
    match variables.iter().find(|variable| text(variable, "/key") == Some(MARK)) {
        None => Shown::No,
        Some(variable) => text(variable, "/value").map_or(Shown::Nothing, |mark| Shown::Mark(mark.to_owned())),
    }
}

/// A timestamp or a token, whichever Vercel gives.
fn continuation(body: &Value) -> Option<String> {
    match body.pointer("/pagination/next")? {
        Value::Number(next) => Some(next.to_string()),
        Value::String(next) if !next.is_empty() => Some(next.clone()),
        _ => None,
    }
}
