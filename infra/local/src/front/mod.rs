//! What listens on the stack's port: the HTTP API, the hosted sites by their Host header, and `/_local`.

mod gateway;
mod listen;
mod routes;
mod sites;

use std::{net::SocketAddr, sync::Arc, time::Duration};

use axum::{
    Router,
    body::{Body, to_bytes},
    extract::{ConnectInfo, Request, State},
    http::{HeaderMap, Method, Response, StatusCode, header},
    response::IntoResponse,
};
use serde_json::json;
use tokio::time::Instant;

pub use gateway::Gateway;
pub use listen::{listen, serve};
pub use sites::Sites;

use crate::{
    events::{Incoming, fresh_id, now},
    pollers::Poller,
    schedules::Schedules,
};
use gateway::refusal;

/// The gateway takes no more.
const BODY_LIMIT: usize = 10 * 1024 * 1024;
/// Path of what a user may fire by hand, before the function's name.
const RUN: &str = "/_local/run/";
/// Where people look around; who types only the address, or `/admin` as on a site, ends up there.
const DASHBOARD: &str = "/platform/admin";
/// How long the answer to `/_local/run` waits for the queues.
const DRAIN_LIMIT: Duration = Duration::from_secs(120);

/// Everything behind the port. Clones share it.
#[derive(Clone)]
pub struct Front(Arc<Inner>);

struct Inner {
    gateway: Gateway,
    sites: Sites,
    schedules: Schedules,
    pollers: Vec<Poller>,
}

impl Front {
    /// The HTTP API, the sites, and what `/_local/run` fires and waits for.
    pub fn new(gateway: Gateway, sites: Sites, schedules: Schedules, pollers: Vec<Poller>) -> Self {
        Self(Arc::new(Inner {
            gateway,
            sites,
            schedules,
            pollers,
        }))
    }

    /// The router to serve, with the address of the caller as connect info.
    pub fn router(self) -> Router {
        Router::new().fallback(answer).with_state(self)
    }

    async fn run(&self, function: &str) -> Response<Body> {
        let id = match self.0.schedules.fire(function).await {
            None => {
                let known = self.0.schedules.names().join(", ");
                let message = format!("{function} has no schedule; these have: {known}");
                return refusal(StatusCode::NOT_FOUND, &message);
            }
            Some(Err(error)) => return refusal(StatusCode::BAD_GATEWAY, &error.to_string()),
            Some(Ok(id)) => id,
        };
        let end = Instant::now() + DRAIN_LIMIT;
        // Twice in a row: what one queue handles may have sent to another that was looked at before.
        let mut calm = 0;
        while calm < 2 {
            if Instant::now() > end {
                return refusal(StatusCode::GATEWAY_TIMEOUT, "Its messages are still being handled");
            }
            calm = if self.is_drained().await { calm + 1 } else { 0 };
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        axum::Json(json!({"function": function, "requestId": id})).into_response()
    }

    async fn is_drained(&self) -> bool {
        for poller in &self.0.pollers {
            match poller.is_drained().await {
                Ok(true) => {}
                Ok(false) => return false,
                Err(error) => {
                    tracing::error!(error = %error, "a queue does not say what it holds");
                    return false;
                }
            }
        }
        true
    }
}

async fn answer(
    State(front): State<Front>,
    ConnectInfo(source): ConnectInfo<SocketAddr>,
    request: Request,
) -> Response<Body> {
    if front.0.sites.has(request.headers()).await {
        return front.0.sites.answer(request).await;
    }
    let path = request.uri().path();
    if let Some(function) = path.strip_prefix(RUN) {
        return match *request.method() {
            Method::POST if is_from_a_page(request.headers()) => refusal(
                StatusCode::FORBIDDEN,
                "Only programs on this machine may run a function, not web pages",
            ),
            Method::POST => front.run(function).await,
            _ => refusal(StatusCode::METHOD_NOT_ALLOWED, "Send POST to run a function"),
        };
    }
    if matches!(path, "/" | "/admin") && matches!(*request.method(), Method::GET | Method::HEAD) {
        return (StatusCode::FOUND, [(header::LOCATION, DASHBOARD)]).into_response();
    }
    match incoming(request, source).await {
        Some(incoming) => front.0.gateway.answer(&incoming).await,
        None => refusal(StatusCode::PAYLOAD_TOO_LARGE, "Request Entity Too Large"),
    }
}

/// Whether a browser sent a request for some page: it needs no credentials here, so a page must not be able to.
fn is_from_a_page(headers: &HeaderMap) -> bool {
    headers.contains_key(header::ORIGIN) || headers.contains_key("sec-fetch-site")
}

/// Reads a request whole; `None` when it is larger than the gateway takes, or breaks off.
async fn incoming(request: Request, source: SocketAddr) -> Option<Incoming> {
    let (mut parts, body) = request.into_parts();
    let body = to_bytes(body, BODY_LIMIT).await.ok()?;
    let address = source.ip().to_canonical();
    // As the gateway adds them; the scheme is what links are made of.
    for (name, value) in [
        ("x-forwarded-for", address.to_string()),
        ("x-forwarded-proto", "http".to_owned()),
    ] {
        parts.headers.insert(name, value.try_into().ok()?);
    }
    Some(Incoming {
        method: parts.method,
        path: parts.uri.path().to_owned(),
        query: parts.uri.query().unwrap_or_default().to_owned(),
        version: parts.version,
        headers: parts.headers,
        body,
        source: address,
        id: fresh_id(),
        at: now(),
    })
}
