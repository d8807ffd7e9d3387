//! The nine steps that bring a client up, in order. Taking it down is the same list, backwards.

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
}

impl Step {
    /// All of them, in the order in which they run.
    pub const ALL: [Self; 9] = [
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
        }
    }
}
