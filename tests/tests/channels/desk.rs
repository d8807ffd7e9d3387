//! What the desk says, written as it writes it.

use std::time::{Duration, Instant};

use reqwest::Method;
use serde_json::{Value, json};
use tests::World;

/// When the incidents of these tests begin.
const SINCE: &str = "2026-11-24T08:26:29.123Z";

/// The outbox of a stack, and the queue before the notifier.
pub struct Desk<'a> {
    world: &'a World,
    table: String,
    queue: String,
}

impl<'a> Desk<'a> {
    /// Of this world.
    pub async fn of(world: &'a World) -> Self {
        let tables = world.aws("DynamoDB_20120810.ListTables", &json!({})).await;
        let queues = world.aws("AmazonSQS.ListQueues", &json!({})).await;
        Self {
            world,
            table: named(&tables["TableNames"], "Outbox"),
            queue: named(&queues["QueueUrls"], "NoticesQueue"),
        }
    }

    /// Writes a message of an incident and gives it its turn; gives the id of its row.
    pub async fn says(&self, incident: &str, number: u32, kind: &str, trouble: &str, sites: &[&str]) -> String {
        let id = self.writes(incident, number, kind, trouble, sites).await;
        self.gives_a_turn(&id).await;
        id
    }

    /// Writes a message of an incident.
    pub async fn writes(&self, incident: &str, number: u32, kind: &str, trouble: &str, sites: &[&str]) -> String {
        let id = format!("alert-{incident}-{number}");
        let text = |text: &str| json!({"S": text});
        let severity = if trouble == "down" { "critical" } else { "warning" };
        let message = json!({"M": {
            "id": text(&format!("{incident}-{number}")),
            "incident": text(incident),
            "kind": text(kind),
            "severity": text(severity),
            "trouble": text(trouble),
            "cause": {"M": {"provider": text("vercel + railway")}},
            "sites": {"L": sites.iter().map(|site| text(site)).collect::<Vec<_>>()},
            "siteCount": {"N": sites.len().to_string()},
            "since": text(SINCE),
            "at": text("2026-11-24T08:51:00.000Z"),
        }});
        let now = self.now().await;
        let item = json!({
            "id": text(&id),
            "kind": text("alert"),
            "state": text("pending"),
            "open": text("open"),
            "attempts": {"N": "0"},
            "clientId": {"NULL": true},
            "dueAt": text(&now),
            "createdAt": text(&now),
            "deliveredAt": {"NULL": true},
            "error": {"NULL": true},
            "message": message,
        });
        self.put(&item).await;
        id
    }

    /// A moment that is past and not long past: that of the newest test of a channel.
    async fn now(&self) -> String {
        let tested = self
            .world
            .api(Method::POST, "/channels/ch_email/test", None)
            .await
            .expect(202);
        tested["createdAt"].as_str().unwrap().to_owned()
    }

    /// A message about a row, as whoever wrote it sends it.
    pub async fn gives_a_turn(&self, id: &str) {
        let body = json!({"v": 1, "notice": id}).to_string();
        let message = json!({"QueueUrl": self.queue, "MessageBody": body});
        self.world.aws("AmazonSQS.SendMessage", &message).await;
    }

    /// Writes a row as it is.
    pub async fn put(&self, item: &Value) {
        let put = json!({"TableName": self.table, "Item": item});
        self.world.aws("DynamoDB_20120810.PutItem", &put).await;
    }

    /// A row of the outbox; `null` when there is none.
    pub async fn row(&self, id: &str) -> Value {
        let get = json!({"TableName": self.table, "Key": {"id": {"S": id}}, "ConsistentRead": true});
        self.world.aws("DynamoDB_20120810.GetItem", &get).await["Item"].clone()
    }

    /// A row, once it is in this state.
    pub async fn until(&self, id: &str, state: &str) -> Value {
        let begun = Instant::now();
        loop {
            let row = self.row(id).await;
            if row["state"]["S"] == state {
                return row;
            }
            assert!(
                begun.elapsed() < Duration::from_secs(120),
                "{id} is not {state}: {row:#}"
            );
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// The ids of all rows that begin like this.
    pub async fn rows(&self, prefix: &str) -> Vec<String> {
        let scan = json!({"TableName": self.table, "ConsistentRead": true});
        let all = self.world.aws("DynamoDB_20120810.Scan", &scan).await;
        let items = all["Items"].as_array().unwrap().iter();
        let ids = items.map(|item| item["id"]["S"].as_str().unwrap().to_owned());
        let mut ids: Vec<String> = ids.filter(|id| id.starts_with(prefix)).collect();
        ids.sort();
        ids
    }
}

/// The messages of the inbox that came by this channel and are about this incident, oldest first.
pub async fn told(world: &World, channel: &str, incident: &str) -> Vec<String> {
    let inbox = world.inbox(0).await;
    let ours = inbox.iter().filter(|message| {
        let body = message["body"].as_str().unwrap();
        message["channel"] == channel && body.contains(&format!("{incident}-"))
    });
    ours.map(|message| message["body"].as_str().unwrap().to_owned())
        .collect()
}

/// The one of these names that holds the word.
fn named(names: &Value, word: &str) -> String {
    let mut names = names.as_array().unwrap().iter().map(|name| name.as_str().unwrap());
    names.find(|name| name.contains(word)).unwrap().to_owned()
}
