//! Railway's GraphQL API: documents are checked against the vendor's schema, answers hold what was selected.
//!
//! Errors are HTTP 200 with `errors[]`, as Railway's are; a document that the schema does not allow is a 400.

mod answers;
mod changes;
pub(crate) mod contract;
pub(crate) mod databases;
pub(crate) mod model;
mod variables;
mod wanted;

use axum::{
    Json, Router,
    body::Bytes,
    extract::State,
    http::{HeaderMap, Method, StatusCode, header},
    response::{IntoResponse, Response},
    routing::post,
};
use serde_json::{Map, Value, json};

use crate::{
    Sandbox, SandboxError,
    gate::{Call, Twist},
    service::Service,
    world::World,
};
use contract::{Invalid, Request};
use model::RailwayProject;

/// Names of the operations: the GraphQL field in snake case.
pub(crate) const OPERATIONS: &[&str] = &[
    "workspace",
    "projects",
    "project",
    "template",
    "workflow_status",
    "variables",
    "tcp_proxies",
    "service_instance",
    "deployment_logs",
    "project_create",
    "project_update",
    "project_delete",
    "project_schedule_delete",
    "project_schedule_delete_cancel",
    "template_deploy_v2",
    "environment_patch_commit",
    "service_create",
    "volume_create",
    "tcp_proxy_create",
    "service_instance_deploy_v2",
    "service_instance_redeploy",
    "variable_collection_upsert",
    "deployment_remove",
    "volume_instance_backup_create",
];

pub(crate) fn router(sandbox: &Sandbox) -> Router {
    Router::new()
        .route("/graphql/v2", post(endpoint))
        .with_state(sandbox.clone())
}

/// Why Railway says no; the text is all it says.
pub(crate) struct Refusal(String);

impl Refusal {
    fn missing(what: &str) -> Refusal {
        Refusal(format!("{what} not found"))
    }
}

impl From<SandboxError> for Refusal {
    fn from(error: SandboxError) -> Refusal {
        tracing::error!(
            error = &error as &dyn std::error::Error,
            "The sandbox could not keep an effect of Railway"
        );
        Refusal("Problem processing request".to_owned())
    }
}

type Answer = Result<Value, Refusal>;

fn snake_case(field: &str) -> String {
    field.chars().fold(String::new(), |mut name, letter| {
        if letter.is_ascii_uppercase() {
            name.push('_');
        }
        name.push(letter.to_ascii_lowercase());
        name
    })
}

async fn endpoint(State(sandbox): State<Sandbox>, headers: HeaderMap, body: Bytes) -> Response {
    let value: Value = serde_json::from_slice(&body).unwrap_or_default();
    let request = sandbox.inner.contract.request(&value);
    let operation = match &request {
        Ok(request) => request
            .fields
            .first()
            .map(|field| snake_case(field.name.as_str()))
            .unwrap_or_default(),
        Err(_) => "invalid".to_owned(),
    };
    let token = headers
        .get(header::AUTHORIZATION)
        .or_else(|| headers.get("project-access-token"))
        .and_then(|value| value.to_str().ok())
        .is_some_and(|value| !value.trim_start_matches("Bearer").trim().is_empty());
    let call = Call {
        service: Service::Railway,
        operation,
        method: Method::POST,
        path: "/railway/graphql/v2".to_owned(),
        text: String::from_utf8_lossy(&body).into_owned(),
    };
    let world = sandbox.clone();
    sandbox
        .answer(call, move |twist| async move {
            match request {
                Ok(request) => Json(execute(&world, &request, token, twist).await).into_response(),
                Err(Invalid { message, code }) => {
                    let body = json!({"errors": [{"message": message, "extensions": {"code": code}}]});
                    (StatusCode::BAD_REQUEST, Json(body)).into_response()
                }
            }
        })
        .await
}

/// The fields one after the other, as a mutation demands; the first error ends it.
async fn execute(sandbox: &Sandbox, request: &Request, token: bool, twist: Option<Twist>) -> Value {
    let mut data = Map::new();
    for field in &request.fields {
        let name = field.name.as_str();
        let arguments = request.arguments(field);
        let outcome = if !token && name != "template" {
            Err(Refusal("Not Authorized".to_owned()))
        } else if name == "workspace" {
            answers::workspace(sandbox, &arguments, request, field)
        } else {
            resolve(sandbox, name, &arguments, twist).await
        };
        match outcome {
            Ok(value) => {
                data.insert(
                    field.response_key().to_string(),
                    request.project(&value, &field.selection_set),
                );
            }
            Err(Refusal(message)) => {
                let error = json!({"message": message, "path": [field.response_key().as_str()],
                    "locations": [], "extensions": {"code": "INTERNAL_SERVER_ERROR"}});
                return json!({"errors": [error], "data": null});
            }
        }
    }
    json!({"data": data})
}

async fn resolve(sandbox: &Sandbox, field: &str, arguments: &Value, twist: Option<Twist>) -> Answer {
    match field {
        "projects" => answers::projects(sandbox, arguments),
        "project" => answers::project(sandbox, arguments),
        "template" => answers::template(arguments),
        "workflowStatus" => answers::workflow_status(sandbox, arguments),
        "variables" => answers::variables(sandbox, arguments),
        "tcpProxies" => answers::tcp_proxies(sandbox, arguments),
        "serviceInstance" => answers::service_instance(sandbox, arguments),
        "deploymentLogs" => answers::deployment_logs(sandbox, arguments),
        "projectCreate" => changes::project_create(sandbox, arguments),
        "projectUpdate" => changes::project_update(sandbox, arguments),
        "projectDelete" => databases::project_delete(sandbox, arguments).await,
        "projectScheduleDelete" => databases::project_schedule_delete(sandbox, arguments).await,
        "projectScheduleDeleteCancel" => databases::project_schedule_delete_cancel(sandbox, arguments),
        "templateDeployV2" => databases::template_deploy(sandbox, arguments, twist).await,
        "serviceCreate" => databases::service_create(sandbox, arguments).await,
        "environmentPatchCommit" => changes::environment_patch_commit(sandbox, arguments),
        "volumeCreate" => changes::volume_create(sandbox, arguments),
        "tcpProxyCreate" => changes::tcp_proxy_create(sandbox, arguments),
        "variableCollectionUpsert" => changes::variable_collection_upsert(sandbox, arguments),
        "serviceInstanceDeployV2" => databases::deploy(sandbox, arguments).await,
        "serviceInstanceRedeploy" => databases::deploy(sandbox, arguments).await.map(|_| json!(true)),
        "deploymentRemove" => databases::deployment_remove(sandbox, arguments).await,
        "volumeInstanceBackupCreate" => changes::backup_create(sandbox, arguments),
        other => Err(Refusal(format!("The stand-in for Railway does not play {other}"))),
    }
}

fn text<'a>(value: &'a Value, pointer: &str) -> &'a str {
    value.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
}

impl World {
    /// A project that is not deleted.
    fn railway_project(&self, id: &str) -> Result<&RailwayProject, Refusal> {
        self.railway
            .get(id)
            .filter(|project| project.deleted_at.is_none())
            .ok_or_else(|| Refusal::missing("Project"))
    }

    /// A project that is not deleted, by something in it.
    fn railway_with(&self, what: &str, holds: impl Fn(&RailwayProject) -> bool) -> Result<&RailwayProject, Refusal> {
        self.railway
            .values()
            .find(|project| project.deleted_at.is_none() && holds(project))
            .ok_or_else(|| Refusal::missing(what))
    }

    /// The project and the service that `serviceId` names.
    fn railway_service(&self, id: &str) -> Result<(&RailwayProject, &model::Service), Refusal> {
        let project = self.railway_with("Service", |project| project.service(id).is_some())?;
        project
            .service(id)
            .map(|service| (project, service))
            .ok_or_else(|| Refusal::missing("Service"))
    }
}
