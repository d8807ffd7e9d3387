//! V4-V6: a project's variables. New values reach only deployments that are made afterwards.

use std::collections::BTreeMap;

use axum::{
    Extension, Json,
    body::Bytes,
    extract::{Path, State},
    http::StatusCode,
};
use serde_json::{Value, json};

use super::{
    Answer, Refusal, Scope,
    model::{Project, Variable},
    parse, text,
};
use crate::{Sandbox, chance, clock, gate::Twist};

/// Values are shown where Vercel shows them: plain ones, encrypted ones on request, sensitive ones never.
pub(super) fn shown(variable: &Variable, decrypt: bool) -> Value {
    let readable = variable.kind == "plain" || variable.kind == "system" || (decrypt && variable.kind == "encrypted");
    let value = match variable.kind.as_str() {
        _ if readable => variable.value.as_str(),
        "sensitive" => "",
        _ => "eyJ2IjoidjIiLCJjIjoic2FuZGJveCJ9",
    };
    json!({
        "id": variable.id,
        "key": variable.key,
        "value": value,
        "type": variable.kind,
        "target": variable.target,
        "comment": variable.comment,
        "decrypted": readable,
        "configurationId": null,
        "createdAt": variable.created_at,
        "updatedAt": variable.updated_at,
    })
}

/// What a production deployment made now would run with.
pub(super) fn effective(project: &Project, target: &str) -> BTreeMap<String, String> {
    project
        .variables
        .iter()
        .filter(|variable| variable.target.iter().any(|wanted| wanted == target))
        .map(|variable| (variable.key.clone(), variable.value.clone()))
        .collect()
}

#[derive(Default)]
pub(super) struct Applied {
    pub created: Vec<Value>,
    pub failed: Vec<Value>,
}

fn failure(code: &str, message: &str, key: &str, target: &Value) -> Value {
    json!({"error": {"code": code, "message": message, "key": key, "envVarKey": key, "target": target}})
}

/// Adds variables to a project; each stands or falls alone.
pub(super) fn apply(project: &mut Project, items: &[Value], upsert: bool) -> Applied {
    let mut applied = Applied::default();
    let now = clock::now();
    for item in items {
        let key = text(item, "key").unwrap_or_default();
        let wanted = item.get("target").cloned().unwrap_or(Value::Null);
        let target: Vec<String> = match &wanted {
            Value::String(one) => vec![one.clone()],
            Value::Array(many) => many.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
            _ => Vec::new(),
        };
        let kind = text(item, "type").unwrap_or("encrypted");
        let legal_key = key
            .bytes()
            .next()
            .is_some_and(|first| first.is_ascii_alphabetic() || first == b'_')
            && key
                .bytes()
                .all(|letter| letter.is_ascii_alphanumeric() || letter == b'_');
        let refused = if !legal_key {
            let message = "The name contains invalid characters. Only letters, digits, and underscores are allowed. \
                Furthermore, the name should not start with a digit.";
            Some(("INVALID_KEY", message))
        } else if !matches!(kind, "encrypted" | "sensitive" | "plain" | "system" | "secret") {
            Some((
                "BAD_REQUEST",
                "Invalid request: `type` should be equal to one of the allowed values.",
            ))
        } else if target.is_empty()
            || target
                .iter()
                .any(|t| !matches!(t.as_str(), "production" | "preview" | "development"))
        {
            Some((
                "BAD_REQUEST",
                "Invalid request: `target` should be production, preview or development.",
            ))
        } else if kind == "sensitive" && target.iter().any(|target| target == "development") {
            Some((
                "BAD_REQUEST",
                "You cannot set a Sensitive Environment Variable's target to development.",
            ))
        } else if item
            .get("value")
            .and_then(Value::as_str)
            .is_none_or(|value| value.len() > 65_536)
        {
            Some(("VALUE_INVALID_LENGTH", "The value is missing or longer than 64 KB."))
        } else {
            None
        };
        if let Some((code, message)) = refused {
            applied.failed.push(failure(code, message, key, &wanted));
            continue;
        }
        let overlaps = |variable: &Variable| variable.key == key && variable.target.iter().any(|t| target.contains(t));
        if !upsert && project.variables.iter().any(overlaps) {
            let message = format!(
                "A variable with the name `{key}` already exists for the target {}",
                target.join(",")
            );
            applied.failed.push(failure("ENV_CONFLICT", &message, key, &wanted));
            continue;
        }
        let before = project
            .variables
            .iter()
            .position(overlaps)
            .map(|place| project.variables.remove(place));
        project.variables.retain(|variable| !overlaps(variable));
        let variable = Variable {
            id: before
                .as_ref()
                .map_or_else(|| chance::letters(16), |before| before.id.clone()),
            key: key.to_owned(),
            value: text(item, "value").unwrap_or_default().to_owned(),
            kind: kind.to_owned(),
            target,
            comment: text(item, "comment").map(str::to_owned),
            created_at: before.map_or(now, |before| before.created_at),
            updated_at: now,
        };
        applied.created.push(shown(&variable, false));
        project.variables.push(variable);
    }
    applied
}

pub(super) async fn upsert(
    State(sandbox): State<Sandbox>,
    scope: Scope,
    Path(id): Path<String>,
    twist: Option<Extension<Twist>>,
    body: Bytes,
) -> Result<(StatusCode, Json<Value>), Refusal> {
    let body = parse(&body)?;
    let single = body.is_object();
    let mut items = match body {
        Value::Array(items) => items,
        item @ Value::Object(_) => vec![item],
        _ => return Err(Refusal::bad("Invalid request: should be an object or an array.")),
    };
    let mut world = sandbox.world();
    let mut project = scope.project(&world, &id)?.clone();
    let left_out = if twist.is_some_and(|Extension(twist)| twist == Twist::Partial) {
        items.pop()
    } else {
        None
    };
    let mut applied = apply(&mut project, &items, scope.get("upsert") == Some("true"));
    if let Some(item) = left_out {
        let key = text(&item, "key").unwrap_or_default();
        let target = item.get("target").cloned().unwrap_or(Value::Null);
        applied
            .failed
            .push(failure("UNKNOWN_ERROR", "An unexpected error occurred.", key, &target));
    }
    project.updated_at = clock::now();
    world.put_project(project)?;
    let created = match (single, applied.created) {
        (true, mut created) => created.pop().unwrap_or(json!({})),
        (false, created) => Value::Array(created),
    };
    Ok((
        StatusCode::CREATED,
        Json(json!({"created": created, "failed": applied.failed})),
    ))
}

pub(super) async fn list(State(sandbox): State<Sandbox>, scope: Scope, Path(id): Path<String>) -> Answer {
    let world = sandbox.world();
    let project = scope.project(&world, &id)?;
    let decrypt = scope.get("decrypt") == Some("true");
    Ok(Json(
        json!({"envs": project.variables.iter().map(|variable| shown(variable, decrypt)).collect::<Vec<_>>()}),
    ))
}

pub(super) async fn delete(
    State(sandbox): State<Sandbox>,
    scope: Scope,
    Path((id, variable)): Path<(String, String)>,
) -> Answer {
    let mut world = sandbox.world();
    let mut project = scope.project(&world, &id)?.clone();
    let place = project
        .variables
        .iter()
        .position(|candidate| candidate.id == variable)
        .ok_or_else(|| Refusal::missing("Environment Variable"))?;
    let gone = project.variables.remove(place);
    world.put_project(project)?;
    Ok(Json(shown(&gone, false)))
}

pub(super) async fn delete_many(
    State(sandbox): State<Sandbox>,
    scope: Scope,
    Path(id): Path<String>,
    body: Bytes,
) -> Answer {
    let body = parse(&body)?;
    let ids: Vec<&str> = body
        .get("ids")
        .and_then(Value::as_array)
        .ok_or_else(|| Refusal::bad("Invalid request: missing required property `ids`."))?
        .iter()
        .filter_map(Value::as_str)
        .collect();
    let mut world = sandbox.world();
    let mut project = scope.project(&world, &id)?.clone();
    let before = project.variables.len();
    project
        .variables
        .retain(|variable| !ids.contains(&variable.id.as_str()));
    let deleted = before - project.variables.len();
    world.put_project(project)?;
    Ok(Json(json!({"deleted": deleted, "ids": ids})))
}
