//! Step 9. A first look at it.
//!
//! **What exists outside after run:** nothing. Client and deployment know how the site is doing.

use domain::{HealthReport, HealthStatus};

use crate::{
    failure::StepFailure,
    site,
    steps::resume_hosting::stays_off_the_air,
    workbench::{Progress, StepResult, Workbench},
};

/// A site that has just gone live is given this many looks before it counts as failing.
const LOOKS: u32 = 3;

// ---- run -----------------------------------------------------------------------------------------------------------

pub async fn run(bench: &mut Workbench<'_>) -> StepResult {
    if stays_off_the_air(bench) {
        return Ok(Progress::Done);
    }
    let secret = bench.secret().await?;
    let seen = bench.site(&secret)?.health().await?;
    let status = HealthReport::verdict(
        seen.problem.as_deref(),
        seen.response_time_ms,
        seen.memory_used_bytes,
        seen.memory_total_bytes,
    );
    let problem = seen.problem.map(|problem| site::redacted(&problem, &secret));
    bench.outputs.health = Some(HealthReport {
        status,
        checked_at: bench.now(),
        problem: problem.clone(),
        status_code: seen.status_code,
        response_time_ms: seen.response_time_ms,
        database_healthy: seen.database_ok,
        database_latency_ms: seen.database_latency_ms,
        memory_used_bytes: seen.memory_used_bytes,
        memory_total_bytes: seen.memory_total_bytes,
        version: seen.version,
    });
    if status != HealthStatus::Critical {
        return Ok(Progress::Done);
    }
    let problem = problem.unwrap_or_else(|| "the site does not work".to_owned());
    if bench.step.attempts < LOOKS {
        return Err(StepFailure::Unhealthy(problem));
    }
    Err(StepFailure::refused(
        "unhealthy",
        format!("The site does not pass its check: {problem}."),
    ))
}

// ---- undo ----------------------------------------------------------------------------------------------------------

/// Nothing exists outside because of this step.
#[allow(clippy::unnecessary_wraps, reason = "all steps answer alike")]
pub const fn undo(_: &Workbench<'_>) -> StepResult {
    Ok(Progress::Done)
}
