//! What the operator of the platform sets about provisioning.

use std::time::Duration;

/// Settings of provisioning, read once at the start.
#[derive(Clone)]
pub struct ProvisioningSettings {
    /// Sites live below it: `jouwplatform.nl`.
    pub platform_domain: String,
    /// A site's address, with `{domain}` for the client's label.
    pub site_url: String,
    /// Where the site's code is: `organisation/repository`.
    pub repository: String,
    /// The branch or tag to deploy.
    pub reference: String,
    /// The site's folder in the repository.
    pub root_directory: String,
    /// How long one step may take, its undoing likewise.
    pub step_deadline: Duration,
    /// How long a deleted client's label rests.
    pub label_quarantine: Duration,
    /// How long one invocation may hold an operation: the function's time-out.
    pub lease: Duration,
}

impl ProvisioningSettings {
    /// The address of a client's site.
    #[must_use]
    pub fn site_url(&self, label: &str) -> String {
        self.site_url.replace("{domain}", label)
    }

    /// The name under which a client's site is reached: `acme.jouwplatform.nl`.
    #[must_use]
    pub fn site_domain(&self, label: &str) -> String {
        format!("{label}.{}", self.platform_domain)
    }
}
