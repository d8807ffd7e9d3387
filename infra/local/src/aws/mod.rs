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
use tokio::task::JoinHandle;

pub use mail::Outbox;
pub use server::{Bound, bind};

use crate::template::names::REGION;

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
    /// Stops answering. What was answered before is kept; messages in queues are not.
    pub async fn stop(self) {
        for task in &self.tasks {
            task.abort();
        }
        self.services.queues.stop().await;
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
