//! V7, V8, V10, V11: deployments. A state is a function of the creation time; nothing runs in the background.

use std::collections::BTreeMap;

use axum::{
    Extension, Json,
    body::Bytes,
    extract::{Path, State},
};
use serde_json::{Value, json};

use super::{
    Answer, Refusal, Scope, environment,
    model::{Deployment, State as Stage},
    parse,
    readout::{aliases, shown, summary},
    text,
};
use crate::{Sandbox, chance, clock, gate::Twist, github, world::World};

pub(super) fn find<'a>(world: &'a World, scope: &Scope, id_or_url: &str) -> Result<&'a Deployment, Refusal> {
    world
        .deployments
        .get(id_or_url)
        .or_else(|| {
            world
                .deployments
                .values()
                .find(|deployment| deployment.host == id_or_url)
        })
        .filter(|deployment| deployment.account == scope.account)
        .ok_or_else(|| Refusal::missing("Deployment"))
}

/// The source that is built, or why there is none.
fn source(world: &World, scope: &Scope, body: &Value) -> Result<Value, Refusal> {
    if let Some(id) = text(body, "deploymentId") {
        return Ok(find(world, scope, id)?.source.clone());
    }
    let Some(git) = body.get("gitSource").filter(|git| git.is_object()) else {
        return Err(Refusal::bad(
            "Invalid request: one of `gitSource`, `deploymentId` or `files` is required.",
        ));
    };
    if text(git, "type") != Some("github") {
        return Err(Refusal::bad("Invalid request: `gitSource.type` should be github."));
    }
    let repository = match (text(git, "org"), text(git, "repo")) {
        (Some(org), Some(repo)) => (org, repo),
        _ if git.get("repoId").is_some_and(|id| !id.is_null()) => ("repository", "id"),
        _ => {
            return Err(Refusal::bad(
                "Invalid request: `gitSource` needs `org` and `repo`, or `repoId`.",
            ));
        }
    };
    let reference = text(git, "sha").or_else(|| text(git, "ref")).unwrap_or_default();
    if github::sha(repository.0, repository.1, reference).is_none() {
        let message = "The provided GitHub repository does not contain the requested branch or commit reference. Please \
            ensure the repository is not empty.";
        return Err(Refusal::new(400, "incorrect_git_source_info", message));
    }
    Ok(git.clone())
}

pub(super) async fn create(
    State(sandbox): State<Sandbox>,
    scope: Scope,
    twist: Option<Extension<Twist>>,
    body: Bytes,
) -> Answer {
    let body = parse(&body)?;
    let name = text(&body, "name").ok_or_else(|| Refusal::bad("Invalid request: missing required property `name`."))?;
    let target = match body.get("target") {
        None | Some(Value::Null) => None,
        Some(Value::String(target)) if target == "production" || target == "staging" => Some(target.clone()),
        Some(_) => {
            return Err(Refusal::bad(
                "Invalid request: `target` should be production or staging.",
            ));
        }
    };
    let mut world = sandbox.world();
    let mut project = scope.project(&world, text(&body, "project").unwrap_or(name))?.clone();
    let source = source(&world, &scope, &body)?;
    if project.deployments.is_empty()
        && !body.get("projectSettings").is_some_and(Value::is_object)
        && scope.get("skipAutoDetectionConfirmation") != Some("1")
    {
        let message =
            "The `projectSettings` object is required for new projects, but is missing in the deployment payload";
        return Err(Refusal::new(400, "missing_project_settings", message));
    }
    let meta: BTreeMap<String, Value> = body
        .get("meta")
        .and_then(Value::as_object)
        .map(|meta| meta.iter().map(|(key, value)| (key.clone(), value.clone())).collect())
        .unwrap_or_default();
    let now = clock::now();
    let played = |fault: Twist| twist.as_ref().is_some_and(|Extension(twist)| *twist == fault);
    let deployment = Deployment {
        id: format!("dpl_{}", chance::letters(28)),
        host: format!(
            "{}-{}-sandbox.vercel.app",
            project.name,
            chance::letters(9).to_lowercase()
        ),
        name: project.name.clone(),
        project: project.id.clone(),
        account: project.account.clone(),
        environment: environment::effective(&project, target.as_deref().unwrap_or("preview")),
        target,
        created_at: now,
        meta,
        source,
        cancelled_at: None,
        fails: played(Twist::BuildError),
        unhealthy: played(Twist::Unhealthy),
    };
    project.deployments.push(deployment.id.clone());
    let id = deployment.id.clone();
    let World {
        journal,
        projects,
        deployments,
        ..
    } = &mut *world;
    journal.together(|| {
        deployments.put(journal, &id, deployment)?;
        let key = project.id.clone();
        projects.put(journal, &key, project)
    })?;
    let deployment = world
        .deployments
        .get(&id)
        .ok_or_else(|| Refusal::missing("Deployment"))?;
    Ok(Json(shown(&sandbox, &world, deployment)))
}

pub(super) async fn one(State(sandbox): State<Sandbox>, scope: Scope, Path(id): Path<String>) -> Answer {
    let world = sandbox.world();
    let deployment = find(&world, &scope, &id)?;
    Ok(Json(shown(&sandbox, &world, deployment)))
}

/// Newest first.
pub(super) async fn list(State(sandbox): State<Sandbox>, scope: Scope) -> Answer {
    let world = sandbox.world();
    let now = clock::now();
    let limit = usize::try_from(scope.number("limit").unwrap_or(20).clamp(1, 100)).unwrap_or(20);
    let state_of = |deployment: &Deployment| deployment.state(now, sandbox.pace());
    let sha = |deployment: &Deployment| text(&deployment.source, "sha").map(str::to_owned);
    let live = |deployment: &Deployment| !aliases(&sandbox, &world, deployment).is_empty();
    let project = scope.get("projectId").or(scope.get("app"));
    let project = project.map(|id| {
        scope
            .project(&world, id)
            .map(|project| project.id.clone())
            .unwrap_or_default()
    });
    let mut found: Vec<&Deployment> = world
        .deployments
        .values()
        .filter(|deployment| deployment.account == scope.account)
        .filter(|deployment| project.as_ref().is_none_or(|id| deployment.project == *id))
        .filter(|deployment| {
            scope.get("target").is_none_or(|target| match target {
                "preview" => deployment.target.is_none(),
                target => deployment.target.as_deref() == Some(target),
            })
        })
        .filter(|deployment| {
            scope
                .get("state")
                .is_none_or(|states| states.split(',').any(|state| state == state_of(deployment).name()))
        })
        .filter(|deployment| {
            scope
                .get("sha")
                .is_none_or(|wanted| sha(deployment).as_deref() == Some(wanted))
        })
        .filter(|deployment| scope.number("since").is_none_or(|since| deployment.created_at >= since))
        .filter(|deployment| scope.number("until").is_none_or(|until| deployment.created_at < until))
        .filter(|deployment| {
            scope.get("rollbackCandidate") != Some("true")
                || (deployment.production() && state_of(deployment) == Stage::Ready && !live(deployment))
        })
        .collect();
    found.sort_by(|a, b| b.created_at.cmp(&a.created_at).then_with(|| a.id.cmp(&b.id)));
    let more = found.len() > limit;
    found.truncate(limit);
    let next = if more {
        found.last().map(|deployment| deployment.created_at)
    } else {
        None
    };
    let prev = found.first().map(|deployment| deployment.created_at);
    let deployments: Vec<Value> = found
        .iter()
        .map(|deployment| summary(&sandbox, &world, deployment))
        .collect();
    Ok(Json(
        json!({"pagination": {"count": deployments.len(), "next": next, "prev": prev}, "deployments": deployments}),
    ))
}

pub(super) async fn cancel(State(sandbox): State<Sandbox>, scope: Scope, Path(id): Path<String>) -> Answer {
    let mut world = sandbox.world();
    let mut deployment = find(&world, &scope, &id)?.clone();
    let state = deployment.state(clock::now(), sandbox.pace());
    if state.over() {
        let message = format!(
            "The deployment cannot be canceled because it is already {}.",
            state.name()
        );
        return Err(Refusal::bad(message));
    }
    deployment.cancelled_at = Some(clock::now());
    let id = deployment.id.clone();
    world.put_deployment(deployment)?;
    let deployment = world
        .deployments
        .get(&id)
        .ok_or_else(|| Refusal::missing("Deployment"))?;
    Ok(Json(shown(&sandbox, &world, deployment)))
}

pub(super) async fn delete(State(sandbox): State<Sandbox>, scope: Scope, Path(id): Path<String>) -> Answer {
    let mut world = sandbox.world();
    let deployment = find(&world, &scope, &id)?.clone();
    let World {
        journal,
        projects,
        deployments,
        ..
    } = &mut *world;
    journal.together(|| {
        deployments.remove(journal, &deployment.id)?;
        if let Some(mut project) = projects.get(&deployment.project).cloned() {
            project.deployments.retain(|id| *id != deployment.id);
            projects.put(journal, &deployment.project, project)?;
        }
        Ok(())
    })?;
    Ok(Json(json!({"uid": deployment.id, "state": "DELETED"})))
}
