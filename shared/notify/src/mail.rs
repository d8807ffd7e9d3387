//! A mail that is ready to be sent.

use std::fmt;

use secrecy::SecretString;

/// A mail that is ready to be sent. Its body may hold a password, and its address belongs to a person: `Debug` shows neither.
#[derive(Clone)]
pub struct Mail {
    /// The address it goes to.
    pub to: String,
    /// The subject, on one line.
    pub subject: String,
    /// The body as plain text.
    pub text: SecretString,
    /// The body as HTML, everything in it escaped.
    pub html: SecretString,
}

impl fmt::Debug for Mail {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Mail")
            .field("subject", &self.subject)
            .finish_non_exhaustive()
    }
}
