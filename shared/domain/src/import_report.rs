//! What is answered about an import.

use serde::Serialize;
use utoipa::ToSchema;

use crate::{ClientId, OperationId};

/// How an import came out, or would come out.
#[derive(Debug, Serialize, ToSchema)]
// `P` is how a refusal is written: HTTP's business, which is not known here.
#[serde(rename_all = "camelCase")]
pub struct ImportReport<P> {
    /// Nothing was recorded.
    pub dry_run: bool,
    /// How many rows the file has.
    pub total: usize,
    /// How many clients were recorded.
    pub created: usize,
    /// How many rows could be recorded.
    pub valid: usize,
    /// How many rows were refused.
    pub refused: usize,
    /// Every row, in order.
    pub rows: Vec<RowReport<P>>,
}

/// How one row came out.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct RowReport<P> {
    /// Its number, from 1 after the head.
    pub row: usize,
    /// Its label as written.
    #[schema(required)]
    pub domain: Option<String>,
    /// What became of it.
    pub status: RowStatus,
    /// The client that it became, if it did.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub client_id: Option<ClientId>,
    /// The operation that brings it up, if there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub operation_id: Option<OperationId>,
    /// Why it was refused, if it was.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub problem: Option<P>,
}

/// What became of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum RowStatus {
    /// Recorded.
    Created,
    /// Could be recorded.
    Valid,
    /// Not recorded.
    Refused,
}

impl<P> ImportReport<P> {
    /// Counts what became of the rows.
    #[must_use]
    pub fn of(dry_run: bool, rows: Vec<RowReport<P>>) -> Self {
        let count = |status| rows.iter().filter(|row| row.status == status).count();
        Self {
            dry_run,
            total: rows.len(),
            created: count(RowStatus::Created),
            valid: count(RowStatus::Valid),
            refused: count(RowStatus::Refused),
            rows,
        }
    }
}
