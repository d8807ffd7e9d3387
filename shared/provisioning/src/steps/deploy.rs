//! Step 5. Its project and the deployment.
//!
//! **What exists outside after run:** one project with the site's variables and one deployment that is ready.

use std::time::Duration;

use domain::{DeploymentStatus, ResourceKind};
use providers::{
    ErrorKind, Source,
    vercel::{Deployment, DeploymentRequest, DeploymentState},
};

use crate::{
    failure::StepFailure,
    retry::next_look,
    site,
    steps::{promote, resume_hosting::project_of},
    workbench::{Progress, StepResult, Workbench},
};

/// A build is looked at no sooner than this after the last look.
const LOOK_EVERY: Duration = Duration::from_millis(200);

// ---- run -----------------------------------------------------------------------------------------------------------

pub async fn run(bench: &mut Workbench<'_>) -> StepResult {
    let name = bench.client.external_name();
    let vercel = bench.services.vercel.clone();

    bench.intend(ResourceKind::Project, "vercel", &name).await?;
    let project = match &bench.outputs.project_id {
        Some(id) => id.clone(),
        None => {
            let id = vercel.ensure_project(&name, &bench.mark()).await?.id;
            bench.created(ResourceKind::Project, &id).await?;
            bench.outputs.project_id = Some(id.clone());
            id
        }
    };

    let run_id = run_id(bench);
    bench.intend(ResourceKind::Deployment, "vercel", &run_id).await?;
    let deployment = match &bench.outputs.vercel_deployment_id {
        Some(id) => vercel.deployment(id).await?,
        None => match vercel.find_deployment(&project, &run_id).await? {
            Some(found) => Some(found),
            None => Some(begin(bench, &project, &name, &run_id).await?),
        },
    };
    let deployment = deployment.ok_or_else(|| {
        StepFailure::refused(
            "deployment_vanished",
            "The deployment was removed at Vercel while it was being built.",
        )
    })?;
    bench.created(ResourceKind::Deployment, &deployment.id).await?;
    bench.outputs.vercel_deployment_id = Some(deployment.id.clone());
    bench.outputs.vercel_deployment_url = Some(deployment.url.clone());

    match &deployment.state {
        DeploymentState::Queued | DeploymentState::Building => {
            Ok(Progress::NotYet(next_look(bench.elapsed(), LOOK_EVERY)))
        }
        DeploymentState::Ready => {
            record(bench, &deployment).await?;
            // Vercel makes it live by itself, unless somebody there has chosen another one by hand.
            promote::put_live(bench, &deployment.id).await
        }
        DeploymentState::Failed { message } => {
            let log = vercel.build_log(&deployment.id).await.unwrap_or_default();
            record_failure(bench, &deployment, message, &log).await?;
            Err(StepFailure::refused(
                "build_failed",
                format!("The build failed at Vercel: {message}"),
            ))
        }
        DeploymentState::Cancelled => Err(StepFailure::refused(
            "build_cancelled",
            "The build was cancelled at Vercel.",
        )),
    }
}

/// The run id is ours: after a lost answer the deployment is found by it.
fn run_id(bench: &Workbench<'_>) -> String {
    let operation = bench.operation;
    operation
        .outputs
        .deployment_id
        .as_ref()
        .map_or_else(|| operation.id.to_string(), ToString::to_string)
}

async fn begin(bench: &Workbench<'_>, project: &str, name: &str, run_id: &str) -> Result<Deployment, StepFailure> {
    let record = bench.deployment().await?;
    let secret = bench.secret().await?;
    let variables = site::environment(bench.client, &bench.platform.settings, &record, &secret)?;
    let vercel = &bench.services.vercel;
    vercel.set_environment(project, &variables).await?;
    let source = bench
        .outputs
        .source
        .as_ref()
        .ok_or_else(|| StepFailure::refused("no_source", "The source of the deployment was not resolved."))?;
    let request = DeploymentRequest {
        project_id: project.to_owned(),
        project_name: name.to_owned(),
        client_id: bench.client.id.to_string(),
        run_id: run_id.to_owned(),
        source: Source {
            repository: source.repository.clone(),
            reference: source.reference.clone(),
            commit: source.commit.clone(),
            version: source.version.clone(),
        },
    };
    Ok(vercel.create_deployment(&request).await?)
}

async fn record(bench: &Workbench<'_>, built: &Deployment) -> Result<(), StepFailure> {
    let mut deployment = bench.deployment().await?;
    deployment.status = DeploymentStatus::InProgress;
    deployment.vercel_deployment_id = Some(built.id.clone());
    deployment.vercel_deployment_url = Some(built.url.clone());
    bench
        .platform
        .store
        .save_deployment(&deployment)
        .await
        .map_err(StepFailure::from)
}

async fn record_failure(
    bench: &Workbench<'_>,
    built: &Deployment,
    message: &str,
    log: &str,
) -> Result<(), StepFailure> {
    let mut deployment = bench.deployment().await?;
    deployment.vercel_deployment_id = Some(built.id.clone());
    deployment.vercel_deployment_url = Some(built.url.clone());
    deployment.error_message = Some(message.to_owned());
    deployment.logs = Some(site::redacted(log, &bench.secret().await?));
    bench
        .platform
        .store
        .save_deployment(&deployment)
        .await
        .map_err(StepFailure::from)
}

// ---- undo ----------------------------------------------------------------------------------------------------------

/// Removing the project removes its variables, domains and deployments with it.
pub async fn undo(bench: &mut Workbench<'_>) -> StepResult {
    let vercel = bench.services.vercel.clone();
    let name = bench.client.external_name();
    if bench.removing(ResourceKind::Project).await? {
        // By id where we have it; a project whose answer was lost is found by name, and is ours only with our mark.
        let known = bench
            .entry(ResourceKind::Project)
            .and_then(|entry| entry.external_id.clone());
        let found = match known {
            Some(id) => Some(id),
            None => match vercel.find_own_project(&name, &bench.mark()).await {
                Ok(found) => found.map(|project| project.id),
                // Somebody else's project has the name, so ours was never made.
                Err(error) if *error.kind() == ErrorKind::Foreign => None,
                Err(error) => return Err(error.into()),
            },
        };
        if let Some(id) = &found {
            vercel.delete_project(id).await?;
            if vercel.find_project(id).await?.is_some() {
                return Ok(Progress::NotYet(next_look(bench.undo_elapsed(), LOOK_EVERY)));
            }
        }
        bench.gone(ResourceKind::Project).await?;
    }
    for inside in [ResourceKind::Deployment, ResourceKind::Domain] {
        if bench.removing(inside).await? {
            bench.gone(inside).await?;
        }
    }
    Ok(Progress::Done)
}

/// What was live before is live again; a version that is not needed stays at Vercel as history, unless it is still being built.
pub async fn put_back(bench: &mut Workbench<'_>) -> StepResult {
    let vercel = bench.services.vercel.clone();
    let project = project_of(bench)?;
    let run_id = run_id(bench);
    let ours = match &bench.outputs.vercel_deployment_id {
        Some(id) => vercel.deployment(id).await?,
        None => vercel.find_deployment(&project, &run_id).await?,
    };
    let before = promote::replaced(bench).await?;
    if let Some(ours) = ours {
        match ours.state {
            DeploymentState::Queued | DeploymentState::Building => {
                vercel.cancel_deployment(&ours.id).await?;
                return Ok(Progress::NotYet(next_look(bench.undo_elapsed(), LOOK_EVERY)));
            }
            DeploymentState::Ready => {
                if let Some(before) = &before
                    && let Progress::NotYet(pause) = promote::put_live(bench, before).await?
                {
                    return Ok(Progress::NotYet(pause));
                }
            }
            DeploymentState::Failed { .. } | DeploymentState::Cancelled => {}
        }
    }
    if let Some(before) = before {
        bench.created(ResourceKind::Deployment, &before).await?;
    }
    Ok(Progress::Done)
}
