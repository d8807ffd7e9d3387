//! What an answer means.

use std::time::Duration;

use reqwest::header::{DATE, HeaderMap, RETRY_AFTER};
use serde_json::Value;

use crate::{
    call::{Call, Service},
    error::{ErrorKind, ProviderError},
};

/// Stay away this long when the service does not say; the vendors' own clients do the same.
const RETRY_DEFAULT: Duration = Duration::from_secs(5);
const RETRY_SHORTEST: Duration = Duration::from_secs(1);
const RETRY_LONGEST: Duration = Duration::from_secs(60);
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

impl Call<'_> {
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
