//! The way out: one HTTP client, with time-outs, a bound on what it reads, and a look at where it goes.

use std::{net::SocketAddr, time::Duration};

use domain::{channel::ThisMachine, is_public};
use reqwest::{
    Client, RequestBuilder,
    dns::{Addrs, Name, Resolve, Resolving},
    header::RETRY_AFTER,
    redirect::Policy,
};

use crate::SendError;

/// How long a connection may take to come about.
const CONNECT: Duration = Duration::from_secs(5);
/// How long a whole call may take.
const TOTAL: Duration = Duration::from_secs(10);
/// A frozen Lambda keeps connections that the other side has long closed.
const IDLE: Duration = Duration::from_secs(20);
/// More of an answer is not read.
const LARGEST_ANSWER: usize = 16 * 1024;
/// Longer pauses are not believed.
const LONGEST_PAUSE: u64 = 24 * 3600;

/// The HTTP client that all channels share; a clone is the same client.
#[derive(Clone)]
pub struct Outside {
    client: Client,
    machine: ThisMachine,
}

/// What a service answered.
pub(crate) struct Reply {
    pub status: u16,
    pub retry_after: Option<Duration>,
    pub body: Vec<u8>,
}

impl Outside {
    /// Opens no connection yet.
    ///
    /// # Errors
    /// The machine's TLS roots cannot be used.
    pub fn new(machine: ThisMachine) -> Result<Self, SendError> {
        let client = Client::builder()
            .user_agent(concat!("tenantry/", env!("CARGO_PKG_VERSION")))
            .redirect(Policy::none())
            // A proxy would look names up by itself.
            .no_proxy()
            .connect_timeout(CONNECT)
            .timeout(TOTAL)
            .pool_idle_timeout(IDLE)
            .dns_resolver(Guard(machine.clone()))
            .build();
        let client = client.map_err(|_| SendError::Unavailable {
            service: "HTTP",
            why: "the client cannot be made".to_owned(),
            unsure: false,
        })?;
        Ok(Self { client, machine })
    }

    /// What of this machine may be named.
    pub(crate) const fn machine(&self) -> &ThisMachine {
        &self.machine
    }

    /// A POST to this address, still to be sent.
    pub(crate) fn post(&self, url: &str) -> RequestBuilder {
        self.client.post(url)
    }

    /// Sends a request and takes in the answer, whatever it is.
    ///
    /// # Errors
    /// There is none.
    pub(crate) async fn send(&self, service: &'static str, request: RequestBuilder) -> Result<Reply, SendError> {
        let mut response = request.send().await.map_err(|error| lost(service, &error))?;
        let seconds = response
            .headers()
            .get(RETRY_AFTER)
            .and_then(|value| value.to_str().ok()?.parse::<u64>().ok());
        let mut reply = Reply {
            status: response.status().as_u16(),
            retry_after: seconds.map(|seconds| Duration::from_secs(seconds.min(LONGEST_PAUSE))),
            body: Vec::new(),
        };
        // The status has said what counts; a body that breaks off or goes on for ever is left at that.
        while let Ok(Some(chunk)) = response.chunk().await {
            if reply.body.len() + chunk.len() > LARGEST_ANSWER {
                break;
            }
            reply.body.extend_from_slice(&chunk);
        }
        Ok(reply)
    }
}

/// No answer. The error's own text names the address, which may be a secret: it stays here.
fn lost(service: &'static str, error: &reqwest::Error) -> SendError {
    let (why, unsure) = if error.is_connect() {
        ("no connection", false)
    } else if error.is_timeout() {
        ("no answer in time", true)
    } else if error.is_builder() {
        ("the request could not be made", false)
    } else {
        ("the connection was lost", true)
    };
    SendError::Unavailable {
        service,
        why: why.to_owned(),
        unsure,
    }
}

impl Reply {
    pub(crate) const fn is_success(&self) -> bool {
        matches!(self.status, 200..=299)
    }

    /// What most services mean by a status that is no success; `why` is a short code of their own, if there is one.
    pub(crate) fn refusal(&self, service: &'static str, why: Option<&str>) -> SendError {
        let why = match why {
            Some(code) => format!("HTTP {} {code}", self.status),
            None => format!("HTTP {}", self.status),
        };
        match self.status {
            429 => SendError::RateLimited {
                service,
                retry_after: self.retry_after,
            },
            401 | 403 => SendError::Unauthorized {
                service,
                status: self.status,
            },
            408 | 425 | 500.. => SendError::Unavailable {
                service,
                why,
                // Somebody in between gave up waiting.
                unsure: matches!(self.status, 502 | 504),
            },
            _ => SendError::Refused { service, why },
        }
    }

    /// A short word of the service's own, if the body is one: nothing else can slip into a log.
    pub(crate) fn code(&self) -> Option<String> {
        let text = std::str::from_utf8(&self.body).ok()?.trim();
        let legal = |c: char| c.is_ascii_lowercase() || c == '_';
        (!text.is_empty() && text.len() <= 40 && text.chars().all(legal)).then(|| text.to_owned())
    }
}

/// Looks names up once: the addresses that were checked are those that are connected to.
struct Guard(ThisMachine);

impl Resolve for Guard {
    fn resolve(&self, name: Name) -> Resolving {
        let here = self.0.holds(name.as_str());
        Box::pin(async move {
            let addresses: Vec<SocketAddr> = if here {
                vec![SocketAddr::from(([127, 0, 0, 1], 0))]
            } else {
                let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
                let mut public: Vec<SocketAddr> = found.filter(|address| is_public(address.ip())).collect();
                // Lambda has no IPv6 of its own.
                public.sort_by_key(SocketAddr::is_ipv6);
                public
            };
            if addresses.is_empty() {
                return Err("the host has no public address".into());
            }
            Ok(Box::new(addresses.into_iter()) as Addrs)
        })
    }
}

#[cfg(test)]
mod tests {
    use std::str::FromStr;

    use super::*;

    #[tokio::test]
    async fn a_name_that_leads_to_this_machine_is_not_followed() {
        let resolve = |suffix: Option<&str>, name: &str| {
            let guard = Guard(ThisMachine::new(suffix.map(str::to_owned)));
            guard.resolve(Name::from_str(name).unwrap())
        };
        assert!(resolve(None, "localhost").await.is_err());
        assert_eq!(resolve(Some(".localhost"), "x.localhost").await.unwrap().count(), 1);
        assert!(resolve(Some(".elsewhere"), "localhost").await.is_err());
    }
}
