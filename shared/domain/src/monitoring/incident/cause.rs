//! What is wrong, and what those have in common with whom it is wrong.

use std::fmt;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    ClientId, DatabaseProvider, RolloutId,
    catalogue::TemplateId,
    monitoring::{
        check::Change,
        warning::{Warning, Warnings},
    },
};

/// How bad it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// The site works, but.
    Warning,
    /// It does not work.
    Critical,
}

impl Severity {
    /// All of them.
    pub const ALL: [Self; 2] = [Self::Warning, Self::Critical];

    /// The name, as in JSON.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Warning => "warning",
            Self::Critical => "critical",
        }
    }
}

/// What is wrong with a site. All limits of the certificate are one trouble, which grows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Trouble {
    /// It is down.
    Down,
    /// It answers slowly.
    Slow,
    /// It is short of memory.
    Memory,
    /// Its database works badly.
    Database,
    /// It says that it works badly.
    Degraded,
    /// It turns us away.
    RateLimited,
    /// Its certificate ends soon.
    Certificate,
    /// Its uptime over 30 days is too low.
    LowUptime,
}

impl Trouble {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::Down,
        Self::Slow,
        Self::Memory,
        Self::Database,
        Self::Degraded,
        Self::RateLimited,
        Self::Certificate,
        Self::LowUptime,
    ];

    /// The trouble that a warning is about.
    #[must_use]
    pub const fn of(warning: Warning) -> Self {
        match warning {
            Warning::Slow => Self::Slow,
            Warning::Memory => Self::Memory,
            Warning::Database => Self::Database,
            Warning::Degraded => Self::Degraded,
            Warning::RateLimited => Self::RateLimited,
            Warning::CertificateFirst
            | Warning::CertificateSecond
            | Warning::CertificateThird
            | Warning::CertificateLast => Self::Certificate,
            Warning::LowUptime => Self::LowUptime,
        }
    }

    /// How bad it is.
    #[must_use]
    pub const fn severity(self) -> Severity {
        match self {
            Self::Down => Severity::Critical,
            Self::Slow
            | Self::Memory
            | Self::Database
            | Self::Degraded
            | Self::RateLimited
            | Self::Certificate
            | Self::LowUptime => Severity::Warning,
        }
    }

    /// The name, as in JSON.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Down => "down",
            Self::Slow => "slow",
            Self::Memory => "memory",
            Self::Database => "database",
            Self::Degraded => "degraded",
            Self::RateLimited => "rate_limited",
            Self::Certificate => "certificate",
            Self::LowUptime => "low_uptime",
        }
    }
}

/// What a site may have in common with others.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Traits {
    /// Who hosts it.
    pub provider: String,
    /// The template and version that runs.
    pub template_version: Option<String>,
    /// The rollout that last touched it.
    pub rollout: Option<String>,
}

impl Traits {
    /// Of a client with these.
    #[must_use]
    pub fn new(
        database: DatabaseProvider,
        template: TemplateId,
        version: Option<&str>,
        rollout: Option<&RolloutId>,
    ) -> Self {
        Self {
            // Everything of ours is hosted by Vercel; what differs is who holds the database.
            provider: format!("vercel + {}", database.name()),
            template_version: version.map(|version| format!("{} {version}", template.as_str())),
            rollout: rollout.map(ToString::to_string),
        }
    }
}

/// What the sites of an incident have in common.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Cause {
    /// The rollout.
    Rollout(String),
    /// The template and version.
    TemplateVersion(String),
    /// The provider.
    Provider(String),
    /// It is one site.
    Site(ClientId),
}

impl Cause {
    /// All that a site has, the narrowest first.
    pub(super) fn of(traits: &Traits) -> impl Iterator<Item = Self> + use<> {
        let rollout = traits.rollout.clone().map(Self::Rollout);
        let version = traits.template_version.clone().map(Self::TemplateVersion);
        let provider = Self::Provider(traits.provider.clone());
        rollout.into_iter().chain(version).chain([provider])
    }

    /// Does a site have it?
    #[must_use]
    pub fn fits(&self, client: &ClientId, traits: &Traits) -> bool {
        match self {
            Self::Rollout(rollout) => traits.rollout.as_ref() == Some(rollout),
            Self::TemplateVersion(version) => traits.template_version.as_ref() == Some(version),
            Self::Provider(provider) => traits.provider == *provider,
            Self::Site(site) => site == client,
        }
    }
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Rollout(rollout) => write!(f, "rollout {rollout}"),
            Self::TemplateVersion(version) => write!(f, "template version {version}"),
            Self::Provider(provider) => write!(f, "provider {provider}"),
            Self::Site(site) => write!(f, "site {site}"),
        }
    }
}

/// What is new about one site.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum News {
    /// This trouble began, or grew.
    Begun(Trouble),
    /// It is over.
    Over(Trouble),
}

impl News {
    /// What a change means for incidents; `left` are the warnings that the site still has after it.
    #[must_use]
    pub fn of(change: Change, left: Warnings) -> Vec<Self> {
        let troubles = |warnings: Warnings| {
            let mut troubles: Vec<Trouble> = warnings.iter().map(Trouble::of).collect();
            troubles.dedup();
            troubles
        };
        match change {
            Change::Alert(..) => vec![Self::Begun(Trouble::Down)],
            Change::Resolve => vec![Self::Over(Trouble::Down)],
            Change::Warned(warnings) => troubles(warnings).into_iter().map(Self::Begun).collect(),
            Change::Cleared(warnings) => {
                let left = troubles(left);
                let over = troubles(warnings).into_iter().filter(|trouble| !left.contains(trouble));
                over.map(Self::Over).collect()
            }
            Change::Down(_) | Change::Up(_) | Change::Unknown | Change::Known => Vec::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_certificate_is_one_trouble_until_none_of_its_limits_is_left() {
        let limits = |count| Warning::CERTIFICATE.into_iter().take(count).collect::<Warnings>();
        let news = |change, left| News::of(change, left);
        assert_eq!(
            news(Change::Warned(limits(2)), limits(2)),
            [News::Begun(Trouble::Certificate)]
        );
        let nearest = limits(3).less(limits(2));
        assert_eq!(news(Change::Cleared(nearest), limits(2)), []);
        assert_eq!(
            news(Change::Cleared(limits(3)), Warnings::NONE),
            [News::Over(Trouble::Certificate)]
        );
    }

    #[test]
    fn every_warning_has_its_trouble_and_only_down_is_critical() {
        for warning in Warning::ALL {
            assert_eq!(Trouble::of(warning).severity(), Severity::Warning);
        }
        assert_eq!(Trouble::Down.severity(), Severity::Critical);
    }
}
