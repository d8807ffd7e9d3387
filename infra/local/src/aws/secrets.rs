//! Secrets Manager: the calls that the product makes, over the [vault](super::vault).

use axum::{
    body::Body,
    http::{Response, StatusCode},
};
use serde_json::{Value, json};

use super::{
    answer,
    fields::{Refusal, add, brief, described, find, invalid, missing, name_in, now, text, token, usable, value},
    vault::{Kept, Open, Vault},
};
use crate::template::names::secret_arn;

/// How long a secret that was not deleted at once can still be recovered.
const RECOVERY_DAYS: u64 = 30;

/// Answers one call, in the caller's thread: it may wait for the disk.
pub fn call(vault: &Vault, operation: &str, body: &[u8]) -> Response<Body> {
    let result = serde_json::from_slice(body)
        .map_err(|error| Refusal("SerializationException", error.to_string()))
        .and_then(|request| run(&vault.lock(), operation, &request));
    let (status, value) = match result {
        Ok(value) => (StatusCode::OK, value),
        Err(Refusal(code, message)) => {
            let status = match code {
                "InternalServiceError" => StatusCode::INTERNAL_SERVER_ERROR,
                _ => StatusCode::BAD_REQUEST,
            };
            (status, json!({"__type": code, "Message": message}))
        }
    };
    answer(status, "application/x-amz-json-1.1", value.to_string().into_bytes())
}

fn run(vault: &Open<'_>, operation: &str, request: &Value) -> Result<Value, Refusal> {
    match operation {
        "CreateSecret" => create(vault, request),
        "DeleteSecret" => delete(vault, request),
        "DescribeSecret" => find(vault, request).map(|secret| described(&secret)),
        "GetSecretValue" => get(vault, request),
        "ListSecrets" => list(vault, request),
        "PutSecretValue" => put(vault, request),
        other => Err(Refusal(
            "UnknownOperationException",
            format!("{other} is not known to the local stack"),
        )),
    }
}

fn create(vault: &Open<'_>, request: &Value) -> Result<Value, Refusal> {
    let name = text(request, "Name").ok_or_else(|| invalid("You must give a name"))?;
    let letters = |one: char| one.is_ascii_alphanumeric() || "/_+=.@-".contains(one);
    if name.is_empty() || name.len() > 512 || !name.chars().all(letters) {
        return Err(invalid(
            "Invalid name. Must be a valid name containing alphanumeric characters, or any of /_+=.@-",
        ));
    }
    let value = value(request)?;
    match vault.get(name)? {
        Some(old) if old.deletion.is_some() => Err(Refusal(
            "InvalidRequestException",
            "You can't create this secret because a secret with this name is already scheduled for deletion."
                .to_owned(),
        )),
        // The same call once more.
        Some(old) if old.version.as_deref() == text(request, "ClientRequestToken") && old.value == value => {
            Ok(brief(&old))
        }
        Some(_) => Err(Refusal(
            "ResourceExistsException",
            format!("The operation failed because the secret {name} already exists."),
        )),
        None => {
            let now = now();
            let secret = Kept {
                name: name.to_owned(),
                description: text(request, "Description").map(str::to_owned),
                version: value.is_some().then(|| token(request)),
                value,
                created: now,
                changed: now,
                deletion: None,
            };
            vault.put(&secret)?;
            Ok(brief(&secret))
        }
    }
}

fn put(vault: &Open<'_>, request: &Value) -> Result<Value, Refusal> {
    let mut secret = usable(find(vault, request)?)?;
    let value = value(request)?.ok_or_else(|| invalid("You must provide SecretString."))?;
    let token = token(request);
    if secret.version.as_ref() == Some(&token) && secret.value.as_ref() != Some(&value) {
        let message = format!("A resource with the ID {token} already exists with another value.");
        return Err(Refusal("ResourceExistsException", message));
    }
    secret.value = Some(value);
    secret.version = Some(token);
    secret.changed = now();
    vault.put(&secret)?;
    let mut answer = brief(&secret);
    add(&mut answer, "VersionStages", json!(["AWSCURRENT"]));
    Ok(answer)
}

fn get(vault: &Open<'_>, request: &Value) -> Result<Value, Refusal> {
    let secret = usable(find(vault, request)?)?;
    let stage = text(request, "VersionStage").unwrap_or("AWSCURRENT");
    let version = text(request, "VersionId");
    let (Some(value), "AWSCURRENT") = (&secret.value, stage) else {
        return Err(missing(&format!(" value for staging label: {stage}")));
    };
    if version.is_some() && version != secret.version.as_deref() {
        return Err(missing(" value for that VersionId"));
    }
    let mut answer = brief(&secret);
    add(&mut answer, "SecretString", json!(value));
    add(&mut answer, "VersionStages", json!(["AWSCURRENT"]));
    add(&mut answer, "CreatedDate", json!(secret.changed));
    Ok(answer)
}

fn delete(vault: &Open<'_>, request: &Value) -> Result<Value, Refusal> {
    let force = request.get("ForceDeleteWithoutRecovery") == Some(&Value::Bool(true));
    let window = request.get("RecoveryWindowInDays").filter(|window| !window.is_null());
    if force && window.is_some() {
        return Err(invalid(
            "You can't use ForceDeleteWithoutRecovery in conjunction with RecoveryWindowInDays.",
        ));
    }
    let now = now();
    if force {
        // As AWS has it: what is not there is as good as deleted.
        let name = name_in(text(request, "SecretId").unwrap_or_default());
        vault.remove(name)?;
        return Ok(json!({"ARN": secret_arn(name), "Name": name, "DeletionDate": now}));
    }
    let mut secret = usable(find(vault, request)?)?;
    let days = window
        .map_or(Some(RECOVERY_DAYS), Value::as_u64)
        .filter(|days| (7..=30).contains(days));
    let days = days.and_then(|days| u32::try_from(days).ok());
    let days = days.ok_or_else(|| invalid("RecoveryWindowInDays value must be between 7 and 30 days (inclusive)."))?;
    let deletion = now + f64::from(days) * 86_400.0;
    secret.deletion = Some(deletion);
    vault.put(&secret)?;
    Ok(json!({"ARN": secret_arn(&secret.name), "Name": secret.name, "DeletionDate": deletion}))
}

fn list(vault: &Open<'_>, request: &Value) -> Result<Value, Refusal> {
    if request
        .get("Filters")
        .and_then(Value::as_array)
        .is_some_and(|filters| !filters.is_empty())
    {
        return Err(invalid("Filters are not known to the local stack"));
    }
    let planned = request.get("IncludePlannedDeletion") == Some(&Value::Bool(true));
    let most = request
        .get("MaxResults")
        .and_then(Value::as_u64)
        .unwrap_or(100)
        .clamp(1, 100);
    let most = usize::try_from(most).unwrap_or(100);
    let mut page = vault.after(text(request, "NextToken").unwrap_or_default(), most)?;
    let next = page.last().filter(|_| page.len() == most).map(|last| last.name.clone());
    page.retain(|secret| planned || secret.deletion.is_none());
    let mut answer = json!({"SecretList": page.iter().map(described).collect::<Vec<_>>()});
    if let Some(next) = next {
        add(&mut answer, "NextToken", json!(next));
    }
    Ok(answer)
}
