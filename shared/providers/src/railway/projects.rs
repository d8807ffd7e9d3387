//! Projects. Names are not unique at Railway and there is no idempotency key: a project is ours when name and description say
//! so, and a second one of the same name and mark is the trace of a lost answer.

use jiff::Timestamp;
use serde_json::{Value, json};

use super::{Document, RAILWAY, Railway, nodes};
use crate::{
    ClientMark, Presence,
    answer::text,
    database::{DatabaseIntent, Removal},
    error::{ErrorKind, ProviderError},
};

static CREATE: Document = Document {
    operation: "project_create",
    name: "ProjectCreate",
    query: include_str!("documents/03_project_create.graphql"),
};
static DETAIL: Document = Document {
    operation: "project",
    name: "ProjectDetail",
    query: include_str!("documents/07_project_detail.graphql"),
};
static DELETE: Document = Document {
    operation: "project_delete",
    name: "ProjectDelete",
    query: include_str!("documents/19_project_delete.graphql"),
};

/// A project with what is in it.
pub(super) struct Project {
    pub id: String,
    pub environment: Option<String>,
    /// Id and name of its services.
    pub services: Vec<(String, String)>,
    /// The services that have a volume.
    pub volumes: Vec<String>,
    /// Made just now: nothing can be on its way into it.
    pub fresh: bool,
    /// When it was made or last changed, and when that was read, both by Railway's clock.
    pub changed_at: Option<Timestamp>,
    pub read_at: Option<Timestamp>,
    name: String,
    pub description: String,
    deleted: bool,
}

/// What the description of a project of ours begins with; the client's id follows.
pub(super) const DESCRIPTION: &str = "provision:";

/// What a project of this client has as its description.
pub(super) fn description(mark: &ClientMark) -> String {
    format!("{DESCRIPTION}{}", mark.as_str())
}

impl Railway {
    /// Is there a project of this client?
    pub(crate) async fn exists(&self, name: &str, mark: &ClientMark) -> Result<bool, ProviderError> {
        Ok(!self.listed(name, mark).await?.is_empty())
    }

    /// Is the project with this id there, and does it bear this client's mark? To be asked right after a list that worked.
    pub(crate) async fn presence(&self, id: &str, mark: &ClientMark) -> Result<Presence, ProviderError> {
        Ok(match self.there(id).await? {
            None => Presence::Absent,
            Some(project) if project.description == description(mark) => Presence::Marked,
            Some(_) => Presence::Unmarked,
        })
    }

    /// Finds this client's project or makes it; twins of a lost answer go.
    pub(super) async fn ensure_project(&self, intent: &DatabaseIntent<'_>) -> Result<Project, ProviderError> {
        let (name, mark) = (intent.name, intent.mark);
        if let Some(project) = self.remembered(name, mark).await? {
            return Ok(project);
        }
        if let Some(project) = self.found(name, mark).await? {
            return Ok(project);
        }
        let workspace = self.workspace(CREATE.operation)?;
        let input = json!({"name": name, "description": description(mark), "workspaceId": workspace,
            "defaultEnvironmentName": "production"});
        let created = self.ask(&CREATE, json!({"input": input}), None).await;
        let created = created.and_then(|data| project(&data, "/projectCreate", CREATE.operation));
        match created {
            Ok(project) => {
                self.remember(mark, &project.id);
                Ok(Project { fresh: true, ..project })
            }
            Err(error) if error.may_have_worked() => match self.found(name, mark).await {
                Ok(Some(project)) => Ok(Project { fresh: true, ..project }),
                // The first failure says more than the look-up after it.
                Ok(None) | Err(_) => Err(error),
            },
            Err(error) => Err(error),
        }
    }

    /// A project with what is in it.
    pub(super) async fn project(&self, id: &str) -> Result<Project, ProviderError> {
        let (data, read_at) = self.ask_at(&DETAIL, json!({"id": id}), None).await?;
        let project = project(&data, "/project", DETAIL.operation)?;
        Ok(Project { read_at, ..project })
    }

    /// Removes every project of this client; gone is what a fresh look does not find.
    pub(crate) async fn remove(
        &self,
        name: &str,
        mark: &ClientMark,
        external_id: Option<&str>,
    ) -> Result<Removal, ProviderError> {
        self.known(|known| known.projects.remove(mark.as_str()));
        let mut ids: Vec<String> = self
            .listed(name, mark)
            .await?
            .into_iter()
            .map(|listed| listed.id)
            .collect();
        if let Some(id) = external_id
            && !ids.iter().any(|listed| listed == id)
            && let Some(project) = self.there(id).await?
        {
            // Renamed by somebody, but still marked.
            if project.description != description(mark) {
                let text = format!(
                    "Railway's project {id} no longer carries this client's mark. Look into it and remove it there."
                );
                return Err(RAILWAY.failed(DELETE.operation, ErrorKind::Foreign, text));
            }
            ids.push(id.to_owned());
        }
        if ids.is_empty() {
            return Ok(Removal::Gone);
        }
        let mut failure = None;
        for id in &ids {
            if let Err(error) = self.delete(id).await {
                failure = Some(error);
            }
        }
        let mut left = !self.listed(name, mark).await?.is_empty();
        if !left && let Some(id) = external_id {
            left = self.there(id).await?.is_some();
        }
        match (left, failure) {
            (false, _) => Ok(Removal::Gone),
            (true, Some(error)) => Err(error),
            (true, None) => Ok(Removal::Pending {
                again_in: super::postgres::LOOK_EVERY,
            }),
        }
    }

    /// Not there is deleted.
    async fn delete(&self, id: &str) -> Result<(), ProviderError> {
        self.known(|known| known.unsent.remove(id));
        match self.ask(&DELETE, json!({"id": id}), None).await {
            Ok(_) => Ok(()),
            Err(error) if error.is_not_found() => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// A project that is not deleted. Right after a list that worked, "not authorized" means that it is not there.
    async fn there(&self, id: &str) -> Result<Option<Project>, ProviderError> {
        match self.project(id).await {
            Ok(project) => Ok(Some(project).filter(|project| !project.deleted)),
            Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::Unauthorized) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// The project that was found before, if it still is this client's.
    async fn remembered(&self, name: &str, mark: &ClientMark) -> Result<Option<Project>, ProviderError> {
        let Some(id) = self.known(|known| known.projects.get(mark.as_str()).cloned()) else {
            return Ok(None);
        };
        let project = self.there(&id).await?;
        let ours = project.filter(|project| project.name == name && project.description == description(mark));
        if ours.is_none() {
            self.known(|known| known.projects.remove(mark.as_str()));
        }
        Ok(ours)
    }

    fn remember(&self, mark: &ClientMark, id: &str) {
        self.known(|known| known.projects.insert(mark.as_str().to_owned(), id.to_owned()));
    }

    /// This client's project: of several the oldest with something in it; those with nothing in them go.
    async fn found(&self, name: &str, mark: &ClientMark) -> Result<Option<Project>, ProviderError> {
        let mut listed = self.listed(name, mark).await?;
        listed.sort_by(|a, b| (a.empty, &a.created_at, &a.id).cmp(&(b.empty, &b.created_at, &b.id)));
        let mut listed = listed.into_iter();
        let Some(kept) = listed.next() else {
            return Ok(None);
        };
        let mut twins = 0_usize;
        for twin in listed {
            twins += 1;
            if twin.empty {
                self.delete(&twin.id).await?;
            }
        }
        if twins > 0 {
            tracing::warn!(project.kept = %kept.id, twins, "Railway had more than one project of a client; empty ones were removed");
        }
        let project = self.project(&kept.id).await?;
        self.remember(mark, &project.id);
        Ok(Some(project))
    }
}

fn project(data: &Value, at: &str, operation: &'static str) -> Result<Project, ProviderError> {
    let node = data.pointer(at).filter(|node| !node.is_null()).unwrap_or(&Value::Null);
    let Some(id) = text(node, "/id") else {
        // An unreadable answer to a write is a write whose outcome is unknown.
        let kind = if operation == CREATE.operation {
            ErrorKind::OutcomeUnknown
        } else {
            ErrorKind::NotFound
        };
        return Err(RAILWAY.failed(operation, kind, "Railway's answer names no project."));
    };
    let owned = |at: &str| text(node, at).unwrap_or_default().to_owned();
    let moment = |at: &str| text(node, at).and_then(|moment| moment.parse::<Timestamp>().ok());
    let environment = nodes(node, "/environments").next();
    let named = |service: &Value| Some((text(service, "/id")?.to_owned(), text(service, "/name")?.to_owned()));
    let volumes = nodes(node, "/environments").flat_map(|environment| nodes(environment, "/volumeInstances"));
    Ok(Project {
        id: id.to_owned(),
        environment: text(node, "/primaryEnvironmentId")
            .or_else(|| environment.and_then(|environment| text(environment, "/id")))
            .map(str::to_owned),
        services: nodes(node, "/services").filter_map(named).collect(),
        volumes: volumes
            .filter_map(|volume| text(volume, "/serviceId").map(str::to_owned))
            .collect(),
        fresh: false,
        changed_at: moment("/createdAt").max(moment("/updatedAt")),
        read_at: None,
        name: owned("/name"),
        description: owned("/description"),
        deleted: text(node, "/deletedAt").is_some(),
    })
}
