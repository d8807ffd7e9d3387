//! What stands in the requests and answers of Secrets Manager.

use runtime::{SystemClock, SystemEntropy};
use serde_json::{Value, json};

use super::vault::{Kept, Open};
use crate::template::names::secret_arn;

/// Code and message of a refusal.
pub struct Refusal(pub &'static str, pub String);

impl From<rusqlite::Error> for Refusal {
    fn from(error: rusqlite::Error) -> Self {
        tracing::error!(%error, "the secrets failed");
        Self(
            "InternalServiceError",
            "The secrets cannot be read or written".to_owned(),
        )
    }
}

/// The secret that a request means.
pub fn find(vault: &Open<'_>, request: &Value) -> Result<Kept, Refusal> {
    let id = text(request, "SecretId").ok_or_else(|| invalid("You must give a SecretId"))?;
    vault.get(name_in(id))?.ok_or_else(|| missing("."))
}

/// The name that an ARN or a name means.
pub fn name_in(id: &str) -> &str {
    let Some((_, named)) = id.strip_prefix("arn:").and_then(|rest| rest.split_once(":secret:")) else {
        return id;
    };
    match named.rsplit_once('-') {
        Some((name, _)) if secret_arn(name) == id => name,
        _ => named,
    }
}

/// Refuses a secret that is marked for deletion.
pub fn usable(secret: Kept) -> Result<Kept, Refusal> {
    match secret.deletion {
        None => Ok(secret),
        Some(_) => Err(Refusal(
            "InvalidRequestException",
            "You can't perform this operation on the secret because it was marked for deletion.".to_owned(),
        )),
    }
}

/// What every answer says about a secret.
pub fn brief(secret: &Kept) -> Value {
    let mut answer = json!({"ARN": secret_arn(&secret.name), "Name": secret.name});
    if let Some(version) = &secret.version {
        add(&mut answer, "VersionId", json!(version));
    }
    answer
}

/// What DescribeSecret and ListSecrets say about a secret.
pub fn described(secret: &Kept) -> Value {
    let mut answer = json!({
        "ARN": secret_arn(&secret.name),
        "Name": secret.name,
        "CreatedDate": secret.created,
        "LastChangedDate": secret.changed,
    });
    if let Some(description) = &secret.description {
        add(&mut answer, "Description", json!(description));
    }
    if let Some(deletion) = secret.deletion {
        add(&mut answer, "DeletedDate", json!(deletion));
    }
    if let Some(version) = &secret.version {
        let stages = Value::Object([(version.clone(), json!(["AWSCURRENT"]))].into_iter().collect());
        add(&mut answer, "VersionIdsToStages", stages);
    }
    answer
}

/// Adds a member to an answer.
pub fn add(answer: &mut Value, name: &str, value: Value) {
    if let Some(members) = answer.as_object_mut() {
        members.insert(name.to_owned(), value);
    }
}

/// The value that a request gives.
pub fn value(request: &Value) -> Result<Option<String>, Refusal> {
    if request.get("SecretBinary").is_some_and(|binary| !binary.is_null()) {
        return Err(invalid("SecretBinary is not known to the local stack"));
    }
    let value = text(request, "SecretString").map(str::to_owned);
    match value {
        Some(value) if value.is_empty() || value.len() > 65_536 => Err(invalid("SecretString has 1 to 65536 bytes")),
        value => Ok(value),
    }
}

/// The id of the version that a request makes.
pub fn token(request: &Value) -> String {
    let given = text(request, "ClientRequestToken").map(str::to_owned);
    given.unwrap_or_else(|| domain::random_text(&SystemEntropy, 32))
}

/// A member of a request that is a text.
pub fn text<'a>(request: &'a Value, name: &str) -> Option<&'a str> {
    request.get(name).and_then(Value::as_str)
}

/// Seconds since 1970.
pub fn now() -> f64 {
    // Milliseconds since 1970 are far below what a float holds exactly.
    #[allow(clippy::cast_precision_loss, reason = "exact until the year 287396")]
    let milliseconds = domain::Clock::now(&SystemClock).milliseconds() as f64;
    milliseconds / 1000.0
}

/// A parameter that cannot be.
pub fn invalid(message: &str) -> Refusal {
    Refusal("InvalidParameterException", message.to_owned())
}

/// A secret, or a value of it, that is not there.
pub fn missing(what: &str) -> Refusal {
    Refusal(
        "ResourceNotFoundException",
        format!("Secrets Manager can't find the specified secret{what}"),
    )
}
