//! What visitors get: whether the site is on the air, and which deployment its names lead to.

use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};

use super::{VERCEL, Vercel};
use crate::{
    answer::text,
    error::{ErrorKind, ProviderError},
};

/// Vercel's own client looks as often while names are moved.
const LOOK_EVERY: Duration = Duration::from_millis(250);

/// How far a promotion is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Promotion {
    /// The project's names lead to the deployment.
    Live,
    /// They are being moved: ask again.
    Pending {
        /// When a look is worth while at the earliest.
        again_in: Duration,
    },
}

/// The last request to move a project's names, and what they lead to.
struct Names {
    production: Option<String>,
    wanted: Option<String>,
    job: Option<String>,
}

impl Names {
    fn of(project: &Value) -> Self {
        let owned = |at: &str| text(project, at).map(str::to_owned);
        Self {
            production: owned("/targets/production/id"),
            wanted: owned("/lastAliasRequest/toDeploymentId"),
            job: owned("/lastAliasRequest/jobStatus"),
        }
    }

    fn moving(&self) -> bool {
        matches!(self.job.as_deref(), Some("pending" | "in-progress"))
    }

    fn lead_to(&self, deployment: &str) -> bool {
        self.production.as_deref() == Some(deployment) && !self.moving()
    }

    fn were_moved_to(&self, deployment: &str) -> bool {
        self.wanted.as_deref() == Some(deployment) && self.job.as_deref() == Some("succeeded")
    }
}

impl Vercel {
    /// Takes the site off the air: visitors get 503, `DEPLOYMENT_PAUSED`. Data, variables and deployments stay.
    ///
    /// # Errors
    /// `NotFound` when there is no such project; `Unavailable` when it is not paused yet.
    pub async fn pause(&self, project_id: &str) -> Result<(), ProviderError> {
        self.set_paused(project_id, true).await
    }

    /// Puts the site on the air again.
    ///
    /// # Errors
    /// `NotFound` when there is no such project; `Unavailable` when it is still paused.
    pub async fn unpause(&self, project_id: &str) -> Result<(), ProviderError> {
        self.set_paused(project_id, false).await
    }

    /// Is the site off the air?
    ///
    /// # Errors
    /// `NotFound` when there is no such project.
    pub async fn is_paused(&self, project_id: &str) -> Result<bool, ProviderError> {
        let (project, _) = self
            .read_project(project_id)
            .await?
            .ok_or_else(|| missing("get_project"))?;
        Ok(project.paused)
    }

    async fn set_paused(&self, id: &str, paused: bool) -> Result<(), ProviderError> {
        let (operation, verb) = if paused {
            ("pause_project", "pause")
        } else {
            ("unpause_project", "unpause")
        };
        if self.is_paused(id).await? == paused {
            return Ok(());
        }
        let call = self.call(operation, Method::POST, &["v1", "projects", id, verb], &[])?;
        match self.tell(&call).await {
            Ok(_) => {}
            // The look afterwards tells.
            Err(error) if error.may_have_worked() => {}
            Err(error) => return Err(error),
        }
        if self.is_paused(id).await? == paused {
            return Ok(());
        }
        Err(call.failed(
            ErrorKind::Unavailable,
            format!("Vercel has not yet carried out {verb}."),
        ))
    }

    /// The deployment that the project's names lead to; `None` before its first one is live.
    ///
    /// # Errors
    /// `NotFound` when there is no such project.
    pub async fn production_deployment(&self, project_id: &str) -> Result<Option<String>, ProviderError> {
        Ok(self.names(project_id, "get_project").await?.production)
    }

    /// Makes an earlier production deployment live again, without a build. To be called until it says `Live`: it asks for the
    /// move where nobody has, waits for one that is under way, and asks again for one that failed.
    ///
    /// A promotion and not Vercel's rollback: after a rollback, new deployments would not be made live by themselves.
    ///
    /// # Errors
    /// `NotFound` when there is no such project or deployment; `Invalid` when the deployment is none that can be live, such as
    /// one that failed or a preview; `Conflict` when Vercel does not allow it now.
    pub async fn promote(&self, project_id: &str, deployment_id: &str) -> Result<Promotion, ProviderError> {
        const OPERATION: &str = "promote";
        const PENDING: Promotion = Promotion::Pending { again_in: LOOK_EVERY };
        let names = self.names(project_id, OPERATION).await?;
        if names.lead_to(deployment_id) {
            return Ok(Promotion::Live);
        }
        if names.moving() {
            return Ok(PENDING);
        }
        let path = ["v10", "projects", project_id, "promote", deployment_id];
        let call = self.call(OPERATION, Method::POST, &path, &[])?.json(json!({}));
        let refused = match self.tell(&call).await {
            Ok(_) => None,
            // Already live, or a job has begun since; or it worked.
            Err(error) if error.may_have_worked() || *error.kind() == ErrorKind::Conflict => Some(error),
            Err(error) => return Err(error),
        };
        let names = self.names(project_id, OPERATION).await?;
        match refused {
            _ if names.lead_to(deployment_id) => Ok(Promotion::Live),
            None => Ok(PENDING),
            Some(_) if names.moving() => Ok(PENDING),
            // What a project says of its targets may be behind what it says of its last job.
            Some(error) if *error.kind() == ErrorKind::Conflict && names.were_moved_to(deployment_id) => {
                Ok(Promotion::Live)
            }
            Some(error) => Err(error),
        }
    }

    async fn names(&self, project_id: &str, operation: &'static str) -> Result<Names, ProviderError> {
        let (_, body) = self.read_project(project_id).await?.ok_or_else(|| missing(operation))?;
        Ok(Names::of(&body))
    }
}

fn missing(operation: &'static str) -> ProviderError {
    let text = "Vercel does not know the client's project.";
    VERCEL.failed(operation, ErrorKind::NotFound, text)
}
