//! One function, whatever calls it.

use std::{future::Future, sync::Arc};

use aws_config::BehaviorVersion;
use aws_lambda_events::sqs::{SqsBatchResponse, SqsEvent, SqsMessage};
use lambda_runtime::{Error, LambdaEvent, service_fn};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;
use tower::util::BoxCloneSyncService;

use crate::{Context, Settings, SettingsError, start_logging};

/// A function: an event in, an answer out.
pub type Function = BoxCloneSyncService<LambdaEvent<Value>, Value, Error>;

/// Runs a function in Lambda: reads the environment once, builds the clients once, serves events until the end.
///
/// # Errors
/// A required variable is missing (the cold start fails and says which), or the Lambda runtime failed.
#[allow(
    clippy::disallowed_methods,
    reason = "this is the one place that loads the AWS configuration"
)]
pub async fn run(build: fn(&Context) -> Result<Function, SettingsError>) -> Result<(), Error> {
    let settings = Settings::from_environment();
    start_logging(&settings);
    let sdk = aws_config::load_defaults(BehaviorVersion::latest()).await;
    let function = build(&Context::new(settings, sdk))?;
    lambda_runtime::run(function).await
}

/// A function over one typed event.
pub fn event_function<E, R, H, F>(handler: H) -> Function
where
    E: DeserializeOwned + Send + 'static,
    R: Serialize + Send + 'static,
    H: Fn(E) -> F + Send + Sync + 'static,
    F: Future<Output = Result<R, Error>> + Send + 'static,
{
    let handler = Arc::new(handler);
    BoxCloneSyncService::new(service_fn(move |event: LambdaEvent<Value>| {
        let handler = Arc::clone(&handler);
        async move {
            let answer = handler(serde_json::from_value(event.payload)?).await?;
            Ok::<_, Error>(serde_json::to_value(answer)?)
        }
    }))
}

/// A function over a queue: records are handled one by one, and a record that fails is reported alone.
///
/// A body that cannot be read fails too: the queue retries it and then moves it to the dead letters, where it is seen.
pub fn queue_function<M, H, F>(handler: H) -> Function
where
    M: DeserializeOwned + Send + 'static,
    H: Fn(M) -> F + Send + Sync + 'static,
    F: Future<Output = Result<(), domain::Error>> + Send + 'static,
{
    let handler = Arc::new(handler);
    event_function(move |event: SqsEvent| {
        let handler = Arc::clone(&handler);
        async move {
            let mut response = SqsBatchResponse::default();
            for record in event.records {
                // Without an id the failure could not be reported, and the record would be lost: fail the whole batch.
                let id = record.message_id.clone().ok_or("an SQS record has no message id")?;
                if let Err(problem) = handle(&*handler, record).await {
                    tracing::error!(message.id = %id, error = %problem, "a message could not be handled");
                    response.add_failure(id);
                }
            }
            Ok(response)
        }
    })
}

/// A function over a queue whose records are handled together. One that cannot be read, or that `refuse` refuses, is reported
/// alone; when the others fail, all of them are.
pub fn batch_function<M, H, F>(refuse: fn(&M) -> Result<(), domain::Error>, handler: H) -> Function
where
    M: DeserializeOwned + Send + 'static,
    H: Fn(Vec<M>) -> F + Send + Sync + 'static,
    F: Future<Output = Result<(), domain::Error>> + Send + 'static,
{
    let handler = Arc::new(handler);
    event_function(move |event: SqsEvent| {
        let handler = Arc::clone(&handler);
        async move {
            let (mut response, mut ids, mut messages) = (SqsBatchResponse::default(), Vec::new(), Vec::new());
            for record in event.records {
                let id = record.message_id.clone().ok_or("an SQS record has no message id")?;
                let message = read(record).and_then(|message| {
                    refuse(&message).map_err(|error| said(&error))?;
                    Ok(message)
                });
                match message {
                    Ok(message) => {
                        ids.push(id);
                        messages.push(message);
                    }
                    Err(problem) => {
                        tracing::error!(message.id = %id, error = %problem, "a message could not be handled");
                        response.add_failure(id);
                    }
                }
            }
            if messages.is_empty() {
                return Ok(response);
            }
            if let Err(error) = handler(messages).await {
                tracing::error!(messages = ids.len(), error = %said(&error), "messages could not be handled");
                ids.into_iter().for_each(|id| response.add_failure(id));
            }
            Ok(response)
        }
    })
}

async fn handle<M, F>(handler: &(impl Fn(M) -> F + Sync), record: SqsMessage) -> Result<(), String>
where
    M: DeserializeOwned,
    F: Future<Output = Result<(), domain::Error>>,
{
    handler(read(record)?).await.map_err(|error| said(&error))
}

fn read<M: DeserializeOwned>(record: SqsMessage) -> Result<M, String> {
    let body = record.body.unwrap_or_default();
    serde_json::from_str(&body).map_err(|error| format!("the body is not a message of ours: {error}"))
}

fn said(error: &domain::Error) -> String {
    format!("{error} ({})", error.chain())
}
