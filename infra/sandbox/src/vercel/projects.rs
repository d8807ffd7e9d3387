//! V1-V3, V15, V16, V21, V22: projects.

use std::collections::BTreeMap;

use axum::{
    Json,
    body::Bytes,
    extract::{Path, State},
    http::StatusCode,
};
use serde_json::{Value, json};

use super::{Answer, Refusal, Scope, aliases, environment, model::Project, parse, readout::summary, text};
use crate::{Sandbox, SandboxError, chance, clock, world::World};

pub(super) fn shown(sandbox: &Sandbox, world: &World, project: &Project) -> Value {
    let now = clock::now();
    let pace = sandbox.pace();
    let live = world.live(project, now, pace);
    let bypass: BTreeMap<&String, Value> = project
        .bypass
        .iter()
        .map(|(secret, at)| {
            (
                secret,
                json!({"createdAt": at, "createdBy": "user_sandbox", "scope": "automation-bypass"}),
            )
        })
        .collect();
    let latest: Vec<Value> = project
        .deployments
        .iter()
        .rev()
        .filter_map(|id| world.deployments.get(id))
        .take(10)
        .map(|deployment| summary(sandbox, world, deployment))
        .collect();
    json!({
        "id": project.id,
        "name": project.name,
        "accountId": project.account,
        "createdAt": project.created_at,
        "updatedAt": project.updated_at,
        "framework": project.framework,
        "rootDirectory": project.root_directory,
        "nodeVersion": "22.x",
        "paused": project.paused,
        "live": live.is_some() && !project.paused,
        "ssoProtection": project.sso_protection,
        "protectionBypass": bypass,
        "env": project.variables.iter().map(|variable| environment::shown(variable, false)).collect::<Vec<_>>(),
        "targets": live.map_or_else(|| json!({}), |live| json!({"production": summary(sandbox, world, live)})),
        "latestDeployments": latest,
        "lastAliasRequest": aliases::last(project, now, pace),
    })
}

pub(super) async fn one(State(sandbox): State<Sandbox>, scope: Scope, Path(id): Path<String>) -> Answer {
    let world = sandbox.world();
    let project = scope.project(&world, &id)?;
    Ok(Json(shown(&sandbox, &world, project)))
}

/// Newest first; `from` is the creation time of the last project of the page before.
pub(super) async fn list(State(sandbox): State<Sandbox>, scope: Scope) -> Answer {
    let world = sandbox.world();
    let limit = usize::try_from(scope.number("limit").unwrap_or(20).clamp(1, 100)).unwrap_or(20);
    let from = scope.number("from").or(scope.number("until"));
    let mut found: Vec<&Project> = world
        .projects
        .values()
        .filter(|project| project.account == scope.account)
        .filter(|project| scope.get("search").is_none_or(|search| project.name.contains(search)))
        // No project is linked to a repository here.
        .filter(|_| scope.get("repo").is_none() && scope.get("repoId").is_none())
        .filter(|project| from.is_none_or(|from| project.created_at < from))
        .collect();
    found.sort_by(|a, b| b.created_at.cmp(&a.created_at).then_with(|| a.id.cmp(&b.id)));
    // A page ends where the creation time changes, so that none is lost between two pages.
    let mut end = limit.min(found.len());
    while let (Some(last), Some(next)) = (end.checked_sub(1).and_then(|last| found.get(last)), found.get(end)) {
        if last.created_at != next.created_at {
            break;
        }
        end += 1;
    }
    let more = end < found.len();
    found.truncate(end);
    let next = if more {
        found.last().map(|project| project.created_at)
    } else {
        None
    };
    let prev = found.first().map(|project| project.created_at);
    let projects: Vec<Value> = found.iter().map(|project| shown(&sandbox, &world, project)).collect();
    Ok(Json(
        json!({"pagination": {"count": projects.len(), "next": next, "prev": prev}, "projects": projects}),
    ))
}

fn legal(name: &str) -> bool {
    name.len() <= 100
        && !name.contains("---")
        && name
            .bytes()
            .all(|letter| letter.is_ascii_lowercase() || letter.is_ascii_digit() || b"._-".contains(&letter))
}

pub(super) async fn create(State(sandbox): State<Sandbox>, scope: Scope, body: Bytes) -> Answer {
    let body = parse(&body)?;
    let name = text(&body, "name").ok_or_else(|| Refusal::bad("Invalid request: missing required property `name`."))?;
    if !legal(name) {
        return Err(Refusal::bad(
            "Project names can be up to 100 characters long and must be lowercase. They can include letters, digits, and \
             the following characters: '.', '_', '-'. However, they cannot contain the sequence '---'.",
        ));
    }
    let mut world = sandbox.world();
    if scope.project(&world, name).is_ok() {
        return Err(Refusal::new(
            409,
            "conflict",
            format!("Project \"{name}\" already exists."),
        ));
    }
    let now = clock::now();
    let mut project = Project {
        id: format!("prj_{}", chance::letters(28)),
        name: name.to_owned(),
        account: scope.account,
        created_at: now,
        updated_at: now,
        framework: text(&body, "framework").map(str::to_owned),
        root_directory: text(&body, "rootDirectory").map(str::to_owned),
        sso_protection: body.get("ssoProtection").filter(|value| !value.is_null()).cloned(),
        paused: false,
        bypass: BTreeMap::new(),
        variables: Vec::new(),
        domains: BTreeMap::new(),
        deployments: Vec::new(),
        pin: None,
        mode: crate::site::Mode::default(),
    };
    if let Some(variables) = body.get("environmentVariables").and_then(Value::as_array)
        && let Some(failed) = environment::apply(&mut project, variables, true)
            .failed
            .into_iter()
            .next()
    {
        let message = failed
            .pointer("/error/message")
            .and_then(Value::as_str)
            .unwrap_or_default()
            .to_owned();
        return Err(Refusal::bad(message));
    }
    let shown = shown(&sandbox, &world, &project);
    world.put_project(project)?;
    Ok(Json(shown))
}

/// Takes environment, domains and deployments with it.
pub(super) async fn delete(
    State(sandbox): State<Sandbox>,
    scope: Scope,
    Path(id): Path<String>,
) -> Result<StatusCode, Refusal> {
    let id = {
        let mut world = sandbox.world();
        let project = scope.project(&world, &id)?.clone();
        let World {
            journal,
            projects,
            deployments,
            ..
        } = &mut *world;
        journal.together(|| {
            for deployment in &project.deployments {
                deployments.remove(journal, deployment)?;
            }
            projects.remove(journal, &project.id)
        })?;
        project.id
    };
    sandbox.inner.connections.forget(&id);
    Ok(StatusCode::NO_CONTENT)
}

async fn set_paused(sandbox: &Sandbox, scope: &Scope, id: &str, paused: bool) -> Result<StatusCode, Refusal> {
    let mut world = sandbox.world();
    // By id only, and 400 where every other call answers 404.
    let mut project = world
        .projects
        .get(id)
        .filter(|project| project.account == scope.account)
        .cloned()
        .ok_or_else(|| Refusal::bad("Project not found."))?;
    project.paused = paused;
    project.updated_at = clock::now();
    world.put_project(project)?;
    Ok(StatusCode::OK)
}

pub(super) async fn pause(
    State(sandbox): State<Sandbox>,
    scope: Scope,
    Path(id): Path<String>,
) -> Result<StatusCode, Refusal> {
    set_paused(&sandbox, &scope, &id, true).await
}

pub(super) async fn unpause(
    State(sandbox): State<Sandbox>,
    scope: Scope,
    Path(id): Path<String>,
) -> Result<StatusCode, Refusal> {
    set_paused(&sandbox, &scope, &id, false).await
}

pub(super) async fn bypass(
    State(sandbox): State<Sandbox>,
    scope: Scope,
    Path(id): Path<String>,
    body: Bytes,
) -> Answer {
    let body = if body.is_empty() {
        json!({"generate": {}})
    } else {
        parse(&body)?
    };
    let mut world = sandbox.world();
    let mut project = scope.project(&world, &id)?.clone();
    if let Some(revoked) = body.pointer("/revoke/secret").and_then(Value::as_str) {
        project.bypass.remove(revoked);
    }
    if let Some(generate) = body
        .get("generate")
        .or_else(|| body.pointer("/revoke/regenerate").filter(|again| **again == true))
    {
        let secret = text(generate, "secret").map_or_else(|| chance::letters(32), str::to_owned);
        project.bypass.insert(secret, clock::now());
    }
    let shown = shown(&sandbox, &world, &project);
    world
        .put_project(project)
        .map_err(|error: SandboxError| Refusal::from(error))?;
    Ok(Json(json!({"protectionBypass": shown.get("protectionBypass")})))
}
