//! What the platform tells people, and how it reaches them: the welcome mail, what the audit found, and alerts; by SES, Slack,
//! PagerDuty, Twilio and webhooks.
//!
//! **Invariant:** a text and its HTML are two renderings of one letter, so they never say different things.
//! **Invariant:** whatever a stranger wrote is escaped before it is HTML or a message of Slack.
//! **Invariant:** nothing here prints an address, a password, a key or a body: not `Debug`, not an error.
//! **Invariant:** one call of [`Mailer::send`] or of a channel is at most one request; whether to try again is the outbox's decision.
//! **Invariant:** no connection goes to an address that is not public; this machine is an exception that somebody configures.

mod drift;
mod error;
mod language;
mod letter;
mod mail;
mod mailer;
mod outside;
mod pagerduty;
mod slack;
mod telling;
mod twilio;
mod webhook;
mod welcome;

pub use drift::DriftMail;
pub use error::SendError;
pub use language::{Language, UnknownLanguage};
pub use mail::Mail;
pub use mailer::{MailError, Mailer, MessageId, Rejection};
pub use outside::Outside;
pub use pagerduty::PagerDuty;
pub use slack::Slack;
pub use telling::{Site, Telling};
pub use twilio::Twilio;
pub use webhook::{Webhook, signature};
pub use welcome::WelcomeMail;
