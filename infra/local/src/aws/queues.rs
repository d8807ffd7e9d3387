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

use super::answer;
use crate::template::names::{ACCOUNT, REGION};

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
