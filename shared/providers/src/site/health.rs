//! How a site is.

use std::time::Duration;

use domain::monitoring::{Claim, HealthFacts};
use reqwest::{Method, header::LOCATION};
use url::Url;

use super::SITE;
use crate::{answer::Answer, call::Call, error::ProviderError, http::Http};

/// A page that takes longer is down for whoever waits for it.
const PATIENCE: Duration = Duration::from_secs(10);

/// What one look at a site has shown. What is unknown is `None`.
#[derive(Clone, Debug, PartialEq)]
pub struct SiteHealth {
    /// The front page answered below 400.
    pub reachable: bool,
    /// The status of the front page.
    pub status_code: Option<u16>,
    /// Until the front page's first byte, or until the attempt failed.
    pub response_time_ms: u64,
    /// `/api/health` answered 2xx.
    pub health_ok: bool,
    /// What it says of its database.
    pub database_ok: Option<bool>,
    /// One round trip to the database.
    pub database_latency_ms: Option<f64>,
    /// Of the site's process.
    pub memory_used_bytes: Option<u64>,
    /// What the process may use.
    pub memory_total_bytes: Option<u64>,
    /// The deployed version.
    pub version: Option<String>,
    /// The worst of what is wrong, in words; `None` when nothing is.
    pub problem: Option<String>,
}

pub(super) async fn look(http: &Http, site: &str) -> Result<SiteHealth, ProviderError> {
    let front = SITE.url("page", site, &[""])?;
    let page = Call::new(&SITE, "page", Method::GET, front.clone())
        .accepting("text/html,*/*;q=0.8")
        .within(PATIENCE)
        .ignoring_body();
    let health = Call::new(
        &SITE,
        "health",
        Method::GET,
        SITE.url("health", site, &["api", "health"])?,
    )
    .within(PATIENCE);
    let started = std::time::Instant::now();
    let (page, said) = tokio::join!(
        async {
            let answer = http.send(&page).await;
            (answer, started.elapsed())
        },
        http.send(&health)
    );
    let (page, took) = page;
    let took = page.as_ref().map_or(took, |answer| answer.elapsed);
    let page_problem = page_problem(&page, &front);
    // Read as the monitor reads it: what goes live here is not critical five minutes later.
    let facts = said.as_ref().ok().and_then(|answer| HealthFacts::read(&answer.body));
    let database_ok = facts
        .as_ref()
        .and_then(|facts| facts.database)
        .map(|claim| claim != Claim::Failing);
    let health_ok = facts.is_some() && said.as_ref().is_ok_and(Answer::success);
    let problem = page_problem.or_else(|| health_problem(&said, facts.as_ref(), health_ok, database_ok));
    Ok(SiteHealth {
        reachable: page.as_ref().is_ok_and(|answer| answer.status < 400),
        status_code: page.as_ref().ok().map(|answer| answer.status),
        response_time_ms: u64::try_from(took.as_millis()).unwrap_or(u64::MAX),
        health_ok,
        database_ok,
        database_latency_ms: facts.as_ref().and_then(|facts| facts.database_latency_ms),
        memory_used_bytes: facts.as_ref().and_then(|facts| facts.memory_used_bytes),
        memory_total_bytes: facts.as_ref().and_then(|facts| facts.memory_total_bytes),
        version: facts.and_then(|facts| facts.version),
        problem,
    })
}

fn page_problem(page: &Result<Answer, ProviderError>, front: &Url) -> Option<String> {
    let answer = match page {
        Ok(answer) => answer,
        Err(error) => return Some(error.public().trim_end_matches('.').to_owned()),
    };
    match answer.status {
        200..=299 => None,
        300..=399 => {
            let target = answer.header(LOCATION).and_then(|target| front.join(target).ok());
            let stays = target.is_some_and(|target| target.host_str() == front.host_str());
            (!stays).then(|| "The front page leads away from the site".to_owned())
        }
        status => Some(match answer.header("x-vercel-error") {
            Some(code) => format!(
                "The front page answers {status} ({})",
                code.chars().take(60).collect::<String>()
            ),
            None => format!("The front page answers {status}"),
        }),
    }
}

fn health_problem(
    said: &Result<Answer, ProviderError>,
    facts: Option<&HealthFacts>,
    health_ok: bool,
    database_ok: Option<bool>,
) -> Option<String> {
    let answer = match said {
        Ok(answer) => answer,
        Err(error) => return Some(format!("/api/health: {}", error.public().trim_end_matches('.'))),
    };
    if database_ok == Some(false) {
        return Some("The site cannot use its database".to_owned());
    }
    if !health_ok {
        return Some(match answer.status {
            200..=299 => "/api/health does not answer with JSON".to_owned(),
            status => format!("/api/health answers {status}"),
        });
    }
    match facts.and_then(|facts| facts.status) {
        Some(Claim::Ok | Claim::Degraded) => None,
        Some(Claim::Failing) => Some("The site says that it does not work".to_owned()),
        None => Some("/api/health does not say how the site is".to_owned()),
    }
}
