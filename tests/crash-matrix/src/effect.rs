//! What counts as an effect: a call that changes something outside the process.

use http::{Method, request::Parts};

/// Writes of AWS, by what the SDK calls them.
const WRITES: &[&str] = &[
    "PutItem",
    "UpdateItem",
    "DeleteItem",
    "TransactWriteItems",
    "BatchWriteItem",
    "SendMessage",
    "CreateSecret",
    "PutSecretValue",
    "DeleteSecret",
];

/// Where a call goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// AWS.
    Aws,
    /// The outside services.
    Outside,
    /// A client's site.
    Site,
}

/// The effect's name; `None` when the call changes nothing.
pub fn effect(side: Side, parts: &Parts, body: &str) -> Option<String> {
    match side {
        Side::Aws => aws(parts, body),
        Side::Outside if parts.uri.path().starts_with("/railway") => mutation(body),
        Side::Outside | Side::Site => {
            let reads = [Method::GET, Method::HEAD].contains(&parts.method);
            let place = if side == Side::Site { "site" } else { "" };
            (!reads).then(|| format!("{place}{}", route(&parts.method, parts.uri.path())))
        }
    }
}

fn aws(parts: &Parts, body: &str) -> Option<String> {
    let target = parts.headers.get("x-amz-target").and_then(|value| value.to_str().ok());
    if let Some(target) = target {
        let (service, name) = target.split_once('.')?;
        let service = if service.starts_with("DynamoDB") {
            "dynamodb"
        } else {
            service
        };
        return WRITES
            .contains(&name)
            .then(|| format!("{service} {name}{}", table(body)));
    }
    body.contains("Action=SendEmail").then(|| "ses SendEmail".to_owned())
}

/// The first table that a write names, without what the stage puts around it.
fn table(body: &str) -> String {
    let named = body
        .split("\"TableName\":\"")
        .nth(1)
        .and_then(|rest| rest.split('"').next());
    named.map_or_else(String::new, |name| {
        let plain = name
            .split(['-', '/'])
            .find(|part| part.ends_with("Table"))
            .unwrap_or(name);
        format!(" {plain}")
    })
}

fn mutation(body: &str) -> Option<String> {
    let query: serde_json::Value = serde_json::from_str(body).ok()?;
    let text = query["query"].as_str()?.trim_start();
    let rest = text.strip_prefix("mutation")?.trim_start();
    let name = rest.split(|c: char| !c.is_alphanumeric() && c != '_').next()?;
    Some(format!("railway {name}"))
}

/// Method and path, with ids and names left out.
fn route(method: &Method, path: &str) -> String {
    let plain: Vec<&str> = path
        .split('/')
        .map(|part| {
            let id = ["prj_", "dpl_", "client-", "env_"]
                .iter()
                .any(|prefix| part.starts_with(prefix));
            if id || part.contains('.') { "{id}" } else { part }
        })
        .collect();
    let plain = plain.join("/");
    format!("{method} {}", plain.trim_start_matches('/'))
}
