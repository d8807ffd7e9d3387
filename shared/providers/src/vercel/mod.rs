//! Vercel: one project per client, its variables, deployments and domains.
//!
//! Every call carries the team: without it Vercel works in the token's personal account, where a find misses and a create
//! makes a twin.
//!
//! *Unproven:* that a deployment can name a git source on a project that is not linked to a repository. Linking is no way
//! out: one repository can be linked to 60 projects at most.

mod deployments;
mod domains;
mod environment;
mod listing;
mod live;
mod projects;

pub use deployments::{Deployment, DeploymentRequest, DeploymentState};
pub use domains::{Domain, Verification};
pub use environment::Variable;
pub use live::Promotion;
pub use projects::Project;

use reqwest::Method;
use secrecy::{ExposeSecret, SecretString};

use crate::{
    answer::Answer,
    call::{Call, Service},
    error::ProviderError,
    http::Http,
};

static VERCEL: Service = Service {
    name: "vercel",
    title: "Vercel",
    url_setting: "VERCEL_API_URL",
    token_setting: "VERCEL_TOKEN",
};

/// The variable that marks a project as ours.
const MARK: &str = "PLATFORM_CLIENT_ID";

/// Vercel's REST API.
#[derive(Clone)]
pub struct Vercel {
    http: Http,
    base_url: String,
    token: SecretString,
    team_id: Option<String>,
}

impl Vercel {
    /// `base_url` is `https://api.vercel.com` unless something stands in; an empty token is named by the first call.
    pub fn new(http: Http, base_url: String, token: SecretString, team_id: Option<String>) -> Self {
        let team_id = team_id.filter(|team| !team.is_empty());
        Self {
            http,
            base_url,
            token,
            team_id,
        }
    }

    fn call(
        &self,
        operation: &'static str,
        method: Method,
        path: &[&str],
        query: &[(&str, &str)],
    ) -> Result<Call<'_>, ProviderError> {
        if self.token.expose_secret().is_empty() {
            return Err(VERCEL.not_configured(operation, VERCEL.token_setting));
        }
        let mut url = VERCEL.url(operation, &self.base_url, path)?;
        let team = self.team_id.as_deref().map(|team| ("teamId", team));
        if !query.is_empty() || team.is_some() {
            url.query_pairs_mut().extend_pairs(query).extend_pairs(team);
        }
        Ok(Call::new(&VERCEL, operation, method, url).bearer(&self.token))
    }

    /// Sends a call whose answer says nothing beyond its status.
    async fn tell(&self, call: &Call<'_>) -> Result<Answer, ProviderError> {
        let answer = self.http.send(call).await?;
        if answer.success() {
            Ok(answer)
        } else {
            Err(call.refused(&answer))
        }
    }

    /// Sends a removal: what is not there is removed.
    async fn remove(&self, call: &Call<'_>) -> Result<(), ProviderError> {
        match self.tell(call).await {
            Ok(_) => Ok(()),
            Err(error) if error.is_not_found() => Ok(()),
            Err(error) => Err(error),
        }
    }
}
