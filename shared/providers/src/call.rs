//! One call: what is sent, and how it fails.

use std::time::Duration;

use reqwest::{
    Client, Method, RequestBuilder,
    header::{ACCEPT, CONTENT_TYPE},
};
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;
use url::Url;

use crate::{
    answer::{Answer, text},
    error::{ErrorKind, ProviderError},
};

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
            "{} cannot be used: {setting} is not set, or not usable. Set it and try again.",
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
        if error.is_builder() {
            // A token with a line break in it, as a rule.
            let setting = self.service.token_setting;
            return self
                .service
                .not_configured(self.operation, setting)
                .caused_by(error.without_url());
        }
        let (kind, text) = if error.is_connect() {
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
}
