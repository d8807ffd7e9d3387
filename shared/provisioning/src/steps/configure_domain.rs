//! Step 6. Its address.
//!
//! **What exists outside after run:** the client's domain, attached to its project and verified.

use std::time::Duration;

use domain::ResourceKind;

use crate::{
    failure::StepFailure,
    retry::next_look,
    workbench::{Progress, StepResult, Workbench},
};

/// The vendor's own clients look no sooner than this.
const LOOK_EVERY: Duration = Duration::from_secs(10);
/// How often to prove a removal.
const PROOF_EVERY: Duration = Duration::from_millis(250);

// ---- run -----------------------------------------------------------------------------------------------------------

pub async fn run(bench: &mut Workbench<'_>) -> StepResult {
    let name = bench.platform.settings.site_domain(bench.client.domain.as_str());
    let project = bench
        .outputs
        .project_id
        .clone()
        .ok_or_else(|| StepFailure::refused("no_project", "There is no project to attach the domain to."))?;
    bench.intend(ResourceKind::Domain, "vercel", &name).await?;
    let domain = bench.services.vercel.ensure_domain(&project, &name).await?;
    bench.created(ResourceKind::Domain, &domain.name).await?;
    if domain.verified {
        Ok(Progress::Done)
    } else {
        Ok(Progress::NotYet(next_look(bench.elapsed(), LOOK_EVERY)))
    }
}

// ---- undo ----------------------------------------------------------------------------------------------------------

pub async fn undo(bench: &mut Workbench<'_>) -> StepResult {
    if !bench.removing(ResourceKind::Domain).await? {
        return Ok(Progress::Done);
    }
    let vercel = bench.services.vercel.clone();
    let name = bench.platform.settings.site_domain(bench.client.domain.as_str());
    // Without a project that we know of, there was nothing to attach it to.
    if let Some(project) = bench
        .entry(ResourceKind::Project)
        .and_then(|entry| entry.external_id.clone())
    {
        vercel.remove_domain(&project, &name).await?;
        if vercel.domain(&project, &name).await?.is_some() {
            return Ok(Progress::NotYet(next_look(bench.undo_elapsed(), PROOF_EVERY)));
        }
    }
    bench.gone(ResourceKind::Domain).await?;
    Ok(Progress::Done)
}
