//! What everybody may know of a client's site: does it work, and how often did it.
//!
//! **Invariant:** no id, name, reason or count. Who does not exist, is gone, is paused or was never live is answered alike.

mod badge;
mod kept;

use axum::{
    Json,
    extract::{Path, State as Shared},
    http::{
        HeaderName, HeaderValue,
        header::{ACCESS_CONTROL_ALLOW_ORIGIN, CACHE_CONTROL, CONTENT_TYPE},
    },
    response::{IntoResponse, Response},
};
use domain::{Client, DomainLabel, Error, HealthStatus, Instant, monitoring::Site};
use runtime::Problem;
use serde::Serialize;
use utoipa::ToSchema;

use crate::State;
pub use kept::Kept;

/// How a site is doing, as everybody may know.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum PublicStatus {
    /// It works.
    Operational,
    /// It works, but.
    Degraded,
    /// It does not.
    Down,
    /// It is being worked on.
    Maintenance,
    /// Nobody knows.
    Unknown,
}

impl PublicStatus {
    /// The name, as in JSON.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Operational => "operational",
            Self::Degraded => "degraded",
            Self::Down => "down",
            Self::Maintenance => "maintenance",
            Self::Unknown => "unknown",
        }
    }

    const fn of(health: HealthStatus) -> Self {
        match health {
            HealthStatus::Healthy => Self::Operational,
            HealthStatus::Warning => Self::Degraded,
            HealthStatus::Critical => Self::Down,
            HealthStatus::Unknown => Self::Unknown,
        }
    }
}

/// Successful checks in percent, over several spans of time.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, ToSchema)]
pub struct PublicUptime {
    /// 24 hours.
    #[serde(rename = "24h")]
    pub day: Option<f64>,
    /// 7 days.
    #[serde(rename = "7d")]
    pub week: Option<f64>,
    /// 30 days.
    #[serde(rename = "30d")]
    pub month: Option<f64>,
    /// 90 days.
    #[serde(rename = "90d")]
    pub quarter: Option<f64>,
}

/// What everybody may know of a site.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SiteStatus {
    /// Its label below the platform's domain.
    domain: DomainLabel,
    /// How it is doing.
    status: PublicStatus,
    /// Successful checks in percent.
    uptime: PublicUptime,
    /// When it was last looked at.
    updated_at: Option<Instant>,
}

/// The status as JSON.
pub async fn json(Shared(state): Shared<State>, Path(domain): Path<String>) -> Response {
    open(status_of(&state, &domain).await.map(Json))
}

/// The status as a picture.
pub async fn badge(Shared(state): Shared<State>, Path(domain): Path<String>) -> Response {
    let drawn = shown(&state, &domain).await;
    open(drawn.map(|(client, status)| {
        let kind = HeaderValue::from_static("image/svg+xml; charset=utf-8");
        ([(CONTENT_TYPE, kind)], badge::draw(client.domain.as_str(), status))
    }))
}

async fn status_of(state: &State, domain: &str) -> Result<SiteStatus, Error> {
    let (client, status) = shown(state, domain).await?;
    Ok(SiteStatus {
        status,
        uptime: state.kept.of(state, &client).await?,
        updated_at: client.last_health_check,
        domain: client.domain,
    })
}

/// The client that answers visitors under this label, and how its site is doing.
async fn shown(state: &State, domain: &str) -> Result<(Client, PublicStatus), Error> {
    let nobody = || Error::not_found("site", domain);
    let label = domain.to_ascii_lowercase();
    let found = state
        .directory
        .look(|clients| {
            let mut live = clients.filter(|client| client.domain.as_str() == label && client.is_watched());
            live.find(|client| client.activated_at.is_some()).cloned()
        })
        .await?;
    let client = found.ok_or_else(nobody)?;
    let windows = state.kept.windows(state).await?;
    let status = if Site::from(&client).is_in_maintenance(&windows, state.clock.now()) {
        PublicStatus::Maintenance
    } else {
        PublicStatus::of(client.health_status)
    };
    Ok((client, status))
}

/// Anybody's page may show it, and a minute old is new enough.
fn open(answer: Result<impl IntoResponse, Error>) -> Response {
    const FOR_ALL: [(HeaderName, HeaderValue); 2] = [
        (CACHE_CONTROL, HeaderValue::from_static("public, max-age=60")),
        (ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*")),
    ];
    let mut response = match answer {
        Ok(answer) => answer.into_response(),
        Err(error) => Problem::from(error).into_response(),
    };
    if !response.status().is_server_error() {
        response.headers_mut().extend(FOR_ALL);
    }
    response
}
