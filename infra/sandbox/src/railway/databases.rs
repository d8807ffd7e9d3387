//! Mutations behind which a real database is made, stopped or dropped.
//!
//! **Invariant:** the record comes first. A kill between record and database is made good when the sandbox opens again.

use serde_json::{Value, json};

use super::{
    Answer, Refusal,
    answers::TEMPLATE,
    changes::{begin_workflow, change_service},
    model::{Deployment, Postgres, RailwayProject, Service},
    text,
    variables::with_secrets,
    wanted::Wanted,
};
use crate::{Sandbox, SandboxError, chance, clock, gate::Twist, pace::Pace};

const GRACE_MILLIS: u64 = 48 * 3600 * 1000;

/// Makes the databases that a kill left unmade, and drops those it left undropped.
pub(crate) async fn finish_what_was_cut_off(sandbox: &Sandbox) -> Result<(), SandboxError> {
    let now = clock::now();
    let projects: Vec<RailwayProject> = sandbox.world().railway.values().cloned().collect();
    for project in projects {
        if project.deleted_at.is_none() {
            let unmade = |service: &&Service| service.postgres.as_ref().is_some_and(|postgres| !postgres.made);
            for service in project.services.iter().filter(unmade) {
                make(sandbox, &project.id, &service.id).await?;
            }
        } else if project.purge_at.is_none_or(|at| at <= now) {
            purge(sandbox, &project).await?;
        }
    }
    Ok(())
}

pub(super) async fn template_deploy(sandbox: &Sandbox, arguments: &Value, twist: Option<Twist>) -> Answer {
    if text(arguments, "/input/templateId") != TEMPLATE {
        return Err(Refusal::missing("Template"));
    }
    let given = arguments
        .pointer("/input/serializedConfig")
        .cloned()
        .unwrap_or_default();
    let config = match given {
        // The scalar may come as text.
        Value::String(text) => serde_json::from_str(&text).unwrap_or_default(),
        config => config,
    };
    let wanted: Vec<Wanted> = config
        .get("services")
        .and_then(Value::as_object)
        .into_iter()
        .flatten()
        .map(|(_, service)| Wanted::from_template(service))
        .collect();
    if wanted.is_empty() {
        return Err(Refusal("Invalid serializedConfig: it holds no service".to_owned()));
    }
    let listed_at = match twist {
        Some(Twist::Unlisted(delay)) => Some(clock::now() + delay),
        _ => None,
    };
    let (project_id, workflow, services) = {
        let mut world = sandbox.world();
        let mut project = world.railway_project(text(arguments, "/input/projectId"))?.clone();
        let services: Vec<String> = wanted
            .into_iter()
            .map(|wanted| wanted.add_to(&mut project, listed_at))
            .collect();
        let workflow = begin_workflow(&mut project, listed_at);
        let id = project.id.clone();
        world.put_railway(project)?;
        (id, workflow, services)
    };
    for service in services {
        if let Err(error) = make(sandbox, &project_id, &service).await {
            tracing::error!(
                error = &error as &dyn std::error::Error,
                "A database of the sandbox could not be made"
            );
            let mut world = sandbox.world();
            let mut project = world.railway_project(&project_id)?.clone();
            if let Some(failed) = project.workflows.iter_mut().find(|candidate| candidate.id == workflow) {
                failed.error = Some("The service did not start".to_owned());
            }
            world.put_railway(project)?;
        }
    }
    Ok(json!({"projectId": project_id, "workflowId": workflow}))
}

pub(super) async fn service_create(sandbox: &Sandbox, arguments: &Value) -> Answer {
    let variables = arguments
        .pointer("/input/variables")
        .and_then(Value::as_object)
        .into_iter()
        .flatten();
    let wanted = Wanted {
        name: text(arguments, "/input/name").to_owned(),
        image: text(arguments, "/input/source/image").to_owned(),
        variables: variables
            .filter_map(|(key, value)| Some((key.clone(), with_secrets(value.as_str()?))))
            .collect(),
        ports: Vec::new(),
        mounts: Vec::new(),
    };
    let (project_id, service, name) = {
        let mut world = sandbox.world();
        let mut project = world.railway_project(text(arguments, "/input/projectId"))?.clone();
        let service = wanted.add_to(&mut project, None);
        let name = project
            .service(&service)
            .map(|service| service.name.clone())
            .unwrap_or_default();
        let id = project.id.clone();
        world.put_railway(project)?;
        (id, service, name)
    };
    make(sandbox, &project_id, &service).await?;
    Ok(json!({"id": service, "name": name, "projectId": project_id}))
}

/// Makes the database of a service and notes that it is made; when its project went meanwhile, it goes again.
async fn make(sandbox: &Sandbox, project_id: &str, service_id: &str) -> Result<(), SandboxError> {
    let find = |project: &RailwayProject| project.service(service_id).and_then(|service| service.postgres.clone());
    let Some(postgres) = sandbox.world().railway.get(project_id).and_then(find) else {
        return Ok(());
    };
    if let Some(cluster) = sandbox.cluster() {
        cluster
            .create(&postgres.database, &postgres.role, &postgres.password)
            .await?;
    }
    let still_wanted = {
        let mut world = sandbox.world();
        match world
            .railway
            .get(project_id)
            .filter(|project| project.deleted_at.is_none())
            .cloned()
        {
            None => false,
            Some(mut project) => {
                let service = project.services.iter_mut().find(|service| service.id == service_id);
                if let Some(made) = service.and_then(|service| service.postgres.as_mut()) {
                    made.made = true;
                }
                world.put_railway(project)?;
                true
            }
        }
    };
    if !still_wanted && let Some(cluster) = sandbox.cluster() {
        cluster.drop(&postgres.database, &postgres.role).await?;
    }
    Ok(())
}

/// Drops what stands behind a deleted project, then forgets the project.
async fn purge(sandbox: &Sandbox, project: &RailwayProject) -> Result<(), SandboxError> {
    let databases: Vec<&Postgres> = project
        .services
        .iter()
        .filter_map(|service| service.postgres.as_ref())
        .collect();
    if let Some(cluster) = sandbox.cluster() {
        for postgres in &databases {
            cluster.drop(&postgres.database, &postgres.role).await?;
        }
    }
    let mut world = sandbox.world();
    for postgres in &databases {
        world.forget_database(&postgres.database)?;
    }
    let journal = &mut *world;
    journal.railway.remove(&journal.journal, &project.id)
}

/// Marks a project as deleted; one whose databases a failed call left behind may be deleted again.
fn mark_deleted(sandbox: &Sandbox, id: &str, grace: u64) -> Result<RailwayProject, Refusal> {
    let mut world = sandbox.world();
    let mut project = world
        .railway
        .get(id)
        .filter(|project| project.deleted_at.is_none() || project.purge_at.is_some())
        .cloned()
        .ok_or_else(|| Refusal::missing("Project"))?;
    let now = clock::now();
    project.deleted_at = project.deleted_at.or(Some(now));
    project.purge_at = Some(now + grace);
    world.put_railway(project.clone())?;
    Ok(project)
}

pub(super) async fn project_delete(sandbox: &Sandbox, arguments: &Value) -> Answer {
    let project = mark_deleted(sandbox, text(arguments, "/id"), 0)?;
    purge(sandbox, &project).await?;
    Ok(json!(true))
}

/// With a grace period in the realistic pace, at once in the fast one.
pub(super) async fn project_schedule_delete(sandbox: &Sandbox, arguments: &Value) -> Answer {
    match sandbox.pace() {
        Pace::Fast => project_delete(sandbox, arguments).await,
        Pace::Realistic => {
            sandbox.world().railway_project(text(arguments, "/id"))?;
            mark_deleted(sandbox, text(arguments, "/id"), GRACE_MILLIS)?;
            Ok(json!(true))
        }
    }
}

pub(super) fn project_schedule_delete_cancel(sandbox: &Sandbox, arguments: &Value) -> Answer {
    let mut world = sandbox.world();
    let now = clock::now();
    let mut project = world
        .railway
        .get(text(arguments, "/id"))
        .filter(|project| project.purge_at.is_some_and(|at| at > now))
        .cloned()
        .ok_or_else(|| Refusal::missing("Project"))?;
    project.deleted_at = None;
    project.purge_at = None;
    world.put_railway(project)?;
    Ok(json!(true))
}

async fn set_login(sandbox: &Sandbox, postgres: Option<Postgres>, login: bool) -> Result<(), SandboxError> {
    match (sandbox.cluster(), postgres) {
        (Some(cluster), Some(postgres)) => cluster.set_login(&postgres.role, login).await,
        _ => Ok(()),
    }
}

/// A new deployment; the database lets its owner in again.
pub(super) async fn deploy(sandbox: &Sandbox, arguments: &Value) -> Answer {
    let (id, postgres) = change_service(sandbox, text(arguments, "/serviceId"), |service| {
        let id = chance::uuid();
        service.deployments.push(Deployment {
            id: id.clone(),
            created_at: clock::now(),
            removed: false,
        });
        let surplus = service.deployments.len().saturating_sub(20);
        service.deployments.drain(..surplus);
        Ok((id, service.postgres.clone()))
    })?;
    set_login(sandbox, postgres, true).await?;
    Ok(json!(id))
}

/// The database stays and lets nobody in.
pub(super) async fn deployment_remove(sandbox: &Sandbox, arguments: &Value) -> Answer {
    let id = text(arguments, "/id").to_owned();
    let service = {
        let world = sandbox.world();
        let holds = |service: &Service| service.deployments.iter().any(|deployment| deployment.id == id);
        let project = world.railway_with("Deployment", |project| project.services.iter().any(holds))?;
        project
            .services
            .iter()
            .find(|service| holds(service))
            .map(|service| service.id.clone())
            .unwrap_or_default()
    };
    let (latest, postgres) = change_service(sandbox, &service, |service| {
        let latest = service.deployments.last().is_some_and(|deployment| deployment.id == id);
        for deployment in service.deployments.iter_mut().filter(|deployment| deployment.id == id) {
            deployment.removed = true;
        }
        Ok((latest, service.postgres.clone()))
    })?;
    if latest {
        set_login(sandbox, postgres, false).await?;
    }
    Ok(json!(true))
}
