//! An embedded AWS: DynamoDB, SQS, Secrets Manager and SES behind one address on loopback, told apart by what the SDK
//! sends. Signatures are not checked; nobody else can reach it.

mod dynamodb;
mod fields;
mod mail;
mod queues;
mod secrets;
mod server;
#[cfg(test)]
mod tests;
mod vault;

use std::{
    fs::OpenOptions,
    io,
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
};

use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_sdk_sqs::config::{Credentials, SharedCredentialsProvider};
use axum::{
    body::Body,
    http::{HeaderValue, Response, StatusCode, header::CONTENT_TYPE},
};
use runtime::SystemEntropy;
use serde_json::{Map, Value, json};
use tokio::task::JoinHandle;

pub use server::bind;

use crate::template::{
    Stack,
    model::{SecretValue, Table},
    names::REGION,
};

/// Why the embedded AWS cannot do its work.
#[derive(Debug, thiserror::Error)]
pub enum AwsError {
    /// A file or the address cannot be used.
    #[error("the embedded AWS: {0}")]
    Io(#[from] io::Error),
    /// The path of the data directory cannot be written as text.
    #[error("{} is not a readable path", .0.display())]
    Path(PathBuf),
    /// The secrets cannot be read or written.
    #[error("the secrets: {0}")]
    Secrets(#[from] rusqlite::Error),
    /// The tables cannot be read or written.
    #[error("the tables: {0}")]
    Tables(String),
    /// A table is there already and has other keys or indexes.
    #[error("table {0} has other keys or indexes than the template; start with an empty data directory")]
    Changed(String),
    /// A queue cannot be made.
    #[error("queue {0}: {1}")]
    Queue(String, String),
    /// A secret in the template is not as it should be.
    #[error("secret {0}: {1}")]
    Secret(String, String),
}

/// The embedded AWS, running.
pub struct Embedded {
    /// Its address.
    pub endpoint_url: String,
    /// How the SDK reaches it.
    pub sdk: SdkConfig,
    services: server::Services,
    tasks: Vec<JoinHandle<()>>,
}

impl Embedded {
    /// Makes what the template has and is not there yet. What is there keeps its content.
    pub async fn create(&self, stack: &Stack) -> Result<(), AwsError> {
        for queue in &stack.queues {
            self.services.queues.create(queue).await?;
        }
        for table in &stack.tables {
            self.create_table(table)?;
        }
        for secret in &stack.secrets {
            if self.read_secret(&secret.name)?.is_none() {
                let failed = |why: serde_json::Error| AwsError::Secret(secret.name.clone(), why.to_string());
                self.replace_secret(&secret.name, &content(&secret.value).map_err(failed)?)?;
            }
        }
        Ok(())
    }

    fn create_table(&self, table: &Table) -> Result<(), AwsError> {
        let tables = &self.services.tables;
        let named = json!({"TableName": table.name});
        if let Ok(there) = tables.ask("DescribeTable", &named) {
            let there = there.get("Table").unwrap_or(&Value::Null);
            let same = shape(there) == shape(&table.definition);
            return if same {
                Ok(())
            } else {
                Err(AwsError::Changed(table.name.clone()))
            };
        }
        tables.ask("CreateTable", &table.definition)?;
        if let Some(attribute) = &table.ttl_attribute {
            let specification = json!({"AttributeName": attribute, "Enabled": true});
            let request = json!({"TableName": table.name, "TimeToLiveSpecification": specification});
            tables.ask("UpdateTimeToLive", &request)?;
        }
        Ok(())
    }

    /// The current value of a secret, by name; `None` when it is not there.
    pub fn read_secret(&self, name: &str) -> Result<Option<String>, AwsError> {
        let kept = self.services.vault.lock().get(name)?;
        Ok(kept
            .filter(|secret| secret.deletion.is_none())
            .and_then(|secret| secret.value))
    }

    /// Gives a secret this value, and makes it when it is not there.
    pub fn replace_secret(&self, name: &str, value: &str) -> Result<(), AwsError> {
        let vault = self.services.vault.lock();
        let now = fields::now();
        let created = vault.get(name)?.map_or(now, |old| old.created);
        vault.put(&vault::Kept {
            name: name.to_owned(),
            description: None,
            value: Some(value.to_owned()),
            version: Some(domain::random_text(&SystemEntropy, 32)),
            created,
            changed: now,
            deletion: None,
        })?;
        Ok(())
    }

    /// Stops answering. What was answered before is kept; messages in queues are not.
    pub async fn stop(self) {
        for task in &self.tasks {
            task.abort();
        }
        self.services.queues.stop().await;
    }
}

/// What of a table cannot be changed by starting again: its keys and those of its indexes.
fn shape(table: &Value) -> (Value, Vec<(String, Value)>) {
    let keys = |one: &Value| one.get("KeySchema").cloned().unwrap_or_default();
    let indexes = table.get("GlobalSecondaryIndexes").and_then(Value::as_array);
    let name = |one: &Value| {
        one.get("IndexName")
            .and_then(Value::as_str)
            .unwrap_or_default()
            .to_owned()
    };
    let mut indexes: Vec<_> = indexes
        .into_iter()
        .flatten()
        .map(|one| (name(one), keys(one)))
        .collect();
    indexes.sort_by(|(left, _), (right, _)| left.cmp(right));
    (keys(table), indexes)
}

/// What a new secret holds. Generated passwords are letters and digits, whatever the template allows beyond them.
fn content(value: &SecretValue) -> Result<String, serde_json::Error> {
    match value {
        SecretValue::Text(text) => Ok(text.clone()),
        SecretValue::Generated {
            template, key, length, ..
        } => {
            let mut members: Map<String, Value> = serde_json::from_str(template)?;
            members.insert(key.clone(), json!(domain::random_text(&SystemEntropy, *length)));
            Ok(Value::Object(members).to_string())
        }
    }
}

/// How the SDK reaches this address.
fn sdk(endpoint: &str) -> SdkConfig {
    let credentials = Credentials::new("local", "local", None, None, "local");
    SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::from_static(REGION))
        .credentials_provider(SharedCredentialsProvider::new(credentials))
        .endpoint_url(endpoint)
        .build()
}

/// Makes a file that only its owner can read, unless it is there.
fn private_file(path: &Path) -> Result<(), AwsError> {
    OpenOptions::new().append(true).create(true).mode(0o600).open(path)?;
    Ok(())
}

fn answer(status: StatusCode, content: &'static str, body: Vec<u8>) -> Response<Body> {
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = status;
    response
        .headers_mut()
        .insert(CONTENT_TYPE, HeaderValue::from_static(content));
    response
}
