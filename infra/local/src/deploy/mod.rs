//! Brings up through the AWS SDK what the template declares and is not there yet: the embedded AWS and any other are given
//! the same calls.
//!
//! **Invariant:** what is there keeps its content; a table that is there with other keys or indexes stops the start.

mod definition;
mod queues;
mod secrets;
mod sender;
mod tables;

use std::{error::Error, fmt::Write as _};

use aws_config::SdkConfig;
use aws_sdk_secretsmanager::error::{ProvideErrorMetadata, SdkError};

pub use secrets::Secrets;

use crate::template::{Place, Stack, model::Secret};

/// What a new secret holds.
pub type Fill<'a> = dyn Fn(&Secret) -> Result<String, String> + Sync + 'a;

/// Why something of the template is not there.
#[derive(Debug, thiserror::Error)]
pub enum DeployError {
    /// AWS refused, or does not answer.
    #[error("{what} cannot be had: {why}")]
    Refused {
        /// What was asked for.
        what: String,
        /// What AWS says.
        why: String,
    },
    /// A table is there already and has other keys or indexes.
    #[error("table {0} has other keys or indexes than the template; delete it, or start with an empty data directory")]
    Changed(String),
    /// AWS says that it made something, and it does not become usable.
    #[error("table {0} is not active after {1} seconds; look at it in AWS, then start again")]
    Slow(String, u64),
    /// Something in the template or in an answer is not as it should be.
    #[error("{what}: {why}")]
    Malformed {
        /// Where.
        what: String,
        /// What is wrong.
        why: String,
    },
}

impl DeployError {
    fn refused<E, R>(what: impl Into<String>, error: &SdkError<E, R>) -> Self
    where
        E: Error + ProvideErrorMetadata + 'static,
        R: std::fmt::Debug + 'static,
    {
        Self::Refused {
            what: what.into(),
            why: said(error),
        }
    }

    fn malformed(what: impl Into<String>, why: impl Into<String>) -> Self {
        Self::Malformed {
            what: what.into(),
            why: why.into(),
        }
    }
}

/// Makes what is not there: queues, tables, secrets, and the identity of the sender. Answers how AWS calls them.
/// `fill` says what a new secret holds.
///
/// # Errors
/// AWS refuses something, does not answer, or has something else under a name of the template.
pub async fn deploy(
    stack: &Stack,
    sender: &str,
    place: &Place,
    sdk: &SdkConfig,
    fill: &Fill<'_>,
) -> Result<Place, DeployError> {
    let mut made = place.clone();
    let (queues, tables, secrets, identity) = tokio::join!(
        queues::create(stack, sdk),
        tables::create(stack, sdk),
        secrets::create(stack, sdk, fill),
        sender::verify(sender, sdk),
    );
    made.queues = queues?;
    tables?;
    made.secrets = secrets?;
    identity?;
    // All is in one account; a queue's ARN names it.
    let arn = made.queues.values().next().map(|queue| queue.arn.as_str());
    if let Some(account) = arn.and_then(|arn| arn.split(':').nth(4)) {
        made.account = account.to_owned();
    }
    Ok(made)
}

/// What AWS says in a refusal, or why there is no answer.
fn said<E, R>(error: &SdkError<E, R>) -> String
where
    E: Error + ProvideErrorMetadata + 'static,
    R: std::fmt::Debug + 'static,
{
    if let SdkError::ServiceError(_) = error
        && let Some(code) = error.code()
    {
        return format!("{code}: {}", error.message().unwrap_or("without a reason"));
    }
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        // Writing to a text cannot fail.
        let _ = write!(text, ": {error}");
        source = error.source();
    }
    text
}
