//! Suspend. Visitors find the site paused; everything is kept.
//!
//! **What exists outside after run:** the project as before, paused.

use crate::{
    steps::resume_hosting::project_of,
    workbench::{Progress, StepResult, Workbench},
};

// ---- run -----------------------------------------------------------------------------------------------------------

pub async fn run(bench: &mut Workbench<'_>) -> StepResult {
    let project = project_of(bench)?;
    bench.services.vercel.pause(&project).await?;
    Ok(Progress::Done)
}

// ---- undo ----------------------------------------------------------------------------------------------------------

/// Visitors find the site again.
pub async fn undo(bench: &mut Workbench<'_>) -> StepResult {
    super::resume_hosting::run(bench).await
}
