//! How a step fails.

use std::time::Duration;

use domain::{Error, StepError};
use providers::{ErrorKind, ProviderError};

/// A step that did not do what it should.
#[derive(Debug, thiserror::Error)]
pub enum StepFailure {
    /// An outside service refused or failed.
    #[error(transparent)]
    Provider(#[from] ProviderError),
    /// Our own records or queues failed; always worth another try.
    #[error(transparent)]
    Record(#[from] Error),
    /// What is asked for cannot be had; trying again would not help.
    #[error("{message}")]
    Refused {
        /// A stable name for the kind of failure.
        code: &'static str,
        /// What happened and what to do.
        message: String,
    },
    /// The site does not work (yet).
    #[error("{0}")]
    Unhealthy(String),
}

impl StepFailure {
    /// Trying again would not help.
    pub fn refused(code: &'static str, message: impl Into<String>) -> Self {
        Self::Refused {
            code,
            message: message.into(),
        }
    }

    /// Might the same call succeed later?
    pub fn retryable(&self) -> bool {
        match self {
            Self::Provider(error) => error.kind().retryable(),
            Self::Record(_) | Self::Unhealthy(_) => true,
            Self::Refused { .. } => false,
        }
    }

    /// How long the service asked us to stay away.
    pub fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Provider(error) => match error.kind() {
                ErrorKind::RateLimited { retry_after } => *retry_after,
                _ => None,
            },
            Self::Record(_) | Self::Refused { .. } | Self::Unhealthy(_) => None,
        }
    }

    /// What the operation's record shows of it.
    pub fn shown(&self) -> StepError {
        let (code, message) = match self {
            Self::Provider(error) => (error.code(), error.public().to_owned()),
            Self::Record(_) => (
                "platform_busy",
                "The platform's own records were not available for a moment.".to_owned(),
            ),
            Self::Refused { code, message } => (*code, message.clone()),
            Self::Unhealthy(problem) => ("unhealthy", format!("The site's check fails: {problem}.")),
        };
        StepError {
            code: code.to_owned(),
            message,
            retryable: self.retryable(),
        }
    }
}
