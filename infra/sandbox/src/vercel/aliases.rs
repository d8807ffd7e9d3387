//! V12-V14: which deployment the production domains lead to.

use axum::{
    Json,
    extract::{Path, State},
    http::StatusCode,
};
use serde_json::{Value, json};

use super::{
    Answer, Refusal, Scope,
    model::{Pin, Project, State as Stage},
};
use crate::{Sandbox, clock, pace::Pace};

/// `lastAliasRequest` of a project.
pub(super) fn last(project: &Project, now: u64, pace: Pace) -> Value {
    project.pin.as_ref().map_or(Value::Null, |pin| {
        let status = if now < pin.at + pace.alias() {
            "in-progress"
        } else {
            "succeeded"
        };
        json!({"fromDeploymentId": pin.from, "toDeploymentId": pin.deployment, "jobStatus": status,
            "requestedAt": pin.at, "type": if pin.rollback { "rollback" } else { "promote" }})
    })
}

fn pin(sandbox: &Sandbox, scope: &Scope, id: &str, deployment: &str, rollback: bool) -> Result<StatusCode, Refusal> {
    let mut world = sandbox.world();
    let now = clock::now();
    let pace = sandbox.pace();
    let mut project = scope.project(&world, id)?.clone();
    let wanted = world
        .deployments
        .get(deployment)
        .filter(|wanted| wanted.project == project.id)
        .ok_or_else(|| Refusal::missing("Deployment"))?;
    if !wanted.production() || wanted.state(now, pace) != Stage::Ready {
        return Err(Refusal::new(
            422,
            "unprocessable",
            "Only a production deployment that is READY can be made live.",
        ));
    }
    if project.pin.as_ref().is_some_and(|pin| now < pin.at + pace.alias()) {
        return Err(Refusal::new(409, "conflict", "Another alias request is in progress."));
    }
    let live = world.live(&project, now, pace).map(|live| live.id.clone());
    if live.as_deref() == Some(deployment) && project.pin.as_ref().is_none_or(|pin| pin.rollback == rollback) {
        return Err(Refusal::new(
            409,
            "conflict",
            "This deployment is already the current production deployment.",
        ));
    }
    project.pin = Some(Pin {
        deployment: deployment.to_owned(),
        from: live,
        rollback,
        at: now,
    });
    world.put_project(project)?;
    Ok(StatusCode::CREATED)
}

pub(super) async fn promote(
    State(sandbox): State<Sandbox>,
    scope: Scope,
    Path((project, deployment)): Path<(String, String)>,
) -> Result<StatusCode, Refusal> {
    pin(&sandbox, &scope, &project, &deployment, false)
}

pub(super) async fn roll_back(
    State(sandbox): State<Sandbox>,
    scope: Scope,
    Path((project, deployment)): Path<(String, String)>,
) -> Result<StatusCode, Refusal> {
    pin(&sandbox, &scope, &project, &deployment, true)
}

pub(super) async fn list(State(sandbox): State<Sandbox>, scope: Scope, Path(id): Path<String>) -> Answer {
    let world = sandbox.world();
    let project = scope.project(&world, &id)?;
    let done = last(project, clock::now(), sandbox.pace()).get("jobStatus") == Some(&json!("succeeded"));
    // None of them ever fails here.
    let failed_only = scope.get("failedOnly") == Some("true");
    let aliases: Vec<Value> = std::iter::once(project.host())
        .chain(project.domains.keys().cloned())
        .filter(|_| project.pin.is_some() && !failed_only)
        .map(|alias| json!({"alias": alias, "id": alias, "status": if done { "completed" } else { "in-progress" }}))
        .collect();
    Ok(Json(
        json!({"pagination": {"count": aliases.len(), "next": null, "prev": null}, "aliases": aliases}),
    ))
}
