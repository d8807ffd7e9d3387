//! Deployments. Vercel has no idempotency key: `meta.runId` is how one is found again whose answer was lost.

use reqwest::Method;
use serde_json::{Value, json};

use super::Vercel;
use crate::{
    Source,
    answer::text,
    call::Call,
    error::{ErrorKind, ProviderError},
    github,
};

/// How much of a log is kept: its end, where builds say why they fail.
const LOG_BYTES: usize = 4096;

/// How far a deployment is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DeploymentState {
    /// It waits for its turn.
    Queued,
    /// It is being built, or its names do not lead to it yet.
    Building,
    /// It is live: built, and its names lead to it.
    Ready,
    /// It will not be.
    Failed {
        /// What Vercel says of it.
        message: String,
    },
    /// Somebody stopped it.
    Cancelled,
}

/// A deployment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Deployment {
    /// `dpl_…`
    pub id: String,
    /// Its own address, `https://…`.
    pub url: String,
    /// The project it belongs to.
    pub project_id: String,
    /// How far it is.
    pub state: DeploymentState,
}

/// A deployment that should be made.
#[derive(Clone, Debug)]
pub struct DeploymentRequest {
    /// `prj_…`
    pub project_id: String,
    /// The project's name; Vercel wants both.
    pub project_name: String,
    /// Whose site it is.
    pub client_id: String,
    /// Ours, unique: finds the deployment again.
    pub run_id: String,
    /// What is built.
    pub source: Source,
}

impl Vercel {
    /// The deployment with this run id, among the project's last hundred. One page on purpose: a run is looked for while its
    /// operation holds the client, and nobody makes a hundred others meanwhile.
    ///
    /// # Errors
    /// Vercel cannot be asked.
    pub async fn find_deployment(&self, project_id: &str, run_id: &str) -> Result<Option<Deployment>, ProviderError> {
        let query = [("projectId", project_id), ("limit", "100")];
        let call = self.call("list_deployments", Method::GET, &["v7", "deployments"], &query)?;
        let body = call.json_of(&self.http.send(&call).await?)?;
        let list = body.get("deployments").and_then(Value::as_array);
        let list = list.ok_or_else(|| call.unreadable("lacks deployments"))?;
        let found = list.iter().find(|item| text(item, "/meta/runId") == Some(run_id));
        found.map(|item| deployment(&call, item)).transpose()
    }

    /// Starts a production deployment of the pinned commit. Makes another one each time: look with
    /// [`Vercel::find_deployment`] first.
    ///
    /// # Errors
    /// `Foreign` when Vercel put it into another project.
    pub async fn create_deployment(&self, request: &DeploymentRequest) -> Result<Deployment, ProviderError> {
        let (org, repo) = github::split(&request.source.repository, "create_deployment")?;
        let query = [("forceNew", "1"), ("skipAutoDetectionConfirmation", "1")];
        let call = self
            .call("create_deployment", Method::POST, &["v13", "deployments"], &query)?
            .json(json!({
                "name": request.project_name,
                // By name alone Vercel would make a project where there is none.
                "project": request.project_id,
                "target": "production",
                "gitSource": {"type": "github", "org": org, "repo": repo,
                    "ref": request.source.reference, "sha": request.source.commit},
                "projectSettings": {"framework": "nextjs"},
                "meta": {"clientId": request.client_id, "runId": request.run_id},
            }));
        let made = deployment(&call, &call.json_of(&self.http.send(&call).await?)?)?;
        if made.project_id != request.project_id {
            let text = format!(
                "Vercel put deployment {} into another project ({}). Look into it there before trying again.",
                made.id, made.project_id
            );
            return Err(call.failed(ErrorKind::Foreign, text));
        }
        Ok(made)
    }

    /// The deployment of this run: found, or else made. What is live stays live until it is ready.
    ///
    /// # Errors
    /// As [`Vercel::create_deployment`]; `OutcomeUnknown` when the answer was lost and the deployment is not listed, so that
    /// another call has to look.
    pub async fn ensure_deployment(&self, request: &DeploymentRequest) -> Result<Deployment, ProviderError> {
        let find = || self.find_deployment(&request.project_id, &request.run_id);
        if let Some(found) = find().await? {
            return Ok(found);
        }
        match self.create_deployment(request).await {
            Err(error) if error.may_have_worked() => match find().await {
                Ok(Some(found)) => Ok(found),
                // The first failure says more than the look-up after it.
                Ok(None) | Err(_) => Err(error),
            },
            outcome => outcome,
        }
    }

    /// How far a deployment is; `None` when it is not there.
    ///
    /// # Errors
    /// Vercel cannot be asked.
    pub async fn deployment(&self, id: &str) -> Result<Option<Deployment>, ProviderError> {
        let call = self.call("get_deployment", Method::GET, &["v13", "deployments", id], &[])?;
        let answer = self.http.send(&call).await?;
        if answer.status == 404 {
            return Ok(None);
        }
        deployment(&call, &call.json_of(&answer)?).map(Some)
    }

    /// The last 4 KiB of the build log. It may hold what the build printed, secrets included: redact before showing it.
    ///
    /// # Errors
    /// Vercel cannot be asked.
    pub async fn build_log(&self, id: &str) -> Result<String, ProviderError> {
        // From the end: a whole log can be larger than any answer we read.
        let query = [("builds", "1"), ("direction", "backward"), ("limit", "200")];
        let path = ["v3", "deployments", id, "events"];
        let call = self.call("get_deployment_events", Method::GET, &path, &query)?;
        let body = call.json_of(&self.http.send(&call).await?)?;
        let mut lines: Vec<(u64, &str, &str)> = body.as_array().into_iter().flatten().filter_map(line).collect();
        lines.sort_by_key(|(created, serial, _)| (*created, *serial));
        let text = lines
            .iter()
            .map(|(_, _, text)| text.trim_end())
            .collect::<Vec<_>>()
            .join("\n");
        let mut start = text.len().saturating_sub(LOG_BYTES);
        while !text.is_char_boundary(start) {
            start += 1;
        }
        Ok(text.get(start..).unwrap_or_default().to_owned())
    }

    /// Stops a build, and says how the deployment stands then: one that was over before stays what it was, `Ready` too. `None`
    /// when it is not there.
    ///
    /// # Errors
    /// It is still being built, and Vercel does not stop it.
    pub async fn cancel_deployment(&self, id: &str) -> Result<Option<DeploymentState>, ProviderError> {
        let path = ["v12", "deployments", id, "cancel"];
        let call = self.call("cancel_deployment", Method::PATCH, &path, &[])?;
        let answer = self.http.send(&call).await;
        let error = match answer.and_then(|answer| deployment(&call, &call.json_of(&answer)?)) {
            Ok(stopped) => return Ok(Some(stopped.state)),
            Err(error) if error.is_not_found() => return Ok(None),
            Err(error) => error,
        };
        // Refused because it is over (400), or done although the answer was lost.
        let settled_by_a_look =
            error.may_have_worked() || matches!(error.kind(), ErrorKind::Invalid | ErrorKind::Conflict);
        match self.deployment(id).await {
            Ok(None) if settled_by_a_look => Ok(None),
            Ok(Some(now)) if settled_by_a_look && now.state.is_over() => Ok(Some(now.state)),
            _ => Err(error),
        }
    }
}

impl DeploymentState {
    /// Nothing more will become of it by itself.
    pub const fn is_over(&self) -> bool {
        match self {
            Self::Queued | Self::Building => false,
            Self::Ready | Self::Failed { .. } | Self::Cancelled => true,
        }
    }
}

/// A line of a log: time, order, text. Two shapes of event are in use.
fn line(event: &Value) -> Option<(u64, &str, &str)> {
    let shown = ["command", "stdout", "stderr", "fatal", "exit"];
    if !text(event, "/type").is_some_and(|kind| shown.contains(&kind)) {
        return None;
    }
    let field = |name: &str| text(event, &format!("/{name}")).or_else(|| text(event, &format!("/payload/{name}")));
    Some((
        event.get("created").and_then(Value::as_u64).unwrap_or_default(),
        field("serial").unwrap_or_default(),
        field("text")?,
    ))
}

/// A deployment as lists and single answers show it.
fn deployment(call: &Call<'_>, body: &Value) -> Result<Deployment, ProviderError> {
    let id = text(body, "/id")
        .or_else(|| text(body, "/uid"))
        .ok_or_else(|| call.unreadable("lacks id"))?;
    let project = text(body, "/projectId").or_else(|| text(body, "/project/id"));
    let url = text(body, "/url").unwrap_or_default();
    Ok(Deployment {
        id: id.to_owned(),
        url: if url.is_empty() || url.contains("://") {
            url.to_owned()
        } else {
            format!("https://{url}")
        },
        project_id: project.ok_or_else(|| call.unreadable("lacks projectId"))?.to_owned(),
        state: state(body),
    })
}

fn state(body: &Value) -> DeploymentState {
    let there = |name: &str| body.get(name).filter(|value| !value.is_null());
    let failed = |fallback: &str| {
        let message = ["/errorMessage", "/aliasError/message", "/aliasError/code", "/errorCode"]
            .iter()
            .find_map(|at| text(body, at))
            .unwrap_or(fallback);
        DeploymentState::Failed {
            message: message.chars().take(300).collect(),
        }
    };
    match text(body, "/readyState")
        .or_else(|| text(body, "/state"))
        .unwrap_or_default()
    {
        "READY" if there("aliasError").is_some() => failed("its names could not be assigned"),
        "READY" if text(body, "/checksConclusion") == Some("failed") => failed("a check of the project failed"),
        // A flag, or the time at which it was.
        "READY" if there("aliasAssigned").is_some_and(|assigned| *assigned != json!(false)) => DeploymentState::Ready,
        "QUEUED" | "INITIALIZING" => DeploymentState::Queued,
        "CANCELED" | "DELETED" => DeploymentState::Cancelled,
        "BLOCKED" => failed("Vercel has blocked the deployment"),
        other if other.contains("ERROR") => failed("the build failed"),
        // READY whose names are not assigned yet, BUILDING, and whatever Vercel may invent.
        _ => DeploymentState::Building,
    }
}
