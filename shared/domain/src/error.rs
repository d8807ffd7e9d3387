//! The one semantic error of the product.

use std::{error::Error as StdError, fmt};

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What kind of refusal or failure it is; the HTTP status and the `code` of the answer follow from it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Code {
    /// The body is not JSON.
    MalformedJson,
    /// A value breaks a rule; `field` says which.
    Invalid,
    /// A query parameter or header cannot be read.
    InvalidQuery,
    /// The body is larger than allowed.
    TooLarge,
    /// The method is not known at this path.
    MethodNotAllowed,
    /// The body is not declared as JSON.
    UnsupportedMediaType,
    /// There is no such thing.
    NotFound,
    /// The caller's role does not allow it.
    Forbidden,
    /// The domain label belongs to another client.
    DomainTaken,
    /// The same Idempotency-Key came with another body.
    IdempotencyKeyReused,
    /// Another operation runs for the client.
    OperationRunning,
    /// The command is not allowed in the client's state.
    WrongState,
    /// The record changed since it was read.
    RevisionMismatch,
    /// The change needs something that this platform cannot do yet or is not configured for.
    NotAvailable,
    /// A service underneath is overloaded; trying again helps.
    Busy,
    /// Our own fault.
    Internal,
}

/// What happened and what to do next, for the caller; and the cause, for the log.
///
/// **Invariant:** `Display` shows the public half only.
pub struct Error {
    code: Code,
    message: String,
    field: Option<String>,
    source: Option<Box<dyn StdError + Send + Sync>>,
}

impl Error {
    /// An error with a sentence for the caller: what is wrong and what would be right.
    pub fn new(code: Code, message: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
            field: None,
            source: None,
        }
    }

    /// A value that breaks a rule.
    pub fn invalid(field: impl Into<String>, message: impl Into<String>) -> Self {
        Self {
            field: Some(field.into()),
            ..Self::new(Code::Invalid, message)
        }
    }

    /// Our own fault; the cause goes to the log only.
    pub fn internal(source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        Self {
            source: Some(source.into()),
            ..Self::new(
                Code::Internal,
                "Something went wrong on our side. Try again; if it stays, give the request id to the platform's operator.",
            )
        }
    }

    /// A service underneath is overloaded.
    pub fn busy(source: impl Into<Box<dyn StdError + Send + Sync>>) -> Self {
        Self {
            source: Some(source.into()),
            ..Self::new(Code::Busy, "The platform is busy. Try again in a few seconds.")
        }
    }

    /// There is no such thing.
    pub fn not_found(what: &str, id: &str) -> Self {
        Self::new(Code::NotFound, format!("There is no {what} {}.", quoted(id)))
    }

    /// Names the field it is about.
    #[must_use]
    pub fn at(mut self, field: impl Into<String>) -> Self {
        self.field = Some(field.into());
        self
    }

    /// What kind it is.
    #[must_use]
    pub const fn code(&self) -> Code {
        self.code
    }

    /// The sentence for the caller.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.message
    }

    /// The field it is about.
    #[must_use]
    pub fn field(&self) -> Option<&str> {
        self.field.as_deref()
    }

    /// The whole chain of causes, for the log.
    #[must_use]
    pub fn chain(&self) -> String {
        let mut text = String::new();
        let mut cause = self.source();
        while let Some(error) = cause {
            if !text.is_empty() {
                text.push_str(": ");
            }
            text.push_str(&error.to_string());
            cause = error.source();
        }
        text
    }
}

/// A caller's text inside one of our sentences: bounded, without control characters.
#[must_use]
pub fn quoted(text: &str) -> String {
    let shown: String = text
        .chars()
        .take(60)
        .map(|c| if c.is_control() { '\u{fffd}' } else { c })
        .collect();
    let more = if text.chars().nth(60).is_some() { "…" } else { "" };
    format!("\"{shown}{more}\"")
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}: {}", self.code, self.message)
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.source.as_deref().map(|source| source as &(dyn StdError + 'static))
    }
}
