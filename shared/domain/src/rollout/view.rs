//! What is shown of rollouts. Every field is always there, `null` when unknown.

use std::collections::BTreeMap;

use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    ClientId, DomainLabel, Error, Instant, OperationId, Page, Rollout, RolloutClient, RolloutClientState,
    RolloutCounts, RolloutId, RolloutStatus,
    paging::{Paging, bad_cursor},
};

/// A rollout.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct RolloutView {
    /// Identifies it.
    pub id: RolloutId,
    /// Where it stands.
    pub status: RolloutStatus,
    /// The branch, tag or commit that was asked for.
    #[serde(rename = "ref")]
    pub reference: String,
    /// The commit that everybody gets, once the first redeploy has found out which.
    pub commit: Option<String>,
    /// Which clients were asked for.
    pub filter: BTreeMap<String, String>,
    /// The sizes of the batches.
    pub batches: Vec<u32>,
    /// The batch whose turn it is (or was, when it ended), from 1.
    pub batch: u32,
    /// So many redeploys may fail; one more halts it.
    pub max_failures: u32,
    /// How its clients stand.
    pub counts: RolloutCounts,
    /// Why it was halted.
    pub error: Option<String>,
    /// Why it was asked for, in the words of who did.
    pub reason: Option<String>,
    /// Who asked for it.
    pub requested_by: String,
    /// Who called it off; it ends when what still runs has ended.
    pub cancelled_by: Option<String>,
    /// When it was recorded.
    pub created_at: Instant,
    /// When it ended.
    pub ended_at: Option<Instant>,
}

/// A client's part in a rollout.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct RolloutClientView {
    /// The client.
    pub client_id: ClientId,
    /// Its label.
    pub domain: DomainLabel,
    /// Its batch, from 1.
    pub batch: u32,
    /// Where it stands.
    pub state: RolloutClientState,
    /// Its redeploy failed, whatever became of it since.
    pub failed: bool,
    /// Its redeploy.
    pub operation_id: Option<OperationId>,
    /// The operation that puts it back.
    pub rollback_operation_id: Option<OperationId>,
    /// Why it failed, was skipped or could not be put back.
    pub error: Option<String>,
}

/// A rollout and what became of each client.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct RolloutDetail {
    /// The rollout itself.
    #[schema(inline)]
    #[serde(flatten)]
    pub rollout: RolloutView,
    /// Its clients, by batch.
    pub clients: Vec<RolloutClientView>,
}

/// A page of rollouts, newest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[serde(transparent)]
pub struct RolloutPage(#[schema(inline)] pub Page<RolloutView>);

/// Which page of rollouts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RolloutQuery {
    page: Option<usize>,
    limit: usize,
    cursor: Option<RolloutId>,
}

impl RolloutQuery {
    /// Reads the query of the list.
    ///
    /// # Errors
    /// A parameter is unknown, comes twice, or has a value that it cannot have.
    pub fn parse(parameters: &[(String, String)]) -> Result<Self, Error> {
        let paging = Paging::parse(parameters)?;
        let cursor = paging.cursor.map(|cursor| cursor.parse().map_err(|_| bad_cursor()));
        Ok(Self {
            page: paging.page,
            limit: paging.limit,
            cursor: cursor.transpose()?,
        })
    }

    /// The page, of all rollouts.
    #[must_use]
    pub fn of(&self, mut all: Vec<Rollout>) -> RolloutPage {
        all.sort_by(|a, b| b.id.cmp(&a.id));
        let asked = self.page.unwrap_or(1);
        let start = match &self.cursor {
            Some(last) => all.partition_point(|rollout| rollout.id >= *last),
            None => (asked - 1).saturating_mul(self.limit),
        };
        let page = if self.cursor.is_some() {
            start / self.limit + 1
        } else {
            asked
        };
        let page = Page::slice(all, start, page, self.limit, |rollout| rollout.id.to_string());
        RolloutPage(page.map(RolloutView::from))
    }
}

impl RolloutDetail {
    /// Puts both together.
    #[must_use]
    pub fn of(rollout: Rollout, mut clients: Vec<RolloutClient>) -> Self {
        clients.sort_by(|a, b| (a.batch, &a.domain).cmp(&(b.batch, &b.domain)));
        Self {
            rollout: rollout.into(),
            clients: clients.into_iter().map(RolloutClientView::from).collect(),
        }
    }
}

impl From<Rollout> for RolloutView {
    fn from(rollout: Rollout) -> Self {
        let last = u32::try_from(rollout.batches.len()).unwrap_or(u32::MAX);
        Self {
            id: rollout.id,
            status: rollout.status,
            reference: rollout.reference,
            commit: rollout.commit,
            filter: rollout.filter,
            batches: rollout.batches,
            batch: rollout.batch.saturating_add(1).min(last),
            max_failures: rollout.max_failures,
            counts: rollout.counts,
            error: rollout.error,
            reason: rollout.reason,
            requested_by: rollout.requested_by,
            cancelled_by: rollout.cancelled_by,
            created_at: rollout.created_at,
            ended_at: rollout.ended_at,
        }
    }
}

impl From<RolloutClient> for RolloutClientView {
    fn from(client: RolloutClient) -> Self {
        Self {
            client_id: client.client_id,
            domain: client.domain,
            batch: client.batch.saturating_add(1),
            state: client.state,
            failed: client.failed,
            operation_id: client.redeploy,
            rollback_operation_id: client.rollback,
            error: client.error,
        }
    }
}
