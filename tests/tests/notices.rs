//! Messages about one notice that come at the same moment.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, missing_docs, reason = "tests")]

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tests::{World, acme};

/// How many messages come at once.
const MESSAGES: usize = 20;

/// The one of these names that holds the word.
fn named<'a>(names: &'a Value, word: &str) -> &'a str {
    let mut names = names.as_array().unwrap().iter().map(|name| name.as_str().unwrap());
    names.find(|name| name.contains(word)).unwrap()
}

/// Waits until nothing is left to be delivered.
async fn delivered(world: &World, outbox: &str, id: &str) -> Value {
    let begun = Instant::now();
    loop {
        let row = json!({"TableName": outbox, "Key": {"id": {"S": id}}, "ConsistentRead": true});
        let row = world.aws("DynamoDB_20120810.GetItem", &row).await["Item"].clone();
        if row["state"]["S"] == "delivered" {
            return row;
        }
        assert!(begun.elapsed() < Duration::from_secs(60), "{row:#}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

#[tokio::test]
async fn of_many_messages_about_one_notice_one_sends_the_mail() {
    let world = World::new().await;
    let client = world.live_client(&acme()).await;
    let tables = world.aws("DynamoDB_20120810.ListTables", &json!({})).await;
    let outbox = named(&tables["TableNames"], "Outbox");
    let queues = world.aws("AmazonSQS.ListQueues", &json!({})).await;
    let queue = named(&queues["QueueUrls"], "NoticesQueue");
    let id = format!("welcome-{}", client["id"].as_str().unwrap());
    let mut row = delivered(&world, outbox, &id).await;
    assert_eq!(world.inbox(1).await.len(), 1);

    // The same row, as it was before the first mail.
    let item = row.as_object_mut().unwrap();
    for (name, value) in [
        ("state", json!({"S": "pending"})),
        ("open", json!({"S": "open"})),
        ("attempts", json!({"N": "0"})),
        ("dueAt", item["createdAt"].clone()),
        ("deliveredAt", json!({"NULL": true})),
    ] {
        item.insert(name.to_owned(), value);
    }
    world
        .aws("DynamoDB_20120810.PutItem", &json!({"TableName": outbox, "Item": item}))
        .await;
    for half in 0..MESSAGES / 10 {
        let entries: Vec<Value> = (0..10)
            .map(|n| json!({"Id": format!("m{half}-{n}"), "MessageBody": json!({"v": 1, "notice": id}).to_string()}))
            .collect();
        world
            .aws(
                "AmazonSQS.SendMessageBatch",
                &json!({"QueueUrl": queue, "Entries": entries}),
            )
            .await;
    }
    let row = delivered(&world, outbox, &id).await;
    assert_eq!(row["attempts"]["N"], "1");
    // Whoever else was about to send has done it by then.
    tokio::time::sleep(Duration::from_secs(2)).await;
    assert_eq!(world.inbox(2).await.len(), 2);
}
