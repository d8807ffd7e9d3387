//! What a client's site is given: its configuration and its variables.

use std::collections::BTreeMap;

use domain::{
    Client, Deployment,
    catalogue::{ConfigurationInput, EffectiveConfiguration, effective},
    hexadecimal,
};
use hmac::{Hmac, KeyInit, Mac};
use providers::vercel::Variable;
use secrecy::{ExposeSecret, SecretString};
use sha2::Sha256;
use store::ClientSecret;

use crate::{ProvisioningSettings, failure::StepFailure};

/// The key with which the site seals its sessions.
pub const PAYLOAD_SECRET: &str = "PAYLOAD_SECRET";
/// Proves to the site that the platform is calling.
pub const PLATFORM_TOKEN: &str = "PLATFORM_TOKEN";
/// The first admin's first password.
pub const ADMIN_PASSWORD: &str = "ADMIN_PASSWORD";
/// The key of the hashes in `environmentSnapshot`.
pub const SNAPSHOT_KEY: &str = "SNAPSHOT_KEY";
/// Where the client's database is, with its password.
pub const DATABASE_URL: &str = "DATABASE_URL";
/// The client's own variables stand in its secret under this prefix.
pub const CUSTOM: &str = "CUSTOM_";

/// A value that an earlier step has put into the client's secret.
pub fn value<'a>(secret: &'a ClientSecret, name: &str) -> Result<&'a SecretString, StepFailure> {
    secret.get(name).ok_or_else(|| {
        StepFailure::refused(
            "secret_incomplete",
            format!("The client's secret has no {name}. Delete the client and create it again."),
        )
    })
}

/// The client's effective configuration.
pub fn configuration(client: &Client) -> Result<EffectiveConfiguration, StepFailure> {
    let names: Vec<String> = client.custom_environment.iter().map(ToString::to_string).collect();
    let input = ConfigurationInput {
        template: client.template,
        enabled_features: &client.enabled_features,
        disabled_collections: &client.disabled_collections,
        custom_settings: &client.custom_settings,
        custom_environment: &names,
    };
    effective(&input).map_err(|error| StepFailure::refused("configuration", error.to_string()))
}

/// The variables with which the site is deployed.
pub fn environment(
    client: &Client,
    settings: &ProvisioningSettings,
    deployment: &Deployment,
    secret: &ClientSecret,
) -> Result<Vec<Variable>, StepFailure> {
    let configuration = match &deployment.config_snapshot {
        Some(configuration) => configuration.clone(),
        None => configuration(client)?,
    };
    let collections: Vec<&str> = configuration
        .collections
        .iter()
        .map(|collection| collection.as_str())
        .collect();
    let features: Vec<&str> = configuration.features.iter().map(|feature| feature.as_str()).collect();
    let away: Vec<&str> = configuration
        .disabled_collections
        .iter()
        .map(|collection| collection.as_str())
        .collect();
    let plain = [
        ("TENANT_ID", client.id.to_string()),
        ("TENANT_NAME", client.name.to_string()),
        ("SITE_URL", settings.site_url(client.domain.as_str())),
        ("APP_VERSION", deployment.version.clone().unwrap_or_default()),
        ("TEMPLATE", configuration.template.to_string()),
        ("COLLECTIONS", collections.join(",")),
        ("DISABLED_COLLECTIONS", away.join(",")),
        ("FEATURES", features.join(",")),
        (
            "CUSTOM_SETTINGS",
            serde_json::Value::Object(configuration.settings).to_string(),
        ),
        // A client rarely needs more than two connections at once, and all clients of a server share its limit.
        ("DB_POOL_MAX", "2".to_owned()),
    ];
    let mut variables: Vec<Variable> = plain
        .into_iter()
        .map(|(key, value)| Variable {
            key: key.to_owned(),
            value: SecretString::from(value),
            secret: false,
        })
        .collect();
    for (key, name) in [
        ("DATABASE_URI", DATABASE_URL),
        (PAYLOAD_SECRET, PAYLOAD_SECRET),
        (PLATFORM_TOKEN, PLATFORM_TOKEN),
    ] {
        variables.push(Variable {
            key: key.to_owned(),
            value: value(secret, name)?.clone(),
            secret: true,
        });
    }
    for (key, value) in secret.with_prefix(CUSTOM) {
        variables.push(Variable {
            key: key.to_owned(),
            value: value.clone(),
            secret: true,
        });
    }
    Ok(variables)
}

/// Names of variables with keyed hashes of their values: a change can be seen, a value cannot be guessed.
pub fn snapshot(variables: &[Variable], secret: &ClientSecret) -> Result<BTreeMap<String, String>, StepFailure> {
    let key = value(secret, SNAPSHOT_KEY)?.expose_secret().as_bytes();
    variables
        .iter()
        .map(|variable| {
            let mut mac = Hmac::<Sha256>::new_from_slice(key).map_err(|_| {
                StepFailure::refused("snapshot_key", "The key of the environment's hashes cannot be used.")
            })?;
            mac.update(variable.key.as_bytes());
            mac.update(b"=");
            mac.update(variable.value.expose_secret().as_bytes());
            let digest: String = hexadecimal(&mac.finalize().into_bytes()).chars().take(16).collect();
            Ok((variable.key.clone(), digest))
        })
        .collect()
}

/// A text from outside without any of the client's secret values, and bounded.
pub fn redacted(text: &str, secret: &ClientSecret) -> String {
    let mut text = text.to_owned();
    for (_, value) in secret.with_prefix("") {
        let value = value.expose_secret();
        // Shorter texts are not secrets worth the name, and replacing them would shred the text.
        if value.len() >= 6 {
            text = text.replace(value, "[redacted]");
        }
    }
    let excess = text.chars().count().saturating_sub(4000);
    text.chars().skip(excess).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_log_excerpt_loses_every_secret_value() {
        let mut secret = ClientSecret::default();
        secret.set(PAYLOAD_SECRET, SecretString::from("marker-payload"));
        secret.set(format!("{CUSTOM}STRIPE_KEY"), SecretString::from("marker-stripe"));
        let shown = redacted("using marker-payload and marker-stripe", &secret);
        assert_eq!(shown, "using [redacted] and [redacted]");
    }

    #[test]
    fn a_snapshot_shows_that_a_value_changed_and_not_what_it_is() {
        let mut secret = ClientSecret::default();
        secret.set(SNAPSHOT_KEY, SecretString::from("key"));
        let variable = |value: &str| Variable {
            key: "A".to_owned(),
            value: SecretString::from(value.to_owned()),
            secret: true,
        };
        let one = snapshot(&[variable("one")], &secret).unwrap();
        assert_eq!(one, snapshot(&[variable("one")], &secret).unwrap());
        assert_ne!(one, snapshot(&[variable("two")], &secret).unwrap());
        secret.set(SNAPSHOT_KEY, SecretString::from("other"));
        assert_ne!(one, snapshot(&[variable("one")], &secret).unwrap());
    }
}
