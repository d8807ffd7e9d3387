//! Mutations that touch records only.

use serde_json::{Value, json};

use super::{
    Answer, Refusal, answers,
    model::{Environment, Proxy, RailwayProject, Service, Volume, Workflow},
    text,
};
use crate::{Sandbox, chance, clock};

/// Names need not be unique.
pub(super) fn project_create(sandbox: &Sandbox, arguments: &Value) -> Answer {
    let name = match text(arguments, "/input/name") {
        "" => format!("stand-in-{}", chance::letters(6).to_lowercase()),
        name => name.to_owned(),
    };
    let environment = match text(arguments, "/input/defaultEnvironmentName") {
        "" => "production",
        name => name,
    };
    let workspace = match text(arguments, "/input/workspaceId") {
        "" => "workspace_sandbox",
        id => id,
    };
    let now = clock::now();
    let project = RailwayProject {
        id: chance::uuid(),
        name,
        description: text(arguments, "/input/description").to_owned(),
        workspace: workspace.to_owned(),
        created_at: now,
        updated_at: now,
        deleted_at: None,
        purge_at: None,
        environment: Environment {
            id: chance::uuid(),
            name: environment.to_owned(),
        },
        services: Vec::new(),
        volumes: Vec::new(),
        workflows: Vec::new(),
    };
    let answer = answers::shown(&project);
    sandbox.world().put_railway(project)?;
    Ok(answer)
}

pub(super) fn project_update(sandbox: &Sandbox, arguments: &Value) -> Answer {
    let mut world = sandbox.world();
    let mut project = world.railway_project(text(arguments, "/id"))?.clone();
    if let Some(name) = arguments.pointer("/input/name").and_then(Value::as_str) {
        project.name = name.to_owned();
    }
    if let Some(description) = arguments.pointer("/input/description").and_then(Value::as_str) {
        project.description = description.to_owned();
    }
    project.updated_at = clock::now();
    let answer = answers::shown(&project);
    world.put_railway(project)?;
    Ok(answer)
}

/// Changes one service of a project and keeps the result.
pub(super) fn change_service<T>(
    sandbox: &Sandbox,
    id: &str,
    change: impl FnOnce(&mut Service) -> Result<T, Refusal>,
) -> Result<T, Refusal> {
    let mut world = sandbox.world();
    let mut project = world.railway_service(id)?.0.clone();
    let service = project
        .services
        .iter_mut()
        .find(|service| service.id == id)
        .ok_or_else(|| Refusal::missing("Service"))?;
    let value = change(service)?;
    project.updated_at = clock::now();
    world.put_railway(project)?;
    Ok(value)
}

pub(super) fn open_proxy(service: &mut Service, port: u16) {
    if !service.proxies.iter().any(|proxy| proxy.application_port == port) {
        service.proxies.push(Proxy {
            id: chance::uuid(),
            application_port: port,
        });
    }
}

/// A patch of the environment: TCP proxies and variables of its services.
pub(super) fn environment_patch_commit(sandbox: &Sandbox, arguments: &Value) -> Answer {
    let mut world = sandbox.world();
    let environment = text(arguments, "/environmentId");
    let mut project = world
        .railway_with("Environment", |project| project.environment.id == environment)?
        .clone();
    let patches = arguments.pointer("/patch/services").and_then(Value::as_object);
    for (id, patch) in patches.into_iter().flatten() {
        let service = project
            .services
            .iter_mut()
            .find(|service| service.id == *id)
            .ok_or_else(|| Refusal::missing("Service"))?;
        for (port, wanted) in patch
            .pointer("/networking/tcpProxies")
            .and_then(Value::as_object)
            .into_iter()
            .flatten()
        {
            let port: u16 = port
                .parse()
                .map_err(|_| Refusal("Invalid application port".to_owned()))?;
            if wanted.is_null() {
                service.proxies.retain(|proxy| proxy.application_port != port);
            } else {
                open_proxy(service, port);
            }
        }
        for (key, wanted) in patch.get("variables").and_then(Value::as_object).into_iter().flatten() {
            match wanted.get("value").and_then(Value::as_str) {
                Some(value) => service.variables.insert(key.clone(), value.to_owned()),
                None => service.variables.remove(key),
            };
        }
    }
    let id = begin_workflow(&mut project, None);
    project.updated_at = clock::now();
    world.put_railway(project)?;
    Ok(json!(id))
}

/// Starts a workflow, which runs until what it makes is listed; the last twenty of a project are remembered.
pub(super) fn begin_workflow(project: &mut RailwayProject, listed_at: Option<u64>) -> String {
    let id = chance::uuid();
    project.workflows.push(Workflow {
        id: id.clone(),
        created_at: clock::now(),
        error: None,
        until: listed_at,
    });
    let surplus = project.workflows.len().saturating_sub(20);
    project.workflows.drain(..surplus);
    id
}

pub(super) fn volume_create(sandbox: &Sandbox, arguments: &Value) -> Answer {
    let mut world = sandbox.world();
    let mut project = world.railway_project(text(arguments, "/input/projectId"))?.clone();
    let service = match text(arguments, "/input/serviceId") {
        "" => None,
        id => Some(
            project
                .service(id)
                .ok_or_else(|| Refusal::missing("Service"))?
                .id
                .clone(),
        ),
    };
    let volume = new_volume(service, text(arguments, "/input/mountPath"));
    let answer = json!({"id": volume.id, "name": volume.name, "projectId": project.id});
    project.volumes.push(volume);
    world.put_railway(project)?;
    Ok(answer)
}

pub(super) fn new_volume(service: Option<String>, mount_path: &str) -> Volume {
    let name = format!("volume-{}", chance::letters(6).to_lowercase());
    Volume {
        id: chance::uuid(),
        instance: chance::uuid(),
        name,
        service,
        mount_path: mount_path.to_owned(),
    }
}

/// One proxy per service instance.
pub(super) fn tcp_proxy_create(sandbox: &Sandbox, arguments: &Value) -> Answer {
    let id = text(arguments, "/input/serviceId");
    let port = arguments.pointer("/input/applicationPort").and_then(Value::as_u64);
    let port = port
        .and_then(|port| u16::try_from(port).ok())
        .ok_or_else(|| Refusal("Invalid application port".to_owned()))?;
    change_service(sandbox, id, |service| {
        if !service.proxies.is_empty() {
            return Err(Refusal(
                "A TCP proxy already exists for this service instance".to_owned(),
            ));
        }
        open_proxy(service, port);
        Ok(())
    })?;
    let world = sandbox.world();
    let (project, service) = world.railway_service(id)?;
    answers::proxies(sandbox, project, service)
        .pop()
        .ok_or_else(|| Refusal::missing("TCP proxy"))
}

pub(super) fn variable_collection_upsert(sandbox: &Sandbox, arguments: &Value) -> Answer {
    change_service(sandbox, text(arguments, "/input/serviceId"), |service| {
        if arguments.pointer("/input/replace") == Some(&json!(true)) {
            service.variables.clear();
        }
        for (key, value) in arguments
            .pointer("/input/variables")
            .and_then(Value::as_object)
            .into_iter()
            .flatten()
        {
            service.variables.insert(
                key.clone(),
                value.as_str().map_or_else(|| value.to_string(), str::to_owned),
            );
        }
        Ok(json!(true))
    })
}

/// Says that a backup was made; nothing is copied.
pub(super) fn backup_create(sandbox: &Sandbox, arguments: &Value) -> Answer {
    let mut world = sandbox.world();
    let id = text(arguments, "/volumeInstanceId");
    let holds = |project: &RailwayProject| project.volumes.iter().any(|volume| volume.instance == id);
    let mut project = world.railway_with("Volume instance", holds)?.clone();
    let workflow = begin_workflow(&mut project, None);
    world.put_railway(project)?;
    Ok(json!({"workflowId": workflow}))
}
