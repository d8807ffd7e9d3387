//! Queues, the ones for dead letters first.

use std::collections::{BTreeMap, HashMap};

use aws_config::SdkConfig;
use aws_sdk_sqs::{Client, types::QueueAttributeName as Name};
use serde_json::json;

use super::DeployError;
use crate::template::{QueueAddress, Stack, model::Queue};

/// Makes the queues that are not there, and gives those that are there the attributes of the template.
pub async fn create(stack: &Stack, sdk: &SdkConfig) -> Result<BTreeMap<String, QueueAddress>, DeployError> {
    #[allow(clippy::disallowed_methods, reason = "the local stack makes what its functions use")]
    let client = Client::new(sdk);
    let mut made = BTreeMap::<String, QueueAddress>::new();
    // The model has them in this order: a queue of dead letters before the one that names it.
    for queue in &stack.queues {
        let dead_letters = queue.redrive.as_ref().and_then(|(name, _)| made.get(name));
        let attributes = attributes(queue, dead_letters)?;
        let url = address(&client, queue, attributes).await?;
        let arn = arn(&client, queue, &url).await?;
        made.insert(queue.name.clone(), QueueAddress { url, arn });
    }
    Ok(made)
}

fn attributes(queue: &Queue, dead_letters: Option<&QueueAddress>) -> Result<HashMap<Name, String>, DeployError> {
    let mut attributes = HashMap::from([
        (Name::VisibilityTimeout, queue.visibility.as_secs().to_string()),
        (Name::DelaySeconds, queue.delay.as_secs().to_string()),
        (Name::MessageRetentionPeriod, queue.retention.as_secs().to_string()),
    ]);
    if let Some((name, times)) = &queue.redrive {
        let target = dead_letters.ok_or_else(|| {
            let why = format!("its queue of dead letters {name} is not in the template");
            DeployError::malformed(format!("queue {}", queue.name), why)
        })?;
        let policy = json!({"deadLetterTargetArn": target.arn, "maxReceiveCount": times});
        attributes.insert(Name::RedrivePolicy, policy.to_string());
    }
    Ok(attributes)
}

async fn address(client: &Client, queue: &Queue, attributes: HashMap<Name, String>) -> Result<String, DeployError> {
    let what = || format!("queue {}", queue.name);
    let create = client.create_queue().queue_name(&queue.name);
    let url = match create.set_attributes(Some(attributes.clone())).send().await {
        Ok(answer) => answer.queue_url,
        // There with other attributes: this template's count from now on, as in a deployment.
        Err(error)
            if error
                .as_service_error()
                .is_some_and(|error| error.is_queue_name_exists()) =>
        {
            let found = client.get_queue_url().queue_name(&queue.name).send().await;
            let url = found.map_err(|error| DeployError::refused(what(), &error))?.queue_url;
            let set = client.set_queue_attributes().set_queue_url(url.clone());
            set.set_attributes(Some(attributes))
                .send()
                .await
                .map_err(|error| DeployError::refused(what(), &error))?;
            url
        }
        Err(error) => return Err(DeployError::refused(what(), &error)),
    };
    url.ok_or_else(|| DeployError::malformed(what(), "AWS answers no address"))
}

async fn arn(client: &Client, queue: &Queue, url: &str) -> Result<String, DeployError> {
    let what = || format!("queue {}", queue.name);
    let ask = client.get_queue_attributes().queue_url(url);
    let answer = ask.attribute_names(Name::QueueArn).send().await;
    let answer = answer.map_err(|error| DeployError::refused(what(), &error))?;
    let attributes = answer.attributes.unwrap_or_default();
    let arn = attributes.get(&Name::QueueArn).cloned();
    arn.ok_or_else(|| DeployError::malformed(what(), "AWS answers no ARN"))
}
