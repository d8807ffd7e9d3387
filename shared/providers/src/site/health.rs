//! How a site is.

use std::time::Duration;

use reqwest::{Method, header::LOCATION};
use serde_json::Value;
use url::Url;

use super::SITE;
use crate::{
    answer::{Answer, text},
    call::Call,
    error::ProviderError,
    http::Http,
};

/// A page that takes longer is down for whoever waits for it.
const PATIENCE: Duration = Duration::from_secs(10);
/// Without a limit, Node reports 2^64 bytes or so as its memory.
const LARGEST_MEMORY: u64 = 1 << 50;

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
    let body: Value = said
        .as_ref()
        .ok()
        .and_then(|answer| serde_json::from_slice(&answer.body).ok())
        .unwrap_or_default();
    let database_ok = text(&body, "/database/status").map(|status| status == "ok");
    let health_ok = said.as_ref().is_ok_and(|answer| answer.success() && body.is_object());
    Ok(SiteHealth {
        reachable: page.as_ref().is_ok_and(|answer| answer.status < 400),
        status_code: page.as_ref().ok().map(|answer| answer.status),
        response_time_ms: u64::try_from(took.as_millis()).unwrap_or(u64::MAX),
        health_ok,
        database_ok,
        database_latency_ms: body.pointer("/database/latencyMs").and_then(Value::as_f64),
        memory_used_bytes: bytes(&body, "/memory/used"),
        memory_total_bytes: bytes(&body, "/memory/total"),
        version: text(&body, "/version").map(|version| version.chars().take(100).collect()),
        problem: page_problem.or_else(|| health_problem(&said, &body, health_ok, database_ok)),
    })
}

fn bytes(body: &Value, pointer: &str) -> Option<u64> {
    body.pointer(pointer)
        .and_then(Value::as_u64)
        .filter(|bytes| *bytes < LARGEST_MEMORY)
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
    body: &Value,
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
    match text(body, "/status") {
        None | Some("ok" | "healthy") => None,
        Some(status) => Some(format!(
            "The site says of itself: {}",
            status.chars().take(60).collect::<String>()
        )),
    }
}
