//! The outside services: where they are and how we sign in there.

use std::time::Duration;

use domain::{DatabaseProvider, Error, Instant};
use providers::{Http, HttpOptions, database::Databases, github::Github, railway::Railway, vercel::Vercel};
use secrecy::{ExposeSecret, SecretString};
use store::Secrets;
use tokio::sync::Mutex;

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

/// A token that was changed is used after this long at the latest.
const TOKENS_KEPT: Duration = Duration::from_secs(60);

/// The clients of the outside services, made when they are first needed and anew now and then, so that a token which is put
/// in or replaced is used without a new start.
pub struct Connection {
    settings: ServiceSettings,
    made: Mutex<Option<(Instant, Services)>>,
}

impl Connection {
    /// Not made yet.
    pub fn new(settings: ServiceSettings) -> Self {
        Self {
            settings,
            made: Mutex::new(None),
        }
    }

    /// The clients.
    pub async fn services(&self, secrets: &Secrets, now: Instant) -> Result<Services, Error> {
        let mut made = self.made.lock().await;
        if let Some((at, services)) = &*made
            && now.since(*at) < TOKENS_KEPT
        {
            return Ok(services.clone());
        }
        let services = connect(&self.settings, secrets).await?;
        *made = Some((now, services.clone()));
        Ok(services)
    }
}

/// Reads the tokens and makes the clients.
async fn connect(settings: &ServiceSettings, secrets: &Secrets) -> Result<Services, Error> {
    let tokens = secrets.read_platform(&settings.tokens_arn).await?;
    let token = |name: &str| {
        tokens
            .get(name)
            .cloned()
            .unwrap_or_else(|| SecretString::from(String::new()))
    };
    let missing_setting = needed(settings.database_provider)
        .into_iter()
        .find(|name| tokens.get(name).is_none_or(|token| token.expose_secret().is_empty()));
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
        missing_setting,
    })
}

/// The tokens without which no client can be brought up.
const fn needed(databases: DatabaseProvider) -> [&'static str; 2] {
    let database = match databases {
        DatabaseProvider::Railway => "RAILWAY_API_KEY",
    };
    [database, "VERCEL_TOKEN"]
}
