//! Queues. Messages say nothing but whose turn it is; the record decides.

use std::time::Duration;

use aws_sdk_sqs::Client as Sqs;
use domain::{ClientId, Error, Instant, OperationId, RolloutId, monitoring::Site};
use serde::{Deserialize, Serialize};

use crate::error;

/// "It is this operation's turn."
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OperationMessage {
    /// The message's version.
    pub v: u8,
    /// Which operation.
    pub operation: OperationId,
    /// At which generation; any other is stale.
    pub generation: u64,
}

/// "This notice is to go out."
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NoticeMessage {
    /// The message's version.
    pub v: u8,
    /// Which row of the outbox.
    pub notice: String,
}

/// "It is this rollout's turn."
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RolloutMessage {
    /// The message's version.
    pub v: u8,
    /// Which rollout.
    pub rollout: RolloutId,
    /// At which generation; any other is stale.
    pub generation: u64,
}

/// "Look at these clients' troubles, and at what is due."
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeskMessage {
    /// The message's version.
    pub v: u8,
    /// Whose records have changed; none when only the time has.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub clients: Vec<ClientId>,
}

/// "Check these sites", as they were when the run began.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CheckMessage {
    /// The message's version.
    pub v: u8,
    /// The moment of the run; its name.
    pub run: Instant,
    /// When it was sent out: a schedule's clock is not the run's.
    pub sent: Instant,
    /// Which of the run's workers this is.
    pub shard: u16,
    /// How many there are.
    pub of: u16,
    /// 0 is the scheduled check, then its rechecks.
    pub stage: u8,
    /// Somebody has asked for it: the digest is wanted at once.
    #[serde(default)]
    pub at_once: bool,
    /// The sites.
    pub sites: Vec<Site>,
}

/// Where the queues are; a function is given those that it sends to.
#[derive(Debug, Clone, Default)]
pub struct QueueUrls {
    /// Operations' turns.
    pub operations: Option<String>,
    /// Notices' turns.
    pub notices: Option<String>,
    /// Rollouts' turns.
    pub rollouts: Option<String>,
    /// Sites to be checked.
    pub checks: Option<String>,
    /// The desk's turns.
    pub desk: Option<String>,
}

/// The queues.
#[derive(Clone)]
pub struct Queues {
    sqs: Sqs,
    urls: QueueUrls,
}

impl Queues {
    /// Over one client and the given queues.
    #[must_use]
    pub const fn new(sqs: Sqs, urls: QueueUrls) -> Self {
        Self { sqs, urls }
    }

    /// Gives an operation its turn, after whole seconds (SQS takes at most 900).
    ///
    /// # Errors
    /// SQS fails.
    pub async fn send_operation(&self, operation: &OperationId, generation: u64, after: Duration) -> Result<(), Error> {
        let message = OperationMessage {
            v: 1,
            operation: operation.clone(),
            generation,
        };
        self.send(self.urls.operations.as_deref(), "OPERATIONS_QUEUE_URL", &message, after)
            .await
    }

    /// Gives a notice its turn, after whole seconds (SQS takes at most 900).
    ///
    /// # Errors
    /// SQS fails.
    pub async fn send_notice(&self, notice: &str, after: Duration) -> Result<(), Error> {
        let message = NoticeMessage {
            v: 1,
            notice: notice.to_owned(),
        };
        self.send(self.urls.notices.as_deref(), "NOTICES_QUEUE_URL", &message, after)
            .await
    }

    /// Gives a rollout its turn, after whole seconds (SQS takes at most 900).
    ///
    /// # Errors
    /// SQS fails.
    pub async fn send_rollout(&self, rollout: &RolloutId, generation: u64, after: Duration) -> Result<(), Error> {
        let message = RolloutMessage {
            v: 1,
            rollout: rollout.clone(),
            generation,
        };
        self.send(self.urls.rollouts.as_deref(), "ROLLOUTS_QUEUE_URL", &message, after)
            .await
    }

    /// Gives a worker its sites, after whole seconds (SQS takes at most 900).
    ///
    /// # Errors
    /// SQS fails, or the message is larger than it takes.
    pub async fn send_checks(&self, message: &CheckMessage, after: Duration) -> Result<(), Error> {
        self.send(self.urls.checks.as_deref(), "CHECKS_QUEUE_URL", message, after)
            .await
    }

    /// Has the desk look at these clients, after whole seconds (SQS takes at most 900). As many as there are: the message is split
    /// where it would be too large.
    ///
    /// # Errors
    /// SQS fails.
    pub async fn send_desk(&self, clients: &[ClientId], after: Duration) -> Result<(), Error> {
        // 2,000 ids take some 64 KB, the unit of SQS's price.
        let parts = clients.chunks(2000).map(<[ClientId]>::to_vec);
        for clients in parts.chain(clients.is_empty().then(Vec::new)) {
            let message = DeskMessage { v: 1, clients };
            self.send(self.urls.desk.as_deref(), "DESK_QUEUE_URL", &message, after)
                .await?;
        }
        Ok(())
    }

    async fn send(
        &self,
        queue: Option<&str>,
        variable: &str,
        message: &impl Serialize,
        after: Duration,
    ) -> Result<(), Error> {
        let queue =
            queue.ok_or_else(|| Error::internal(format!("the variable {variable} is not set for this function")))?;
        let body = serde_json::to_string(message).map_err(Error::internal)?;
        let seconds = i32::try_from(after.as_millis().div_ceil(1000))
            .unwrap_or(i32::MAX)
            .min(900);
        self.sqs
            .send_message()
            .queue_url(queue)
            .message_body(body)
            .delay_seconds(seconds)
            .send()
            .await
            .map_err(error::aws)?;
        Ok(())
    }
}
