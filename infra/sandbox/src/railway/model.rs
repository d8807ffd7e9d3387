//! Railway's projects as the sandbox keeps them.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct RailwayProject {
    pub id: String,
    pub name: String,
    pub description: String,
    pub workspace: String,
    pub created_at: u64,
    pub updated_at: u64,
    /// Set with the first word of a deletion; the row goes when the databases are gone.
    pub deleted_at: Option<u64>,
    /// When the databases go: at once, or after the grace period.
    pub purge_at: Option<u64>,
    pub environment: Environment,
    pub services: Vec<Service>,
    pub volumes: Vec<Volume>,
    pub workflows: Vec<Workflow>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Environment {
    pub id: String,
    pub name: String,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Service {
    pub id: String,
    pub name: String,
    pub instance: String,
    pub image: String,
    pub created_at: u64,
    /// Lists do not show it, and its volume, before this.
    #[serde(default)]
    pub listed_at: Option<u64>,
    /// As they were given, references unresolved.
    pub variables: BTreeMap<String, String>,
    pub proxies: Vec<Proxy>,
    pub deployments: Vec<Deployment>,
    pub postgres: Option<Postgres>,
}

/// The database behind a service, in the sandbox's cluster.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Postgres {
    pub database: String,
    pub role: String,
    pub password: String,
    /// Whether it has been made; a kill may come between the record and the database.
    pub made: bool,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Proxy {
    pub id: String,
    pub application_port: u16,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Deployment {
    pub id: String,
    pub created_at: u64,
    pub removed: bool,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Volume {
    pub id: String,
    pub instance: String,
    pub name: String,
    pub service: Option<String>,
    pub mount_path: String,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Workflow {
    pub id: String,
    pub created_at: u64,
    pub error: Option<String>,
    /// It runs at least until this.
    #[serde(default)]
    pub until: Option<u64>,
}

impl RailwayProject {
    /// Every id a call about this project can mention.
    pub fn ids(&self) -> impl Iterator<Item = &str> {
        let services = self.services.iter().flat_map(|service| {
            std::iter::once(service.id.as_str())
                .chain(service.deployments.iter().map(|deployment| deployment.id.as_str()))
        });
        [self.id.as_str(), self.environment.id.as_str()]
            .into_iter()
            .chain(services)
            .chain(self.workflows.iter().map(|workflow| workflow.id.as_str()))
            .chain(self.volumes.iter().map(|volume| volume.instance.as_str()))
    }

    pub fn service(&self, id: &str) -> Option<&Service> {
        self.services.iter().find(|service| service.id == id)
    }

    /// Does a list show this service at this moment?
    pub fn shows(&self, service: &str, now: u64) -> bool {
        self.service(service)
            .is_none_or(|service| service.listed_at.is_none_or(|at| at <= now))
    }

    /// The client whose database this is: the product writes `provision:<client id>` as description.
    pub fn client(&self) -> Option<&str> {
        self.description
            .strip_prefix("provision:")
            .filter(|client| !client.is_empty())
    }
}
