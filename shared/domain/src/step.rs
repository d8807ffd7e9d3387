//! The steps: nine bring a client up, in order (taking it down is the same list, backwards); three more move a site that is up.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// One step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Step {
    /// Everything asked for is there to be had.
    Validate,
    /// The template and the client's wishes become one configuration.
    LoadTemplate,
    /// The client's own PostgreSQL database.
    ProvisionDatabase,
    /// The variables its site runs with.
    GenerateEnvironment,
    /// Its project and the first deployment.
    Deploy,
    /// Its address.
    ConfigureDomain,
    /// The person who signs in first.
    CreateAdminUser,
    /// From here on it is a customer's live site.
    Activate,
    /// A first look at it.
    HealthCheck,
    /// An earlier deployment is put live again, without a build.
    Promote,
    /// Visitors find the site paused; everything is kept.
    PauseHosting,
    /// Visitors find the site again.
    ResumeHosting,
}

impl Step {
    /// All of them.
    pub const ALL: [Self; 12] = [
        Self::Validate,
        Self::LoadTemplate,
        Self::ProvisionDatabase,
        Self::GenerateEnvironment,
        Self::Deploy,
        Self::ConfigureDomain,
        Self::CreateAdminUser,
        Self::Activate,
        Self::HealthCheck,
        Self::Promote,
        Self::PauseHosting,
        Self::ResumeHosting,
    ];

    /// Those that bring a client up, in the order in which they run.
    pub const PROVISION: [Self; 9] = [
        Self::Validate,
        Self::LoadTemplate,
        Self::ProvisionDatabase,
        Self::GenerateEnvironment,
        Self::Deploy,
        Self::ConfigureDomain,
        Self::CreateAdminUser,
        Self::Activate,
        Self::HealthCheck,
    ];

    /// The name, as in JSON.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Validate => "validate",
            Self::LoadTemplate => "load_template",
            Self::ProvisionDatabase => "provision_database",
            Self::GenerateEnvironment => "generate_environment",
            Self::Deploy => "deploy",
            Self::ConfigureDomain => "configure_domain",
            Self::CreateAdminUser => "create_admin_user",
            Self::Activate => "activate",
            Self::HealthCheck => "health_check",
            Self::Promote => "promote",
            Self::PauseHosting => "pause_hosting",
            Self::ResumeHosting => "resume_hosting",
        }
    }
}
