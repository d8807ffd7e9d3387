//! What the daily audit has found and is still so.

use axum::{Json, extract::State as Shared};
use domain::{Finding, Permission};
use runtime::{Caller, Problem};
use serde::Serialize;
use utoipa::ToSchema;

use crate::State;

/// What is not as it should be, and what to do about it.
#[derive(Debug, Serialize, ToSchema)]
pub struct FindingView {
    /// What was found.
    #[schema(inline)]
    #[serde(flatten)]
    finding: Finding,
    /// What is wrong, in a sentence.
    problem: String,
    /// What to do about it.
    remedy: String,
}

/// Everything that providers and ledger see differently.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct FindingList {
    /// What is open, the oldest first.
    docs: Vec<FindingView>,
    /// How many there are.
    total_docs: usize,
}

impl From<Finding> for FindingView {
    fn from(finding: Finding) -> Self {
        Self {
            problem: finding.problem(),
            remedy: finding.remedy(),
            finding,
        }
    }
}

pub async fn list(caller: Caller, Shared(state): Shared<State>) -> Result<Json<FindingList>, Problem> {
    caller.may(Permission::Read)?;
    let docs: Vec<FindingView> = state.store.findings().await?.into_iter().map(Into::into).collect();
    Ok(Json(FindingList {
        total_docs: docs.len(),
        docs,
    }))
}
