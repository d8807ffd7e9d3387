//! Step 2. The template and the client's wishes become one configuration.
//!
//! **What exists outside after run:** nothing. The deployment's record holds the effective configuration.

use crate::{
    failure::StepFailure,
    site,
    workbench::{Progress, StepResult, Workbench},
};

// ---- run -----------------------------------------------------------------------------------------------------------

pub async fn run(bench: &mut Workbench<'_>) -> StepResult {
    let configuration = site::configuration(bench.client)?;
    let mut deployment = bench.deployment().await?;
    if let Some(source) = &bench.outputs.source {
        deployment.version = Some(source.version.clone());
        deployment.git_commit = Some(source.commit.clone());
        deployment.git_branch = Some(source.reference.clone());
    }
    deployment.config_snapshot = Some(configuration);
    bench
        .platform
        .store
        .save_deployment(&deployment)
        .await
        .map_err(StepFailure::from)?;
    Ok(Progress::Done)
}

// ---- undo ----------------------------------------------------------------------------------------------------------

/// Nothing exists outside because of this step; the record of the deployment stays, as failed.
#[allow(clippy::unnecessary_wraps, reason = "all steps answer alike")]
pub const fn undo(_: &Workbench<'_>) -> StepResult {
    Ok(Progress::Done)
}
