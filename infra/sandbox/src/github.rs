//! GitHub's public API, as far as a deployment's source is looked up: commit, tags, package version.
//!
//! Any repository exists. A reference stands for a commit that is a function of repository and reference; the reference
//! `missing` does not exist. Tag v1.0.0 is the commit of `main`.

use axum::{
    Json, Router,
    extract::{Path, State},
    http::StatusCode,
    response::{IntoResponse, Response},
    routing::get,
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use crate::{Sandbox, chance, gate::Gated, service::Service};

pub(crate) const OPERATIONS: &[&str] = &["get_commit", "list_tags", "get_contents"];

pub(crate) fn router(sandbox: &Sandbox) -> Router {
    Gated::new(sandbox, Service::Github)
        .on("get_commit", "/repos/{owner}/{repo}/commits/{*ref}", get(commit))
        .on("list_tags", "/repos/{owner}/{repo}/tags", get(tags))
        .on("get_contents", "/repos/{owner}/{repo}/contents/{*path}", get(contents))
        .done()
}

fn missing(status: StatusCode, message: &str) -> Response {
    let body =
        json!({"message": message, "documentation_url": "https://docs.github.com/rest", "status": status.as_str()});
    (status, Json(body)).into_response()
}

/// The commit a reference stands for; a full hash stands for itself.
pub(crate) fn sha(owner: &str, repo: &str, reference: &str) -> Option<String> {
    if reference == "missing" || reference.is_empty() {
        return None;
    }
    if reference.len() == 40 && reference.bytes().all(|digit| digit.is_ascii_hexdigit()) {
        return Some(reference.to_lowercase());
    }
    let reference = reference
        .trim_start_matches("refs/")
        .trim_start_matches("heads/")
        .trim_start_matches("tags/");
    let reference = if matches!(reference, "HEAD" | "v1.0.0") {
        "main"
    } else {
        reference
    };
    let digest = chance::hex(&Sha256::digest(format!("{owner}/{repo}@{reference}")));
    digest.get(..40).map(str::to_owned)
}

async fn commit(State(_): State<Sandbox>, Path((owner, repo, reference)): Path<(String, String, String)>) -> Response {
    let Some(sha) = sha(&owner, &repo, &reference) else {
        return missing(
            StatusCode::UNPROCESSABLE_ENTITY,
            &format!("No commit found for SHA: {reference}"),
        );
    };
    let when = json!({"name": "Sandbox", "email": "sandbox@localhost", "date": "2026-01-01T00:00:00Z"});
    Json(
        json!({"sha": sha, "html_url": format!("https://github.com/{owner}/{repo}/commit/{sha}"),
        "commit": {"message": "Stand-in commit", "author": when, "committer": when}, "parents": []}),
    )
    .into_response()
}

async fn tags(State(_): State<Sandbox>, Path((owner, repo)): Path<(String, String)>) -> Json<Value> {
    let sha = sha(&owner, &repo, "main");
    Json(json!([{"name": "v1.0.0", "commit": {"sha": sha,
        "url": format!("https://api.github.com/repos/{owner}/{repo}/commits/v1.0.0")}}]))
}

async fn contents(State(_): State<Sandbox>, Path((owner, repo, path)): Path<(String, String, String)>) -> Response {
    if path.rsplit('/').next() != Some("package.json") {
        return missing(StatusCode::NOT_FOUND, "Not Found");
    }
    let file = json!({"name": repo, "version": "1.0.0", "private": true}).to_string();
    let blob = chance::hex(&Sha256::digest(format!("{owner}/{repo}/{path}")));
    Json(
        json!({"type": "file", "name": "package.json", "path": path, "encoding": "base64", "size": file.len(),
        "sha": blob.get(..40), "content": STANDARD.encode(file)}),
    )
    .into_response()
}
