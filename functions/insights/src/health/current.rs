//! The last look, put together: the newest check says how the site is, the site itself said the rest within the last hour.

use domain::{
    HealthReport,
    monitoring::{Critical, Details, Finding, Warning},
};
use store::Past;

use super::{problem, view::CurrentHealth};

/// The last look; `None` before the first. `newest` are checks, newest first.
pub fn look<'a>(
    record: Option<&HealthReport>,
    mut newest: impl Iterator<Item = &'a Past>,
    details: Option<&Details>,
) -> Option<CurrentHealth> {
    let newest = newest.find(|past| !past.excused);
    // A deploy looks itself, and whoever sees a change notes all of it.
    let newest = newest.filter(|past| record.is_none_or(|record| record.checked_at < past.at));
    let mut current = match (newest, record) {
        (Some(past), _) => of_check(past, record),
        (None, Some(record)) => of_record(record),
        (None, None) => return None,
    };
    let details_at = record.map(|record| record.checked_at);
    if let Some(record) = record {
        said_by_record(&mut current, record);
    }
    if let Some(details) = details.filter(|details| Some(details.at) >= details_at) {
        current.details_at = Some(details.at);
        current.database_healthy = details.database_healthy;
        current.database_latency_ms = details.database_latency.map(|tenths| f64::from(tenths) / 10.0);
        current.memory_used_bytes = details.memory.map(|(used, _)| used);
        current.memory_total_bytes = details.memory.map(|(_, total)| total);
        current.version.clone_from(&details.version);
    }
    Some(current)
}

fn of_check(past: &Past, record: Option<&HealthReport>) -> CurrentHealth {
    let noted = record.and_then(|record| record.status_code);
    CurrentHealth {
        status: past.finding.status(),
        checked_at: past.at,
        problem: problem(past),
        status_code: match past.finding {
            Finding::Critical(Critical::FrontPage(status)) => Some(status),
            Finding::Critical(Critical::Unreachable(_)) | Finding::Inconclusive => None,
            Finding::Warning(warnings) if warnings.contains(Warning::RateLimited) => Some(429),
            // Pages do not say which of those that mean well it was.
            Finding::Healthy | Finding::Warning(_) | Finding::Critical(_) => {
                noted.filter(|status| (200..300).contains(status))
            }
        },
        response_time_ms: past.latency_ms.map(u64::from),
        details_at: None,
        database_healthy: None,
        database_latency_ms: None,
        memory_used_bytes: None,
        memory_total_bytes: None,
        version: None,
    }
}

fn of_record(record: &HealthReport) -> CurrentHealth {
    CurrentHealth {
        status: record.status,
        checked_at: record.checked_at,
        problem: record.problem.clone(),
        status_code: record.status_code,
        // Without an answer it is the time that was waited.
        response_time_ms: record.status_code.map(|_| record.response_time_ms),
        details_at: None,
        database_healthy: None,
        database_latency_ms: None,
        memory_used_bytes: None,
        memory_total_bytes: None,
        version: None,
    }
}

fn said_by_record(current: &mut CurrentHealth, record: &HealthReport) {
    current.details_at = Some(record.checked_at);
    current.database_healthy = record.database_healthy;
    current.database_latency_ms = record.database_latency_ms;
    current.memory_used_bytes = record.memory_used_bytes;
    current.memory_total_bytes = record.memory_total_bytes;
    current.version.clone_from(&record.version);
}
