//! Activate and restore. Visitors find the site again.
//!
//! **What exists outside after run:** the project as before, serving.

use domain::{ClientStatus, OperationKind};

use crate::{
    failure::StepFailure,
    workbench::{Progress, StepResult, Workbench},
};

// ---- run -----------------------------------------------------------------------------------------------------------

pub async fn run(bench: &mut Workbench<'_>) -> StepResult {
    // A client that was suspended when it was deleted comes back suspended.
    if stays_off_the_air(bench) {
        return Ok(Progress::Done);
    }
    let project = project_of(bench)?;
    bench.services.vercel.unpause(&project).await?;
    Ok(Progress::Done)
}

/// The project that hosts the client's site.
pub fn project_of(bench: &Workbench<'_>) -> Result<String, StepFailure> {
    bench
        .outputs
        .project_id
        .clone()
        .ok_or_else(|| StepFailure::refused("no_project", "The client has no project at Vercel."))
}

/// Does the operation put a client back that is to stay suspended?
pub fn stays_off_the_air(bench: &Workbench<'_>) -> bool {
    bench.operation.kind == OperationKind::Restore
        && bench.operation.asked.status_before == Some(ClientStatus::Suspended)
}

// ---- undo ----------------------------------------------------------------------------------------------------------

/// Visitors find the site paused again.
pub async fn undo(bench: &mut Workbench<'_>) -> StepResult {
    if stays_off_the_air(bench) {
        return Ok(Progress::Done);
    }
    super::pause_hosting::run(bench).await
}
