//! How a call to an outside service fails.

use std::{error::Error, time::Duration};

/// What kind of failure it is; decides whether another try can help.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ErrorKind {
    /// Too many calls; nothing happened.
    RateLimited {
        /// How long to stay away, 1 to 60 s.
        retry_after: Option<Duration>,
    },
    /// The service fails (5xx), or could not be reached at all.
    Unavailable,
    /// A write was sent and its answer never came or cannot be read: look before writing again.
    OutcomeUnknown,
    /// The credentials are not accepted.
    Unauthorized,
    /// The credentials do not allow this.
    Forbidden,
    /// There is no such thing.
    NotFound,
    /// The name or thing is taken, or in a state that does not allow this.
    Conflict,
    /// The service does not accept what was sent.
    Invalid,
    /// The account must be paid for first.
    PaymentRequired,
    /// The account's plan does not allow more.
    QuotaExceeded,
    /// The answer to a read cannot be understood.
    Malformed,
    /// It was found, and is not ours: it carries no mark of this client.
    Foreign,
    /// A setting that this call needs is missing or unusable.
    NotConfigured {
        /// The setting's name.
        setting: &'static str,
    },
    /// What was being built ended in failure.
    BuildFailed,
}

impl ErrorKind {
    /// Might the same call succeed later, without anybody changing anything?
    pub const fn retryable(&self) -> bool {
        match self {
            // A malformed answer is, as a rule, the page of a proxy that is in trouble itself.
            Self::RateLimited { .. } | Self::Unavailable | Self::OutcomeUnknown | Self::Malformed => true,
            Self::Unauthorized
            | Self::Forbidden
            | Self::NotFound
            | Self::Conflict
            | Self::Invalid
            | Self::PaymentRequired
            | Self::QuotaExceeded
            | Self::Foreign
            | Self::NotConfigured { .. }
            | Self::BuildFailed => false,
        }
    }

    /// A stable name in snake case.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::RateLimited { .. } => "rate_limited",
            Self::Unavailable => "unavailable",
            Self::OutcomeUnknown => "outcome_unknown",
            Self::Unauthorized => "unauthorized",
            Self::Forbidden => "forbidden",
            Self::NotFound => "not_found",
            Self::Conflict => "conflict",
            Self::Invalid => "invalid",
            Self::PaymentRequired => "payment_required",
            Self::QuotaExceeded => "quota_exceeded",
            Self::Malformed => "malformed",
            Self::Foreign => "foreign",
            Self::NotConfigured { .. } => "not_configured",
            Self::BuildFailed => "build_failed",
        }
    }
}

/// A call that failed: a text that may be shown to anybody, and the cause for the log.
#[derive(Debug, thiserror::Error)]
#[error("{public}")]
pub struct ProviderError {
    provider: &'static str,
    operation: &'static str,
    kind: ErrorKind,
    public: String,
    source: Option<Box<dyn Error + Send + Sync>>,
}

/// A public text is not longer than this.
const PUBLIC_CHARACTERS: usize = 500;

impl ProviderError {
    /// `public` must hold no secret; [`crate::call::Call::failed`] sees to that.
    pub(crate) fn new(
        provider: &'static str,
        operation: &'static str,
        kind: ErrorKind,
        public: impl Into<String>,
    ) -> Self {
        let mut public: String = public.into();
        if public.chars().count() > PUBLIC_CHARACTERS {
            public = public.chars().take(PUBLIC_CHARACTERS - 1).chain(['…']).collect();
        }
        Self {
            provider,
            operation,
            kind,
            public,
            source: None,
        }
    }

    pub(crate) fn caused_by(mut self, source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        self.source = Some(source.into());
        self
    }

    pub(crate) fn with_kind(mut self, kind: ErrorKind) -> Self {
        self.kind = kind;
        self
    }

    /// The service: `vercel`, `railway`, `github`, `site`.
    pub const fn provider(&self) -> &'static str {
        self.provider
    }

    /// What was asked of it, in the words of the sandbox's fault list: `create_project`.
    pub const fn operation(&self) -> &'static str {
        self.operation
    }

    /// What kind of failure it is.
    pub const fn kind(&self) -> &ErrorKind {
        &self.kind
    }

    /// There is no such thing.
    pub fn is_not_found(&self) -> bool {
        self.kind == ErrorKind::NotFound
    }

    /// May the call have had its effect all the same? A 5xx can come after the effect, too.
    pub(crate) const fn may_have_worked(&self) -> bool {
        matches!(self.kind, ErrorKind::OutcomeUnknown | ErrorKind::Unavailable)
    }

    /// What happened and what to do, for anybody to read; at most 500 characters.
    pub fn public(&self) -> &str {
        &self.public
    }

    /// A stable name of the kind, in snake case.
    pub const fn code(&self) -> &'static str {
        self.kind.code()
    }
}
