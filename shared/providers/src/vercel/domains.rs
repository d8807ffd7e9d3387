//! A project's own domains. Vercel takes them only after the project's first deployment is ready.

use reqwest::Method;
use serde_json::Value;

use super::Vercel;
use crate::{
    answer::{Answer, code, text},
    call::Call,
    error::{ErrorKind, ProviderError},
};

/// A domain of a project.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Domain {
    /// `acme.jouwplatform.nl`
    pub name: String,
    /// It leads to the project.
    pub verified: bool,
    /// What proves that the domain is ours, while it is not verified.
    pub verification: Vec<Verification>,
}

/// A DNS record that Vercel wants to see.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verification {
    /// `TXT`
    pub kind: String,
    /// The record's name.
    pub domain: String,
    /// The record's value.
    pub value: String,
    /// Why it is wanted.
    pub reason: String,
}

impl Vercel {
    /// A domain of the project; `None` when it has no such domain.
    ///
    /// # Errors
    /// Vercel cannot be asked.
    pub async fn domain(&self, project_id: &str, name: &str) -> Result<Option<Domain>, ProviderError> {
        let path = ["v9", "projects", project_id, "domains", name];
        let call = self.call("get_domain", Method::GET, &path, &[])?;
        let answer = self.http.send(&call).await?;
        if answer.status == 404 {
            return Ok(None);
        }
        let body = call.json_of(&answer)?;
        if text(&body, "/projectId").is_some_and(|owner| owner != project_id) {
            return Ok(None);
        }
        domain(&call, &body).map(Some)
    }

    /// Attaches the domain to the project, or asks Vercel to look again at one that is attached and not verified.
    ///
    /// # Errors
    /// `Conflict` when another project has it.
    pub async fn ensure_domain(&self, project_id: &str, name: &str) -> Result<Domain, ProviderError> {
        match self.domain(project_id, name).await? {
            Some(domain) if domain.verified => return Ok(domain),
            Some(domain) => return self.verify(project_id, domain).await,
            None => {}
        }
        let call = self
            .call(
                "add_domain",
                Method::POST,
                &["v10", "projects", project_id, "domains"],
                &[],
            )?
            .json(serde_json::json!({"name": name}));
        let error = match self.http.send(&call).await {
            Err(error) => error,
            Ok(answer) => match call.json_of(&answer).and_then(|body| domain(&call, &body)) {
                Ok(domain) => return Ok(domain),
                Err(error) => taken(error, &answer),
            },
        };
        let unsettled = error.may_have_worked() || matches!(error.kind(), ErrorKind::Conflict | ErrorKind::Invalid);
        if unsettled && let Ok(Some(domain)) = self.domain(project_id, name).await {
            return Ok(domain);
        }
        Err(error)
    }

    /// 400 while the record is missing: not verified, and no error.
    async fn verify(&self, project_id: &str, known: Domain) -> Result<Domain, ProviderError> {
        let path = ["v9", "projects", project_id, "domains", &known.name, "verify"];
        let call = self.call("verify_domain", Method::POST, &path, &[])?;
        let answer = self.http.send(&call).await?;
        if answer.status == 400 {
            return Ok(known);
        }
        domain(&call, &call.json_of(&answer)?)
    }

    /// Takes the domain away from the project. Not there is removed.
    ///
    /// # Errors
    /// Vercel refuses.
    pub async fn remove_domain(&self, project_id: &str, name: &str) -> Result<(), ProviderError> {
        let path = ["v9", "projects", project_id, "domains", name];
        let call = self.call("remove_domain", Method::DELETE, &path, &[])?;
        self.remove(&call).await
    }
}

/// Vercel says with 400, too, that somebody else has a domain.
fn taken(error: ProviderError, answer: &Answer) -> ProviderError {
    let body: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
    let says_so = code(&body).is_some_and(|code| code.starts_with("domain_already"));
    if answer.status == 400 && says_so {
        error.with_kind(ErrorKind::Conflict)
    } else {
        error
    }
}

fn domain(call: &Call<'_>, body: &Value) -> Result<Domain, ProviderError> {
    let wanted = body.get("verification").and_then(Value::as_array).into_iter().flatten();
    let field = |record: &Value, at: &str| text(record, at).unwrap_or_default().to_owned();
    Ok(Domain {
        name: call.text_of(body, "/name")?,
        verified: body.get("verified").and_then(Value::as_bool).unwrap_or_default(),
        verification: wanted
            .map(|record| Verification {
                kind: field(record, "/type"),
                domain: field(record, "/domain"),
                value: field(record, "/value"),
                reason: field(record, "/reason"),
            })
            .collect(),
    })
}
