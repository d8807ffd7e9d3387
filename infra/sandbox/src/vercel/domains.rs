//! V17-V20: custom domains. Every domain counts as verified; its DNS answers after [`crate::pace::Pace::dns`].

use axum::{
    Json,
    body::Bytes,
    extract::{Path, State},
};
use serde_json::{Value, json};

use super::{
    Answer, Refusal, Scope,
    model::{Domain, Project},
    parse, text,
};
use crate::{Sandbox, clock};

fn shown(project: &Project, name: &str, domain: &Domain) -> Value {
    let mut labels: Vec<&str> = name.rsplitn(3, '.').take(2).collect();
    labels.reverse();
    json!({"name": name, "apexName": labels.join("."), "projectId": project.id, "redirect": null,
        "redirectStatusCode": null, "gitBranch": null, "customEnvironmentId": null, "verified": true,
        "createdAt": domain.created_at, "updatedAt": domain.created_at})
}

fn legal(name: &str) -> bool {
    name.len() <= 253
        && name.contains('.')
        && name.split('.').all(|label| {
            !label.is_empty()
                && label.len() <= 63
                && !label.starts_with('-')
                && !label.ends_with('-')
                && label
                    .bytes()
                    .all(|letter| letter.is_ascii_alphanumeric() || letter == b'-')
        })
}

pub(super) async fn add(State(sandbox): State<Sandbox>, scope: Scope, Path(id): Path<String>, body: Bytes) -> Answer {
    let body = parse(&body)?;
    let name = text(&body, "name").unwrap_or_default().to_lowercase();
    let mut world = sandbox.world();
    let mut project = scope.project(&world, &id)?.clone();
    if !legal(&name) || name.ends_with(".vercel.app") {
        return Err(Refusal::new(
            400,
            "invalid_domain",
            format!("The domain \"{name}\" is not valid."),
        ));
    }
    if project.domains.contains_key(&name) {
        let message = format!("Cannot add {name} since it's already in use by your project.");
        return Err(Refusal::new(400, "domain_already_in_use_by_project", message).with("domain", name));
    }
    if let Some(owner) = world.projects.values().find(|other| other.domains.contains_key(&name)) {
        let message = format!("Cannot add {name} since it's already assigned to another project.");
        let refusal = Refusal::new(409, "domain_already_in_use", message).with("domain", name);
        return Err(if owner.account == project.account {
            refusal.with("projectId", owner.id.clone())
        } else {
            refusal
        });
    }
    if world.live(&project, clock::now(), sandbox.pace()).is_none() {
        let message = format!("Cannot add {name} since the latest production deployment was not successful.");
        return Err(Refusal::bad(message).with("domain", name));
    }
    let domain = Domain {
        created_at: clock::now(),
    };
    let answer = shown(&project, &name, &domain);
    project.domains.insert(name, domain);
    world.put_project(project)?;
    Ok(Json(answer))
}

pub(super) async fn one(
    State(sandbox): State<Sandbox>,
    scope: Scope,
    Path((id, name)): Path<(String, String)>,
) -> Answer {
    let world = sandbox.world();
    let project = scope.project(&world, &id)?;
    let domain = project
        .domains
        .get(&name)
        .ok_or_else(|| Refusal::missing("Project Domain"))?;
    Ok(Json(shown(project, &name, domain)))
}

pub(super) async fn remove(
    State(sandbox): State<Sandbox>,
    scope: Scope,
    Path((id, name)): Path<(String, String)>,
) -> Answer {
    let mut world = sandbox.world();
    let mut project = scope.project(&world, &id)?.clone();
    project
        .domains
        .remove(&name)
        .ok_or_else(|| Refusal::missing("Project Domain"))?;
    world.put_project(project)?;
    Ok(Json(json!({})))
}

pub(super) async fn verify(sandbox: State<Sandbox>, scope: Scope, path: Path<(String, String)>) -> Answer {
    one(sandbox, scope, path).await
}

/// Whether the domain leads here; one that no project has does not.
pub(super) async fn config(State(sandbox): State<Sandbox>, Path(name): Path<String>) -> Json<Value> {
    let world = sandbox.world();
    let since = world
        .projects
        .values()
        .find_map(|project| project.domains.get(&name))
        .map(|domain| domain.created_at);
    let leads_here = since.is_some_and(|since| clock::now() >= since + sandbox.pace().dns());
    Json(
        json!({"configuredBy": leads_here.then_some("CNAME"), "acceptedChallenges": ["http-01"],
        "misconfigured": !leads_here,
        "recommendedIPv4": [{"rank": 1, "value": ["76.76.21.21"]}],
        "recommendedCNAME": [{"rank": 1, "value": "cname.vercel-dns.com."}]}),
    )
}
