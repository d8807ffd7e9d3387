//! The audit: who changed what, when, and what it was before.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{AuditId, Instant};

/// One change.
///
/// **Invariant:** `before` and `after` hold no secrets: values of environment variables are left out.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AuditEntry {
    /// What it is about: a client's id, or `platform`.
    pub scope: String,
    /// Identifies it; sorts by time.
    pub id: AuditId,
    /// When.
    pub at: Instant,
    /// Who.
    pub actor: String,
    /// What: `client.create`, `client.change`, `key.revoke`, …
    pub action: String,
    /// The request.
    pub request_id: String,
    /// The changed values before.
    pub before: Value,
    /// The changed values after.
    pub after: Value,
}
