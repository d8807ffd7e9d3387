//! How the service comes about: volume and TCP proxy with it by one call of the template, with our own password.
//!
//! The call is accepted at once and carried out by a workflow, so the service is listed some time later. Called again before
//! that, it would make a twin, `Postgres-xxxx`. **Invariant:** it is called only for a project into which nothing can be on
//! its way: one made just now, or one that nobody has changed for longer than a workflow needs. Every later call changes the
//! project first, so that this holds for whoever looks next, also when this process dies in between.
//!
//! *Unproven:* that Railway moves `updatedAt` when a project is updated. If it does not, the time counts from the creation.

use jiff::SignedDuration;
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};

use super::{Document, RAILWAY, Railway, projects::Project};
use crate::{
    answer::text,
    database::DatabaseIntent,
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
static WORKFLOW: Document = Document {
    operation: "workflow_status",
    name: "WorkflowStatus",
    query: include_str!("documents/06_workflow_status.graphql"),
};
static UPDATE: Document = Document {
    operation: "project_update",
    name: "ProjectUpdate",
    query: include_str!("documents/22_project_update.graphql"),
};

/// The service's name, in the template and in ours.
const SERVICE: &str = "Postgres";

/// How far the service is.
pub(super) struct Making {
    /// The project as it is now, with the service as soon as it is listed.
    pub now: Project,
    /// The workflow that makes it, as far as it is known.
    pub workflow_id: Option<String>,
}

/// How far a workflow is.
#[derive(Debug, PartialEq, Eq)]
enum Workflow {
    Running,
    Complete,
    /// Not visible yet, or long forgotten.
    Unknown,
}

impl Railway {
    /// Sees to it that the project has its service, once.
    pub(super) async fn make_service(
        &self,
        project: Project,
        environment: &str,
        intent: &DatabaseIntent<'_>,
    ) -> Result<Making, ProviderError> {
        let underway = |now: Project| Making {
            now,
            workflow_id: intent.workflow_id.map(str::to_owned),
        };
        if project.service().is_some() {
            return Ok(underway(project));
        }
        if let Some(id) = intent.workflow_id.filter(|_| !project.fresh) {
            match self.workflow(id, intent.password).await? {
                Workflow::Running => return Ok(underway(project)),
                Workflow::Complete => return Ok(underway(self.project(&project.id).await?)),
                Workflow::Unknown => {}
            }
        }
        if project.fresh {
            self.known(|known| known.unsent.insert(project.id.clone(), project.changed_at));
        }
        if self.nothing_was_sent(&project) {
            return self.deploy_template(project, environment, intent.password).await;
        }
        if !self.settled(&project) {
            return Ok(underway(project));
        }
        // Whoever looks next, in whatever process, gives this call its time again.
        let touch = json!({"id": project.id, "input": {"description": project.description}});
        self.ask(&UPDATE, touch, None).await?;
        let now = self.project(&project.id).await?;
        if now.service().is_some() {
            return Ok(underway(now));
        }
        tracing::warn!(project.id = %now.id, "Railway has shown no database for as long as making one takes; it is asked for again");
        self.deploy_template(now, environment, intent.password).await
    }

    /// Says of a project of this process that no template was ever sent to it.
    fn nothing_was_sent(&self, project: &Project) -> bool {
        self.known(|known| known.unsent.get(&project.id) == Some(&project.changed_at))
    }

    /// Has the project been left alone for longer than a workflow needs? Both moments are Railway's own.
    fn settled(&self, project: &Project) -> bool {
        match (project.changed_at, project.read_at) {
            (Some(changed), Some(read)) => {
                SignedDuration::try_from(self.settle).is_ok_and(|settle| read.duration_since(changed) > settle)
            }
            // Without them nothing is certain, and a twin is worse than an end by the step's deadline.
            _ => false,
        }
    }

    async fn workflow(&self, id: &str, password: &SecretString) -> Result<Workflow, ProviderError> {
        let data = self.ask(&WORKFLOW, json!({"workflowId": id}), None).await?;
        match text(&data, "/workflowStatus/status") {
            Some("Complete") => Ok(Workflow::Complete),
            Some("NotFound") => Ok(Workflow::Unknown),
            Some("Error") => {
                let said = text(&data, "/workflowStatus/error").unwrap_or("it does not say why");
                let said = said.replace(password.expose_secret(), "[redacted]");
                let text = format!("Railway could not make the database: {}.", said.trim_end_matches('.'));
                Err(RAILWAY.failed(WORKFLOW.operation, ErrorKind::BuildFailed, text))
            }
            // Running, and whatever Railway may invent.
            _ => Ok(Workflow::Running),
        }
    }

    async fn deploy_template(
        &self,
        project: Project,
        environment: &str,
        password: &SecretString,
    ) -> Result<Making, ProviderError> {
        let input = json!({"projectId": project.id, "environmentId": environment,
            "workspaceId": self.workspace(DEPLOY.operation)?, "templateId": self.template().await?,
            "serializedConfig": serialized_config(password)});
        self.known(|known| known.unsent.remove(&project.id));
        let deployed = self.ask(&DEPLOY, json!({"input": input}), Some(password)).await;
        let workflow_id = match deployed {
            Ok(data) => text(&data, "/templateDeployV2/workflowId").map(str::to_owned),
            Err(error) if error.may_have_worked() => {
                return match self.project(&project.id).await {
                    Ok(now) if now.service().is_some() => Ok(Making { now, workflow_id: None }),
                    // The first failure says more than the look-up after it.
                    _ => Err(error),
                };
            }
            Err(error) => {
                self.known(|known| known.unsent.insert(project.id.clone(), project.changed_at));
                return Err(error);
            }
        };
        // What was accepted must be told, whatever the look says.
        let now = self.project(&project.id).await.unwrap_or(project);
        Ok(Making { now, workflow_id })
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
}

impl Project {
    /// The database's service, once it is listed.
    pub(super) fn service(&self) -> Option<&String> {
        self.services.iter().find(|(_, name)| name == SERVICE).map(|(id, _)| id)
    }
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
