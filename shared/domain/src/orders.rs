//! The bodies of the requests that begin operations on clients, read once at the edge.

use std::collections::BTreeMap;

use secrecy::SecretString;
use serde::Deserialize;
use utoipa::ToSchema;

use crate::{Asked, DeploymentId, DeploymentType, Error, VariableName, new_client::parse_environment};

/// The longest name of a branch or tag that is taken.
const LONGEST_REFERENCE: usize = 200;

/// The body of `POST /clients/{id}/suspend` and `…/activate`; may be left out.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct ReasonBody {
    /// Why, in at most 500 characters; shown with the operation and in the audit.
    pub reason: Option<String>,
}

/// The body of `POST /clients/{id}/redeploy`; may be left out.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct RedeployBody {
    /// The branch, tag or commit to deploy; the platform's own when left out. It is pinned to one commit at the start.
    #[serde(rename = "ref")]
    pub reference: Option<String>,
    /// What the deployment is called: update (when left out), hotfix or migration.
    #[serde(rename = "type")]
    pub kind: Option<DeploymentType>,
    /// Do nothing when commit and configuration are those that run.
    pub if_changed: bool,
    /// Why.
    pub reason: Option<String>,
}

/// The body of `POST /clients/{id}/rollback`; may be left out.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct RollbackBody {
    /// The deployment to go back to; the one that was live before when left out.
    pub deployment_id: Option<String>,
    /// Why.
    pub reason: Option<String>,
}

/// The body of `POST /operations/{id}/retry`; may be left out.
#[derive(Default, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
#[schema(rename_all = "camelCase")]
pub struct RetryBody {
    /// The values of the client's own variables, for a client whose secret was taken down with the rest.
    pub custom_environment: Option<BTreeMap<String, String>>,
}

impl ReasonBody {
    /// Reads it.
    ///
    /// # Errors
    /// The reason is too long.
    pub fn parse(self) -> Result<Asked, Error> {
        Ok(Asked {
            reason: parse_reason(self.reason)?,
            ..Asked::default()
        })
    }
}

impl RedeployBody {
    /// Reads it.
    ///
    /// # Errors
    /// A value breaks a rule.
    pub fn parse(self) -> Result<Asked, Error> {
        let allowed = matches!(
            self.kind,
            None | Some(DeploymentType::Update | DeploymentType::Hotfix | DeploymentType::Migration)
        );
        if !allowed {
            return Err(Error::invalid("type", "Send update, hotfix or migration."));
        }
        Ok(Asked {
            reference: self.reference.map(parse_reference).transpose()?,
            deployment_type: self.kind,
            if_changed: self.if_changed,
            reason: parse_reason(self.reason)?,
            ..Asked::default()
        })
    }
}

impl RollbackBody {
    /// Reads it.
    ///
    /// # Errors
    /// A value breaks a rule.
    pub fn parse(self) -> Result<Asked, Error> {
        let target: Option<DeploymentId> = self
            .deployment_id
            .map(|id| {
                id.parse()
                    .map_err(|_| Error::invalid("deploymentId", "This is not the id of a deployment (dp_…)."))
            })
            .transpose()?;
        Ok(Asked {
            target,
            reason: parse_reason(self.reason)?,
            ..Asked::default()
        })
    }
}

impl RetryBody {
    /// Reads it.
    ///
    /// # Errors
    /// A value breaks a rule.
    pub fn parse(self) -> Result<BTreeMap<VariableName, SecretString>, Error> {
        parse_environment(self.custom_environment.unwrap_or_default())
    }
}

/// At most 500 characters, none of them a control character.
///
/// # Errors
/// There are more, or others.
pub fn parse_reason(reason: Option<String>) -> Result<Option<String>, Error> {
    let fits = |text: &String| text.chars().count() <= 500 && !text.chars().any(char::is_control);
    match reason {
        Some(text) if !fits(&text) => Err(Error::invalid(
            "reason",
            "The reason has more than 500 characters, or control characters. Shorten it.",
        )),
        reason => Ok(reason),
    }
}

/// A branch, tag or commit.
///
/// # Errors
/// It cannot be one.
pub fn parse_reference(reference: String) -> Result<String, Error> {
    let fits = (1..=LONGEST_REFERENCE).contains(&reference.len())
        && reference
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"._/-".contains(&byte))
        && !reference.starts_with(['-', '/', '.'])
        && !reference.ends_with(['/', '.'])
        && !reference.contains("..")
        && !reference.contains("//");
    if fits {
        return Ok(reference);
    }
    Err(Error::invalid(
        "ref",
        "Send the name of a branch or tag, or a commit: letters, digits and . _ / - only.",
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_a_branch_or_a_commit_is_refused() {
        for good in ["main", "v1.2.3", "feature/cart", "0a1b2c3d"] {
            assert!(parse_reference(good.to_owned()).is_ok(), "{good}");
        }
        for bad in ["", "-x", "a..b", "a b", "/a", "a/", "a//b", "é", "a\n", "@{0}"] {
            assert!(parse_reference(bad.to_owned()).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_deployment_is_not_called_what_it_is_not() {
        let body = RedeployBody {
            kind: Some(DeploymentType::Initial),
            ..RedeployBody::default()
        };
        assert_eq!(body.parse().unwrap_err().field(), Some("type"));
    }
}
