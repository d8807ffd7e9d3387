//! Vercel's REST API: projects, environment, deployments, domains. Shapes of SDK 1.28 and the vendor's own clients.

mod aliases;
mod deployments;
mod domains;
mod environment;
pub(crate) mod model;
mod projects;
mod readout;

use std::collections::BTreeMap;

use axum::{
    Json, Router,
    extract::{FromRequestParts, Query},
    http::{StatusCode, request::Parts},
    response::{IntoResponse, Response},
    routing::{delete, get, patch, post},
};
use serde_json::{Map, Value, json};

use crate::{Sandbox, SandboxError, gate::Gated, service::Service, world::World};
use model::Project;

/// Names of the operations, for faults and calls.
pub(crate) const OPERATIONS: &[&str] = &[
    "get_project",
    "list_projects",
    "create_project",
    "delete_project",
    "pause_project",
    "unpause_project",
    "update_protection_bypass",
    "upsert_env",
    "list_env",
    "delete_env",
    "create_deployment",
    "get_deployment",
    "get_deployment_events",
    "list_deployments",
    "cancel_deployment",
    "delete_deployment",
    "promote",
    "rollback",
    "list_promote_aliases",
    "add_domain",
    "get_domain",
    "remove_domain",
    "verify_domain",
    "get_domain_config",
];

pub(crate) fn router(sandbox: &Sandbox) -> Router {
    Gated::new(sandbox, Service::Vercel)
        .on("get_project", "/v9/projects/{project}", get(projects::one))
        .on("delete_project", "/v9/projects/{project}", delete(projects::delete))
        .on("list_projects", "/v10/projects", get(projects::list))
        .on("create_project", "/v11/projects", post(projects::create))
        .on("pause_project", "/v1/projects/{project}/pause", post(projects::pause))
        .on(
            "unpause_project",
            "/v1/projects/{project}/unpause",
            post(projects::unpause),
        )
        .on(
            "update_protection_bypass",
            "/v1/projects/{project}/protection-bypass",
            patch(projects::bypass),
        )
        .on("upsert_env", "/v10/projects/{project}/env", post(environment::upsert))
        .on("list_env", "/v10/projects/{project}/env", get(environment::list))
        .on(
            "delete_env",
            "/v9/projects/{project}/env/{variable}",
            delete(environment::delete),
        )
        .on(
            "delete_env",
            "/v1/projects/{project}/env",
            delete(environment::delete_many),
        )
        .on("create_deployment", "/v13/deployments", post(deployments::create))
        .on("get_deployment", "/v13/deployments/{deployment}", get(deployments::one))
        .on(
            "delete_deployment",
            "/v13/deployments/{deployment}",
            delete(deployments::delete),
        )
        .on(
            "get_deployment_events",
            "/v3/deployments/{deployment}/events",
            get(readout::events),
        )
        .on("list_deployments", "/v6/deployments", get(deployments::list))
        .on("list_deployments", "/v7/deployments", get(deployments::list))
        .on(
            "cancel_deployment",
            "/v12/deployments/{deployment}/cancel",
            patch(deployments::cancel),
        )
        .on(
            "promote",
            "/v10/projects/{project}/promote/{deployment}",
            post(aliases::promote),
        )
        .on(
            "rollback",
            "/v1/projects/{project}/rollback/{deployment}",
            post(aliases::roll_back),
        )
        .on(
            "rollback",
            "/v9/projects/{project}/rollback/{deployment}",
            post(aliases::roll_back),
        )
        .on(
            "list_promote_aliases",
            "/v1/projects/{project}/promote/aliases",
            get(aliases::list),
        )
        .on("add_domain", "/v10/projects/{project}/domains", post(domains::add))
        .on(
            "get_domain",
            "/v9/projects/{project}/domains/{domain}",
            get(domains::one),
        )
        .on(
            "remove_domain",
            "/v9/projects/{project}/domains/{domain}",
            delete(domains::remove),
        )
        .on(
            "verify_domain",
            "/v9/projects/{project}/domains/{domain}/verify",
            post(domains::verify),
        )
        .on("get_domain_config", "/v6/domains/{domain}/config", get(domains::config))
        .done()
}

/// Why Vercel says no.
pub(crate) struct Refusal {
    status: StatusCode,
    code: &'static str,
    message: String,
    extra: Map<String, Value>,
}

impl Refusal {
    fn new(status: u16, code: &'static str, message: impl Into<String>) -> Refusal {
        let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        Refusal {
            status,
            code,
            message: message.into(),
            extra: Map::new(),
        }
    }

    fn bad(message: impl Into<String>) -> Refusal {
        Refusal::new(400, "bad_request", message)
    }

    fn missing(what: &str) -> Refusal {
        Refusal::new(404, "not_found", format!("{what} not found."))
    }

    fn with(mut self, key: &str, value: impl Into<Value>) -> Refusal {
        self.extra.insert(key.to_owned(), value.into());
        self
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let mut error = self.extra;
        error.insert("code".to_owned(), self.code.into());
        error.insert("message".to_owned(), self.message.into());
        (self.status, Json(json!({"error": error}))).into_response()
    }
}

impl From<SandboxError> for Refusal {
    fn from(error: SandboxError) -> Refusal {
        tracing::error!(
            error = &error as &dyn std::error::Error,
            "The sandbox could not keep an effect of Vercel"
        );
        Refusal::new(500, "internal_server_error", "An internal error occurred")
    }
}

type Answer = Result<Json<Value>, Refusal>;

/// What every call of another API version of Vercel gets without a token.
pub(crate) fn missing_token() -> Response {
    Refusal::new(403, "forbidden", "Not authorized")
        .with("missingToken", true)
        .into_response()
}

/// The query of a call, and the account it speaks for: `teamId`, or `slug`, or the token's own.
pub(crate) struct Scope {
    pub account: String,
    pub query: BTreeMap<String, String>,
}

impl Scope {
    fn get(&self, key: &str) -> Option<&str> {
        self.query
            .get(key)
            .map(String::as_str)
            .filter(|value| !value.is_empty())
    }

    fn number(&self, key: &str) -> Option<u64> {
        self.get(key)?.parse().ok()
    }

    /// A project of this account, by id or by name.
    fn project<'a>(&self, world: &'a World, id_or_name: &str) -> Result<&'a Project, Refusal> {
        world
            .projects
            .get(id_or_name)
            .or_else(|| {
                world
                    .projects
                    .values()
                    .find(|project| project.name == id_or_name && project.account == self.account)
            })
            .filter(|project| project.account == self.account)
            .ok_or_else(|| Refusal::missing("Project"))
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Scope {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Scope, Refusal> {
        let Query(query) = Query::<BTreeMap<String, String>>::from_request_parts(parts, state)
            .await
            .map_err(|_| Refusal::bad("Invalid query string"))?;
        let account = ["teamId", "slug"]
            .iter()
            .find_map(|key| query.get(*key))
            .filter(|team| !team.is_empty());
        Ok(Scope {
            account: account.cloned().unwrap_or_else(|| "team_sandbox".to_owned()),
            query,
        })
    }
}

fn parse(body: &[u8]) -> Result<Value, Refusal> {
    serde_json::from_slice(body).map_err(|_| Refusal::bad("Invalid JSON"))
}

fn text<'a>(value: &'a Value, key: &str) -> Option<&'a str> {
    value.get(key).and_then(Value::as_str).filter(|text| !text.is_empty())
}
