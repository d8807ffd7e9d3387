//! The emergency brake: while the platform is frozen no operation begins another step.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::Instant;

/// Whether the platform is frozen.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Freeze {
    /// Nothing begins.
    pub frozen: bool,
    /// Why.
    pub reason: Option<String>,
    /// Who said so.
    pub changed_by: Option<String>,
    /// When.
    pub changed_at: Option<Instant>,
}

/// The body of `PUT /freeze`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct FreezeBody {
    /// Freeze, or thaw.
    pub frozen: bool,
    /// Why, in at most 500 characters.
    #[serde(default)]
    pub reason: Option<String>,
}
