//! A project's variables. New values reach only deployments that are made afterwards.

use reqwest::Method;
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};

use super::{MARK, Vercel};
use crate::{
    answer::text,
    call::Call,
    error::{ErrorKind, ProviderError},
};

/// A variable that a site should have.
#[derive(Clone, Debug)]
pub struct Variable {
    /// Its name.
    pub key: String,
    /// Its value, secret or not.
    pub value: SecretString,
    /// Nobody can read it back at Vercel.
    pub secret: bool,
}

/// A variable that a project has.
pub(super) struct Known {
    id: String,
    pub(super) key: String,
    /// Readable for plain variables only.
    pub(super) value: Option<String>,
    kind: String,
}

impl Vercel {
    /// Makes these the project's variables, for production and preview builds: sets them all, then removes what is not among
    /// them. The platform's own mark stays.
    ///
    /// # Errors
    /// When Vercel takes some and refuses others, the error names the refused ones; setting them again is harmless.
    pub async fn set_environment(&self, project_id: &str, variables: &[Variable]) -> Result<(), ProviderError> {
        if !variables.is_empty() {
            self.upsert(project_id, variables).await?;
        }
        let unwanted: Vec<String> = self
            .variables(project_id)
            .await?
            .into_iter()
            .filter(|known| known.key != MARK && known.kind != "system")
            .filter(|known| !variables.iter().any(|wanted| wanted.key == known.key))
            .map(|known| known.id)
            .collect();
        if unwanted.is_empty() {
            return Ok(());
        }
        let call = self
            .call(
                "delete_env",
                Method::DELETE,
                &["v1", "projects", project_id, "env"],
                &[],
            )?
            .json(json!({"ids": unwanted}));
        self.remove(&call).await
    }

    async fn upsert(&self, project_id: &str, variables: &[Variable]) -> Result<(), ProviderError> {
        let items: Value = variables
            .iter()
            .map(|variable| {
                let kind = if variable.secret { "sensitive" } else { "plain" };
                json!({"key": variable.key, "value": variable.value.expose_secret(), "type": kind,
                    "target": ["production", "preview"]})
            })
            .collect();
        let path = ["v10", "projects", project_id, "env"];
        let mut call = self
            .call("upsert_env", Method::POST, &path, &[("upsert", "true")])?
            .json(items);
        for variable in variables.iter().filter(|variable| variable.secret) {
            call = call.hiding(&variable.value);
        }
        let answer = self.http.send(&call).await?;
        // A 201 can be a failure, and the same list stands in refusals.
        let body: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
        match refused(&call, &body) {
            Some(error) if answer.status < 500 => Err(error),
            _ => call.json_of(&answer).map(|_| ()),
        }
    }

    /// The variables that the project has.
    pub(super) async fn variables(&self, project_id: &str) -> Result<Vec<Known>, ProviderError> {
        let call = self.call("list_env", Method::GET, &["v10", "projects", project_id, "env"], &[])?;
        let body = call.json_of(&self.http.send(&call).await?)?;
        let list = body
            .get("envs")
            .and_then(Value::as_array)
            .ok_or_else(|| call.unreadable("lacks envs"))?;
        // Asked for without a limit, the list is whole. Were it not, our mark could be missing in it.
        if body.pointer("/pagination/next").is_some_and(|next| !next.is_null()) {
            return Err(call.unreadable("is only a part of the variables"));
        }
        let known = list.iter().filter_map(|item| {
            Some(Known {
                id: text(item, "/id")?.to_owned(),
                key: text(item, "/key")?.to_owned(),
                value: text(item, "/value").map(str::to_owned),
                kind: text(item, "/type").unwrap_or_default().to_owned(),
            })
        });
        Ok(known.collect())
    }
}

/// The error that a `failed[]` stands for. It names variables and codes: a message may repeat a value.
fn refused(call: &Call<'_>, body: &Value) -> Option<ProviderError> {
    let failed = body
        .get("failed")
        .and_then(Value::as_array)
        .filter(|failed| !failed.is_empty())?;
    let code = |failure: &Value| text(failure, "/error/code").unwrap_or("UNKNOWN_ERROR").to_owned();
    let names: Vec<String> = failed
        .iter()
        .map(|failure| {
            let key = ["/error/envVarKey", "/error/key", "/key"]
                .iter()
                .find_map(|at| text(failure, at));
            format!("{} ({})", key.unwrap_or("one"), code(failure))
        })
        .collect();
    // One that can never work decides; else another try may.
    let kinds: Vec<ErrorKind> = failed.iter().map(|failure| kind(&code(failure))).collect();
    let kind = kinds
        .iter()
        .find(|kind| !kind.retryable())
        .cloned()
        .unwrap_or(ErrorKind::Unavailable);
    Some(call.failed(
        kind,
        format!("Vercel did not take all variables: {}.", names.join(", ")),
    ))
}

fn kind(code: &str) -> ErrorKind {
    match code {
        "ENV_CONFLICT" | "ENV_ALREADY_EXISTS" | "EXISTING_KEY_AND_TARGET" => ErrorKind::Conflict,
        "MAX_ENVS_EXCEEDED" => ErrorKind::QuotaExceeded,
        code if code.starts_with("INVALID") || code.contains("RESERVED") || code.contains("LENGTH") => {
            ErrorKind::Invalid
        }
        "BAD_REQUEST" => ErrorKind::Invalid,
        _ => ErrorKind::Unavailable,
    }
}
