//! One call: what is sent, and what its answer means.

use std::time::Duration;

use reqwest::{
    Client, Method, RequestBuilder,
    header::{ACCEPT, CONTENT_TYPE, DATE, HeaderMap, RETRY_AFTER},
};
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;
use url::Url;

use crate::error::{ErrorKind, ProviderError};

/// Stay away this long when the service does not say; the vendors' own clients do the same.
const RETRY_DEFAULT: Duration = Duration::from_secs(5);
const RETRY_SHORTEST: Duration = Duration::from_secs(1);
const RETRY_LONGEST: Duration = Duration::from_secs(60);
/// Shorter texts are not secrets, and replacing them would shred a message.
const SHORTEST_SECRET: usize = 4;

/// A service as errors and logs name it.
#[derive(Debug)]
pub(crate) struct Service {
    pub name: &'static str,
    pub title: &'static str,
    /// The setting with the address.
    pub url_setting: &'static str,
    /// The setting with the credentials.
    pub token_setting: &'static str,
}

impl Service {
    pub fn failed(&self, operation: &'static str, kind: ErrorKind, public: impl Into<String>) -> ProviderError {
        ProviderError::new(self.name, operation, kind, public)
    }

    pub fn not_configured(&self, operation: &'static str, setting: &'static str) -> ProviderError {
        let text = format!(
            "{} cannot be used: {setting} is not set. Set it and try again.",
            self.title
        );
        self.failed(operation, ErrorKind::NotConfigured { setting }, text)
    }

    /// `base` with these path segments, each percent-encoded.
    pub fn url(&self, operation: &'static str, base: &str, path: &[&str]) -> Result<Url, ProviderError> {
        let setting = self.url_setting;
        let mut url = Url::parse(base).map_err(|error| self.not_configured(operation, setting).caused_by(error))?;
        url.path_segments_mut()
            .map_err(|()| self.not_configured(operation, setting))?
            .pop_if_empty()
            .extend(path);
        Ok(url)
    }
}

/// Whether the answer's body matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum BodyUse {
    Read,
    Ignored,
}

/// One call, ready to be sent.
pub(crate) struct Call<'a> {
    pub service: &'static Service,
    pub operation: &'static str,
    pub body_use: BodyUse,
    method: Method,
    url: Url,
    writes: bool,
    bearer: Option<&'a SecretString>,
    accept: &'static str,
    json: Option<Value>,
    timeout: Option<Duration>,
    hidden: Vec<&'a SecretString>,
}

/// What came back.
pub(crate) struct Answer {
    pub status: u16,
    pub headers: HeaderMap,
    pub body: Vec<u8>,
    /// Until the head of the answer was there.
    pub elapsed: Duration,
}

impl Answer {
    pub fn success(&self) -> bool {
        (200..300).contains(&self.status)
    }

    pub fn header(&self, name: impl reqwest::header::AsHeaderName) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// How long to stay away. A date is taken relative to the answer's own: the two clocks need not agree.
    fn retry_after(&self) -> Option<Duration> {
        let wanted = self.header(RETRY_AFTER)?.trim();
        let wait = match wanted.parse::<u64>() {
            Ok(seconds) => Duration::from_secs(seconds),
            Err(_) => {
                let until = httpdate::parse_http_date(wanted).ok()?;
                let now = httpdate::parse_http_date(self.header(DATE)?).ok()?;
                until.duration_since(now).unwrap_or(RETRY_SHORTEST)
            }
        };
        Some(wait.clamp(RETRY_SHORTEST, RETRY_LONGEST))
    }
}

impl<'a> Call<'a> {
    pub fn new(service: &'static Service, operation: &'static str, method: Method, url: Url) -> Self {
        Self {
            service,
            operation,
            body_use: BodyUse::Read,
            writes: method != Method::GET,
            method,
            url,
            bearer: None,
            accept: "application/json",
            json: None,
            timeout: None,
            hidden: Vec::new(),
        }
    }

    pub fn bearer(mut self, token: &'a SecretString) -> Self {
        self.bearer = Some(token);
        self.hidden.push(token);
        self
    }

    pub fn json(mut self, body: Value) -> Self {
        self.json = Some(body);
        self
    }

    /// A POST that changes nothing.
    pub const fn reading(mut self) -> Self {
        self.writes = false;
        self
    }

    pub const fn accepting(mut self, media_type: &'static str) -> Self {
        self.accept = media_type;
        self
    }

    pub const fn within(mut self, timeout: Duration) -> Self {
        self.timeout = Some(timeout);
        self
    }

    pub const fn ignoring_body(mut self) -> Self {
        self.body_use = BodyUse::Ignored;
        self
    }

    /// A value in the body that no error may repeat.
    pub fn hiding(mut self, secret: &'a SecretString) -> Self {
        self.hidden.push(secret);
        self
    }

    pub fn request(&self, client: &Client) -> RequestBuilder {
        let mut request = client
            .request(self.method.clone(), self.url.clone())
            .header(ACCEPT, self.accept);
        if let Some(token) = self.bearer {
            request = request.bearer_auth(token.expose_secret());
        }
        if let Some(body) = &self.json {
            request = request.header(CONTENT_TYPE, "application/json").body(body.to_string());
        }
        if let Some(timeout) = self.timeout {
            request = request.timeout(timeout);
        }
        request
    }

    /// An error of this call; secrets that the service repeats are taken out.
    pub fn failed(&self, kind: ErrorKind, public: impl Into<String>) -> ProviderError {
        let mut public: String = public.into();
        for secret in &self.hidden {
            let secret = secret.expose_secret();
            if secret.len() >= SHORTEST_SECRET {
                public = public.replace(secret, "[redacted]");
            }
        }
        self.service.failed(self.operation, kind, public)
    }

    /// There was no answer.
    pub fn lost(&self, error: reqwest::Error) -> ProviderError {
        let title = self.service.title;
        let (kind, text) = if error.is_connect() || error.is_builder() {
            (ErrorKind::Unavailable, format!("{title} could not be reached."))
        } else {
            let what = if error.is_timeout() {
                "did not answer in time"
            } else {
                "closed the connection"
            };
            if self.writes {
                let text = format!(
                    "{title} {what}; whether {} worked is looked up before it is tried again.",
                    self.operation
                );
                (ErrorKind::OutcomeUnknown, text)
            } else {
                (ErrorKind::Unavailable, format!("{title} {what}."))
            }
        };
        self.failed(kind, text).caused_by(error.without_url())
    }

    /// There was an answer, and it cannot be used.
    pub fn unreadable(&self, how: &str) -> ProviderError {
        let kind = if self.writes {
            ErrorKind::OutcomeUnknown
        } else {
            ErrorKind::Malformed
        };
        self.failed(
            kind,
            format!("{}'s answer to {} {how}.", self.service.title, self.operation),
        )
    }

    /// The JSON of a successful answer, the error of any other.
    pub fn json_of(&self, answer: &Answer) -> Result<Value, ProviderError> {
        if !answer.success() {
            return Err(self.refused(answer));
        }
        // A syntax error of serde_json names a place, never a value.
        serde_json::from_slice(&answer.body).map_err(|error| self.unreadable("is not JSON").caused_by(error))
    }

    /// A text that a successful answer must have.
    pub fn text_of(&self, value: &Value, pointer: &str) -> Result<String, ProviderError> {
        text(value, pointer)
            .map(str::to_owned)
            .ok_or_else(|| self.unreadable(&format!("lacks {}", pointer.trim_start_matches('/'))))
    }

    /// What an answer means that is no success.
    pub fn refused(&self, answer: &Answer) -> ProviderError {
        let Service {
            title, token_setting, ..
        } = self.service;
        let Answer { status, .. } = answer;
        let body: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
        let kind = kind_of(answer, &body);
        let said = message(&body).map(|message| format!(": {message}")).unwrap_or_default();
        let operation = self.operation;
        let text = match &kind {
            ErrorKind::RateLimited { .. } => {
                format!("{title} asks for fewer calls (HTTP {status}); it is tried again later.")
            }
            ErrorKind::Unavailable | ErrorKind::OutcomeUnknown => {
                format!("{title} fails at {operation} (HTTP {status}{said}).")
            }
            ErrorKind::Unauthorized => {
                format!("{title} does not accept the credentials (HTTP {status}{said}). Check {token_setting}.")
            }
            ErrorKind::Forbidden => format!(
                "{title} does not allow {operation} (HTTP {status}{said}). Check what the credentials in {token_setting} may do."
            ),
            ErrorKind::NotFound => format!("{title} does not find what {operation} asks for (HTTP {status}{said})."),
            ErrorKind::Conflict => format!("{title} reports a conflict at {operation} (HTTP {status}{said})."),
            ErrorKind::PaymentRequired => {
                format!(
                    "{title} wants the account to be paid for first (HTTP {status}{said}). Check the billing there."
                )
            }
            ErrorKind::QuotaExceeded => {
                format!(
                    "A limit of the {title} plan is reached (HTTP {status}{said}). Raise it or remove what is not needed."
                )
            }
            ErrorKind::Malformed => {
                format!("{title} answers {operation} in a way that is not understood (HTTP {status}).")
            }
            ErrorKind::Invalid | ErrorKind::Foreign | ErrorKind::NotConfigured { .. } | ErrorKind::BuildFailed => {
                format!("{title} does not accept {operation} (HTTP {status}{said}).")
            }
        };
        self.failed(kind, text)
    }
}

/// What a status means; the codes are those that the vendors' own clients look for.
fn kind_of(answer: &Answer, body: &Value) -> ErrorKind {
    let code = code(body).unwrap_or_default().to_ascii_lowercase();
    let flag = |name: &str| {
        ["/error", "/err"]
            .iter()
            .any(|at| body.pointer(at).and_then(|error| error.get(name)).is_some())
    };
    let limited = || ErrorKind::RateLimited {
        retry_after: Some(answer.retry_after().unwrap_or(RETRY_DEFAULT)),
    };
    match answer.status {
        429 => limited(),
        503 if answer.header(RETRY_AFTER).is_some() => limited(),
        // GitHub's way of saying 429.
        403 if answer.header("x-ratelimit-remaining") == Some("0") || answer.header(RETRY_AFTER).is_some() => limited(),
        403 if flag("invalidToken") || flag("missingToken") => ErrorKind::Unauthorized,
        400..=499 if code.contains("exceeded") => ErrorKind::QuotaExceeded,
        401 => ErrorKind::Unauthorized,
        402 => ErrorKind::PaymentRequired,
        403 => ErrorKind::Forbidden,
        404 | 410 => ErrorKind::NotFound,
        409 => ErrorKind::Conflict,
        408 | 423 | 425 | 500..=599 => ErrorKind::Unavailable,
        400..=499 => ErrorKind::Invalid,
        _ => ErrorKind::Malformed,
    }
}

/// The machine's word for an error: `error` or `err`, or none.
pub(crate) fn code(body: &Value) -> Option<&str> {
    ["/error/code", "/err/code", "/code"]
        .iter()
        .find_map(|at| text(body, at))
}

/// The human word for it.
fn message(body: &Value) -> Option<&str> {
    [
        "/error/message",
        "/err/message",
        "/errors/0/message",
        "/message",
        "/error",
    ]
    .iter()
    .find_map(|at| text(body, at))
    .map(|message| message.trim_end_matches('.'))
}

/// A text that is there and not empty.
pub(crate) fn text<'v>(value: &'v Value, pointer: &str) -> Option<&'v str> {
    value
        .pointer(pointer)
        .and_then(Value::as_str)
        .filter(|text| !text.is_empty())
}
