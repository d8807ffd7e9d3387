//! What the platform tells people, and how it reaches them: the welcome mail, and what the audit found; sent through SES.
//!
//! **Invariant:** a text and its HTML are two renderings of one letter, so they never say different things.
//! **Invariant:** whatever a stranger wrote is escaped before it is HTML.
//! **Invariant:** nothing here prints an address, a password or a body: not `Debug`, not an error.
//! **Invariant:** one call of [`Mailer::send`] is at most one request; whether to try again is the outbox's decision.

mod drift;
mod language;
mod letter;
mod mail;
mod mailer;
mod welcome;

pub use drift::DriftMail;
pub use language::{Language, UnknownLanguage};
pub use mail::Mail;
pub use mailer::{MailError, Mailer, MessageId, Rejection};
pub use welcome::WelcomeMail;
