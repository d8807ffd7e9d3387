//! The PostgreSQL service in a client's project: its address, its way in, and whether it accepts connections.

use std::time::Duration;

use secrecy::SecretString;
use serde_json::{Value, json};
use url::Url;

use super::{Document, RAILWAY, Railway, template::Making};
use crate::{
    answer::text,
    database::{DatabaseIntent, DatabaseState},
    error::{ErrorKind, ProviderError},
};

static VARIABLES: Document = Document {
    operation: "variables",
    name: "Variables",
    query: include_str!("documents/08_variables.graphql"),
};
static PROXIES: Document = Document {
    operation: "tcp_proxies",
    name: "TcpProxies",
    query: include_str!("documents/09_tcp_proxies.graphql"),
};
static PATCH: Document = Document {
    operation: "environment_patch_commit",
    name: "EnvironmentPatchCommit",
    query: include_str!("documents/10_environment_patch_commit.graphql"),
};
static LATEST: Document = Document {
    operation: "service_instance",
    name: "LatestDeployment",
    query: include_str!("documents/15_latest_deployment.graphql"),
};

/// A stand-in is ready at once; Railway itself takes 10 to 30 s, and waits grow with the time that has passed.
pub(super) const LOOK_EVERY: Duration = Duration::from_millis(200);

impl Railway {
    /// Project, service, URL, connection: as far as it goes now.
    pub(crate) async fn ensure(&self, intent: &DatabaseIntent<'_>) -> Result<DatabaseState, ProviderError> {
        let project = self.ensure_project(intent).await?;
        let external_id = project.id.clone();
        let Some(environment) = project.environment.clone() else {
            return Ok(DatabaseState::Pending {
                external_id: Some(external_id),
                workflow_id: intent.workflow_id.map(str::to_owned),
                again_in: LOOK_EVERY,
            });
        };
        let Making { now, workflow_id } = self.make_service(project, &environment, intent).await?;
        let pending = DatabaseState::Pending {
            external_id: Some(external_id.clone()),
            workflow_id,
            again_in: LOOK_EVERY,
        };
        // Service and volume show up one after the other.
        let Some(service) = now.service().filter(|service| now.volumes.contains(service)) else {
            return Ok(pending);
        };
        let place = json!({"projectId": external_id, "environmentId": environment, "serviceId": service});
        let variables = match self.ask(&VARIABLES, place.clone(), Some(intent.password)).await {
            Ok(variables) => variables,
            Err(error) if error.is_not_found() => return Ok(pending),
            Err(error) => return Err(error),
        };
        if let Some((url, host, port)) = public_url(&variables)
            && self.http.accepts_connections(&host, port).await
        {
            return Ok(DatabaseState::Ready { external_id, url });
        }
        self.see_to(&environment, service, public_url(&variables).is_some())
            .await?;
        Ok(pending)
    }

    /// A database that does not answer yet: has it failed, or does it lack its way in?
    async fn see_to(&self, environment: &str, service: &str, has_url: bool) -> Result<(), ProviderError> {
        let place = json!({"environmentId": environment, "serviceId": service});
        let latest = self.ask(&LATEST, place.clone(), None).await?;
        match text(&latest, "/serviceInstance/latestDeployment/status") {
            Some("FAILED" | "CRASHED") => {
                let text = "Railway could not start the database. Look at the service's log there, then try again.";
                Err(RAILWAY.failed(LATEST.operation, ErrorKind::BuildFailed, text))
            }
            // *Unproven:* that a template's own configuration opens the proxy. Where it did not, it is opened here.
            Some("SUCCESS") if !has_url => self.open_proxy(environment, service, place).await,
            _ => Ok(()),
        }
    }

    async fn open_proxy(&self, environment: &str, service: &str, place: Value) -> Result<(), ProviderError> {
        let proxies = self.ask(&PROXIES, place, None).await?;
        // There can be one only.
        if proxies
            .get("tcpProxies")
            .and_then(Value::as_array)
            .is_some_and(|proxies| !proxies.is_empty())
        {
            return Ok(());
        }
        let patch = json!({"services": {service: {"networking": {"tcpProxies": {"5432": {}}}}}});
        let variables =
            json!({"environmentId": environment, "patch": patch, "commitMessage": "Open the database's TCP proxy"});
        self.ask(&PATCH, variables, None).await.map(|_| ())
    }
}

/// The database's public address, once Railway has filled in every reference: URL, host, port.
fn public_url(data: &Value) -> Option<(SecretString, String, u16)> {
    let url = text(data, "/variables/DATABASE_PUBLIC_URL").filter(|url| !url.contains("${{"))?;
    let parsed = Url::parse(url).ok()?;
    let host = parsed.host_str().filter(|host| !host.is_empty())?.to_owned();
    Some((SecretString::from(url), host, parsed.port()?))
}
