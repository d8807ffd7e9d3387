//! Step 8. From here on it is a customer's live site.
//!
//! **What exists outside after run:** nothing new. Together with this step's checkpoint, in one transaction, the client becomes
//! active, its deployment a success, and the welcome mail a row of the outbox.

use crate::workbench::{Progress, StepResult, Workbench};

// ---- run -----------------------------------------------------------------------------------------------------------

/// All of it is in the checkpoint (`finish.rs`), because it must happen together or not at all.
#[allow(clippy::unnecessary_wraps, reason = "all steps answer alike")]
pub const fn run(_: &Workbench<'_>) -> StepResult {
    Ok(Progress::Done)
}

// ---- undo ----------------------------------------------------------------------------------------------------------

/// Nothing exists outside because of this step; a mail that has gone out cannot be called back.
#[allow(clippy::unnecessary_wraps, reason = "all steps answer alike")]
pub const fn undo(_: &Workbench<'_>) -> StepResult {
    Ok(Progress::Done)
}
