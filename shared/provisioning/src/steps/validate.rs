//! Step 1. Everything asked for is there to be had.
//!
//! **What exists outside after run:** nothing. The source of the deployment is resolved to one commit and pinned; it is known what
//! is live now, and what is to be live.

use domain::{Deployment, DeploymentStatus, DeploymentType, Error, OperationKind, Source, start};

use crate::{
    failure::StepFailure,
    own_environment, site,
    workbench::{Progress, StepResult, Workbench},
};

// ---- run -----------------------------------------------------------------------------------------------------------

pub async fn run(bench: &mut Workbench<'_>) -> StepResult {
    // Before anything is made: what is found out halfway costs a tear-down.
    if let Some(setting) = bench.services.missing_setting {
        return Err(StepFailure::refused(
            "not_configured",
            format!("{setting} is not set. Put it into the platform's settings, then try again."),
        ));
    }
    match bench.operation.kind {
        OperationKind::Provision => {
            if let Progress::NotYet(pause) = own_environment::arrived(bench).await? {
                return Ok(Progress::NotYet(pause));
            }
            let reference = bench.platform.settings.reference.clone();
            resolve(bench, &reference).await?;
        }
        OperationKind::Update => {
            let live = live(bench).await?;
            // New settings are no reason to ship new code.
            if bench.outputs.source.is_none() {
                bench.outputs.source = Some(source_of(bench, &live)?);
            }
        }
        OperationKind::Redeploy => {
            let live = live(bench).await?;
            let asked = &bench.operation.asked;
            let reference = asked
                .reference
                .as_ref()
                .unwrap_or(&bench.platform.settings.reference)
                .clone();
            resolve(bench, &reference).await?;
            if bench.operation.asked.if_changed {
                bench.outputs.unchanged = is_what_runs(bench, &live).await?;
            }
        }
        OperationKind::Rollback => {
            let live = live(bench).await?;
            aim(bench, &live).await?;
        }
        OperationKind::Suspend | OperationKind::Activate | OperationKind::Restore | OperationKind::Delete => {}
    }
    Ok(Progress::Done)
}

async fn resolve(bench: &mut Workbench<'_>, reference: &str) -> Result<(), StepFailure> {
    if bench.outputs.source.is_some() {
        return Ok(());
    }
    let settings = &bench.platform.settings;
    let github = &bench.services.github;
    let source = github
        .resolve(&settings.repository, reference, &settings.root_directory)
        .await?;
    bench.outputs.source = Some(Source {
        repository: source.repository,
        reference: source.reference,
        commit: source.commit,
        version: source.version,
    });
    Ok(())
}

/// What visitors see now.
async fn live(bench: &mut Workbench<'_>) -> Result<Deployment, StepFailure> {
    let (store, client) = (&bench.platform.store, bench.client);
    let found = match (&bench.outputs.replaces, &client.live_deployment) {
        (Some(id), _) | (None, Some(id)) => store.deployment(&client.id, id).await?,
        // Clients that went live before this was recorded.
        (None, None) => {
            let all = store.deployments(&client.id).await?;
            all.into_iter().find(|it| it.status == DeploymentStatus::Success)
        }
    };
    let live = found.ok_or_else(|| StepFailure::refused("no_live_deployment", "The client has no live deployment."))?;
    bench.outputs.replaces = Some(live.id.clone());
    Ok(live)
}

fn source_of(bench: &Workbench<'_>, deployment: &Deployment) -> Result<Source, StepFailure> {
    match (&deployment.git_commit, &deployment.git_branch, &deployment.version) {
        (Some(commit), Some(reference), Some(version)) => Ok(Source {
            repository: bench.platform.settings.repository.clone(),
            reference: reference.clone(),
            commit: commit.clone(),
            version: version.clone(),
        }),
        _ => Err(StepFailure::refused(
            "no_source",
            "It is not recorded which commit runs. Redeploy the client instead.",
        )),
    }
}

/// Would this operation deploy just what runs?
async fn is_what_runs(bench: &Workbench<'_>, live: &Deployment) -> Result<bool, StepFailure> {
    let commit = bench.outputs.source.as_ref().map(|source| &source.commit);
    if commit != live.git_commit.as_ref() {
        return Ok(false);
    }
    let configuration = site::configuration(bench.client)?;
    if live.config_snapshot.as_ref() != Some(&configuration) {
        return Ok(false);
    }
    let secret = bench.secret().await?;
    let variables = site::environment(bench.client, &bench.platform.settings, live, &secret)?;
    Ok(live.environment_snapshot == Some(site::snapshot(&variables, &secret)?))
}

/// Records the deployment that puts an earlier one live again: same version, same configuration.
async fn aim(bench: &Workbench<'_>, live: &Deployment) -> Result<(), StepFailure> {
    let (store, operation) = (&bench.platform.store, bench.operation);
    let (Some(id), Some(target)) = (operation.outputs.deployment_id.clone(), &operation.asked.target) else {
        return Err(Error::internal("a rollback names no deployment").into());
    };
    if store.deployment(&bench.client.id, &id).await?.is_some() {
        return Ok(());
    }
    let target = store
        .deployment(&bench.client.id, target)
        .await?
        .filter(|target| target.id != live.id && target.can_be_live_again())
        .ok_or_else(|| StepFailure::refused("no_target", "The deployment to go back to was never live."))?;
    let record = Deployment {
        version: target.version,
        git_commit: target.git_commit,
        git_branch: target.git_branch,
        vercel_deployment_id: target.vercel_deployment_id,
        vercel_deployment_url: target.vercel_deployment_url,
        config_snapshot: target.config_snapshot,
        environment_snapshot: target.environment_snapshot,
        ..start::new_deployment(
            id,
            &bench.client.id,
            &operation.id,
            DeploymentType::Rollback,
            &*bench.platform.clock,
        )
    };
    Ok(store.save_deployment(&record).await?)
}

// ---- undo ----------------------------------------------------------------------------------------------------------

/// Nothing exists outside because of this step.
#[allow(clippy::unnecessary_wraps, reason = "all steps answer alike")]
pub const fn undo(_: &Workbench<'_>) -> StepResult {
    Ok(Progress::Done)
}
