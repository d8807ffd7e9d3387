//! What the template says, resolved: everything that the local stack brings up.

use std::{collections::BTreeMap, time::Duration};

/// The whole stack.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Stack {
    /// Tables, by name.
    pub tables: Vec<Table>,
    /// Queues; one that takes another's dead letters stands before it.
    pub queues: Vec<Queue>,
    /// Secrets.
    pub secrets: Vec<Secret>,
    /// Functions.
    pub functions: Vec<Function>,
    /// Routes of the HTTP API.
    pub routes: Vec<Route>,
}

/// A DynamoDB table.
#[derive(Debug, Clone, PartialEq)]
pub struct Table {
    /// Its name.
    pub name: String,
    /// The request of CreateTable.
    pub definition: serde_json::Value,
    /// The attribute that says when an item expires.
    pub ttl_attribute: Option<String>,
}

/// An SQS queue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Queue {
    /// Its name in the template.
    pub logical_id: String,
    /// Its own name.
    pub name: String,
    /// How long a received message is out of sight.
    pub visibility: Duration,
    /// How long a new message is out of sight.
    pub delay: Duration,
    /// How long a message is kept.
    pub retention: Duration,
    /// The name of the queue that takes what was received this often.
    pub redrive: Option<(String, u32)>,
}

/// A secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Secret {
    /// Its name in the template.
    pub logical_id: String,
    /// Its own name.
    pub name: String,
    /// What it holds when it is made.
    pub value: SecretValue,
}

/// What a secret holds when it is made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SecretValue {
    /// This text.
    Text(String),
    /// A JSON object with a password in it.
    Generated {
        /// The object, as JSON.
        template: String,
        /// The member that takes the password.
        key: String,
        /// Characters of the password.
        length: usize,
        /// Only letters and digits.
        exclude_punctuation: bool,
    },
}

/// A function.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Function {
    /// Its name in the template.
    pub logical_id: String,
    /// The binary that it runs.
    pub binary: String,
    /// How long one call may take.
    pub timeout: Duration,
    /// Its environment, that of all functions included.
    pub environment: BTreeMap<String, String>,
    /// The queues that it handles.
    pub sources: Vec<QueueSource>,
    /// How often it is called by the clock.
    pub schedules: Vec<Duration>,
}

/// A queue that a function handles.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueueSource {
    /// Name of the queue.
    pub queue_name: String,
    /// Most messages in one call.
    pub batch_size: usize,
    /// Most calls at once.
    pub maximum_concurrency: Option<usize>,
}

/// A route of the HTTP API.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Route {
    /// Method, in capitals.
    pub method: String,
    /// Path, with `{name}` for what varies.
    pub path: String,
    /// The function that answers, by its name in the template.
    pub function: String,
    /// Who decides whether a caller may pass; `None` lets everybody.
    pub authorizer: Option<Authorizer>,
}

/// Who decides whether a caller may pass.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Authorizer {
    /// The function, by its name in the template.
    pub function: String,
    /// How long its answer is kept.
    pub ttl: Duration,
}
