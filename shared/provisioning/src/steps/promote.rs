//! Rollback. An earlier deployment is put live again, without a build.
//!
//! **What exists outside after run:** the deployments as before, with the chosen one serving.

use domain::DeploymentStatus;
use providers::vercel::Promotion;

use crate::{
    failure::StepFailure,
    retry::next_look,
    steps::resume_hosting::project_of,
    workbench::{Progress, StepResult, Workbench},
};

// ---- run -----------------------------------------------------------------------------------------------------------

pub async fn run(bench: &mut Workbench<'_>) -> StepResult {
    let mut record = bench.deployment().await?;
    let target = record.vercel_deployment_id.clone().ok_or_else(|| {
        StepFailure::refused(
            "no_target",
            "The deployment to go back to is not known at Vercel. Redeploy instead.",
        )
    })?;
    if record.status == DeploymentStatus::Pending {
        record.status = DeploymentStatus::InProgress;
        bench.platform.store.save_deployment(&record).await?;
    }
    put_live(bench, &target).await
}

/// Has visitors sent to a deployment that is there.
pub async fn put_live(bench: &Workbench<'_>, deployment: &str) -> StepResult {
    let project = project_of(bench)?;
    Ok(match bench.services.vercel.promote(&project, deployment).await? {
        Promotion::Live => Progress::Done,
        Promotion::Pending { again_in } => Progress::NotYet(next_look(bench.working_for(), again_in)),
    })
}

/// The deployment that was live when the operation began, as Vercel knows it.
pub async fn replaced(bench: &Workbench<'_>) -> Result<Option<String>, StepFailure> {
    let Some(id) = &bench.outputs.replaces else {
        return Ok(None);
    };
    let record = bench.platform.store.deployment(&bench.client.id, id).await?;
    Ok(record.and_then(|record| record.vercel_deployment_id))
}

// ---- undo ----------------------------------------------------------------------------------------------------------

/// What was live before is live again.
pub async fn undo(bench: &mut Workbench<'_>) -> StepResult {
    match replaced(bench).await? {
        Some(before) => put_live(bench, &before).await,
        None => Ok(Progress::Done),
    }
}
