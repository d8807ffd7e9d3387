//! What is answered of a client's health. Every field is always there, `null` when unknown.

use domain::{
    ClientId, HealthStatus, Instant,
    monitoring::{DayRollUp, Latency, Span, Tally, Uptime},
};
use serde::Serialize;
use store::Past;
use utoipa::ToSchema;

use super::problem;

/// How a client's site is doing, and how it has been.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ClientHealth {
    /// Whose.
    pub client_id: ClientId,
    /// The verdict: what is certain after several checks.
    pub status: HealthStatus,
    /// When it was last looked at.
    pub last_health_check: Option<Instant>,
    /// Successful checks of the last 30 days, in percent.
    pub uptime_percentage: Option<f64>,
    /// The last look.
    pub current: Option<CurrentHealth>,
    /// When its certificate ends, as last seen; `null` without TLS.
    pub certificate_expires_at: Option<Instant>,
    /// Over 24 hours, 7, 30 and 90 days.
    pub uptime: [Uptime; 4],
    /// How long answers took in the last 24 hours.
    pub latency: Option<Latency>,
    /// Checks of the last hours, newest first.
    pub history: Vec<PastCheck>,
    /// Days that are over, in order.
    pub days: Vec<DayHealth>,
    /// When it was in maintenance in the last 30 days: such checks count neither way.
    pub maintenance: Vec<Span>,
}

/// What the last look found. What a site says of itself is kept once an hour.
#[derive(Debug, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct CurrentHealth {
    /// The verdict on this one look.
    pub status: HealthStatus,
    /// When.
    pub checked_at: Instant,
    /// What is wrong, in words.
    pub problem: Option<String>,
    /// HTTP status of the home page; of a page that works, the one that was noted last.
    pub status_code: Option<u16>,
    /// Time to the home page's answer, in milliseconds; `null` when there was none.
    pub response_time_ms: Option<u64>,
    /// When the site said what follows.
    pub details_at: Option<Instant>,
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

/// A check of the past.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct PastCheck {
    /// When.
    pub at: Instant,
    /// The verdict on this one check.
    pub status: HealthStatus,
    /// What was wrong, in words.
    pub problem: Option<String>,
    /// Time to the home page's answer, in milliseconds; `null` when there was none.
    pub response_time_ms: Option<u32>,
    /// It was in maintenance: nothing was expected of the site.
    pub excused: bool,
    /// It confirmed the one before, and does not count towards uptime.
    pub recheck: bool,
}

/// A day that is over.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct DayHealth {
    /// Which, in UTC.
    #[schema(example = "2026-11-24")]
    pub day: String,
    /// Checks that found the site working.
    pub successful: u32,
    /// Checks that did not.
    pub failed: u32,
    /// Checks that tell nothing of the site.
    pub inconclusive: u32,
    /// Checks in maintenance.
    pub excused: u32,
    /// Successful of those that tell something, in percent.
    pub uptime_percentage: Option<f64>,
    /// How long answers took.
    pub latency: Option<Latency>,
}

impl From<&Past> for PastCheck {
    fn from(past: &Past) -> Self {
        Self {
            at: past.at,
            status: past.finding.status(),
            problem: problem(past),
            response_time_ms: past.latency_ms,
            excused: past.excused,
            recheck: past.raw.is_none(),
        }
    }
}

impl From<&DayRollUp> for DayHealth {
    fn from(one: &DayRollUp) -> Self {
        let Tally {
            successful,
            failed,
            inconclusive,
            excused,
        } = one.tally;
        Self {
            day: one.day.to_string(),
            successful,
            failed,
            inconclusive,
            excused,
            uptime_percentage: Uptime::of_month(one.tally, Tally::default()).percentage,
            latency: one.latency,
        }
    }
}
