//! What can be seen of a client in a rollout: how its operation stands, or whether one could be begun.

use crate::{Client, Command, Operation, OperationStatus};

/// What was seen of a client.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Seen {
    /// It was not looked at.
    Unseen,
    /// Nothing stands in the way of its operation, which does not exist yet.
    Free,
    /// Somebody else's operation has it; says which.
    Busy(String),
    /// It is in no state for its operation; says why.
    Unfit(String),
    /// Something else is live than what is to be rolled back.
    Replaced,
    /// Its operation exists.
    Operation {
        /// The commit that it deploys, once that is known.
        commit: Option<String>,
        /// How it ended, if it has.
        end: Option<End>,
    },
}

/// How an operation ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum End {
    /// Well.
    Succeeded,
    /// Not well.
    Failed {
        /// What it deployed is live all the same.
        live: bool,
        /// Why.
        error: String,
    },
}

impl Seen {
    /// An operation that exists.
    #[must_use]
    pub fn operation(operation: &Operation) -> Self {
        let error = || match (&operation.error, &operation.cancelled_by) {
            (Some(error), _) => error.message.clone(),
            (None, Some(who)) => format!("The operation was called off by {who}."),
            (None, None) => "The operation was overtaken by another one.".to_owned(),
        };
        let end = match operation.status {
            OperationStatus::Queued
            | OperationStatus::Running
            | OperationStatus::Waiting
            | OperationStatus::Compensating => None,
            OperationStatus::Succeeded => Some(End::Succeeded),
            OperationStatus::Failed | OperationStatus::Blocked | OperationStatus::Cancelled => Some(End::Failed {
                live: operation.has_gone_live(),
                error: error(),
            }),
        };
        let source = operation.outputs.source.as_ref();
        Self::Operation {
            commit: source.map(|source| source.commit.clone()),
            end,
        }
    }

    /// A client on which nothing is begun yet; `running` is the operation that has it.
    #[must_use]
    pub fn client(client: &Client, running: Option<&Operation>, command: Command) -> Self {
        match (running, command.check(client.status)) {
            (Some(running), _) => Self::Busy(format!("its {} operation {}", running.kind.name(), running.id)),
            (None, Err(refusal)) => Self::Unfit(refusal.message().to_owned()),
            (None, Ok(())) => Self::Free,
        }
    }

    /// A client that is to be put back to what was live before a redeploy.
    #[must_use]
    pub fn client_to_put_back(client: &Client, running: Option<&Operation>, redeploy: &Operation) -> Self {
        match Self::client(client, running, Command::Rollback) {
            Self::Free if client.live_deployment != redeploy.outputs.deployment_id => Self::Replaced,
            Self::Free if redeploy.outputs.replaces.is_none() => {
                Self::Unfit("It is not known what was live before.".to_owned())
            }
            seen => seen,
        }
    }
}
