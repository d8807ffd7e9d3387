//! The steps: one file each, all with the same page: what exists outside after `run`, `run`, `undo`.

mod activate;
mod configure_domain;
mod create_admin_user;
mod deploy;
mod generate_environment;
mod health_check;
mod load_template;
mod provision_database;
mod validate;

use domain::{Step, Work};

use crate::workbench::{StepResult, Workbench};

/// Does the work of one step.
pub async fn perform(work: Work, bench: &mut Workbench<'_>) -> StepResult {
    match work {
        Work::Run(step) => match step {
            Step::Validate => validate::run(bench).await,
            Step::LoadTemplate => load_template::run(bench).await,
            Step::ProvisionDatabase => provision_database::run(bench).await,
            Step::GenerateEnvironment => generate_environment::run(bench).await,
            Step::Deploy => deploy::run(bench).await,
            Step::ConfigureDomain => configure_domain::run(bench).await,
            Step::CreateAdminUser => create_admin_user::run(bench).await,
            Step::Activate => activate::run(bench),
            Step::HealthCheck => health_check::run(bench).await,
        },
        Work::Undo(step) => match step {
            Step::Validate => validate::undo(bench),
            Step::LoadTemplate => load_template::undo(bench),
            Step::ProvisionDatabase => provision_database::undo(bench).await,
            Step::GenerateEnvironment => generate_environment::undo(bench),
            Step::Deploy => deploy::undo(bench).await,
            Step::ConfigureDomain => configure_domain::undo(bench).await,
            Step::CreateAdminUser => create_admin_user::undo(bench).await,
            Step::Activate => activate::undo(bench),
            Step::HealthCheck => health_check::undo(bench),
        },
    }
}
