//! Records, queues and secrets.
//!
//! **Invariant:** the only room that names DynamoDB, SQS and Secrets Manager; everyone else speaks of clients, operations and
//! notices.
//! **Invariant:** every write that depends on what was read is conditional on it; the loser is told and reads again.
//! **Invariant:** a change and its audit entry are one transaction.

mod batch;
mod channel_secrets;
mod channels;
mod clients;
mod control;
mod create;
mod deployments;
mod desk;
mod digests;
mod directory;
mod error;
mod expression;
mod findings;
mod history;
mod incidents;
mod keys;
mod ledger;
mod maintenance;
mod notices;
mod observations;
mod observed;
mod operations;
mod pages;
mod parts;
mod queues;
mod rollouts;
mod runs;
mod secrets;
mod sight;
mod start;
mod sweeps;
mod transaction;
mod watch;

use std::{collections::HashMap, sync::Arc};

use aws_sdk_dynamodb::{Client as DynamoDb, types::AttributeValue};
use domain::{Entropy, Error};

pub use clients::{ChangeOutcome, Changed, Guard};
pub use create::{Created, IdempotentRequest, NewRecords};
pub use directory::Directory;
pub use history::{History, Past};
pub use maintenance::WindowRecord;
pub use observations::{Observations, Seen};
pub use operations::{ClientChange, Finish, SaveOutcome};
pub use pages::{Place, Placed, Shard};
pub use queues::{CheckMessage, DeskMessage, NoticeMessage, OperationMessage, QueueUrls, Queues, RolloutMessage};
pub use rollouts::RolloutRecorded;
pub use secrets::{ClientSecret, Secrets};
pub use start::Started;
pub use sweeps::Sweep;

/// A record as DynamoDB holds it.
type Item = HashMap<String, AttributeValue>;

/// The names of the tables; a function is given those that it uses.
#[derive(Debug, Clone, Default)]
pub struct Tables {
    /// Clients.
    pub clients: Option<String>,
    /// Operations.
    pub operations: Option<String>,
    /// The ledger of outside things.
    pub resources: Option<String>,
    /// Deployments.
    pub deployments: Option<String>,
    /// Domain labels, idempotent requests, what all operations heed, and scheduled runs.
    pub locks: Option<String>,
    /// The audit.
    pub audit: Option<String>,
    /// The outbox.
    pub outbox: Option<String>,
    /// API keys.
    pub keys: Option<String>,
    /// What the audit has found.
    pub findings: Option<String>,
    /// Rollouts and their clients.
    pub rollouts: Option<String>,
    /// What the monitor saw.
    pub checks: Option<String>,
    /// The desk and its incidents.
    pub incidents: Option<String>,
    /// Maintenance windows.
    pub maintenance: Option<String>,
    /// Where alerts go.
    pub channels: Option<String>,
}

/// The records.
#[derive(Clone)]
pub struct Store {
    db: DynamoDb,
    tables: Arc<Tables>,
    entropy: Arc<dyn Entropy>,
}

impl Store {
    /// Over one client and the given tables; chance spreads the retries of transactions.
    #[must_use]
    pub fn new(db: DynamoDb, tables: Tables, entropy: Arc<dyn Entropy>) -> Self {
        Self {
            db,
            tables: Arc::new(tables),
            entropy,
        }
    }
}

macro_rules! table_names {
    ($($method:ident: $field:ident, $variable:literal;)*) => {
        impl Store {$(
            pub(crate) fn $method(&self) -> Result<&str, Error> {
                self.tables.$field.as_deref().ok_or_else(|| Error::internal(concat!("the variable ", $variable, " is not set for this function")))
            }
        )*}
    };
}

table_names! {
    clients_table: clients, "CLIENTS_TABLE";
    operations_table: operations, "OPERATIONS_TABLE";
    resources_table: resources, "RESOURCES_TABLE";
    deployments_table: deployments, "DEPLOYMENTS_TABLE";
    locks_table: locks, "LOCKS_TABLE";
    audit_table: audit, "AUDIT_TABLE";
    outbox_table: outbox, "OUTBOX_TABLE";
    keys_table: keys, "KEYS_TABLE";
    findings_table: findings, "FINDINGS_TABLE";
    rollouts_table: rollouts, "ROLLOUTS_TABLE";
    checks_table: checks, "CHECKS_TABLE";
    incidents_table: incidents, "INCIDENTS_TABLE";
    maintenance_table: maintenance, "MAINTENANCE_TABLE";
    channels_table: channels, "CHANNELS_TABLE";
}
