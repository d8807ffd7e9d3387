//! Why a channel did not take a message.

use std::time::Duration;

use thiserror::Error;

use crate::MailError;

/// Why a channel did not take a message. Shows no address, no key and nothing that the service wrote beyond a short code.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum SendError {
    /// The service wants fewer messages.
    #[error("{service} asks for fewer messages")]
    RateLimited {
        /// Which service.
        service: &'static str,
        /// It says when to come back.
        retry_after: Option<Duration>,
    },
    /// The service does not know us, until somebody gives the channel other secrets.
    #[error("{service} does not accept the channel's credentials (HTTP {status})")]
    Unauthorized {
        /// Which service.
        service: &'static str,
        /// Its answer.
        status: u16,
    },
    /// The message will never be taken as it is.
    #[error("{service} refuses it for good: {why}")]
    Refused {
        /// Which service.
        service: &'static str,
        /// Why, in a few words.
        why: String,
    },
    /// The service did not answer or is out of order.
    #[error("{service} cannot be used now: {why}")]
    Unavailable {
        /// Which service.
        service: &'static str,
        /// What happened, in a few words.
        why: String,
        /// It may have taken the message all the same.
        unsure: bool,
    },
}

impl SendError {
    /// May the same message be taken later, without anybody doing something?
    #[must_use]
    pub const fn passes(&self) -> bool {
        match self {
            Self::RateLimited { .. } | Self::Unavailable { .. } => true,
            Self::Unauthorized { .. } | Self::Refused { .. } => false,
        }
    }

    /// May it be taken later, if somebody mends the channel?
    #[must_use]
    pub const fn retryable(&self) -> bool {
        match self {
            Self::RateLimited { .. } | Self::Unavailable { .. } | Self::Unauthorized { .. } => true,
            Self::Refused { .. } => false,
        }
    }

    /// When the service wants us back.
    #[must_use]
    pub const fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::RateLimited { retry_after, .. } => *retry_after,
            Self::Unauthorized { .. } | Self::Refused { .. } | Self::Unavailable { .. } => None,
        }
    }

    /// May the service have taken the message all the same?
    #[must_use]
    pub const fn unsure(&self) -> bool {
        match self {
            Self::Unavailable { unsure, .. } => *unsure,
            Self::RateLimited { .. } | Self::Unauthorized { .. } | Self::Refused { .. } => false,
        }
    }
}

impl From<MailError> for SendError {
    fn from(error: MailError) -> Self {
        let service = "SES";
        match error {
            MailError::Throttled { .. } => Self::RateLimited {
                service,
                retry_after: None,
            },
            MailError::Rejected { reason } => Self::Refused {
                service,
                why: reason.to_string(),
            },
            MailError::Unavailable { why } => Self::Unavailable {
                service,
                unsure: why == "no answer in time",
                why,
            },
        }
    }
}
