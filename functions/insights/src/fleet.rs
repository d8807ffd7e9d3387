//! How all sites together are doing, and the monitor itself.

use std::collections::BTreeMap;

use domain::{
    Client, HealthStatus, Instant,
    monitoring::{Latency, SiteKey},
};
use serde::Serialize;
use store::Seen;
use utoipa::ToSchema;

/// What the monitor says of all sites that are watched.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct FleetMonitoring {
    /// Clients whose sites are watched, by how they are doing.
    by_health: BTreeMap<&'static str, u64>,
    /// Uptime of all over 30 days.
    uptime: FleetUptime,
    /// The last run of the monitor.
    last_sweep: Option<LastSweep>,
    /// Half of the front pages answered as quickly as this in the last run, in milliseconds.
    median_response_time_ms: Option<u32>,
    /// 95 of 100 did.
    p95_response_time_ms: Option<u32>,
    /// Since when the monitor cannot tell its own outage from the sites'; `null` when it can.
    pub monitor_blind_since: Option<Instant>,
}

/// Checks of all clients that are not deleted, of the last 30 days by whole days.
#[derive(Debug, Serialize, ToSchema)]
pub struct FleetUptime {
    /// Checks that found a site working.
    successful: u64,
    /// Checks that say something of a site.
    total: u64,
    /// Successful of all, in percent with two decimals, rounded down.
    percentage: Option<f64>,
}

/// A run of the monitor.
#[derive(Debug, Serialize, ToSchema)]
pub struct LastSweep {
    /// When.
    at: Instant,
    /// How many sites were due.
    sites: u32,
    /// How many sites are watched.
    watched: u32,
}

impl FleetMonitoring {
    /// Of all clients that are not deleted.
    pub fn of<'a>(clients: impl Iterator<Item = &'a Client>, seen: &Seen) -> Self {
        let mut by_health: BTreeMap<_, _> = HealthStatus::ALL.map(|health| (health.name(), 0)).into();
        let (mut successful, mut total) = (0_u64, 0_u64);
        for client in clients {
            if let Some(uptime) = seen.uptime(SiteKey::of(&client.id)) {
                successful += u64::from(uptime.successful);
                total += u64::from(uptime.total);
            }
            if client.is_watched() {
                *by_health.entry(client.health_status.name()).or_default() += 1;
            }
        }
        let times = Latency::of(seen.last_run().filter_map(|entry| entry.latency_ms).collect());
        Self {
            by_health,
            uptime: FleetUptime {
                successful,
                total,
                percentage: percentage(successful, total),
            },
            last_sweep: seen.sweep.as_ref().map(|sweep| LastSweep {
                at: sweep.run,
                sites: sweep.sites,
                watched: sweep.watched,
            }),
            median_response_time_ms: times.map(|times| times.p50),
            p95_response_time_ms: times.map(|times| times.p95),
            monitor_blind_since: None,
        }
    }
}

#[allow(clippy::cast_precision_loss, reason = "ten thousand at most")]
fn percentage(successful: u64, total: u64) -> Option<f64> {
    let hundredths = successful.saturating_mul(10_000).checked_div(total)?;
    Some(hundredths as f64 / 100.0)
}
