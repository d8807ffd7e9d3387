//! Where a stack runs: what in its names and addresses AWS alone decides.

use std::collections::BTreeMap;

use super::names;

/// A region, an account, and what AWS answered when it made queues and secrets. Until it has, names and addresses are
/// those of the embedded AWS; they hold for the order of creation and nothing else.
#[derive(Debug, Clone)]
pub struct Place {
    /// The address of AWS.
    pub endpoint: String,
    /// The region.
    pub region: String,
    /// The account.
    pub account: String,
    /// Queues that are there, by name.
    pub queues: BTreeMap<String, QueueAddress>,
    /// The ARNs of secrets that are there, by name.
    pub secrets: BTreeMap<String, String>,
}

/// How a queue that is there is called.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueueAddress {
    /// Its address.
    pub url: String,
    /// Its ARN.
    pub arn: String,
}

impl Place {
    /// A place in which nothing has been made yet.
    pub fn new(endpoint: &str, region: &str) -> Self {
        Self {
            endpoint: endpoint.to_owned(),
            region: region.to_owned(),
            account: names::ACCOUNT.to_owned(),
            queues: BTreeMap::new(),
            secrets: BTreeMap::new(),
        }
    }

    /// The ARN of something of this service.
    pub fn arn(&self, service: &str, resource: &str) -> String {
        names::arn_in(&self.region, &self.account, service, resource)
    }

    /// The address of a queue.
    pub fn queue_url(&self, name: &str) -> String {
        let made = self.queues.get(name).map(|queue| queue.url.clone());
        made.unwrap_or_else(|| names::queue_url(&self.endpoint, name))
    }

    /// The ARN of a queue.
    pub fn queue_arn(&self, name: &str) -> String {
        let made = self.queues.get(name).map(|queue| queue.arn.clone());
        made.unwrap_or_else(|| self.arn("sqs", name))
    }

    /// The ARN of a secret.
    pub fn secret_arn(&self, name: &str) -> String {
        let made = self.secrets.get(name).cloned();
        made.unwrap_or_else(|| names::secret_arn(name))
    }
}
