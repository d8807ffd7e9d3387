//! Step 1. Everything asked for is there to be had.
//!
//! **What exists outside after run:** nothing. The source of the deployment is resolved to one commit and pinned.

use std::time::Duration;

use crate::{
    failure::StepFailure,
    site,
    workbench::{Progress, StepResult, Workbench},
};

/// How long the API may take to store the client's own environment after it has recorded the client.
const ENVIRONMENT_ARRIVES_WITHIN: Duration = Duration::from_secs(35);

// ---- run -----------------------------------------------------------------------------------------------------------

pub async fn run(bench: &mut Workbench<'_>) -> StepResult {
    if let Some(wait) = await_environment(bench).await? {
        return Ok(wait);
    }
    if bench.outputs.source.is_none() {
        let settings = &bench.platform.settings;
        let source = bench
            .services
            .github
            .resolve(&settings.repository, &settings.reference, &settings.root_directory)
            .await?;
        bench.outputs.source = Some(domain::Source {
            repository: source.repository,
            reference: source.reference,
            commit: source.commit,
            version: source.version,
        });
    }
    Ok(Progress::Done)
}

/// The values of the client's own variables come in right after its record. If the API died in between, they are lost, and
/// a site without them must not go live.
async fn await_environment(bench: &Workbench<'_>) -> Result<Option<Progress>, StepFailure> {
    if bench.client.custom_environment.is_empty() {
        return Ok(None);
    }
    let stored = bench.platform.secrets.read_client(&bench.client.id).await?;
    let missing = bench.client.custom_environment.iter().find(|name| {
        stored
            .as_ref()
            .is_none_or(|(_, secret)| secret.get(&format!("{}{name}", site::CUSTOM)).is_none())
    });
    match missing {
        None => Ok(None),
        Some(_) if bench.now().since(bench.operation.created_at) < ENVIRONMENT_ARRIVES_WITHIN => {
            Ok(Some(Progress::NotYet(Duration::from_secs(1))))
        }
        Some(name) => Err(StepFailure::refused(
            "environment_lost",
            format!(
                "The value of {name} was not stored when the client was recorded. Delete the client and create it again."
            ),
        )),
    }
}

// ---- undo ----------------------------------------------------------------------------------------------------------

/// Nothing exists outside because of this step.
#[allow(clippy::unnecessary_wraps, reason = "all steps answer alike")]
pub const fn undo(_: &Workbench<'_>) -> StepResult {
    Ok(Progress::Done)
}
