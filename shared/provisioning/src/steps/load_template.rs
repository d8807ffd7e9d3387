//! Step 2. The template and the client's wishes become one configuration.
//!
//! **What exists outside after run:** nothing. The deployment's record holds the effective configuration.

use domain::{Deployment, DeploymentType, Error, start};

use crate::{
    failure::StepFailure,
    site,
    workbench::{Progress, StepResult, Workbench},
};

// ---- run -----------------------------------------------------------------------------------------------------------

pub async fn run(bench: &mut Workbench<'_>) -> StepResult {
    let configuration = site::configuration(bench.client)?;
    let mut deployment = record(bench).await?;
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

/// A client's first deployment is recorded with the client; later ones begin here, when it is known that there is something to do.
async fn record(bench: &Workbench<'_>) -> Result<Deployment, StepFailure> {
    let operation = bench.operation;
    let Some(id) = operation.outputs.deployment_id.clone() else {
        return Err(Error::internal("the operation names no deployment").into());
    };
    if let Some(found) = bench.platform.store.deployment(&bench.client.id, &id).await? {
        return Ok(found);
    }
    let kind = operation.asked.deployment_type.unwrap_or(DeploymentType::Update);
    let clock = &*bench.platform.clock;
    Ok(start::new_deployment(id, &bench.client.id, &operation.id, kind, clock))
}

// ---- undo ----------------------------------------------------------------------------------------------------------

/// Nothing exists outside because of this step; the record of the deployment stays, as failed.
#[allow(clippy::unnecessary_wraps, reason = "all steps answer alike")]
pub const fn undo(_: &Workbench<'_>) -> StepResult {
    Ok(Progress::Done)
}
