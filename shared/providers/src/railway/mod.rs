//! Railway: one project per client, with one PostgreSQL service, its volume and its TCP proxy in it.
//!
//! A GraphQL answer of 200 can be an error, and an error is a sentence: what it means is told by the words that the vendor's
//! own client looks for.

mod listing;
mod postgres;
mod projects;
mod template;

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
    time::Duration,
};

use jiff::Timestamp;
use reqwest::{Method, header::DATE};
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};

use crate::{
    answer::{Answer, text},
    call::{Call, Service},
    error::{ErrorKind, ProviderError},
    http::Http,
};

static RAILWAY: Service = Service {
    name: "railway",
    title: "Railway",
    url_setting: "RAILWAY_API_URL",
    token_setting: "RAILWAY_API_KEY",
};

/// Railway's GraphQL API.
#[derive(Clone)]
pub struct Railway {
    http: Http,
    base_url: String,
    token: SecretString,
    workspace_id: Option<String>,
    settle: Duration,
    known: Arc<Mutex<Known>>,
}

/// What was found out before; only ever saves a call.
#[derive(Default)]
struct Known {
    /// Project ids by client id: a workspace of a thousand projects is ten pages, and a plan has its calls per hour.
    projects: HashMap<String, String>,
    /// The id of the PostgreSQL template.
    template: Option<String>,
    /// Projects into which nothing was sent yet, with the moment they were last changed: whoever sends something changes it.
    unsent: HashMap<String, Option<Timestamp>>,
}

/// What an accepted template needs at most until its service is listed: as long as the vendor's own client waits.
const SETTLE: Duration = Duration::from_secs(120);
/// The same for a stand-in on this machine, which lists it at once unless told otherwise.
const SETTLE_LOCALLY: Duration = Duration::from_secs(3);

/// A document of ../contracts/railway, and what it is called in errors and logs.
struct Document {
    operation: &'static str,
    name: &'static str,
    query: &'static str,
}

impl Railway {
    /// `base_url` is `https://backboard.railway.com` unless something stands in. The token is a workspace token; an empty one,
    /// and a missing workspace, are named by the first call.
    pub fn new(http: Http, base_url: String, token: SecretString, workspace_id: Option<String>) -> Self {
        let workspace_id = workspace_id.filter(|workspace| !workspace.is_empty());
        let settle = if http.has_loopback_names() {
            SETTLE_LOCALLY
        } else {
            SETTLE
        };
        Self {
            http,
            base_url,
            token,
            workspace_id,
            settle,
            known: Arc::default(),
        }
    }

    /// How long a template that may have been accepted is given to show its service before it is sent again. Two minutes,
    /// or three seconds on the local stack, unless said here.
    #[must_use]
    pub const fn settling_for(mut self, settle: Duration) -> Self {
        self.settle = settle;
        self
    }

    fn workspace(&self, operation: &'static str) -> Result<&str, ProviderError> {
        self.workspace_id
            .as_deref()
            .ok_or_else(|| RAILWAY.not_configured(operation, "RAILWAY_WORKSPACE_ID"))
    }

    fn known<T>(&self, look: impl FnOnce(&mut Known) -> T) -> T {
        look(&mut self.known.lock().unwrap_or_else(std::sync::PoisonError::into_inner))
    }

    /// Sends a document and returns its `data`. `secret` is in the variables, and in no error.
    async fn ask(
        &self,
        document: &'static Document,
        variables: Value,
        secret: Option<&SecretString>,
    ) -> Result<Value, ProviderError> {
        Ok(self.ask_at(document, variables, secret).await?.0)
    }

    /// The same, and when it was by Railway's own clock.
    async fn ask_at(
        &self,
        document: &'static Document,
        variables: Value,
        secret: Option<&SecretString>,
    ) -> Result<(Value, Option<Timestamp>), ProviderError> {
        let operation = document.operation;
        if self.token.expose_secret().is_empty() {
            return Err(RAILWAY.not_configured(operation, RAILWAY.token_setting));
        }
        let url = RAILWAY.url(operation, &self.base_url, &["graphql", "v2"])?;
        let mut call = Call::new(&RAILWAY, operation, Method::POST, url)
            .bearer(&self.token)
            .json(json!({
                "query": document.query,
                "variables": variables,
                "operationName": document.name,
            }));
        if document.reads() {
            call = call.reading();
        }
        if let Some(secret) = secret {
            call = call.hiding(secret);
        }
        let answer = self.http.send(&call).await?;
        let body: Option<Value> = serde_json::from_slice(&answer.body).ok();
        let said = body.as_ref().and_then(|body| text(body, "/errors/0/message"));
        match (said, answer.status) {
            (Some(said), 200..=299 | 400) => Err(refused(&call, said)),
            (None, 200..=299) => match body.and_then(|mut body| body.get_mut("data").map(Value::take)) {
                Some(data) if data.is_object() => Ok((data, date(&answer))),
                _ => Err(call.unreadable("is not understood")),
            },
            _ => Err(call.refused(&answer)),
        }
    }
}

impl Document {
    fn reads(&self) -> bool {
        !self.query.lines().any(|line| line.starts_with("mutation"))
    }
}

fn date(answer: &Answer) -> Option<Timestamp> {
    let date = httpdate::parse_http_date(answer.header(DATE)?).ok()?;
    Timestamp::try_from(date).ok()
}

/// What a sentence of Railway's means.
fn refused(call: &Call<'_>, said: &str) -> ProviderError {
    let words = said.to_lowercase();
    let any = |hints: &[&str]| hints.iter().any(|hint| words.contains(hint));
    let (kind, advice) = if any(&["not authorized", "unauthorized", "project token not found"]) {
        // A dead token, no access, or no such thing: Railway says the same of all three.
        (
            ErrorKind::Unauthorized,
            " Check RAILWAY_API_KEY and RAILWAY_WORKSPACE_ID.",
        )
    } else if any(&["two factor"]) {
        (
            ErrorKind::Forbidden,
            " The workspace demands two-factor authentication of its members.",
        )
    } else if any(&["rate limit", "ratelimit", "too many requests"]) {
        (
            ErrorKind::RateLimited {
                retry_after: Some(Duration::from_secs(5)),
            },
            "",
        )
    } else if any(&["limit exceeded", "limit reached", "upgrade", "quota"]) {
        (
            ErrorKind::QuotaExceeded,
            " Raise the plan's limit or remove what is not needed.",
        )
    } else if any(&["payment", "billing", "subscription"]) {
        (ErrorKind::PaymentRequired, " Check the billing there.")
    } else if any(&["not found", "does not exist"]) {
        (ErrorKind::NotFound, "")
    } else if any(&["already exists"]) {
        (ErrorKind::Conflict, "")
    } else if any(&[
        "invalid",
        "must ",
        "required",
        "cannot query",
        "unknown argument",
        "unknown type",
    ]) {
        (ErrorKind::Invalid, "")
    } else {
        // "Problem processing request" and its like: the engine looks before it writes again.
        (ErrorKind::Unavailable, "")
    };
    let text = format!(
        "Railway refuses {}: {}.{advice}",
        call.operation,
        said.trim_end_matches('.')
    );
    call.failed(kind, text)
}

/// The nodes of a GraphQL connection.
fn nodes<'v>(value: &'v Value, pointer: &str) -> impl Iterator<Item = &'v Value> {
    let edges = value
        .pointer(pointer)
        .and_then(|connection| connection.get("edges"))
        .and_then(Value::as_array);
    edges.into_iter().flatten().filter_map(|edge| edge.get("node"))
}
