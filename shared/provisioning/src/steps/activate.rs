//! Step 8. From here on it is a customer's live site.
//!
//! **What exists outside after run:** nothing new. Together with this step's checkpoint, in one transaction, the client becomes
//! active, its deployment a success, and the welcome mail a row of the outbox.

use domain::{ResourceKind, ResourceState};

use crate::workbench::{Progress, StepResult, Workbench};

// ---- run -----------------------------------------------------------------------------------------------------------

/// All of it is in the checkpoint (`finish.rs`), because it must happen together or not at all.
#[allow(clippy::unnecessary_wraps, reason = "all steps answer alike")]
pub const fn run(_: &Workbench<'_>) -> StepResult {
    Ok(Progress::Done)
}

// ---- undo ----------------------------------------------------------------------------------------------------------

/// A site that was live goes off the air at once; all that it has is kept until the days of grace are over, so that the delete
/// can be called back. (A mail that has gone out cannot be called back.)
pub async fn undo(bench: &mut Workbench<'_>) -> StepResult {
    let Some(ends) = bench.operation.asked.grace_ends_at.filter(|ends| *ends > bench.now()) else {
        return Ok(Progress::Done);
    };
    let project = bench
        .entry(ResourceKind::Project)
        .filter(|entry| entry.state == ResourceState::Created)
        .and_then(|entry| entry.external_id.clone());
    if let Some(project) = project {
        match bench.services.vercel.pause(&project).await {
            Ok(()) => {}
            // Somebody removed it at Vercel: it is off the air all the same.
            Err(error) if error.is_not_found() => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(Progress::Until(ends))
}
