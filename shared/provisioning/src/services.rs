//! The outside services: where they are and how we sign in there.

use domain::{DatabaseProvider, Error};
use providers::{Http, HttpOptions, database::Databases, github::Github, railway::Railway, vercel::Vercel};
use secrecy::SecretString;
use store::Secrets;

use crate::workbench::Services;

/// Where the outside services are.
#[derive(Clone)]
pub struct ServiceSettings {
    /// Vercel's API.
    pub vercel_api_url: String,
    /// The team whose projects these are.
    pub vercel_team_id: Option<String>,
    /// Railway's API.
    pub railway_api_url: String,
    /// The workspace whose projects these are.
    pub railway_workspace_id: Option<String>,
    /// GitHub's API.
    pub github_api_url: String,
    /// Which of them holds databases.
    pub database_provider: DatabaseProvider,
    /// The secret with the tokens.
    pub tokens_arn: String,
    /// Names that are on this machine (the local stack only).
    pub loopback_hosts: Option<String>,
}

/// Reads the tokens and makes the clients. A token that is not there is named by the first call that needs it.
pub async fn connect(settings: &ServiceSettings, secrets: &Secrets) -> Result<Services, Error> {
    let tokens = secrets.read_platform(&settings.tokens_arn).await?;
    let token = |name: &str| {
        tokens
            .get(name)
            .cloned()
            .unwrap_or_else(|| SecretString::from(String::new()))
    };
    let http = Http::new(HttpOptions {
        loopback_hosts: settings.loopback_hosts.clone(),
    })
    .map_err(Error::internal)?;
    let databases = match settings.database_provider {
        DatabaseProvider::Railway => Databases::Railway(Railway::new(
            http.clone(),
            settings.railway_api_url.clone(),
            token("RAILWAY_API_KEY"),
            settings.railway_workspace_id.clone(),
        )),
    };
    Ok(Services {
        vercel: Vercel::new(
            http.clone(),
            settings.vercel_api_url.clone(),
            token("VERCEL_TOKEN"),
            settings.vercel_team_id.clone(),
        ),
        databases,
        github: Github::new(
            http.clone(),
            settings.github_api_url.clone(),
            tokens.get("GITHUB_TOKEN").cloned(),
        ),
        http,
    })
}
