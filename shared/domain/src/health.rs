//! One look at a client's site.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{HealthStatus, Instant};

/// What one look at a client's site found.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct HealthReport {
    /// The verdict.
    pub status: HealthStatus,
    /// When.
    pub checked_at: Instant,
    /// What is wrong, in words.
    pub problem: Option<String>,
    /// HTTP status of the home page.
    pub status_code: Option<u16>,
    /// Time to the home page's answer, in milliseconds.
    pub response_time_ms: u64,
    /// The site reached its database.
    pub database_healthy: Option<bool>,
    /// Time of the site's own query, in milliseconds.
    pub database_latency_ms: Option<f64>,
    /// Memory in use, in bytes.
    pub memory_used_bytes: Option<u64>,
    /// Memory there is, in bytes.
    pub memory_total_bytes: Option<u64>,
    /// The version that runs.
    pub version: Option<String>,
}

impl HealthReport {
    /// Slower than this is a warning.
    pub const SLOW_MS: u64 = 3000;

    /// The verdict on what was seen: `problem` is what makes the site unusable.
    #[must_use]
    pub const fn verdict(
        problem: Option<&str>,
        response_time_ms: u64,
        memory_used: Option<u64>,
        memory_total: Option<u64>,
    ) -> HealthStatus {
        if problem.is_some() {
            return HealthStatus::Critical;
        }
        let memory_is_short = match (memory_used, memory_total) {
            (Some(used), Some(total)) => used > total / 10 * 9,
            _ => false,
        };
        if response_time_ms > Self::SLOW_MS || memory_is_short {
            HealthStatus::Warning
        } else {
            HealthStatus::Healthy
        }
    }
}
