//! The one HTTP client: time-outs, size limit, names of this machine, one log line per call.

use std::{
    net::{IpAddr, Ipv4Addr, SocketAddr},
    sync::Arc,
    time::{Duration, Instant},
};

use reqwest::{
    Client,
    dns::{Addrs, Name, Resolve, Resolving},
    redirect::Policy,
};
use tokio::net::TcpStream;

use crate::{
    answer::Answer,
    call::{BodyUse, Call},
    error::{ErrorKind, ProviderError},
};

/// How long a connection may take to come about.
const CONNECT: Duration = Duration::from_secs(5);
/// How long a whole call may take.
const TOTAL: Duration = Duration::from_secs(25);
/// How long a database may take to accept a connection.
const DATABASE_CONNECT: Duration = Duration::from_secs(3);
/// A frozen Lambda keeps connections that the other side has long closed.
const IDLE: Duration = Duration::from_secs(20);
/// No answer that we understand is larger.
const LARGEST_ANSWER: usize = 1024 * 1024;

/// What is special about the surroundings.
#[derive(Clone, Debug, Default)]
pub struct HttpOptions {
    /// Host names with this suffix (such as `.localhost`) are on this machine. Local stack only; nothing in the cloud.
    pub loopback_hosts: Option<String>,
}

/// The HTTP client that all services share; a clone is the same client.
#[derive(Clone, Debug)]
pub struct Http {
    client: Client,
    loopback: Loopback,
}

impl Http {
    /// Opens no connection yet.
    ///
    /// # Errors
    /// The machine's TLS roots cannot be used.
    pub fn new(options: HttpOptions) -> Result<Self, ProviderError> {
        let suffix = options.loopback_hosts.filter(|suffix| !suffix.is_empty());
        let loopback = Loopback(suffix.map(Arc::from));
        let client = Client::builder()
            .user_agent(concat!("tenantry/", env!("CARGO_PKG_VERSION")))
            .redirect(Policy::none())
            .connect_timeout(CONNECT)
            .timeout(TOTAL)
            .pool_idle_timeout(IDLE)
            // The environment is read in `runtime` only; nothing is sent through a proxy that nobody configured there.
            .no_proxy()
            .dns_resolver(loopback.clone())
            .build()
            .map_err(|error| {
                let text = "The platform's HTTP client could not be set up.";
                ProviderError::new("http", "set_up", ErrorKind::Unavailable, text).caused_by(error)
            })?;
        Ok(Self { client, loopback })
    }

    /// One call. Any status is an answer; an error means that there was none, or one too large to read.
    pub(crate) async fn send(&self, call: &Call<'_>) -> Result<Answer, ProviderError> {
        let started = Instant::now();
        let outcome = self.exchange(call, started).await;
        let duration_ms = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
        let (provider, operation) = (call.service.name, call.operation);
        match &outcome {
            Ok(answer) => tracing::info!(
                provider.name = provider,
                provider.operation = operation,
                http.status = answer.status,
                duration_ms,
                "{provider} answered {operation}"
            ),
            Err(error) => tracing::warn!(
                provider.name = provider,
                provider.operation = operation,
                error.code = error.code(),
                duration_ms,
                "{provider} gave no usable answer to {operation}"
            ),
        }
        outcome
    }

    async fn exchange(&self, call: &Call<'_>, started: Instant) -> Result<Answer, ProviderError> {
        let mut response = call
            .request(&self.client)
            .send()
            .await
            .map_err(|error| call.lost(error))?;
        let mut answer = Answer {
            status: response.status().as_u16(),
            headers: response.headers().clone(),
            body: Vec::new(),
            elapsed: started.elapsed(),
        };
        if call.body_use == BodyUse::Ignored {
            return Ok(answer);
        }
        loop {
            match response.chunk().await {
                Ok(None) => return Ok(answer),
                Ok(Some(chunk)) if answer.body.len() + chunk.len() <= LARGEST_ANSWER => {
                    answer.body.extend_from_slice(&chunk);
                }
                // The status of a refusal says enough, whatever became of its text.
                _ if !answer.success() => {
                    answer.body.clear();
                    return Ok(answer);
                }
                Ok(Some(_)) => return Err(call.unreadable("is larger than 1 MiB")),
                Err(error) => return Err(call.lost(error)),
            }
        }
    }

    /// Are names of this machine known, as on the local stack only?
    pub(crate) const fn has_loopback_names(&self) -> bool {
        self.loopback.0.is_some()
    }

    /// Does something accept TCP connections there?
    pub(crate) async fn accepts_connections(&self, host: &str, port: u16) -> bool {
        // The sandbox's name for databases on a machine without PostgreSQL: nothing listens, and the stack has said so.
        if self.loopback.simulated(host) {
            return true;
        }
        let connect = async {
            if self.loopback.holds(host) {
                TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await
            } else {
                TcpStream::connect((host.trim_start_matches('[').trim_end_matches(']'), port)).await
            }
        };
        matches!(tokio::time::timeout(DATABASE_CONNECT, connect).await, Ok(Ok(_)))
    }
}

/// Names that are on this machine although no resolver knows them.
#[derive(Clone, Debug)]
struct Loopback(Option<Arc<str>>);

impl Loopback {
    fn holds(&self, host: &str) -> bool {
        self.0.as_deref().is_some_and(|suffix| host.ends_with(suffix))
    }

    fn simulated(&self, host: &str) -> bool {
        self.0
            .as_deref()
            .is_some_and(|suffix| host.strip_suffix(suffix) == Some("simulated"))
    }
}

impl Resolve for Loopback {
    fn resolve(&self, name: Name) -> Resolving {
        let here = self.holds(name.as_str());
        Box::pin(async move {
            let addresses: Vec<SocketAddr> = if here {
                vec![SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 0)]
            } else {
                tokio::net::lookup_host((name.as_str(), 0)).await?.collect()
            };
            Ok(Box::new(addresses.into_iter()) as Addrs)
        })
    }
}
