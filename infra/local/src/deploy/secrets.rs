//! Secrets: made once, and read and replaced by name.

use std::collections::BTreeMap;

use aws_config::SdkConfig;
use aws_sdk_secretsmanager::Client;

use super::{DeployError, Fill};
use crate::template::Stack;

/// The secrets of the stack, wherever they are kept.
pub struct Secrets(Client);

/// A secret that is there.
pub struct Found {
    /// Its ARN.
    pub arn: String,
    /// What it holds.
    pub value: String,
}

/// Makes the secrets that are not there; answers the ARNs of all, by name.
pub async fn create(stack: &Stack, sdk: &SdkConfig, fill: &Fill<'_>) -> Result<BTreeMap<String, String>, DeployError> {
    let secrets = Secrets::new(sdk);
    let mut arns = BTreeMap::new();
    for secret in &stack.secrets {
        let found = match secrets.find(&secret.name).await? {
            Some(found) => found,
            None => {
                let value = fill(secret).map_err(|why| DeployError::malformed(what(&secret.name), why))?;
                secrets.make(&secret.name, &value).await?
            }
        };
        arns.insert(secret.name.clone(), found.arn);
    }
    Ok(arns)
}

impl Secrets {
    /// The secrets that these credentials reach.
    #[allow(clippy::disallowed_methods, reason = "the local stack makes what its functions use")]
    pub fn new(sdk: &SdkConfig) -> Self {
        Self(Client::new(sdk))
    }

    /// A secret by name; `None` when there is none.
    ///
    /// # Errors
    /// AWS refuses or does not answer; a secret that is marked for deletion counts as refused.
    pub async fn find(&self, name: &str) -> Result<Option<Found>, DeployError> {
        match self.0.get_secret_value().secret_id(name).send().await {
            Ok(answer) => Ok(Some(Found {
                arn: answer.arn.ok_or_else(|| no_arn(name))?,
                value: answer.secret_string.unwrap_or_default(),
            })),
            Err(error)
                if error
                    .as_service_error()
                    .is_some_and(|error| error.is_resource_not_found_exception()) =>
            {
                Ok(None)
            }
            Err(error) => Err(DeployError::refused(what(name), &error)),
        }
    }

    /// Gives a secret that is there another value.
    ///
    /// # Errors
    /// AWS refuses or does not answer.
    pub async fn replace(&self, name: &str, value: &str) -> Result<(), DeployError> {
        let put = self.0.put_secret_value().secret_id(name).secret_string(value);
        put.send()
            .await
            .map_err(|error| DeployError::refused(what(name), &error))?;
        Ok(())
    }

    async fn make(&self, name: &str, value: &str) -> Result<Found, DeployError> {
        match self.0.create_secret().name(name).secret_string(value).send().await {
            Ok(answer) => Ok(Found {
                arn: answer.arn.ok_or_else(|| no_arn(name))?,
                value: value.to_owned(),
            }),
            // Somebody else made it in between, or it was made without a value.
            Err(error)
                if error
                    .as_service_error()
                    .is_some_and(|error| error.is_resource_exists_exception()) =>
            {
                if let Some(found) = self.find(name).await? {
                    return Ok(found);
                }
                self.replace(name, value).await?;
                let found = self.find(name).await?;
                found.ok_or_else(|| {
                    DeployError::malformed(what(name), "AWS says both that it is there and that it is not")
                })
            }
            Err(error) => Err(DeployError::refused(what(name), &error)),
        }
    }
}

fn what(name: &str) -> String {
    format!("secret {name}")
}

fn no_arn(name: &str) -> DeployError {
    DeployError::malformed(what(name), "AWS answers no ARN")
}
