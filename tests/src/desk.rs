//! Troubles of sites, as the monitor would write them down, and what the desk makes of them.

use std::time::{Duration, Instant};

use serde_json::{Map, Value, json};

use crate::World;

/// How long the desk may take on a busy machine; it is not a measurement.
const TELLS_WITHIN: Duration = Duration::from_secs(120);
/// Since when what is wrong is wrong.
const SINCE: &str = "2026-11-24T08:00:00.000Z";

impl World {
    /// The name of the table with this word in it.
    pub async fn table(&self, word: &str) -> String {
        let tables = self.aws("DynamoDB_20120810.ListTables", &json!({})).await;
        named(&tables["TableNames"], word)
    }

    /// Sends a message to the queue with this word in its name.
    pub async fn message(&self, queue: &str, body: &Value) {
        let queues = self.aws("AmazonSQS.ListQueues", &json!({})).await;
        let url = named(&queues["QueueUrls"], queue);
        let message = json!({"QueueUrl": url, "MessageBody": body.to_string()});
        self.aws("AmazonSQS.SendMessage", &message).await;
    }

    /// Has the desk look at these clients, or at everybody it knows when there are none.
    pub async fn desk(&self, clients: &[String]) {
        self.message("DeskQueue", &json!({"v": 1, "clients": clients})).await;
    }

    /// Puts clients like this one straight into the records, under other ids and labels; gives their ids.
    pub async fn copies(&self, client: &Value, count: usize) -> Vec<String> {
        let table = self.table("ClientsTable").await;
        let key = json!({"TableName": table, "Key": {"id": client["id"].as_str().map(|id| json!({"S": id}))}});
        let item = self.aws("DynamoDB_20120810.GetItem", &key).await["Item"].clone();
        let ids: Vec<String> = (0..count).map(|number| format!("cl_{number:026}")).collect();
        for some in ids.chunks(25) {
            let puts = some.iter().map(|id| {
                let mut copy = item.clone();
                let label = format!("copy-{}", id.trim_start_matches("cl_").trim_start_matches('0'));
                copy["id"] = json!({"S": id});
                copy["domain"] = json!({"S": label});
                json!({"PutRequest": {"Item": copy}})
            });
            let requests = json!({"RequestItems": {&table: puts.collect::<Vec<_>>()}});
            self.aws("DynamoDB_20120810.BatchWriteItem", &requests).await;
        }
        ids
    }

    /// What is certain of a client's site: these troubles and no others.
    pub async fn watched(&self, client: &str, troubles: &[&str]) {
        self.watched_with(client, troubles, &[]).await;
    }

    /// The same, with these warnings.
    pub async fn watched_with(&self, client: &str, troubles: &[&str], warnings: &[&str]) {
        let since = |trouble: &&str| ((*trouble).to_owned(), json!({"S": SINCE}));
        let warnings: Vec<Value> = warnings.iter().map(|name| json!({"S": name})).collect();
        let watch = json!({"M": {
            "troubles": {"M": troubles.iter().map(since).collect::<Map<_, _>>()},
            "warnings": {"L": warnings},
        }});
        let update = json!({
            "TableName": self.table("ClientsTable").await,
            "Key": {"id": {"S": client}},
            "UpdateExpression": "SET #watch = :watch",
            "ExpressionAttributeNames": {"#watch": "watch"},
            "ExpressionAttributeValues": {":watch": watch},
        });
        self.aws("DynamoDB_20120810.UpdateItem", &update).await;
    }

    /// A row of the outbox, once it is there.
    pub async fn notice(&self, id: &str) -> Value {
        let table = self.table("OutboxTable").await;
        let begun = Instant::now();
        loop {
            let key = json!({"TableName": table, "Key": {"id": {"S": id}}, "ConsistentRead": true});
            let row = self.aws("DynamoDB_20120810.GetItem", &key).await["Item"].clone();
            if row.is_object() {
                return row;
            }
            assert!(begun.elapsed() < TELLS_WITHIN, "there is no notice {id}");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// The ids of all alerts in the outbox.
    pub async fn alerts(&self) -> Vec<String> {
        let scan = json!({"TableName": self.table("OutboxTable").await, "ConsistentRead": true});
        let rows = self.aws("DynamoDB_20120810.Scan", &scan).await;
        // Those of the desk, not what the notifier makes of them for its channels.
        let ids = rows["Items"]
            .as_array()
            .unwrap()
            .iter()
            .filter(|row| row["channel"].is_null());
        let mut ids: Vec<String> = ids.map(|row| row["id"]["S"].as_str().unwrap().to_owned()).collect();
        ids.retain(|id| id.starts_with("alert-"));
        ids.sort();
        ids
    }

    /// The incidents, once they are as wanted.
    pub async fn incidents(&self, query: &str, wanted: impl Fn(&[Value]) -> bool) -> Vec<Value> {
        let page = self
            .until(&format!("/incidents?{query}"), |page| {
                wanted(page["docs"].as_array().unwrap())
            })
            .await;
        page["docs"].as_array().unwrap().clone()
    }

    /// Waits until the desk has nothing to do any more.
    pub async fn desk_rests(&self) {
        let queues = self.aws("AmazonSQS.ListQueues", &json!({})).await;
        let url = named(&queues["QueueUrls"], "DeskQueue");
        let names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"];
        let ask = json!({"QueueUrl": url, "AttributeNames": names});
        let begun = Instant::now();
        loop {
            let answer = self.aws("AmazonSQS.GetQueueAttributes", &ask).await;
            if names.iter().all(|name| answer["Attributes"][name] == "0") {
                return;
            }
            assert!(begun.elapsed() < TELLS_WITHIN, "{answer}");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}

fn named(names: &Value, word: &str) -> String {
    let names = names.as_array().unwrap().iter().map(|name| name.as_str().unwrap());
    let mut found = names.filter(|name| name.contains(word));
    found
        .next()
        .unwrap_or_else(|| panic!("nothing is called {word}"))
        .to_owned()
}
