//! The hosted sites: **a stand-in for the client's real site** (Next.js with Payload), chosen by the Host header.
//!
//! A site runs with the environment its live deployment was made with, and keeps its users in its client's database.

mod api;
pub(crate) mod connections;
mod pages;
mod password;
mod session;
pub(crate) mod users;
mod visits;

use std::{collections::BTreeMap, time::Duration};

use axum::{
    Json, Router,
    extract::{DefaultBodyLimit, Request, State},
    http::{HeaderMap, StatusCode, header},
    middleware::{Next, from_fn_with_state},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::{
    ConnectionRefused, Sandbox, clock,
    gate::{Gated, closed},
    service::Service,
    vercel::model::{Deployment, Project, State as Stage},
    world::World,
};

/// Names of the operations, for faults and calls.
pub(crate) const OPERATIONS: &[&str] = &[
    "page",
    "health",
    "init",
    "first_register",
    "login",
    "logout",
    "me",
    "admin",
];

/// How a site behaves.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Mode {
    #[default]
    Ok,
    /// The connection is refused.
    Down,
    /// 500 on every path.
    Error,
    /// Five seconds late.
    Slow,
    /// The site is there, its database is not.
    DbDown,
}

pub(crate) fn router(sandbox: &Sandbox) -> Router {
    Gated::new(sandbox, Service::Site)
        .on("page", "/", get(visits::home))
        .on("page", "/{slug}", get(visits::collection))
        .on("health", "/api/health", get(api::health))
        .on("init", "/api/users/init", get(api::init))
        .on("first_register", "/api/users/first-register", post(api::first_register))
        .on("login", "/api/users/login", post(api::login))
        .on("logout", "/api/users/logout", post(api::log_out))
        .on("me", "/api/users/me", get(api::me))
        .on("admin", "/admin", get(visits::admin))
        .on("login", "/admin", post(visits::admin_sign_in))
        .on("logout", "/admin/logout", post(visits::admin_sign_out))
        .done()
        .fallback(api::unknown)
        .layer(DefaultBodyLimit::max(crate::gate::BODY_LIMIT))
        .layer(from_fn_with_state(sandbox.clone(), admit))
}

/// A site as one request meets it.
#[derive(Clone)]
pub(crate) struct Site {
    project: String,
    environment: BTreeMap<String, String>,
    database_uri: String,
    mode: Mode,
    /// The version that runs fails its own health check.
    unhealthy: bool,
}

impl Site {
    fn variable(&self, key: &str) -> &str {
        self.environment.get(key).map(String::as_str).unwrap_or_default()
    }

    fn list(&self, key: &str) -> impl Iterator<Item = &str> {
        self.variable(key)
            .split(',')
            .map(str::trim)
            .filter(|item| !item.is_empty())
    }

    pub fn name(&self) -> &str {
        self.variable("TENANT_NAME")
    }

    pub fn template(&self) -> &str {
        self.variable("TEMPLATE")
    }

    pub fn version(&self) -> &str {
        self.variable("APP_VERSION")
    }

    pub fn collections(&self) -> impl Iterator<Item = &str> {
        self.list("COLLECTIONS")
    }

    pub fn features(&self) -> impl Iterator<Item = &str> {
        self.list("FEATURES")
    }

    fn secret(&self) -> &str {
        self.variable("PAYLOAD_SECRET")
    }

    fn platform_token(&self) -> &str {
        self.variable("PLATFORM_TOKEN")
    }
}

/// Vercel's own answer for a host: plain text and a code in a header.
fn vercel_error(status: StatusCode, code: &'static str, text: &str) -> Response {
    (status, [("x-vercel-error", code)], format!("{text}\n\n{code}\n")).into_response()
}

impl World {
    /// The project that a host name leads to: an attached domain, `{label}.localhost`, or a name under vercel.app.
    pub(crate) fn hosted(&self, host: &str) -> Option<&Project> {
        let attached = self
            .projects
            .values()
            .find(|project| project.domains.contains_key(host));
        let labelled = || {
            let label = host.strip_suffix(".localhost")?;
            self.projects.values().find(|project| {
                project
                    .domains
                    .keys()
                    .any(|domain| domain.split('.').next() == Some(label))
            })
        };
        let vercel = || self.projects.values().find(|project| project.host() == host);
        let deployed = || {
            let deployment = self.deployments.values().find(|deployment| deployment.host == host)?;
            self.projects.get(&deployment.project)
        };
        attached.or_else(labelled).or_else(vercel).or_else(deployed)
    }
}

/// The deployment that answers on a host: the live one, or the very one whose host it is.
fn answering<'a>(sandbox: &Sandbox, world: &'a World, project: &'a Project, host: &str) -> Option<&'a Deployment> {
    let now = clock::now();
    let own = project
        .deployments
        .iter()
        .filter_map(|id| world.deployments.get(id))
        .find(|own| own.host == host);
    match own {
        Some(own) => (own.state(now, sandbox.pace()) == Stage::Ready).then_some(own),
        None => world.live(project, now, sandbox.pace()),
    }
}

/// The site of a request, or the answer in its place.
fn find(sandbox: &Sandbox, host: &str, headers: &HeaderMap) -> Result<Site, Box<Response>> {
    let world = sandbox.world();
    let nothing = || {
        let text = "The deployment could not be found on Vercel.";
        Box::new(vercel_error(StatusCode::NOT_FOUND, "DEPLOYMENT_NOT_FOUND", text))
    };
    let project = world.hosted(host).ok_or_else(nothing)?;
    if project.paused {
        let text = "This deployment is temporarily paused";
        return Err(vercel_error(StatusCode::SERVICE_UNAVAILABLE, "DEPLOYMENT_PAUSED", text).into());
    }
    let deployment = answering(sandbox, &world, project, host).ok_or_else(nothing)?;
    let bypass = headers
        .get("x-vercel-protection-bypass")
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    if host.ends_with(".vercel.app") && project.sso_protection.is_some() && !project.bypass.contains_key(bypass) {
        return Err((StatusCode::UNAUTHORIZED, "Authentication Required")
            .into_response()
            .into());
    }
    for name in ["TEMPLATE", "DATABASE_URI", "PAYLOAD_SECRET"] {
        if deployment.environment.get(name).is_none_or(String::is_empty) {
            let message = format!("The environment variable {name} is missing.");
            let body = Json(json!({"errors": [{"message": message}]}));
            return Err((StatusCode::INTERNAL_SERVER_ERROR, body).into_response().into());
        }
    }
    let environment = deployment.environment.clone();
    let database_uri = environment.get("DATABASE_URI").cloned().unwrap_or_default();
    Ok(Site {
        project: project.id.clone(),
        environment,
        database_uri,
        mode: project.mode,
        unhealthy: deployment.unhealthy,
    })
}

/// Finds the site and plays its mode before anything of it answers.
async fn admit(State(sandbox): State<Sandbox>, mut request: Request, next: Next) -> Response {
    let host = request
        .headers()
        .get(header::HOST)
        .and_then(|host| host.to_str().ok())
        .or_else(|| request.uri().host())
        .unwrap_or_default()
        .to_lowercase();
    let host = host
        .rsplit_once(':')
        .map_or(host.as_str(), |(name, _)| name)
        .trim_end_matches('.')
        .to_owned();
    let site = match find(&sandbox, &host, request.headers()) {
        Ok(site) => site,
        Err(answer) => return *answer,
    };
    match site.mode {
        Mode::Ok | Mode::DbDown => {}
        Mode::Slow => tokio::time::sleep(Duration::from_secs(5)).await,
        Mode::Error => return (StatusCode::INTERNAL_SERVER_ERROR, "Internal Server Error").into_response(),
        Mode::Down => {
            let mut refused = closed();
            refused.extensions_mut().insert(ConnectionRefused);
            return refused;
        }
    }
    request.extensions_mut().insert(site);
    next.run(request).await
}
