//! The verdict on one check.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{
    health_answer::Claim,
    probe::{ConditionResult, Failure, Probe},
    warning::{Warning, Warnings},
};
use crate::{HealthReport, HealthStatus};

/// What makes a site unusable, or as good as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Critical {
    /// The front page gave no answer.
    Unreachable(Failure),
    /// The front page answered with this status.
    FrontPage(u16),
    /// `/api/health` gave no answer.
    HealthUnreachable(Failure),
    /// `/api/health` answered with this status.
    HealthStatus(u16),
    /// `/api/health` answered, but not with a JSON object that says how the site is.
    HealthUnreadable,
    /// The site says that it does not work.
    Failing,
    /// The site says that it cannot use its database.
    Database,
    /// The client's own condition on the content does not hold.
    Condition,
}

impl Critical {
    /// What is wrong, in words.
    #[must_use]
    pub fn words(self) -> String {
        match self {
            Self::Unreachable(failure) => format!("The site {}", failure.words()),
            Self::FrontPage(status) => format!("The front page answers {status}"),
            Self::HealthUnreachable(failure) => format!("/api/health {}", failure.words()),
            Self::HealthStatus(status) => format!("/api/health answers {status}"),
            Self::HealthUnreadable => "/api/health does not say in JSON how the site is".to_owned(),
            Self::Failing => "The site says that it does not work".to_owned(),
            Self::Database => "The site cannot use its database".to_owned(),
            Self::Condition => "The site's content is not as expected".to_owned(),
        }
    }
}

/// The verdict on one check.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Finding {
    /// Nothing is wrong.
    Healthy,
    /// It works, but.
    Warning(Warnings),
    /// It does not work.
    Critical(Critical),
    /// The check tells nothing of the site: the fault is ours.
    Inconclusive,
}

impl Finding {
    /// The same as one of the four words that the API knows.
    #[must_use]
    pub const fn status(self) -> HealthStatus {
        match self {
            Self::Healthy => HealthStatus::Healthy,
            Self::Warning(_) => HealthStatus::Warning,
            Self::Critical(_) => HealthStatus::Critical,
            Self::Inconclusive => HealthStatus::Unknown,
        }
    }

    /// What is wrong, in words; the first thing when there are several.
    #[must_use]
    pub fn problem(self) -> Option<String> {
        match self {
            Self::Healthy => None,
            // The nearest of the certificate's limits stands last and says the most.
            Self::Warning(warnings) => warnings.iter().last().map(|warning| warning.words().to_owned()),
            Self::Critical(reason) => Some(reason.words()),
            Self::Inconclusive => Some("The site could not be checked".to_owned()),
        }
    }
}

/// From when on something is a warning. The default is the platform's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct Thresholds {
    /// The front page takes longer than this, in milliseconds.
    pub slow_ms: u32,
    /// More than this part of the memory is in use.
    pub memory_percent: u8,
    /// The certificate ends within so many days; the farthest first.
    pub certificate_days: [u16; 4],
    /// Uptime over 30 days is below this many percent.
    pub uptime_percent: u8,
}

impl Default for Thresholds {
    fn default() -> Self {
        Self {
            slow_ms: 3000,
            memory_percent: 90,
            certificate_days: [21, 14, 7, 1],
            uptime_percent: 99,
        }
    }
}

/// What is known from before and cannot be seen in one check.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Known {
    /// Uptime over 30 days is below its limit.
    pub low_uptime: bool,
}

/// The verdict on one check.
#[must_use]
pub fn judge(probe: &Probe, thresholds: &Thresholds, known: Known) -> Finding {
    let front = match probe.front {
        Ok(front) => front,
        Err(Failure::Ourselves) => return Finding::Inconclusive,
        Err(failure) => return Finding::Critical(Critical::Unreachable(failure)),
    };
    let limited = front.status == 429;
    if !limited && !(200..300).contains(&front.status) {
        return Finding::Critical(Critical::FrontPage(front.status));
    }
    let said = match judge_health(probe) {
        Ok(warnings) => warnings,
        Err(Some(reason)) => return Finding::Critical(reason),
        Err(None) => return Finding::Inconclusive,
    };
    if probe.condition == Some(ConditionResult::Unmet) {
        return Finding::Critical(Critical::Condition);
    }
    let slow = probe.timings.total_ms > thresholds.slow_ms;
    let warnings: Warnings = [
        (slow, Warning::Slow),
        (memory_is_short(probe, thresholds), Warning::Memory),
        (limited, Warning::RateLimited),
        (known.low_uptime, Warning::LowUptime),
    ]
    .into_iter()
    .filter_map(|(so, warning)| so.then_some(warning))
    .chain(said.iter())
    .chain(certificate_warnings(probe, thresholds))
    .collect();
    if warnings.is_empty() {
        Finding::Healthy
    } else {
        Finding::Warning(warnings)
    }
}

/// What the health endpoint adds: warnings, a reason for critical, or (`None`) that it could not be asked.
fn judge_health(probe: &Probe) -> Result<Warnings, Option<Critical>> {
    let answer = match &probe.health {
        Some(Ok(answer)) => answer,
        None | Some(Err(Failure::Ourselves)) => return Err(None),
        Some(Err(failure)) => return Err(Some(Critical::HealthUnreachable(*failure))),
    };
    if answer.status == 429 {
        return Ok(Warnings::NONE.with(Warning::RateLimited));
    }
    let database = answer.facts.as_ref().and_then(|facts| facts.database);
    if database == Some(Claim::Failing) {
        return Err(Some(Critical::Database));
    }
    if !(200..300).contains(&answer.status) {
        return Err(Some(Critical::HealthStatus(answer.status)));
    }
    let status = answer.facts.as_ref().and_then(|facts| facts.status);
    let warnings = match status {
        None => return Err(Some(Critical::HealthUnreadable)),
        Some(Claim::Failing) => return Err(Some(Critical::Failing)),
        Some(Claim::Ok) => Warnings::NONE,
        // A site that works badly because its database does has one trouble, not two.
        Some(Claim::Degraded) if database == Some(Claim::Degraded) => Warnings::NONE,
        Some(Claim::Degraded) => Warnings::NONE.with(Warning::Degraded),
    };
    Ok(match database {
        Some(Claim::Degraded) => warnings.with(Warning::Database),
        Some(Claim::Ok | Claim::Failing) | None => warnings,
    })
}

fn memory_is_short(probe: &Probe, thresholds: &Thresholds) -> bool {
    let facts = match &probe.health {
        Some(Ok(answer)) => answer.facts.as_ref(),
        Some(Err(_)) | None => None,
    };
    let bytes = facts.and_then(|facts| Some((facts.memory_used_bytes?, facts.memory_total_bytes?)));
    bytes.is_some_and(|(used, total)| {
        total > 0 && u128::from(used) * 100 > u128::from(total) * u128::from(thresholds.memory_percent)
    })
}

/// A certificate that ends within a nearer limit is within the farther ones too: each limit warns once.
fn certificate_warnings(probe: &Probe, thresholds: &Thresholds) -> impl Iterator<Item = Warning> {
    let left = probe.certificate_expires_at.map(|end| end.since(probe.checked_at));
    let limits = thresholds.certificate_days.into_iter().zip(Warning::CERTIFICATE);
    limits.filter_map(move |(days, warning)| {
        let limit = Duration::from_secs(u64::from(days) * 86_400);
        left.is_some_and(|left| left <= limit).then_some(warning)
    })
}

impl Probe {
    /// The check as the API shows it.
    #[must_use]
    pub fn report(&self, finding: Finding) -> HealthReport {
        let facts = match &self.health {
            Some(Ok(answer)) => answer.facts.as_ref(),
            Some(Err(_)) | None => None,
        };
        HealthReport {
            status: finding.status(),
            checked_at: self.checked_at,
            problem: finding.problem(),
            status_code: self.front.ok().map(|front| front.status),
            response_time_ms: u64::from(self.timings.total_ms),
            database_healthy: facts
                .and_then(|facts| facts.database)
                .map(|claim| claim != Claim::Failing),
            database_latency_ms: facts.and_then(|facts| facts.database_latency_ms),
            memory_used_bytes: facts.and_then(|facts| facts.memory_used_bytes),
            memory_total_bytes: facts.and_then(|facts| facts.memory_total_bytes),
            version: facts.and_then(|facts| facts.version.clone()),
        }
    }
}
