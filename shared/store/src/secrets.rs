//! Secrets: one per client, and the platform's own.

use std::collections::BTreeMap;

use aws_sdk_secretsmanager::{
    Client as SecretsManager,
    operation::{
        create_secret::CreateSecretError, delete_secret::DeleteSecretError, describe_secret::DescribeSecretError,
        get_secret_value::GetSecretValueError,
    },
};
use domain::{ClientId, Error, OperationId};
use secrecy::{ExposeSecret, SecretString};

use crate::error;

/// Everything secret about one client (or one channel), by name.
///
/// **Invariant:** shows its names only.
#[derive(Clone, Default)]
pub struct ClientSecret(BTreeMap<String, SecretString>);

impl ClientSecret {
    /// A value.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&SecretString> {
        self.0.get(name)
    }

    /// Sets a value.
    pub fn set(&mut self, name: impl Into<String>, value: SecretString) {
        self.0.insert(name.into(), value);
    }

    /// The value, made and put in if it is not there: a retry keeps the first one.
    pub fn get_or_make(&mut self, name: &str, make: impl FnOnce() -> String) -> SecretString {
        self.0
            .entry(name.to_owned())
            .or_insert_with(|| SecretString::from(make()))
            .clone()
    }

    /// The values whose name begins with the prefix, with the rest of the name.
    pub fn with_prefix<'a>(&'a self, prefix: &'a str) -> impl Iterator<Item = (&'a str, &'a SecretString)> {
        self.0
            .iter()
            .filter_map(move |(name, value)| Some((name.strip_prefix(prefix)?, value)))
    }

    /// Keeps only the values whose name (with its prefix) is wanted.
    pub fn retain(&mut self, mut wanted: impl FnMut(&str) -> bool) {
        self.0.retain(|name, _| wanted(name));
    }

    fn to_json(&self) -> Result<SecretString, Error> {
        let plain: BTreeMap<&str, &str> = self
            .0
            .iter()
            .map(|(name, value)| (name.as_str(), value.expose_secret()))
            .collect();
        serde_json::to_string(&plain)
            .map(SecretString::from)
            .map_err(Error::internal)
    }

    fn from_json(text: &str) -> Result<Self, Error> {
        // serde's own error text could quote a value.
        let plain: BTreeMap<String, String> =
            serde_json::from_str(text).map_err(|_| Error::internal("a secret is not a JSON object of texts"))?;
        Ok(Self(
            plain
                .into_iter()
                .map(|(name, value)| (name, SecretString::from(value)))
                .collect(),
        ))
    }
}

/// Names the operation with which staged values go.
const STAGED_FOR: &str = "OPERATION";

/// The secrets.
#[derive(Clone)]
pub struct Secrets {
    manager: SecretsManager,
    pub(crate) prefix: String,
}

impl Secrets {
    /// Over one client; names begin with the prefix.
    #[must_use]
    pub const fn new(manager: SecretsManager, prefix: String) -> Self {
        Self { manager, prefix }
    }

    /// The name of a client's secret.
    #[must_use]
    pub fn name_of(&self, client: &ClientId) -> String {
        format!("{}/client/{client}", self.prefix)
    }

    /// A client's secret with its ARN; `None` when it does not exist.
    ///
    /// # Errors
    /// Secrets Manager fails.
    pub async fn read_client(&self, client: &ClientId) -> Result<Option<(String, ClientSecret)>, Error> {
        self.read(self.name_of(client)).await
    }

    /// Writes a client's secret, making it if it does not exist; gives its ARN.
    ///
    /// # Errors
    /// Secrets Manager fails.
    pub async fn write_client(&self, client: &ClientId, secret: &ClientSecret) -> Result<String, Error> {
        let description = "Database URL, passwords and own environment of one client";
        self.write(&self.name_of(client), description, secret).await
    }

    /// Removes a client's secret at once; that it is not there is as good.
    ///
    /// # Errors
    /// Secrets Manager fails.
    pub async fn delete_client(&self, client: &ClientId) -> Result<(), Error> {
        self.delete(self.name_of(client)).await
    }

    /// Hands new values of a client's own environment to the operation that puts them live: who takes the request may not read
    /// the client's secret, and so cannot add to it.
    ///
    /// # Errors
    /// Secrets Manager fails.
    pub async fn stage(
        &self,
        client: &ClientId,
        operation: &OperationId,
        mut values: ClientSecret,
    ) -> Result<(), Error> {
        values.set(STAGED_FOR, SecretString::from(operation.to_string()));
        let description = "New values of one client's own environment, on their way to its secret";
        self.write(&self.staged_name(client), description, &values).await?;
        Ok(())
    }

    /// The values that are on their way with this operation.
    ///
    /// # Errors
    /// Secrets Manager fails.
    pub async fn staged(&self, client: &ClientId, operation: &OperationId) -> Result<Option<ClientSecret>, Error> {
        let Some((_, mut values)) = self.read(self.staged_name(client)).await? else {
            return Ok(None);
        };
        let ours = values
            .get(STAGED_FOR)
            .is_some_and(|id| id.expose_secret() == operation.as_str());
        values.retain(|name| name != STAGED_FOR);
        Ok(ours.then_some(values))
    }

    /// Removes what is on its way to a client's secret; that nothing is there is as good.
    ///
    /// # Errors
    /// Secrets Manager fails.
    pub async fn unstage(&self, client: &ClientId) -> Result<(), Error> {
        self.delete(self.staged_name(client)).await
    }

    fn staged_name(&self, client: &ClientId) -> String {
        format!("{}/staged/{client}", self.prefix)
    }

    pub(crate) async fn read(&self, name: String) -> Result<Option<(String, ClientSecret)>, Error> {
        let answer = match self.manager.get_secret_value().secret_id(name).send().await {
            Ok(answer) => answer,
            Err(failure)
                if failure
                    .as_service_error()
                    .is_some_and(GetSecretValueError::is_resource_not_found_exception) =>
            {
                return Ok(None);
            }
            Err(failure) => return Err(error::aws(failure)),
        };
        let secret = ClientSecret::from_json(answer.secret_string().unwrap_or("{}"))?;
        Ok(Some((answer.arn().unwrap_or_default().to_owned(), secret)))
    }

    pub(crate) async fn write(&self, name: &str, description: &str, secret: &ClientSecret) -> Result<String, Error> {
        let value = secret.to_json()?;
        let made = self
            .manager
            .create_secret()
            .name(name)
            .secret_string(value.expose_secret())
            .description(description)
            .send()
            .await;
        match made {
            Ok(answer) => return Ok(answer.arn().unwrap_or_default().to_owned()),
            Err(failure)
                if failure
                    .as_service_error()
                    .is_some_and(CreateSecretError::is_resource_exists_exception) => {}
            Err(failure) => return Err(error::aws(failure)),
        }
        let put = self
            .manager
            .put_secret_value()
            .secret_id(name)
            .secret_string(value.expose_secret());
        let answer = put.send().await.map_err(error::aws)?;
        Ok(answer.arn().unwrap_or_default().to_owned())
    }

    pub(crate) async fn delete(&self, name: String) -> Result<(), Error> {
        let sent = self
            .manager
            .delete_secret()
            .secret_id(name)
            .force_delete_without_recovery(true)
            .send()
            .await;
        match sent {
            Ok(_) => Ok(()),
            Err(failure)
                if failure
                    .as_service_error()
                    .is_some_and(DeleteSecretError::is_resource_not_found_exception) =>
            {
                Ok(())
            }
            Err(failure) => Err(error::aws(failure)),
        }
    }

    /// Does a client's secret exist? (Without reading it.)
    ///
    /// # Errors
    /// Secrets Manager fails.
    pub async fn client_exists(&self, client: &ClientId) -> Result<bool, Error> {
        match self
            .manager
            .describe_secret()
            .secret_id(self.name_of(client))
            .send()
            .await
        {
            // A forced removal is asynchronous: what carries a date of deletion is on its way out.
            Ok(answer) => Ok(answer.deleted_date().is_none()),
            Err(failure)
                if failure
                    .as_service_error()
                    .is_some_and(DescribeSecretError::is_resource_not_found_exception) =>
            {
                Ok(false)
            }
            Err(failure) => Err(error::aws(failure)),
        }
    }

    /// One of the platform's own secrets, a JSON object, by ARN.
    ///
    /// # Errors
    /// Secrets Manager fails, or the secret is not a JSON object of texts.
    pub async fn read_platform(&self, arn: &str) -> Result<ClientSecret, Error> {
        let answer = self
            .manager
            .get_secret_value()
            .secret_id(arn)
            .send()
            .await
            .map_err(error::aws)?;
        ClientSecret::from_json(answer.secret_string().unwrap_or("{}"))
    }
}
