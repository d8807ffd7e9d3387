//! The PostgreSQL service in a client's project: service, volume and TCP proxy by one call, with our own password.

use std::time::Duration;

use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};
use url::Url;

use super::{Document, RAILWAY, Railway, projects::Project};
use crate::{
    answer::text,
    database::{DatabaseIntent, DatabaseState},
    error::{ErrorKind, ProviderError},
};

static TEMPLATE: Document = Document {
    operation: "template",
    name: "TemplateDetail",
    query: include_str!("documents/04_template_detail.graphql"),
};
static DEPLOY: Document = Document {
    operation: "template_deploy_v2",
    name: "TemplateDeployV2",
    query: include_str!("documents/05_template_deploy_v2.graphql"),
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

/// The service's name, in the template and in ours.
const SERVICE: &str = "Postgres";
/// A stand-in is ready at once; Railway itself takes 10 to 30 s, and waits grow with the time that has passed.
pub(super) const LOOK_EVERY: Duration = Duration::from_millis(200);

impl Railway {
    /// Project, service, URL, connection: as far as it goes now.
    pub(crate) async fn ensure(&self, intent: &DatabaseIntent<'_>) -> Result<DatabaseState, ProviderError> {
        let project = self.ensure_project(intent).await?;
        let pending = DatabaseState::Pending {
            external_id: Some(project.id.clone()),
            again_in: LOOK_EVERY,
        };
        let Some(environment) = project.environment.clone() else {
            return Ok(pending);
        };
        let project = match service(&project) {
            Some(_) => project,
            None => self.deploy_template(&project, &environment, intent.password).await?,
        };
        // Service and volume show up one after the other.
        let Some(service) = service(&project).filter(|service| project.volumes.contains(service)) else {
            return Ok(pending);
        };
        let place = json!({"projectId": project.id, "environmentId": environment, "serviceId": service});
        let variables = match self.ask(&VARIABLES, place.clone(), Some(intent.password)).await {
            Ok(variables) => variables,
            Err(error) if error.is_not_found() => return Ok(pending),
            Err(error) => return Err(error),
        };
        if let Some((url, host, port)) = public_url(&variables)
            && self.http.accepts_connections(&host, port).await
        {
            return Ok(DatabaseState::Ready {
                external_id: project.id,
                url,
            });
        }
        self.see_to(&environment, service, public_url(&variables).is_some())
            .await?;
        Ok(pending)
    }

    /// Makes the service, once: a second call would make a twin, `Postgres-xxxx`. Answers with the project as it is then.
    async fn deploy_template(
        &self,
        project: &Project,
        environment: &str,
        password: &SecretString,
    ) -> Result<Project, ProviderError> {
        let input = json!({"projectId": project.id, "environmentId": environment,
            "workspaceId": self.workspace(DEPLOY.operation)?, "templateId": self.template().await?,
            "serializedConfig": serialized_config(password)});
        let deployed = self.ask(&DEPLOY, json!({"input": input}), Some(password)).await;
        let now = self.project(&project.id).await;
        match (deployed, now) {
            (Ok(_), now) => now,
            (Err(error), Ok(now)) if error.may_have_worked() && service(&now).is_some() => Ok(now),
            (Err(error), _) => Err(error),
        }
    }

    async fn template(&self) -> Result<String, ProviderError> {
        if let Some(id) = self.known(|known| known.template.clone()) {
            return Ok(id);
        }
        let data = self.ask(&TEMPLATE, json!({"code": "postgres"}), None).await?;
        let missing = || {
            RAILWAY.failed(
                TEMPLATE.operation,
                ErrorKind::Malformed,
                "Railway's answer names no PostgreSQL template.",
            )
        };
        let id = text(&data, "/template/id").ok_or_else(missing)?.to_owned();
        self.known(|known| known.template = Some(id.clone()));
        Ok(id)
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

fn service(project: &Project) -> Option<&String> {
    project
        .services
        .iter()
        .find(|(_, name)| name == SERVICE)
        .map(|(id, _)| id)
}

/// The database's public address, once Railway has filled in every reference: URL, host, port.
fn public_url(data: &Value) -> Option<(SecretString, String, u16)> {
    let url = text(data, "/variables/DATABASE_PUBLIC_URL").filter(|url| !url.contains("${{"))?;
    let parsed = Url::parse(url).ok()?;
    let host = parsed.host_str().filter(|host| !host.is_empty())?.to_owned();
    Some((SecretString::from(url), host, parsed.port()?))
}

/// The template with our password and with its proxy; plain JSON, because typing it would lose fields.
fn serialized_config(password: &SecretString) -> Value {
    let url = |host: &str, port: &str| json!({"value": format!("postgresql://${{{{PGUSER}}}}:${{{{POSTGRES_PASSWORD}}}}@{host}:{port}/${{{{PGDATABASE}}}}")});
    json!({"services": {"postgres": {
        "name": SERVICE,
        "icon": "https://devicons.railway.app/i/postgresql.svg",
        "build": {},
        "source": {"image": "ghcr.io/railwayapp-templates/postgres-ssl:17"},
        "variables": {
            "PGDATA": {"value": "/var/lib/postgresql/data/pgdata"},
            "PGHOST": {"value": "${{RAILWAY_PRIVATE_DOMAIN}}"},
            "PGPORT": {"value": "5432"},
            "PGUSER": {"value": "${{POSTGRES_USER}}"},
            "PGDATABASE": {"value": "${{POSTGRES_DB}}"},
            "PGPASSWORD": {"value": "${{POSTGRES_PASSWORD}}"},
            "POSTGRES_DB": {"value": "railway"},
            "POSTGRES_USER": {"value": "postgres"},
            "POSTGRES_PASSWORD": {"value": password.expose_secret()},
            "SSL_CERT_DAYS": {"value": "820"},
            "DATABASE_URL": url("${{RAILWAY_PRIVATE_DOMAIN}}", "5432"),
            "DATABASE_PUBLIC_URL": url("${{RAILWAY_TCP_PROXY_DOMAIN}}", "${{RAILWAY_TCP_PROXY_PORT}}"),
            "RAILWAY_DEPLOYMENT_DRAINING_SECONDS": {"value": "60"},
        },
        "networking": {"tcpProxies": {"5432": {}}, "serviceDomains": {}},
        "volumeMounts": {"postgres": {"mountPath": "/var/lib/postgresql/data"}},
    }}})
}
