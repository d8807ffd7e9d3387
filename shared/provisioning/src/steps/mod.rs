//! The steps: one file each, all with the same page: what exists outside after `run`, `run`, `undo`.

mod activate;
mod configure_domain;
mod create_admin_user;
mod deploy;
mod generate_environment;
mod health_check;
mod load_template;
mod pause_hosting;
mod promote;
mod provision_database;
mod resume_hosting;
mod validate;

use domain::{Step, Work};

use crate::workbench::{Progress, StepResult, Workbench};

/// Does the work of one step.
pub async fn perform(work: Work, bench: &mut Workbench<'_>) -> StepResult {
    // What runs is what was asked for: there is nothing to do.
    if bench.outputs.unchanged && !matches!(work, Work::Run(Step::Validate)) {
        return Ok(Progress::Done);
    }
    match work {
        Work::Run(step) => run(step, bench).await,
        Work::Undo(step) if bench.operation.kind.takes_down() => take_down(step, bench).await,
        Work::Undo(step) => put_back(step, bench).await,
    }
}

async fn run(step: Step, bench: &mut Workbench<'_>) -> StepResult {
    match step {
        Step::Validate => validate::run(bench).await,
        Step::LoadTemplate => load_template::run(bench).await,
        Step::ProvisionDatabase => provision_database::run(bench).await,
        Step::GenerateEnvironment => generate_environment::run(bench).await,
        Step::Deploy => deploy::run(bench).await,
        Step::ConfigureDomain => configure_domain::run(bench).await,
        Step::CreateAdminUser => create_admin_user::run(bench).await,
        Step::Activate => activate::run(bench),
        Step::HealthCheck => health_check::run(bench).await,
        Step::Promote => promote::run(bench).await,
        Step::PauseHosting => pause_hosting::run(bench).await,
        Step::ResumeHosting => resume_hosting::run(bench).await,
    }
}

/// Undoes a step by taking down what it made, and the client with it.
async fn take_down(step: Step, bench: &mut Workbench<'_>) -> StepResult {
    match step {
        Step::Validate => validate::undo(bench),
        Step::LoadTemplate => load_template::undo(bench),
        Step::ProvisionDatabase => provision_database::undo(bench).await,
        Step::GenerateEnvironment => generate_environment::undo(bench),
        Step::Deploy => deploy::undo(bench).await,
        Step::ConfigureDomain => configure_domain::undo(bench).await,
        Step::CreateAdminUser => create_admin_user::undo(bench).await,
        Step::Activate => activate::undo(bench).await,
        Step::HealthCheck => health_check::undo(bench),
        // No client is brought up or taken down by these.
        Step::Promote | Step::PauseHosting | Step::ResumeHosting => Ok(Progress::Done),
    }
}

/// Undoes a step by going back to what was live before.
async fn put_back(step: Step, bench: &mut Workbench<'_>) -> StepResult {
    match step {
        Step::Deploy => deploy::put_back(bench).await,
        Step::Promote => promote::undo(bench).await,
        Step::PauseHosting => pause_hosting::undo(bench).await,
        Step::ResumeHosting => resume_hosting::undo(bench).await,
        // Records only: what they say holds whichever version is live.
        Step::Validate
        | Step::LoadTemplate
        | Step::ProvisionDatabase
        | Step::GenerateEnvironment
        | Step::ConfigureDomain
        | Step::CreateAdminUser
        | Step::Activate
        | Step::HealthCheck => Ok(Progress::Done),
    }
}
