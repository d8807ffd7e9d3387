//! Requests that come at the same moment.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, missing_docs, reason = "tests")]

use std::sync::Arc;

use reqwest::Method;
use serde_json::{Value, json};
use tests::{World, acme};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_many_creates_with_one_domain_exactly_one_wins() {
    let world = Arc::new(World::new().await);
    let attempts: Vec<_> = (0..10)
        .map(|_| {
            let world = Arc::clone(&world);
            tokio::spawn(async move { world.api(Method::POST, "/clients", Some(&acme())).await })
        })
        .collect();
    let mut statuses = Vec::new();
    let mut winner = Value::Null;
    for attempt in attempts {
        let answer = attempt.await.unwrap();
        statuses.push(answer.status.as_u16());
        if answer.status == 202 {
            winner = answer.json()["operation"].clone();
        }
    }
    statuses.sort_unstable();
    assert_eq!(statuses, [vec![202], vec![409; 9]].concat());
    assert_eq!(world.ended(&winner).await["status"], "succeeded");
    assert_eq!(world.counts().await, [1, 1, 1, 1]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn fifty_identical_requests_with_one_key_are_one_request() {
    let world = Arc::new(World::new().await);
    let attempts: Vec<_> = (0..50)
        .map(|_| {
            let world = Arc::clone(&world);
            tokio::spawn(async move {
                world
                    .api_also(Method::POST, "/clients", ("idempotency-key", "one"), Some(&acme()))
                    .await
            })
        })
        .collect();
    let mut answers = Vec::new();
    for attempt in attempts {
        let answer = attempt.await.unwrap();
        answers.push((
            answer.headers["location"].to_str().unwrap().to_owned(),
            answer.expect(202),
        ));
    }
    answers.dedup();
    assert_eq!(answers.len(), 1);
    let mut other = acme();
    other["clientName"] = json!("Other");
    let reused = world
        .api_also(Method::POST, "/clients", ("idempotency-key", "one"), Some(&other))
        .await;
    assert_eq!(reused.expect(409)["code"], "idempotency_key_reused");
    assert_eq!(world.ended(&answers[0].1["operation"]).await["status"], "succeeded");
    assert_eq!(world.counts().await, [1, 1, 1, 1]);
}
