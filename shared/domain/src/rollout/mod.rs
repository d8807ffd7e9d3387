//! A rollout: one commit for many clients, batch by batch, each batch held against the health checks of its redeploys.
//!
//! What is recorded stands here; what is asked for is read in `body`, what happens next is decided in `turn`, what is shown is
//! in `view`.

mod body;
mod command;
mod seen;
mod turn;
mod view;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{Client, ClientId, DomainLabel, Instant, OperationId, RolloutId};

pub use body::{BatchPlan, BatchSize, FilterValue, RolloutBody, RolloutOrder, RolloutRequest};
pub use command::RolloutCommand;
pub use seen::{End, Seen};
pub use turn::{AT_ONCE, PATIENCE, Turn};
pub use view::{RolloutClientView, RolloutDetail, RolloutPage, RolloutQuery, RolloutView};

/// Where a rollout stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum RolloutStatus {
    /// Its batches are deployed, one after the other.
    Running,
    /// No further redeploy begins until somebody has it resumed; those that run come to their end.
    Paused,
    /// Too many redeploys failed: whoever of the batch has the new version is put back to the one before.
    RollingBack,
    /// Every client has had its turn.
    Succeeded,
    /// Too many redeploys failed; the batch is rolled back, later batches were not touched.
    Halted,
    /// Called off; what was deployed by then stays.
    Cancelled,
}

impl RolloutStatus {
    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::Running,
        Self::Paused,
        Self::RollingBack,
        Self::Succeeded,
        Self::Halted,
        Self::Cancelled,
    ];

    /// The name, as in JSON.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Paused => "paused",
            Self::RollingBack => "rolling_back",
            Self::Succeeded => "succeeded",
            Self::Halted => "halted",
            Self::Cancelled => "cancelled",
        }
    }

    /// Nothing more happens to it.
    #[must_use]
    pub const fn is_final(self) -> bool {
        match self {
            Self::Running | Self::Paused | Self::RollingBack => false,
            Self::Succeeded | Self::Halted | Self::Cancelled => true,
        }
    }
}

/// Where a client stands in a rollout.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum RolloutClientState {
    /// Its turn has not come (or did not come before the rollout ended).
    Pending,
    /// Its redeploy runs.
    Deploying,
    /// It has the new version and passed its check.
    Done,
    /// Its redeploy failed; what was live before is live.
    Failed,
    /// It was left out; `error` says why.
    Skipped,
    /// It is put back to what was live before.
    RollingBack,
    /// What was live before is live again.
    RolledBack,
    /// It could not be put back; `error` says why.
    RollbackFailed,
}

impl RolloutClientState {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::Pending,
        Self::Deploying,
        Self::Done,
        Self::Failed,
        Self::Skipped,
        Self::RollingBack,
        Self::RolledBack,
        Self::RollbackFailed,
    ];
}

/// A client's part in a rollout.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct RolloutClient {
    /// The rollout.
    pub rollout: RolloutId,
    /// The client.
    pub client_id: ClientId,
    /// Its label, so that a report can be read.
    pub domain: DomainLabel,
    /// Its batch, from 0.
    pub batch: u32,
    /// Where it stands.
    pub state: RolloutClientState,
    /// The redeploy. Chosen and written down before it is begun, so that it is begun once whatever crashes.
    pub redeploy: Option<OperationId>,
    /// The rollback, likewise.
    pub rollback: Option<OperationId>,
    /// Its redeploy failed, whatever became of it since.
    pub failed: bool,
    /// The new version went live.
    pub live: bool,
    /// Somebody else's operation has the client; it is waited for until then.
    pub waits_until: Option<Instant>,
    /// Why it failed, was skipped or could not be put back.
    pub error: Option<String>,
}

impl RolloutClient {
    /// A client whose turn has not come.
    #[must_use]
    pub fn pending(rollout: &RolloutId, client: &Client, batch: u32) -> Self {
        Self {
            rollout: rollout.clone(),
            client_id: client.id.clone(),
            domain: client.domain.clone(),
            batch,
            state: RolloutClientState::Pending,
            redeploy: None,
            rollback: None,
            failed: false,
            live: false,
            waits_until: None,
            error: None,
        }
    }

    /// The operation that it is waiting for: its rollback or its redeploy.
    #[must_use]
    pub const fn operation(&self) -> Option<&OperationId> {
        match self.state {
            RolloutClientState::Deploying => self.redeploy.as_ref(),
            RolloutClientState::RollingBack => self.rollback.as_ref(),
            _ => None,
        }
    }
}

/// How many clients stand where.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct RolloutCounts {
    /// Their turn has not come.
    pub pending: u32,
    /// Their redeploy runs.
    pub deploying: u32,
    /// They have the new version and passed their check.
    pub done: u32,
    /// Their redeploy failed and what was live before is live.
    pub failed: u32,
    /// They were left out.
    pub skipped: u32,
    /// They are put back.
    pub rolling_back: u32,
    /// What was live before is live again.
    pub rolled_back: u32,
    /// They could not be put back.
    pub rollback_failed: u32,
    /// Redeploys that failed, whatever became of the client since; more than `maxFailures` halt the rollout.
    pub failures: u32,
}

impl RolloutCounts {
    /// Counts clients.
    pub fn of<'a>(clients: impl IntoIterator<Item = &'a RolloutClient>) -> Self {
        let mut counts = Self::default();
        for client in clients {
            *counts.of_state(client.state) += 1;
            counts.failures += u32::from(client.failed);
        }
        counts
    }

    /// Both together.
    #[must_use]
    pub fn and(mut self, other: Self) -> Self {
        for state in RolloutClientState::ALL {
            let mut other = other;
            *self.of_state(state) += *other.of_state(state);
        }
        self.failures += other.failures;
        self
    }

    const fn of_state(&mut self, state: RolloutClientState) -> &mut u32 {
        match state {
            RolloutClientState::Pending => &mut self.pending,
            RolloutClientState::Deploying => &mut self.deploying,
            RolloutClientState::Done => &mut self.done,
            RolloutClientState::Failed => &mut self.failed,
            RolloutClientState::Skipped => &mut self.skipped,
            RolloutClientState::RollingBack => &mut self.rolling_back,
            RolloutClientState::RolledBack => &mut self.rolled_back,
            RolloutClientState::RollbackFailed => &mut self.rollback_failed,
        }
    }
}

/// A rollout's record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Rollout {
    /// Identifies it.
    pub id: RolloutId,
    /// Where it stands.
    pub status: RolloutStatus,
    /// The branch, tag or commit that was asked for.
    pub reference: String,
    /// The commit it stood for when the first client was redeployed; everybody gets this one.
    pub commit: Option<String>,
    /// Which clients were asked for, as `GET /clients` takes it.
    pub filter: BTreeMap<String, String>,
    /// The sizes of the batches.
    pub batches: Vec<u32>,
    /// The batch whose turn it is, from 0.
    pub batch: u32,
    /// So many redeploys may fail; one more halts it.
    pub max_failures: u32,
    /// Counts the checkpoints; a message with another generation is stale.
    pub generation: u64,
    /// When it is next due; past this the reconciler sends a message. `None`: nothing happens until somebody asks for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due_at: Option<Instant>,
    /// When something last changed.
    pub moved_at: Instant,
    /// How the clients of the batches before this one came out.
    pub through: RolloutCounts,
    /// How all its clients stand.
    pub counts: RolloutCounts,
    /// Why it was halted.
    pub error: Option<String>,
    /// Why it was asked for, in the words of who did.
    pub reason: Option<String>,
    /// Who asked for it.
    pub requested_by: String,
    /// The request that did.
    pub request_id: String,
    /// Who called it off.
    pub cancelled_by: Option<String>,
    /// When it was recorded.
    pub created_at: Instant,
    /// When it ended.
    pub ended_at: Option<Instant>,
}
