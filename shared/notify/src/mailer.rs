//! Mail by way of Amazon SES.

use std::time::Duration;

use aws_sdk_ses::Client;
use aws_sdk_ses::config::Config;
use aws_sdk_ses::config::http::HttpResponse;
use aws_sdk_ses::config::retry::RetryConfig;
use aws_sdk_ses::config::timeout::TimeoutConfig;
use aws_sdk_ses::error::{BuildError, ProvideErrorMetadata, SdkError};
use aws_sdk_ses::operation::send_email::SendEmailError;
use aws_sdk_ses::types::{Body, Content, Destination, Message};
use secrecy::ExposeSecret;
use thiserror::Error;

use crate::Mail;

/// Sends mails from one address. No `Debug`: it names that address.
#[derive(Clone)]
pub struct Mailer {
    client: Client,
    sender: String,
}

/// The id that SES gives to a mail it has accepted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MessageId(String);

/// Why a mail was not accepted. Shows no address and keeps no source: SES repeats addresses in its own messages.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum MailError {
    /// More mails than the account may send now.
    #[error("the mail service asks for fewer mails ({code})")]
    Throttled {
        /// The service's own code for it.
        code: String,
    },
    /// This mail will never be accepted as it is.
    #[error("the mail service refuses this mail for good: {reason}")]
    Rejected {
        /// Why.
        reason: Rejection,
    },
    /// The service did not answer, is out of order, or does not let us in at the moment.
    #[error("the mail service cannot be used now: {why}")]
    Unavailable {
        /// What happened, in a few words of ours and the service's code.
        why: String,
    },
}

/// Why a mail will never be accepted.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Rejection {
    /// SES does not know the sender as ours or, in its sandbox, the recipient.
    #[error("the sender or the recipient is not verified")]
    Unverified,
    /// SES objects to the mail itself.
    #[error("{code}")]
    Refused {
        /// The service's own code for it.
        code: String,
    },
}

impl Mailer {
    /// A mailer that sends from `sender`.
    #[must_use]
    pub const fn new(client: Client, sender: String) -> Self {
        Self { client, sender }
    }

    /// Hands the mail to SES, with one request of 10 s at most.
    ///
    /// After [`MailError::Unavailable`] the mail may have been accepted all the same: who sends it again may send it twice.
    ///
    /// # Errors
    /// [`MailError`], which says by [`MailError::retryable`] whether trying again can help.
    pub async fn send(&self, mail: &Mail) -> Result<MessageId, MailError> {
        let sent = self
            .client
            .send_email()
            .source(self.sender.as_str())
            .destination(Destination::builder().to_addresses(mail.to.as_str()).build())
            .message(message(mail)?)
            .customize()
            .config_override(one_request())
            .send()
            .await?;
        Ok(MessageId(sent.message_id))
    }
}

/// The SDK would repeat a request whose answer was lost, and the mail with it; the outbox knows better when to.
fn one_request() -> aws_sdk_ses::config::Builder {
    const PATIENCE: Duration = Duration::from_secs(10);
    Config::builder()
        .retry_config(RetryConfig::disabled())
        .timeout_config(TimeoutConfig::builder().operation_timeout(PATIENCE).build())
}

fn message(mail: &Mail) -> Result<Message, BuildError> {
    let body = Body::builder()
        .text(utf8(mail.text.expose_secret())?)
        .html(utf8(mail.html.expose_secret())?)
        .build();
    Ok(Message::builder().subject(utf8(&mail.subject)?).body(body).build())
}

fn utf8(text: &str) -> Result<Content, BuildError> {
    Content::builder().data(text).charset("UTF-8").build()
}

impl MessageId {
    /// The id as SES writes it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl MailError {
    /// Whether the same mail may be accepted later.
    #[must_use]
    pub const fn retryable(&self) -> bool {
        match self {
            Self::Throttled { .. } | Self::Unavailable { .. } => true,
            Self::Rejected { .. } => false,
        }
    }
}

impl From<BuildError> for MailError {
    fn from(_: BuildError) -> Self {
        Self::Rejected {
            reason: Rejection::Refused {
                code: "IncompleteMail".to_owned(),
            },
        }
    }
}

impl From<SdkError<SendEmailError, HttpResponse>> for MailError {
    fn from(error: SdkError<SendEmailError, HttpResponse>) -> Self {
        let unavailable = |why: &str| Self::Unavailable { why: why.to_owned() };
        match error {
            SdkError::ServiceError(answer) => said_no(answer.raw().status().as_u16(), answer.err()),
            SdkError::TimeoutError(_) => unavailable("no answer in time"),
            SdkError::DispatchFailure(_) => unavailable("no connection"),
            SdkError::ResponseError(_) => unavailable("an answer that cannot be read"),
            // Credentials that cannot be had are the usual cause.
            SdkError::ConstructionFailure(_) => unavailable("the request could not be made"),
            _ => unavailable("an error that the SDK did not have before"),
        }
    }
}

/// SES has answered, and the answer is no.
fn said_no(status: u16, error: &SendEmailError) -> MailError {
    let code = code(error);
    match error {
        SendEmailError::MailFromDomainNotVerifiedException(_) => {
            return MailError::Rejected {
                reason: Rejection::Unverified,
            };
        }
        SendEmailError::MessageRejected(rejected)
            if rejected.message().is_some_and(|why| why.contains("not verified")) =>
        {
            return MailError::Rejected {
                reason: Rejection::Unverified,
            };
        }
        // The mail is fine; somebody has to give the account its voice back.
        SendEmailError::AccountSendingPausedException(_)
        | SendEmailError::ConfigurationSetSendingPausedException(_) => {
            return MailError::Unavailable { why: code };
        }
        _ => {}
    }
    match (status, code.as_str()) {
        (429, _) | (_, "Throttling" | "ThrottlingException" | "TooManyRequestsException") => {
            MailError::Throttled { code }
        }
        // It is we who are refused, not the mail: a permission, a clock, credentials that ran out.
        (401 | 403 | 500.., _) | (_, "RequestExpired" | UNNAMED) => MailError::Unavailable { why: code },
        _ => MailError::Rejected {
            reason: Rejection::Refused { code },
        },
    }
}

/// What an answer without a code is called: a proxy's error page, say.
const UNNAMED: &str = "an error without a code";

/// The service's code, if it is one: letters and digits only, so that nothing else can slip into a log.
fn code(error: &SendEmailError) -> String {
    const LONGEST: usize = 64;
    match error.code() {
        Some(code) if code.len() <= LONGEST && code.chars().all(|c| c.is_ascii_alphanumeric()) => code.to_owned(),
        _ => UNNAMED.to_owned(),
    }
}
