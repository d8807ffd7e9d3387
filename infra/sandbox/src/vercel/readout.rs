//! What Vercel tells of a deployment; V9, the build log.

use axum::{
    Json,
    extract::{Path, State},
};
use serde_json::{Value, json};

use super::{
    Answer, Scope,
    deployments::find,
    model::{Deployment, State as Stage},
};
use crate::{Sandbox, clock, world::World};

const FAILURE: &str = "Command \"next build\" exited with 1";

/// The names that lead to a deployment now.
pub(super) fn aliases(sandbox: &Sandbox, world: &World, deployment: &Deployment) -> Vec<String> {
    let Some(project) = world.projects.get(&deployment.project) else {
        return Vec::new();
    };
    let live = world
        .live(project, clock::now(), sandbox.pace())
        .is_some_and(|live| live.id == deployment.id);
    if !live {
        return Vec::new();
    }
    std::iter::once(project.host())
        .chain(project.domains.keys().cloned())
        .collect()
}

/// What both lists and single answers say.
pub(super) fn summary(sandbox: &Sandbox, world: &World, deployment: &Deployment) -> Value {
    let now = clock::now();
    let state = deployment.state(now, sandbox.pace());
    let build = sandbox.pace().build(&deployment.id);
    let aliases = aliases(sandbox, world, deployment);
    let past = |offset: u64| (now >= deployment.created_at + offset).then_some(deployment.created_at + offset);
    let assigned = state == Stage::Ready;
    json!({
        "id": deployment.id,
        "uid": deployment.id,
        "name": deployment.name,
        "url": deployment.host,
        "projectId": deployment.project,
        "ownerId": deployment.account,
        "type": "LAMBDAS",
        "target": deployment.target,
        "meta": deployment.meta,
        "state": state.name(),
        "readyState": state.name(),
        "readySubstate": assigned.then_some(if aliases.is_empty() { "STAGED" } else { "PROMOTED" }),
        "aliasAssigned": if assigned { past(build.ready).map_or(json!(false), |at| json!(at)) } else { json!(false) },
        "aliasError": null,
        "alias": aliases,
        "created": deployment.created_at,
        "createdAt": deployment.created_at,
        "buildingAt": past(build.building),
        "ready": if state.over() { past(build.ready) } else { None },
        "canceledAt": deployment.cancelled_at,
        "inspectorUrl": format!("https://vercel.com/{}/{}/{}", deployment.account, deployment.name,
            deployment.id.trim_start_matches("dpl_")),
        "errorCode": (state == Stage::Error).then_some("BUILD_FAILED"),
        "errorMessage": (state == Stage::Error).then_some(FAILURE),
        "isRollbackCandidate": assigned && deployment.production() && aliases.is_empty(),
        "creator": {"uid": "user_sandbox", "username": "sandbox"},
    })
}

pub(super) fn shown(sandbox: &Sandbox, world: &World, deployment: &Deployment) -> Value {
    let mut shown = summary(sandbox, world, deployment);
    if let Some(fields) = shown.as_object_mut() {
        let name = world
            .projects
            .get(&deployment.project)
            .map(|project| project.name.clone());
        fields.insert("project".to_owned(), json!({"id": deployment.project, "name": name}));
        fields.insert(
            "status".to_owned(),
            fields.get("readyState").cloned().unwrap_or_default(),
        );
        fields.insert("gitSource".to_owned(), deployment.source.clone());
        fields.insert(
            "env".to_owned(),
            deployment.environment.keys().map(String::as_str).collect(),
        );
        fields.insert("version".to_owned(), 2.into());
        fields.insert("public".to_owned(), false.into());
        fields.insert("regions".to_owned(), json!(["fra1"]));
    }
    shown
}

/// A build log as far as the build has come.
pub(super) async fn events(State(sandbox): State<Sandbox>, scope: Scope, Path(id): Path<String>) -> Answer {
    let world = sandbox.world();
    let deployment = find(&world, &scope, &id)?;
    let build = sandbox.pace().build(&deployment.id);
    let end = deployment.cancelled_at.unwrap_or(u64::MAX).min(clock::now());
    let (last_type, last_level, last) = match (deployment.cancelled_at, deployment.fails) {
        (None, true) => ("stderr", "error", format!("Error: {FAILURE}")),
        _ => ("stdout", "info", "Build Completed".to_owned()),
    };
    let lines = [
        (
            build.initializing,
            "stdout",
            "info",
            "Running build in Frankfurt, Germany (East) - fra1 (stand-in)".to_owned(),
        ),
        (build.building, "command", "info", "Running \"next build\"".to_owned()),
        (
            build.building,
            "stdout",
            "info",
            "Creating an optimized production build ...".to_owned(),
        ),
        (build.ready, last_type, last_level, last),
    ];
    let since = scope.number("since").unwrap_or(0);
    let events: Vec<Value> = lines
        .into_iter()
        .enumerate()
        .map(|(serial, (offset, kind, level, line))| (deployment.created_at + offset, serial, kind, level, line))
        .filter(|(at, ..)| *at <= end && *at >= since)
        .map(|(at, serial, kind, level, line)| {
            json!({"created": at, "date": at, "id": format!("{at}{serial}"), "serial": format!("{at}{serial}"),
                "deploymentId": deployment.id, "type": kind, "level": level, "text": line,
                "info": {"type": "build", "name": "bld_sandbox", "entrypoint": "."}})
        })
        .collect();
    Ok(Json(Value::Array(events)))
}
