//! The one address of the embedded AWS.

use std::{path::Path, time::Duration};

use axum::{
    Router,
    body::{Body, Bytes, to_bytes},
    extract::{Request, State},
    http::{HeaderMap, HeaderValue, Response, StatusCode},
};
use runtime::SystemEntropy;
use tokio::{net::TcpListener, time::MissedTickBehavior};

use super::{
    AwsError, Embedded, answer, dynamodb::Tables, mail, mail::Outbox, queues, queues::Queues, secrets, vault::Vault,
};

/// What DynamoDB takes at most.
const MOST_BYTES: usize = 16 * 1024 * 1024;
const SWEEP: Duration = Duration::from_secs(60);

/// The services behind the address.
#[derive(Clone)]
pub struct Services {
    /// DynamoDB.
    pub tables: Tables,
    /// SQS.
    pub queues: Queues,
    /// Secrets Manager.
    pub vault: Vault,
    /// SES.
    pub outbox: Outbox,
}

/// An address that is taken and not answered yet, so that it can be named before anything runs.
pub struct Bound {
    /// The address.
    pub endpoint_url: String,
    listener: TcpListener,
    port: u16,
}

/// Takes any free port on loopback.
pub async fn bind() -> Result<Bound, AwsError> {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await?;
    let port = listener.local_addr()?.port();
    Ok(Bound {
        endpoint_url: format!("http://127.0.0.1:{port}"),
        listener,
        port,
    })
}

impl Bound {
    /// Answers from now on, with what is kept in `data`; `None` keeps nothing. `outbox` takes in what SES is given.
    pub async fn start(self, data: Option<&Path>, outbox: Outbox) -> Result<Embedded, AwsError> {
        if let Some(directory) = data {
            tokio::fs::create_dir_all(directory).await?;
        }
        let services = Services {
            tables: Tables::open(data)?,
            queues: Queues::new(self.port),
            vault: Vault::open(data)?,
            outbox,
        };
        let router = Router::new().fallback(handle).with_state(services.clone());
        let listener = self.listener;
        let server = tokio::spawn(async move {
            if let Err(error) = axum::serve(listener, router).await {
                tracing::error!(%error, "the embedded AWS stopped answering");
            }
        });
        let sweeper = tokio::spawn(sweep(services.tables.clone()));
        Ok(Embedded {
            sdk: super::sdk(&self.endpoint_url),
            endpoint_url: self.endpoint_url,
            services,
            tasks: vec![server, sweeper],
        })
    }
}

async fn sweep(tables: Tables) {
    let mut ticks = tokio::time::interval(SWEEP);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        let tables = tables.clone();
        if let Ok(Err(error)) = tokio::task::spawn_blocking(move || tables.sweep()).await {
            tracing::warn!(%error, "what has expired could not be deleted");
        }
    }
}

async fn handle(State(services): State<Services>, request: Request) -> Response<Body> {
    let id = domain::random_text(&SystemEntropy, 32);
    let (parts, body) = request.into_parts();
    let mut response = match to_bytes(body, MOST_BYTES).await {
        Ok(body) => dispatch(&services, &parts.headers, body, &id).await,
        Err(_) => answer(
            StatusCode::PAYLOAD_TOO_LARGE,
            "text/plain",
            b"the body is too large".to_vec(),
        ),
    };
    if let Ok(id) = HeaderValue::from_str(&id) {
        response.headers_mut().insert("x-amzn-requestid", id);
    }
    response
}

async fn dispatch(services: &Services, headers: &HeaderMap, body: Bytes, id: &str) -> Response<Body> {
    let target = headers
        .get("x-amz-target")
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    match target.split_once('.') {
        Some(("DynamoDB_20120810", operation)) => services.tables.call(operation, body).await,
        Some(("AmazonSQS", _)) => services.queues.call(headers, body).await,
        Some(("secretsmanager", operation)) => {
            let (vault, operation) = (services.vault.clone(), operation.to_owned());
            blocking(move || secrets::call(&vault, &operation, &body)).await
        }
        Some(_) => queues::unknown(target),
        None => {
            let (outbox, id) = (services.outbox.clone(), id.to_owned());
            blocking(move || mail::call(&body, &id, &outbox)).await
        }
    }
}

/// What waits for the disk must not hold up the threads that drive connections.
async fn blocking(work: impl FnOnce() -> Response<Body> + Send + 'static) -> Response<Body> {
    tokio::task::spawn_blocking(work).await.unwrap_or_else(|error| {
        tracing::error!(%error, "a call was not finished");
        answer(
            StatusCode::INTERNAL_SERVER_ERROR,
            "text/plain",
            b"the call was not finished".to_vec(),
        )
    })
}
