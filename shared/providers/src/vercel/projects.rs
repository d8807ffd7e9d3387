//! A client's project. Marked by a variable, so that mark and project come into being as one.

use reqwest::Method;
use serde_json::{Value, json};

use super::{MARK, VERCEL, Vercel};
use crate::{
    ClientMark,
    answer::text,
    call::Call,
    error::{ErrorKind, ProviderError},
};

/// A project.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Project {
    /// `prj_…`
    pub id: String,
    /// Unique in the team.
    pub name: String,
    /// The team it belongs to.
    pub account_id: Option<String>,
    /// Visitors get 503.
    pub paused: bool,
}

impl Vercel {
    /// Looks for a project, by name or by id, whosever it is.
    ///
    /// # Errors
    /// `NotConfigured` when Vercel answers with a project of another account than the configured team.
    pub async fn find_project(&self, name: &str) -> Result<Option<Project>, ProviderError> {
        Ok(self.read_project(name).await?.map(|(project, _)| project))
    }

    /// The same, with all that Vercel says of it.
    pub(super) async fn read_project(&self, name: &str) -> Result<Option<(Project, Value)>, ProviderError> {
        let call = self.call("get_project", Method::GET, &["v9", "projects", name], &[])?;
        let answer = self.http.send(&call).await?;
        if answer.status == 404 {
            return Ok(None);
        }
        let body = call.json_of(&answer)?;
        Ok(Some((self.project(&call, &body)?, body)))
    }

    /// Looks for this client's project.
    ///
    /// # Errors
    /// `Foreign` when the project with this name does not carry the client's mark.
    pub async fn find_own_project(&self, name: &str, mark: &ClientMark) -> Result<Option<Project>, ProviderError> {
        let Some(project) = self.find_project(name).await? else {
            return Ok(None);
        };
        let variables = match self.variables(&project.id).await {
            Ok(variables) => variables,
            // Gone since.
            Err(error) if error.is_not_found() => return Ok(None),
            Err(error) => return Err(error),
        };
        let marked = variables
            .iter()
            .any(|known| known.key == MARK && known.value.as_deref() == Some(mark.as_str()));
        if marked {
            return Ok(Some(project));
        }
        let text = format!(
            "Vercel has a project {name} that this platform did not make for this client. Rename or remove it there, then try \
             again."
        );
        Err(VERCEL.failed("get_project", ErrorKind::Foreign, text))
    }

    /// Finds this client's project or makes it, behind deployment protection: only its own domain is public.
    ///
    /// # Errors
    /// `Foreign` when somebody else's project has the name.
    pub async fn ensure_project(&self, name: &str, mark: &ClientMark) -> Result<Project, ProviderError> {
        if let Some(project) = self.find_own_project(name, mark).await? {
            return Ok(project);
        }
        let call = self
            .call("create_project", Method::POST, &["v11", "projects"], &[])?
            .json(json!({
                "name": name,
                "framework": "nextjs",
                "ssoProtection": {"deploymentType": "all_except_custom_domains"},
                "environmentVariables": [
                    {"key": MARK, "value": mark.as_str(), "type": "plain", "target": ["production", "preview"]}
                ],
            }));
        let created = async { self.project(&call, &call.json_of(&self.http.send(&call).await?)?) };
        match created.await {
            Err(error) if error.may_have_worked() || *error.kind() == ErrorKind::Conflict => {
                match self.find_own_project(name, mark).await {
                    Ok(Some(project)) => Ok(project),
                    Err(foreign) if *foreign.kind() == ErrorKind::Foreign => Err(foreign),
                    // The first failure says more than the look-up after it.
                    Ok(None) | Err(_) => Err(error),
                }
            }
            outcome => outcome,
        }
    }

    /// Removes a project with its variables, domains and deployments. Not there is removed.
    ///
    /// # Errors
    /// `Unavailable` while Vercel is still busy with the project.
    pub async fn delete_project(&self, id_or_name: &str) -> Result<(), ProviderError> {
        let call = self.call("delete_project", Method::DELETE, &["v9", "projects", id_or_name], &[])?;
        self.remove(&call).await.map_err(|error| match error.kind() {
            // Not a conflict that somebody must solve: the vendor's own client tries again later.
            ErrorKind::Conflict => error.with_kind(ErrorKind::Unavailable),
            _ => error,
        })
    }

    pub(super) fn project(&self, call: &Call<'_>, body: &Value) -> Result<Project, ProviderError> {
        let project = Project {
            id: call.text_of(body, "/id")?,
            name: call.text_of(body, "/name")?,
            account_id: text(body, "/accountId").map(str::to_owned),
            paused: body.get("paused").and_then(Value::as_bool).unwrap_or_default(),
        };
        if self.team_id.is_some() && project.account_id != self.team_id {
            // Not `Foreign`: whether we have a project in the right team is not answered by this.
            let kind = ErrorKind::NotConfigured {
                setting: "VERCEL_TEAM_ID",
            };
            let text = "Vercel answered with a project of another account. Check VERCEL_TEAM_ID and which team the token is for.";
            return Err(call.failed(kind, text));
        }
        Ok(project)
    }
}
