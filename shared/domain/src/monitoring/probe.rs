//! What one check of a site found: facts only, no judgement.

use serde::{Deserialize, Serialize};

use super::health_answer::HealthAnswer;
use crate::Instant;

/// Why there was no answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Failure {
    /// The name is unknown, or its name servers do not answer.
    Dns,
    /// The name leads to an address that is not public.
    BlockedAddress,
    /// The address names a port other than 80 and 443.
    BlockedPort,
    /// Nothing listens there.
    Refused,
    /// There is no way to the address.
    Unreachable,
    /// No answer in time.
    Timeout,
    /// The connection ended before the answer did.
    Reset,
    /// The certificate has expired.
    CertificateExpired,
    /// The certificate is not valid yet.
    CertificateNotYetValid,
    /// The certificate was issued by nobody we trust; a self-signed one too.
    CertificateUntrusted,
    /// The certificate is for another name.
    CertificateForAnotherName,
    /// Any other failure of TLS.
    Tls,
    /// The answer is not HTTP/1.1.
    NotHttp,
    /// The answer is larger than we read.
    TooLarge,
    /// A redirect leads away from the site.
    RedirectOffSite,
    /// More redirects than we follow.
    TooManyRedirects,
    /// The fault is ours (out of sockets, say): it tells nothing of the site.
    Ourselves,
}

impl Failure {
    /// All of them. **Invariant:** the place in this list is the code in stored pages; new ones go to the end.
    pub const ALL: [Self; 17] = [
        Self::Dns,
        Self::BlockedAddress,
        Self::BlockedPort,
        Self::Refused,
        Self::Unreachable,
        Self::Timeout,
        Self::Reset,
        Self::CertificateExpired,
        Self::CertificateNotYetValid,
        Self::CertificateUntrusted,
        Self::CertificateForAnotherName,
        Self::Tls,
        Self::NotHttp,
        Self::TooLarge,
        Self::RedirectOffSite,
        Self::TooManyRedirects,
        Self::Ourselves,
    ];

    /// The code in stored pages.
    #[must_use]
    pub const fn code(self) -> u8 {
        self as u8
    }

    /// What happened, to be put after "the site" or "/api/health".
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::Dns => "cannot be found by its name (DNS)",
            Self::BlockedAddress => "leads to an address that is not public",
            Self::BlockedPort => "leads to a port other than 80 and 443",
            Self::Refused => "refuses connections",
            Self::Unreachable => "cannot be reached over the network",
            Self::Timeout => "does not answer in time",
            Self::Reset => "breaks the connection off",
            Self::CertificateExpired => "has an expired certificate",
            Self::CertificateNotYetValid => "has a certificate that is not valid yet",
            Self::CertificateUntrusted => "has a certificate that nobody trusts",
            Self::CertificateForAnotherName => "has a certificate for another name",
            Self::Tls => "does not get a TLS connection going",
            Self::NotHttp => "does not answer in HTTP",
            Self::TooLarge => "answers with more than can be read",
            Self::RedirectOffSite => "leads away to another site",
            Self::TooManyRedirects => "redirects without end",
            Self::Ourselves => "could not be checked",
        }
    }
}

/// How long the phases of the front page's answer took, in milliseconds. A phase that was not reached is `None`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Timings {
    /// Looking up the name.
    pub dns_ms: Option<u32>,
    /// Making the connection.
    pub connect_ms: Option<u32>,
    /// The TLS handshake.
    pub tls_ms: Option<u32>,
    /// From the request to the first byte of the last answer.
    pub first_byte_ms: Option<u32>,
    /// All of it, redirects included, until the front page's answer or the failure.
    pub total_ms: u32,
}

/// How the front page answered, after redirects on the site.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct FrontPage {
    /// The HTTP status.
    pub status: u16,
    /// It was asked for with GET, because HEAD got 405 or a condition needs its text.
    pub by_get: bool,
    /// So many redirects were followed.
    pub redirects: u8,
}

/// Whether the client's own condition on the content holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ConditionResult {
    /// It holds.
    Met,
    /// It does not.
    Unmet,
    /// There was no content to look at.
    Unknown,
}

/// What one check of a site found.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Probe {
    /// When it began.
    pub checked_at: Instant,
    /// The front page.
    pub front: Result<FrontPage, Failure>,
    /// `GET /api/health`; `None` when it was not asked because the site could not be reached.
    pub health: Option<Result<HealthAnswer, Failure>>,
    /// How long the front page took.
    pub timings: Timings,
    /// When the site's certificate ends; `None` without TLS.
    pub certificate_expires_at: Option<Instant>,
    /// The client's own condition; `None` when it has none.
    pub condition: Option<ConditionResult>,
}

impl Probe {
    /// A check that told nothing of the site, because the fault was ours.
    #[must_use]
    pub fn ours(checked_at: Instant) -> Self {
        Self {
            checked_at,
            front: Err(Failure::Ourselves),
            health: None,
            timings: Timings::default(),
            certificate_expires_at: None,
            condition: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_code_of_a_failure_is_its_place_in_the_list() {
        for (place, failure) in Failure::ALL.into_iter().enumerate() {
            assert_eq!(usize::from(failure.code()), place, "{failure:?}");
            assert!(!failure.words().is_empty());
        }
    }
}
