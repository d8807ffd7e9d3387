//! Queries: what is there, in the schema's shape.

use apollo_compiler::executable::Field;
use serde_json::{Value, json};

use super::{
    Answer, Refusal,
    contract::Request,
    model::{Deployment, RailwayProject, Service, Volume},
    text, variables,
};
use crate::{Sandbox, chance, clock};

pub(super) const TEMPLATE: &str = "6fa2a1f5-7b5a-4f0b-9a70-0c5c1f2d7e11";

fn edges(nodes: impl IntoIterator<Item = Value>) -> Value {
    let edges: Vec<Value> = nodes
        .into_iter()
        .map(|node| json!({"cursor": node.get("id").cloned(), "node": node}))
        .collect();
    let last = edges.last().and_then(|edge| edge.get("cursor")).cloned();
    json!({"edges": edges, "pageInfo": {"hasNextPage": false, "hasPreviousPage": false, "endCursor": last}})
}

pub(super) fn shown(project: &RailwayProject) -> Value {
    let now = clock::now();
    let services = project
        .services
        .iter()
        .filter(|service| project.shows(&service.id, now));
    let services = services.map(|service| {
        json!({"id": service.id, "name": service.name, "createdAt": clock::instant(service.created_at),
            "projectId": project.id, "deletedAt": null})
    });
    let shown = |volume: &&Volume| {
        volume
            .service
            .as_ref()
            .is_none_or(|service| project.shows(service, now))
    };
    let volumes = project.volumes.iter().filter(shown).map(|volume| {
        json!({"id": volume.instance, "volumeId": volume.id, "serviceId": volume.service,
            "mountPath": volume.mount_path, "environmentId": project.environment.id, "state": "READY",
            "sizeMB": 5000, "currentSizeMB": 100.0, "isPendingDeletion": false,
            "volume": {"id": volume.id, "name": volume.name}})
    });
    let environment = json!({"id": project.environment.id, "name": project.environment.name,
        "projectId": project.id, "unmergedChangesCount": 0, "volumeInstances": edges(volumes)});
    json!({"id": project.id, "name": project.name, "description": project.description,
        "workspaceId": project.workspace, "createdAt": clock::instant(project.created_at),
        "updatedAt": clock::instant(project.updated_at), "deletedAt": project.deleted_at.map(clock::instant),
        "primaryEnvironmentId": project.environment.id, "isPublic": false, "prDeploys": false,
        "services": edges(services), "environments": edges([environment])})
}

pub(super) fn projects(sandbox: &Sandbox, arguments: &Value) -> Answer {
    let world = sandbox.world();
    let workspace = text(arguments, "/workspaceId");
    let first = arguments
        .get("first")
        .and_then(Value::as_u64)
        .unwrap_or(100)
        .clamp(1, 500);
    let first = usize::try_from(first).unwrap_or(100);
    let mut found: Vec<&RailwayProject> = world
        .railway
        .values()
        .filter(|project| project.deleted_at.is_none())
        .filter(|project| workspace.is_empty() || project.workspace == workspace)
        .collect();
    found.sort_by(|a, b| a.created_at.cmp(&b.created_at).then_with(|| a.id.cmp(&b.id)));
    let after = text(arguments, "/after");
    if !after.is_empty() {
        let start = found
            .iter()
            .position(|project| project.id == after)
            .map_or(found.len(), |place| place + 1);
        found.drain(..start);
    }
    let more = found.len() > first;
    found.truncate(first);
    let mut page = edges(found.into_iter().map(shown));
    if let Some(flag) = page.pointer_mut("/pageInfo/hasNextPage") {
        *flag = more.into();
    }
    Ok(page)
}

/// A workspace token sees its workspace; its list of projects takes the arguments of the nested field.
pub(super) fn workspace(sandbox: &Sandbox, arguments: &Value, request: &Request, field: &Field) -> Answer {
    let id = text(arguments, "/workspaceId");
    let mut workspace = json!({"id": id, "name": "Sandbox"});
    for nested in request.fields_of(&field.selection_set) {
        if nested.name == "projects"
            && let (Some(fields), Value::Object(mut arguments)) =
                (workspace.as_object_mut(), request.arguments(&nested))
        {
            arguments.insert("workspaceId".to_owned(), json!(id));
            fields.insert("projects".to_owned(), projects(sandbox, &Value::Object(arguments))?);
        }
    }
    Ok(workspace)
}

pub(super) fn project(sandbox: &Sandbox, arguments: &Value) -> Answer {
    sandbox.world().railway_project(text(arguments, "/id")).map(shown)
}

/// The one template there is.
pub(super) fn template(arguments: &Value) -> Answer {
    if text(arguments, "/code") != "postgres" {
        return Err(Refusal::missing("Template"));
    }
    let public = "postgresql://${{PGUSER}}:${{POSTGRES_PASSWORD}}@${{RAILWAY_TCP_PROXY_DOMAIN}}:\
        ${{RAILWAY_TCP_PROXY_PORT}}/${{PGDATABASE}}";
    let private = "postgresql://${{PGUSER}}:${{POSTGRES_PASSWORD}}@${{RAILWAY_PRIVATE_DOMAIN}}:5432/${{PGDATABASE}}";
    let variable = |value: &str| json!({"defaultValue": value, "isOptional": false});
    let config = json!({"services": {"b7a9d5a0-postgres": {
        "name": "Postgres", "icon": "https://devicons.railway.app/i/postgresql.svg", "build": {}, "deploy": {},
        "source": {"image": "ghcr.io/railwayapp-templates/postgres-ssl:17"},
        "networking": {"serviceDomains": {}},
        "volumeMounts": {"b7a9d5a0-postgres": {"mountPath": "/var/lib/postgresql/data"}},
        "variables": {
            "PGDATA": variable("/var/lib/postgresql/data/pgdata"), "PGHOST": variable("${{RAILWAY_PRIVATE_DOMAIN}}"),
            "PGPORT": variable("5432"), "PGUSER": variable("${{POSTGRES_USER}}"),
            "PGDATABASE": variable("${{POSTGRES_DB}}"), "PGPASSWORD": variable("${{POSTGRES_PASSWORD}}"),
            "POSTGRES_DB": variable("railway"), "POSTGRES_USER": variable("postgres"),
            "POSTGRES_PASSWORD": variable("${{ secret(32, \"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ\") }}"),
            "SSL_CERT_DAYS": variable("820"), "RAILWAY_DEPLOYMENT_DRAINING_SECONDS": variable("60"),
            "DATABASE_URL": variable(private), "DATABASE_PUBLIC_URL": variable(public)}}}});
    Ok(json!({"id": TEMPLATE, "code": "postgres", "name": "PostgreSQL", "serializedConfig": config}))
}

/// `NotFound` is an answer, not an error: not visible yet.
pub(super) fn workflow_status(sandbox: &Sandbox, arguments: &Value) -> Answer {
    let world = sandbox.world();
    let id = text(arguments, "/workflowId");
    let workflow = world
        .railway
        .values()
        .filter(|project| project.deleted_at.is_none())
        .find_map(|project| project.workflows.iter().find(|workflow| workflow.id == id));
    Ok(match workflow {
        None => json!({"status": "NotFound", "error": null}),
        Some(workflow) if workflow.error.is_some() => json!({"status": "Error", "error": workflow.error}),
        Some(workflow) => {
            let now = clock::now();
            let done = now >= workflow.created_at + sandbox.pace().workflow(id)
                && workflow.until.is_none_or(|until| now >= until);
            json!({"status": if done { "Complete" } else { "Running" }, "error": null})
        }
    })
}

pub(super) fn variables(sandbox: &Sandbox, arguments: &Value) -> Answer {
    let world = sandbox.world();
    let project = world.railway_project(text(arguments, "/projectId"))?;
    let service = project
        .service(text(arguments, "/serviceId"))
        .ok_or_else(|| Refusal::missing("Service"))?;
    if arguments.get("unrendered") == Some(&json!(true)) {
        return Ok(json!(service.variables));
    }
    Ok(json!(variables::rendered(sandbox, project, service)))
}

pub(super) fn proxies(sandbox: &Sandbox, project: &RailwayProject, service: &Service) -> Vec<Value> {
    let (host, port) = variables::address(sandbox);
    let shown = |proxy: &super::model::Proxy| {
        json!({"id": proxy.id, "domain": host, "proxyPort": port, "applicationPort": proxy.application_port,
            "serviceId": service.id, "environmentId": project.environment.id, "syncStatus": "ACTIVE", "deletedAt": null})
    };
    service.proxies.iter().map(shown).collect()
}

pub(super) fn tcp_proxies(sandbox: &Sandbox, arguments: &Value) -> Answer {
    let world = sandbox.world();
    let (project, service) = world.railway_service(text(arguments, "/serviceId"))?;
    Ok(Value::Array(proxies(sandbox, project, service)))
}

pub(super) fn service_instance(sandbox: &Sandbox, arguments: &Value) -> Answer {
    let world = sandbox.world();
    let (project, service) = world.railway_service(text(arguments, "/serviceId"))?;
    let shown = |deployment: &Deployment| {
        let done = clock::now() >= deployment.created_at + sandbox.pace().workflow(&deployment.id);
        let status = match (deployment.removed, done) {
            (true, _) => "REMOVED",
            (false, true) => "SUCCESS",
            (false, false) => "DEPLOYING",
        };
        json!({"id": deployment.id, "status": status, "createdAt": clock::instant(deployment.created_at)})
    };
    Ok(
        json!({"id": service.instance, "serviceId": service.id, "serviceName": service.name,
        "environmentId": project.environment.id, "latestDeployment": service.deployments.last().map(shown)}),
    )
}

pub(super) fn deployment_logs(sandbox: &Sandbox, arguments: &Value) -> Answer {
    let id = text(arguments, "/deploymentId");
    let world = sandbox.world();
    let deployments = world
        .railway
        .values()
        .flat_map(|project| &project.services)
        .flat_map(|service| &service.deployments);
    let deployment = deployments
        .into_iter()
        .find(|deployment| deployment.id == id)
        .ok_or_else(|| Refusal::missing("Deployment"))?;
    let limit = usize::try_from(arguments.get("limit").and_then(Value::as_u64).unwrap_or(500)).unwrap_or(500);
    let lines = [
        "starting PostgreSQL (stand-in)",
        "database system is ready to accept connections",
    ];
    Ok(lines
        .iter()
        .take(limit)
        .map(|line| {
            json!({"timestamp": clock::instant(deployment.created_at), "message": line, "severity": "info",
                "attributes": [], "tags": {"deploymentId": id, "snapshotId": chance::spread(id, u64::MAX).to_string()}})
        })
        .collect())
}
