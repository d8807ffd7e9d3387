//! The client's own variables: their values come in after the record, and a site without them must not go live.

use std::time::Duration;

use domain::Instant;
use secrecy::{ExposeSecret, SecretString};
use store::ClientSecret;

use crate::{
    failure::StepFailure,
    site::CUSTOM,
    workbench::{Progress, StepResult, Workbench},
};

/// How long the API may take to store the values after it has recorded what they belong to.
const ARRIVES_WITHIN: Duration = Duration::from_secs(35);
/// How often to look for them.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// Names the operation whose values stand in the client's secret.
const TAKEN_FROM: &str = "ENVIRONMENT_FROM";

/// Waits for the values that come with a new client.
pub async fn arrived(bench: &Workbench<'_>) -> StepResult {
    if bench.client.custom_environment.is_empty() {
        return Ok(Progress::Done);
    }
    let stored = bench.platform.secrets.read_client(&bench.client.id).await?;
    let stored = stored.map(|(_, secret)| secret).unwrap_or_default();
    match missing(bench, &stored) {
        None => Ok(Progress::Done),
        Some(name) => wait_since(bench, bench.operation.created_at, &name),
    }
}

/// Puts values that came with a change, or with another try, into the secret, and takes out what is not wanted any more. The
/// caller writes the secret.
pub async fn take_in(bench: &Workbench<'_>, secret: &mut ClientSecret) -> StepResult {
    let operation = bench.operation;
    let taken = secret
        .get(TAKEN_FROM)
        .is_some_and(|from| from.expose_secret() == operation.id.as_str());
    if let (Some(since), false) = (operation.asked.environment_staged_at, taken) {
        let Some(values) = bench.platform.secrets.staged(&bench.client.id, &operation.id).await? else {
            return wait_since(bench, since, "customEnvironment");
        };
        for (name, value) in values.with_prefix("") {
            secret.set(format!("{CUSTOM}{name}"), value.clone());
        }
        secret.set(TAKEN_FROM, SecretString::from(operation.id.to_string()));
    }
    let names = &bench.client.custom_environment;
    secret.retain(|name| {
        name.strip_prefix(CUSTOM)
            .is_none_or(|own| names.iter().any(|wanted| wanted.as_str() == own))
    });
    match missing(bench, secret) {
        None => Ok(Progress::Done),
        Some(name) => Err(lost(&name)),
    }
}

fn missing(bench: &Workbench<'_>, secret: &ClientSecret) -> Option<String> {
    let mut names = bench.client.custom_environment.iter();
    names
        .find(|name| secret.get(&format!("{CUSTOM}{name}")).is_none())
        .map(ToString::to_string)
}

fn wait_since(bench: &Workbench<'_>, since: Instant, name: &str) -> StepResult {
    if bench.now().since(since) < ARRIVES_WITHIN {
        Ok(Progress::NotYet(LOOK_EVERY))
    } else {
        Err(lost(name))
    }
}

/// The API died between the record and the values.
fn lost(name: &str) -> StepFailure {
    StepFailure::refused(
        "environment_lost",
        format!("The value of {name} was not stored with the request. Send the values of customEnvironment again."),
    )
}
