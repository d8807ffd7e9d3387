//! What Railway answers, in its own shapes.

use providers::{
    ProviderError,
    database::{DatabaseIntent, DatabaseState, Databases},
    railway::Railway,
};
use serde_json::{Value, json};

use super::{http, mark, secret, vendor::*};

pub const LIST: &str = "ProjectsByWorkspace";
pub const OTHER_LIST: &str = "WorkspaceProjects";
pub const NAME: &str = "client-acme";

pub fn databases(vendor: &Vendor) -> Databases {
    Databases::Railway(Railway::new(
        http(),
        vendor.url(),
        secret("marker-key"),
        Some("ws_1".to_owned()),
    ))
}

pub async fn ensure(databases: &Databases) -> Result<DatabaseState, ProviderError> {
    databases
        .ensure(&DatabaseIntent {
            name: NAME,
            mark: &mark(),
            password: &secret("marker-password"),
            workflow_id: None,
        })
        .await
}

#[allow(clippy::needless_pass_by_value, reason = "reads better where a script is written")]
pub fn data(data: Value) -> Reply {
    json_reply(200, json!({"data": data}))
}

pub fn errors(message: &str) -> Reply {
    json_reply(
        200,
        json!({"errors": [{"message": message, "extensions": {}}], "data": null}),
    )
}

/// A project in the list: id, description, with a service or without.
pub fn listed(id: &str, description: &str, created: u8, service: bool) -> Value {
    let services = if service {
        json!([{"node": {"id": "svc_1", "name": "Postgres"}}])
    } else {
        json!([])
    };
    json!({"node": {"id": id, "name": NAME, "description": description, "createdAt": format!("2026-11-0{created}"),
        "deletedAt": null, "services": {"edges": services}}})
}

pub fn list(edges: &[Value]) -> Reply {
    data(json!({"projects": {"pageInfo": {"hasNextPage": false, "endCursor": "c"}, "edges": edges}}))
}

pub fn no_others() -> (&'static str, Vec<Reply>) {
    (
        OTHER_LIST,
        vec![data(
            json!({"workspace": {"id": "ws_1", "projects": {"pageInfo": {"hasNextPage": false}, "edges": []}}}),
        )],
    )
}

pub fn detail(service: bool) -> Reply {
    let services = if service {
        json!([{"node": {"id": "svc_1", "name": "Postgres"}}])
    } else {
        json!([])
    };
    let volumes = if service {
        json!([{"node": {"serviceId": "svc_1"}}])
    } else {
        json!([])
    };
    data(
        json!({"project": {"id": "p_1", "name": NAME, "description": "provision:cl_1", "deletedAt": null,
        "primaryEnvironmentId": "env_1", "services": {"edges": services},
        "environments": {"edges": [{"node": {"id": "env_1", "volumeInstances": {"edges": volumes}}}]}}}),
    )
}

pub fn variables(url: &str) -> Reply {
    data(json!({"variables": {"DATABASE_PUBLIC_URL": url}}))
}

pub fn latest(status: &str) -> (&'static str, Vec<Reply>) {
    (
        "LatestDeployment",
        vec![data(
            json!({"serviceInstance": {"latestDeployment": {"status": status}}}),
        )],
    )
}

pub fn template() -> (&'static str, Vec<Reply>) {
    ("TemplateDetail", vec![data(json!({"template": {"id": "tpl_1"}}))])
}

pub fn ours() -> (&'static str, Vec<Reply>) {
    (LIST, vec![list(&[listed("p_1", "provision:cl_1", 1, true)])])
}
