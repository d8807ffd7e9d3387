//! A service's variables: `${{…}}` references resolved, generated secrets, the built-in ones.

use std::collections::BTreeMap;

use super::model::{RailwayProject, Service};
use crate::{Sandbox, chance};

/// References nest: DATABASE_URL names PGUSER, which names POSTGRES_USER.
const DEPTH: usize = 8;

/// Replaces `${{ secret(length, "alphabet") }}` by a secret, once, when a service is made.
pub(super) fn with_secrets(value: &str) -> String {
    replaced(value, &|reference| {
        let inner = reference.strip_prefix("secret(")?.strip_suffix(')')?;
        let (length, alphabet) = inner.split_once(',').unwrap_or((inner, ""));
        let alphabet = alphabet.trim().trim_matches(['"', '\'']);
        Some(chance::picked(
            length.trim().parse().unwrap_or(32).min(1024),
            alphabet.as_bytes(),
        ))
    })
}

/// What `variables` answers.
///
/// The database and its owner are named by the sandbox, because all clients share one cluster: POSTGRES_DB and
/// POSTGRES_USER say so, and whatever refers to them.
pub(super) fn rendered(sandbox: &Sandbox, project: &RailwayProject, service: &Service) -> BTreeMap<String, String> {
    let mut known = service.variables.clone();
    let mut set = |key: &str, value: String| known.insert(key.to_owned(), value);
    set("RAILWAY_PROJECT_ID", project.id.clone());
    set("RAILWAY_PROJECT_NAME", project.name.clone());
    set("RAILWAY_ENVIRONMENT_ID", project.environment.id.clone());
    set("RAILWAY_ENVIRONMENT_NAME", project.environment.name.clone());
    set("RAILWAY_SERVICE_ID", service.id.clone());
    set("RAILWAY_SERVICE_NAME", service.name.clone());
    set(
        "RAILWAY_PRIVATE_DOMAIN",
        format!("{}.railway.internal", service.name.to_lowercase()),
    );
    if let Some(proxy) = service.proxies.first() {
        let (host, port) = address(sandbox);
        set("RAILWAY_TCP_PROXY_DOMAIN", host);
        set("RAILWAY_TCP_PROXY_PORT", port.to_string());
        set("RAILWAY_TCP_APPLICATION_PORT", proxy.application_port.to_string());
    }
    if let Some(postgres) = &service.postgres {
        set("POSTGRES_USER", postgres.role.clone());
        set("POSTGRES_DB", postgres.database.clone());
    }
    for _ in 0..DEPTH {
        let next: BTreeMap<String, String> = known
            .iter()
            .map(|(key, value)| {
                let value = replaced(value, &|reference| {
                    let name = reference
                        .strip_prefix(&format!("{}.", service.name))
                        .unwrap_or(reference);
                    // A reference to nothing is empty, as it is at Railway.
                    Some(known.get(name).cloned().unwrap_or_default())
                });
                (key.clone(), value)
            })
            .collect();
        if next == known {
            break;
        }
        known = next;
    }
    known
}

/// Where the TCP proxies lead: the cluster, or a name that never answers when databases are simulated.
pub(super) fn address(sandbox: &Sandbox) -> (String, u16) {
    sandbox.cluster().map_or_else(
        || ("simulated.localhost".to_owned(), 5432),
        |cluster| {
            let (host, port) = cluster.address();
            (host.to_owned(), port)
        },
    )
}

fn replaced(value: &str, resolve: &dyn Fn(&str) -> Option<String>) -> String {
    let mut answer = String::with_capacity(value.len());
    let mut rest = value;
    while let Some((before, after)) = rest.split_once("${{") {
        answer.push_str(before);
        let Some((reference, tail)) = after.split_once("}}") else {
            answer.push_str("${{");
            rest = after;
            continue;
        };
        match resolve(reference.trim()) {
            Some(found) => answer.push_str(&found),
            None => {
                answer.push_str("${{");
                answer.push_str(reference);
                answer.push_str("}}");
            }
        }
        rest = tail;
    }
    answer.push_str(rest);
    answer
}
