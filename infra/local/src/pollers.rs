//! Takes messages from the queues to their functions, as Lambda's event source mapping does.
//!
//! **Invariant:** a message is deleted only after its function handled it; what fails comes back after the queue's visibility.
//! **Invariant:** of one queue, no more calls run at once than the template allows.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use aws_sdk_sqs::{
    Client,
    types::{DeleteMessageBatchRequestEntry, Message, MessageSystemAttributeName, QueueAttributeName},
};
use serde_json::{Value, json};
use tokio::{task::JoinSet, time::Instant};

use crate::{
    functions::Functions,
    template::{
        Place, Stack,
        model::{Function, QueueSource},
    },
};

/// Calls at once where the template says nothing.
const CONCURRENCY: usize = 10;
/// Most receivers of one queue, however many calls the template allows.
const MOST_RECEIVERS: usize = 50;

/// One queue and the function behind it. Clones share it.
#[derive(Clone)]
pub struct Poller(Arc<Inner>);

struct Inner {
    client: Client,
    functions: Functions,
    function: String,
    source: QueueSource,
    url: String,
    arn: String,
    region: String,
    visibility: Duration,
    /// What failed and is out of sight until then; it holds up nobody who waits for the queue to be drained.
    left: Mutex<HashMap<String, Instant>>,
}

type AnyError = Box<dyn std::error::Error + Send + Sync>;

/// A poller for each queue that a function of the template handles.
pub fn pollers(stack: &Stack, place: &Place, functions: &Functions, client: &Client) -> Vec<Poller> {
    let sources = stack
        .functions
        .iter()
        .flat_map(|function| function.sources.iter().map(move |source| (function, source)));
    let poller = |(function, source): (&Function, &QueueSource)| {
        let name = &source.queue_name;
        let queue = stack.queues.iter().find(|queue| queue.name == *name);
        Poller(Arc::new(Inner {
            client: client.clone(),
            functions: functions.clone(),
            function: function.logical_id.clone(),
            source: source.clone(),
            url: place.queue_url(name),
            arn: place.queue_arn(name),
            region: place.region.clone(),
            visibility: queue.map_or(Duration::from_secs(30), |queue| queue.visibility),
            left: Mutex::default(),
        }))
    };
    sources.map(poller).collect()
}

impl Poller {
    /// Begins to receive: as many receivers as calls may run at once, so that a message never waits for one.
    pub fn start(&self, tasks: &mut JoinSet<()>) {
        let calls = self.0.source.maximum_concurrency.unwrap_or(CONCURRENCY);
        for _ in 0..calls.clamp(1, MOST_RECEIVERS) {
            tasks.spawn(self.clone().run());
        }
    }

    /// Whether nothing waits or is being handled; messages that are delayed or failed do not count.
    ///
    /// # Errors
    /// The queue does not answer.
    pub async fn is_drained(&self) -> Result<bool, AnyError> {
        use QueueAttributeName::{
            ApproximateNumberOfMessages as Visible, ApproximateNumberOfMessagesNotVisible as Hidden,
        };
        let ask = self.0.client.get_queue_attributes().queue_url(&self.0.url);
        let answer = ask.attribute_names(Visible).attribute_names(Hidden).send().await?;
        let attributes = answer.attributes.unwrap_or_default();
        let count = |name| {
            attributes
                .get(&name)
                .and_then(|count: &String| count.parse::<usize>().ok())
                .unwrap_or(0)
        };
        let now = Instant::now();
        let mut left = self.0.left.lock().unwrap_or_else(PoisonError::into_inner);
        left.retain(|_, until| *until > now);
        Ok(count(Visible) == 0 && count(Hidden) <= left.len())
    }

    async fn run(self) {
        loop {
            if let Err(error) = self.turn().await {
                tracing::error!(queue.name = self.0.source.queue_name, error = %error, "a queue does not answer");
                tokio::time::sleep(Duration::from_secs(1)).await;
            }
        }
    }

    async fn turn(&self) -> Result<(), AnyError> {
        let most = i32::try_from(self.0.source.batch_size.clamp(1, 10))?;
        let answer = self
            .0
            .client
            .receive_message()
            .queue_url(&self.0.url)
            .max_number_of_messages(most)
            .wait_time_seconds(20)
            .message_system_attribute_names(MessageSystemAttributeName::All)
            .send()
            .await?;
        let messages = answer.messages.unwrap_or_default();
        if messages.is_empty() {
            return Ok(());
        }
        let records = messages.iter().map(|message| self.record(message)).collect::<Vec<_>>();
        let answer = self
            .0
            .functions
            .call(&self.0.function, json!({"Records": records}), None)
            .await;
        let failed = match &answer {
            Ok(answer) => failures(answer),
            Err(error) => {
                tracing::error!(queue.name = self.0.source.queue_name, error = %error, "a batch was not handled");
                None
            }
        };
        self.settle(messages, failed.as_deref()).await
    }

    /// Deletes what was handled. `failed` names what was not; `None`: nothing was.
    async fn settle(&self, messages: Vec<Message>, failed: Option<&[String]>) -> Result<(), AnyError> {
        let mut entries = Vec::new();
        for (index, message) in messages.into_iter().enumerate() {
            let id = message.message_id.unwrap_or_default();
            let stays = failed.is_none_or(|failed| failed.contains(&id));
            let mut left = self.0.left.lock().unwrap_or_else(PoisonError::into_inner);
            if stays {
                left.insert(id, Instant::now() + self.0.visibility);
                continue;
            }
            left.remove(&id);
            let entry = DeleteMessageBatchRequestEntry::builder().id(index.to_string());
            entries.push(entry.set_receipt_handle(message.receipt_handle).build()?);
        }
        if !entries.is_empty() {
            let delete = self.0.client.delete_message_batch().queue_url(&self.0.url);
            delete.set_entries(Some(entries)).send().await?;
        }
        Ok(())
    }

    fn record(&self, message: &Message) -> Value {
        let attributes = message.attributes.iter().flatten();
        let attributes = attributes.map(|(name, value)| (name.as_str().to_owned(), json!(value)));
        json!({
            "messageId": message.message_id,
            "receiptHandle": message.receipt_handle,
            "body": message.body,
            "attributes": attributes.collect::<serde_json::Map<_, _>>(),
            "messageAttributes": {},
            "md5OfBody": message.md5_of_body,
            "eventSource": "aws:sqs",
            "eventSourceARN": self.0.arn,
            "awsRegion": self.0.region,
        })
    }
}

/// The messages that a function says it could not handle. Lambda takes an entry without an id as: none was handled.
fn failures(answer: &Value) -> Option<Vec<String>> {
    let items = answer.get("batchItemFailures").and_then(Value::as_array);
    let id = |item: &Value| item.get("itemIdentifier").and_then(Value::as_str).map(str::to_owned);
    items.into_iter().flatten().map(id).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_failed_is_read_from_the_answer() {
        assert_eq!(failures(&json!({})), Some(vec![]));
        assert_eq!(failures(&Value::Null), Some(vec![]));
        let answer = json!({"batchItemFailures": [{"itemIdentifier": "a"}]});
        assert_eq!(failures(&answer), Some(vec!["a".to_owned()]));
        assert_eq!(failures(&json!({"batchItemFailures": [{}]})), None);
    }
}
