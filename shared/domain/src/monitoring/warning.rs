//! What is wrong with a site that still serves its visitors.

use serde::{Deserialize, Serialize};

/// One kind of warning.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Warning {
    /// The front page takes longer than the limit.
    Slow,
    /// The site's process has used up most of its memory.
    Memory,
    /// The site says that its database works badly.
    Database,
    /// The site says of itself that it works badly.
    Degraded,
    /// The site answers 429: too many requests, perhaps ours.
    RateLimited,
    /// The certificate ends within the first limit (21 days).
    CertificateFirst,
    /// … the second (14 days).
    CertificateSecond,
    /// … the third (7 days).
    CertificateThird,
    /// … the last (1 day).
    CertificateLast,
    /// Uptime over 30 days is below the limit.
    LowUptime,
}

impl Warning {
    /// All of them. **Invariant:** the order is that of the bits in stored pages; new ones go to the end.
    pub const ALL: [Self; 10] = [
        Self::Slow,
        Self::Memory,
        Self::Database,
        Self::Degraded,
        Self::RateLimited,
        Self::CertificateFirst,
        Self::CertificateSecond,
        Self::CertificateThird,
        Self::CertificateLast,
        Self::LowUptime,
    ];

    /// So many of them, the first, come and go with the weather; the others are facts, true at first sight.
    pub const FICKLE: usize = 5;

    /// Those of the certificate, the farthest limit first.
    pub const CERTIFICATE: [Self; 4] = [
        Self::CertificateFirst,
        Self::CertificateSecond,
        Self::CertificateThird,
        Self::CertificateLast,
    ];

    /// The name, as in JSON.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Slow => "slow",
            Self::Memory => "memory",
            Self::Database => "database",
            Self::Degraded => "degraded",
            Self::RateLimited => "rate_limited",
            Self::CertificateFirst => "certificate_first",
            Self::CertificateSecond => "certificate_second",
            Self::CertificateThird => "certificate_third",
            Self::CertificateLast => "certificate_last",
            Self::LowUptime => "low_uptime",
        }
    }

    /// What it means, in words.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::Slow => "The site answers slowly",
            Self::Memory => "The site is short of memory",
            Self::Database => "The site's database works badly",
            Self::Degraded => "The site says that it works badly",
            Self::RateLimited => "The site answers 429 (too many requests)",
            Self::CertificateFirst | Self::CertificateSecond | Self::CertificateThird => "The certificate ends soon",
            Self::CertificateLast => "The certificate is about to end",
            Self::LowUptime => "Uptime over 30 days is too low",
        }
    }

    const fn bit(self) -> u16 {
        1 << (self as u16)
    }
}

/// A set of warnings.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(from = "Vec<Warning>", into = "Vec<Warning>")]
pub struct Warnings(u16);

impl Warnings {
    /// None.
    pub const NONE: Self = Self(0);

    /// The set with these bits; bits of no warning are dropped.
    #[must_use]
    pub const fn from_bits(bits: u16) -> Self {
        Self(bits & ((1 << Warning::ALL.len()) - 1))
    }

    /// One bit for each warning, in the order of [`Warning::ALL`].
    #[must_use]
    pub const fn bits(self) -> u16 {
        self.0
    }

    /// Is there none?
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Is this one among them?
    #[must_use]
    pub const fn contains(self, warning: Warning) -> bool {
        self.0 & warning.bit() != 0
    }

    /// With this one.
    #[must_use]
    pub const fn with(self, warning: Warning) -> Self {
        Self(self.0 | warning.bit())
    }

    /// Without this one.
    #[must_use]
    pub const fn without(self, warning: Warning) -> Self {
        Self(self.0 & !warning.bit())
    }

    /// Those that are not among the others.
    #[must_use]
    pub const fn less(self, others: Self) -> Self {
        Self(self.0 & !others.0)
    }

    /// One by one, in order.
    pub fn iter(self) -> impl Iterator<Item = Warning> {
        Warning::ALL.into_iter().filter(move |warning| self.contains(*warning))
    }
}

impl FromIterator<Warning> for Warnings {
    fn from_iter<I: IntoIterator<Item = Warning>>(warnings: I) -> Self {
        warnings.into_iter().fold(Self::NONE, Self::with)
    }
}

impl From<Vec<Warning>> for Warnings {
    fn from(warnings: Vec<Warning>) -> Self {
        warnings.into_iter().collect()
    }
}

impl From<Warnings> for Vec<Warning> {
    fn from(warnings: Warnings) -> Self {
        warnings.iter().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_warning_has_a_bit_of_its_own_in_the_order_of_the_list() {
        for (place, warning) in Warning::ALL.into_iter().enumerate() {
            assert_eq!(Warnings::NONE.with(warning).bits(), 1 << place, "{warning:?}");
        }
        let all: Warnings = Warning::ALL.into_iter().collect();
        assert_eq!(Warnings::from_bits(u16::MAX), all);
        assert_eq!(all.without(Warning::Slow).less(all), Warnings::NONE);
        assert_eq!(
            serde_json::to_string(&Warnings::NONE.with(Warning::LowUptime)).unwrap(),
            r#"["low_uptime"]"#
        );
    }
}
