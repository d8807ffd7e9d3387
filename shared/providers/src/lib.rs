//! Every outside HTTP API: hosting, databases, source code, the client's own site.
//!
//! A client speaks one vendor's API as it is answered in reality: fields may be missing, unknown values appear, a 200 can be
//! an error, an answer can be lost. What the vendors answer was gathered from their schemas and their own clients; no live
//! service was reached, so facts that only a live run can settle are marked *unproven* where they are used.
//!
//! **Invariant:** nothing here sleeps, polls or tries again; the engine decides when. The one exception is the look-up by
//! which an `ensure_*` settles a call whose outcome is unknown.
//!
//! **Invariant:** a thing that was found by name is adopted only when it carries the client's mark.
//!
//! **Invariant:** no secret is in an error, a log line or a `Debug` text.

mod answer;
mod call;
pub mod database;
mod error;
pub mod github;
mod http;
pub mod railway;
pub mod site;
pub mod vercel;

pub use error::{ErrorKind, ProviderError};
pub use github::Source;
pub use http::{Http, HttpOptions};

/// Marks a thing at a provider as made by us for one client: the client's id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClientMark(String);

impl ClientMark {
    /// The mark of the client with this id.
    pub fn new(client_id: impl Into<String>) -> Self {
        Self(client_id.into())
    }

    /// The client's id.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A thing at a provider that bears our mark, for whichever client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Marked {
    /// Its id there.
    pub external_id: String,
    /// Its name there.
    pub external_name: String,
    /// Whose it is.
    pub mark: ClientMark,
}

/// How a thing that should be there is found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Presence {
    /// It is not there.
    Absent,
    /// It is there and bears the client's mark.
    Marked,
    /// It is there and does not bear it.
    Unmarked,
}
