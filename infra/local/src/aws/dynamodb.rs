//! DynamoDB, in this process: the engine of dynoxide over one SQLite file.
//!
//! The engine's own server is not used, because it wants a port of its own; what it does on top of the engine is to
//! refuse badly formed JSON in DynamoDB's words, and the SDK writes none.

use std::path::Path;

use axum::{
    body::{Body, Bytes},
    http::{Response, StatusCode},
};
use dynoxide::{Database, DynoxideError};
use serde::{Serialize, de::DeserializeOwned};

use super::{AwsError, answer};

/// The tables.
#[derive(Clone)]
pub struct Tables {
    database: Database,
}

impl Tables {
    /// Opens the tables in this directory, or empty ones in memory.
    pub fn open(directory: Option<&Path>) -> Result<Self, AwsError> {
        let database = match directory {
            Some(directory) => {
                let path = directory.join("dynamodb.sqlite");
                super::private_file(&path)?;
                let text = path.to_str().ok_or_else(|| AwsError::Path(path.clone()))?;
                Database::new(text)
            }
            None => Database::memory(),
        };
        database
            .map(|database| Self { database })
            .map_err(|error| AwsError::Tables(error.to_string()))
    }

    /// Answers one call.
    pub async fn call(&self, operation: &str, body: Bytes) -> Response<Body> {
        let tables = self.clone();
        let operation = operation.to_owned();
        // The engine works on the disk; the threads that drive connections must not wait for it.
        let done = tokio::task::spawn_blocking(move || tables.run(&operation, &body)).await;
        let (status, json) = match done {
            Ok(Ok(json)) => (StatusCode::OK, json),
            Ok(Err(error)) => (
                StatusCode::from_u16(error.status_code()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR),
                error.to_json().into_bytes(),
            ),
            Err(error) => {
                tracing::error!(%error, "the tables failed");
                let error = DynoxideError::InternalServerError("the call was not finished".to_owned());
                (StatusCode::INTERNAL_SERVER_ERROR, error.to_json().into_bytes())
            }
        };
        answer(status, "application/x-amz-json-1.0", json)
    }

    /// Answers one call, in the caller's thread.
    fn run(&self, operation: &str, body: &[u8]) -> Result<Vec<u8>, DynoxideError> {
        let db = &self.database;
        match operation {
            "BatchGetItem" => through(body, |request| db.batch_get_item(request)),
            "BatchWriteItem" => through(body, |request| db.batch_write_item(request)),
            "CreateTable" => through(body, |request| db.create_table(request)),
            "DeleteItem" => through(body, |request| db.delete_item(request)),
            "DeleteTable" => through(body, |request| db.delete_table(request)),
            "DescribeTable" => through(body, |request| db.describe_table(request)),
            "DescribeTimeToLive" => through(body, |request| db.describe_time_to_live(request)),
            "GetItem" => through(body, |request| db.get_item(request)),
            "ListTables" => through(body, |request| db.list_tables(request)),
            "PutItem" => through(body, |request| db.put_item(request)),
            "Query" => through(body, |request| db.query(request)),
            "Scan" => through(body, |request| db.scan(request)),
            "TransactGetItems" => through(body, |request| db.transact_get_items(request)),
            "TransactWriteItems" => through(body, |request| db.transact_write_items(request)),
            "UpdateItem" => through(body, |request| db.update_item(request)),
            "UpdateTable" => through(body, |request| db.update_table(request)),
            "UpdateTimeToLive" => through(body, |request| db.update_time_to_live(request)),
            other => Err(DynoxideError::ValidationException(format!(
                "{other} is not known to the local stack"
            ))),
        }
    }

    /// Deletes what has expired; DynamoDB does so within days.
    pub fn sweep(&self) -> Result<usize, AwsError> {
        self.database
            .sweep_ttl()
            .map_err(|error| AwsError::Tables(error.to_string()))
    }
}

fn through<I: DeserializeOwned, O: Serialize>(
    body: &[u8],
    work: impl FnOnce(I) -> Result<O, DynoxideError>,
) -> Result<Vec<u8>, DynoxideError> {
    let request =
        serde_json::from_slice(body).map_err(|error| DynoxideError::ValidationException(error.to_string()))?;
    let answer = work(request)?;
    serde_json::to_vec(&answer).map_err(|error| DynoxideError::InternalServerError(error.to_string()))
}
