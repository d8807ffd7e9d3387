//! SQS, in this process: the engine of rustack, which keeps messages in memory. What a killed stack loses, the reconciler
//! sends again.

use std::sync::Arc;

use axum::{
    body::{Body, Bytes},
    http::{HeaderMap, Response, StatusCode},
};
use rustack_sqs_core::{config::SqsConfig, handler::RustackSqsHandler, provider::RustackSqs};
use rustack_sqs_http::{dispatch::SqsHandler, response::error_to_response, router::resolve_operation};
use serde_json::json;

use super::{AwsError, answer};
use crate::template::{
    model::Queue,
    names::{ACCOUNT, REGION, arn},
};

/// The queues.
#[derive(Clone)]
pub struct Queues {
    handler: Arc<RustackSqsHandler>,
    provider: Arc<RustackSqs>,
}

impl Queues {
    /// No queue yet; `port` is the endpoint's, part of the queues' addresses.
    pub fn new(port: u16) -> Self {
        let provider = Arc::new(RustackSqs::new(SqsConfig {
            skip_signature_validation: true,
            default_region: REGION.to_owned(),
            account_id: ACCOUNT.to_owned(),
            host: "127.0.0.1".to_owned(),
            port,
        }));
        Self {
            handler: Arc::new(RustackSqsHandler::new(Arc::clone(&provider))),
            provider,
        }
    }

    /// Answers one call.
    pub async fn call(&self, headers: &HeaderMap, body: Bytes) -> Response<Body> {
        let result = match resolve_operation(headers) {
            Ok(operation) => self.handler.handle_operation(operation, body).await,
            Err(error) => Err(error),
        };
        let response = result.unwrap_or_else(|error| error_to_response(&error, "local"));
        response.map(Body::new)
    }

    /// Makes a queue, unless it is there.
    pub async fn create(&self, queue: &Queue) -> Result<(), AwsError> {
        let mut attributes = json!({
            "VisibilityTimeout": queue.visibility.as_secs().to_string(),
            "DelaySeconds": queue.delay.as_secs().to_string(),
            "MessageRetentionPeriod": queue.retention.as_secs().to_string(),
        });
        if let (Some((target, times)), Some(all)) = (&queue.redrive, attributes.as_object_mut()) {
            let policy = json!({"deadLetterTargetArn": arn("sqs", target), "maxReceiveCount": times});
            all.insert("RedrivePolicy".to_owned(), json!(policy.to_string()));
        }
        let request = json!({"QueueName": queue.name, "Attributes": attributes});
        let mut headers = HeaderMap::new();
        headers.insert(
            "x-amz-target",
            axum::http::HeaderValue::from_static("AmazonSQS.CreateQueue"),
        );
        let response = self.call(&headers, Bytes::from(request.to_string())).await;
        if response.status() == StatusCode::OK {
            return Ok(());
        }
        let why = axum::body::to_bytes(response.into_body(), 65_536)
            .await
            .unwrap_or_default();
        Err(AwsError::Queue(
            queue.name.clone(),
            String::from_utf8_lossy(&why).into_owned(),
        ))
    }

    /// Ends the queues; what they hold is lost.
    pub async fn stop(&self) {
        self.provider.shutdown_all().await;
    }
}

/// What a service answers whose operation does not exist here.
pub fn unknown(operation: &str) -> Response<Body> {
    let body = json!({"__type": "UnknownOperationException", "message": format!("{operation} is not known here")});
    answer(
        StatusCode::BAD_REQUEST,
        "application/x-amz-json-1.1",
        body.to_string().into_bytes(),
    )
}
