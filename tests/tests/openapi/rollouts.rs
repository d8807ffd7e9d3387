//! The routes of rollouts, held against the document.

use reqwest::Method;
use serde_json::{Value, json};
use tests::World;

use crate::{document::Document, send};

/// A rollout over whatever clients there are, through all that can be asked of it; gives it.
pub async fn roll_out(world: &World, document: &Document) -> Value {
    for body in [
        json!({"branch": "main"}),
        json!({"ref": "main", "filter": ["starter"]}),
        json!({"ref": "main", "maxFailures": -1}),
    ] {
        send(world, document, Method::POST, "/rollouts", "", &body).await;
    }
    let plans = json!(["free", "starter", "professional", "enterprise"]);
    let body = json!({
        "ref": "main", "filter": {"plan": plans, "sort": "domain"}, "batch": [1, "10%", "rest"], "maxFailures": 1,
        "reason": "a test",
    });
    let rollout = send(world, document, Method::POST, "/rollouts", "", &body)
        .await
        .expect(202);
    let id = rollout["id"].as_str().unwrap();
    for command in ["pause", "resume", "cancel"] {
        let called = format!("/rollouts/{id}/{command}");
        let answer = world.api(Method::POST, &called, None).await;
        document.holds("post", &format!("/rollouts/{{id}}/{command}"), &answer);
    }
    world.rolled_out(&rollout).await
}
