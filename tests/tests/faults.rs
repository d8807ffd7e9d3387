//! What fails leaves nothing behind, or names what is left.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, missing_docs, reason = "tests")]

use reqwest::Method;
use serde_json::json;
use tests::{World, acme};

#[tokio::test]
async fn a_build_that_fails_takes_everything_down_and_says_why() {
    let world = World::new().await;
    world
        .fault(json!({"service": "vercel", "operation": "create_deployment", "mode": "build_error"}))
        .await;
    let (client, operation) = world.add_client(&acme()).await;
    let ended = world.ended(&operation).await;
    assert_eq!(ended["status"], "failed", "{ended:#}");
    assert_eq!(ended["failedStep"], "deploy");
    assert_eq!(ended["error"]["code"], "build_failed");
    assert_eq!(world.counts().await, [0, 0, 0, 0]);
    let path = format!("/clients/{}", client["id"].as_str().unwrap());
    assert_eq!(world.get(&path).await["status"], "failed");
    assert_eq!(
        world.get(&format!("{path}/deployments")).await["docs"][0]["status"],
        "failed"
    );

    // A failed client keeps its label until it is deleted.
    assert_eq!(
        world.api(Method::POST, "/clients", Some(&acme())).await.expect(409)["code"],
        "domain_taken"
    );
    assert_eq!(world.delete_client(&client).await["status"], "succeeded");
    world.live_client(&acme()).await;
}

#[tokio::test]
async fn lost_answers_are_settled_by_looking_and_nothing_is_doubled() {
    let world = World::new().await;
    for (service, operation) in [
        ("railway", "project_create"),
        ("railway", "template_deploy_v2"),
        ("vercel", "create_project"),
        ("vercel", "upsert_env"),
        ("vercel", "create_deployment"),
        ("vercel", "add_domain"),
        ("site", "first_register"),
    ] {
        world
            .fault(json!({"service": service, "operation": operation, "mode": "lost_response"}))
            .await;
    }
    let client = world.live_client(&acme()).await;
    assert_eq!(client["healthStatus"], "healthy");
    assert_eq!(world.counts().await, [1, 1, 1, 1]);
    for (service, operation) in [
        ("railway", "project_delete"),
        ("vercel", "delete_project"),
        ("vercel", "remove_domain"),
    ] {
        world
            .fault(json!({"service": service, "operation": operation, "mode": "lost_response"}))
            .await;
    }
    assert_eq!(world.delete_client(&client).await["status"], "succeeded");
    assert_eq!(world.counts().await, [0, 0, 0, 0]);
}

#[tokio::test]
async fn passing_trouble_is_waited_out() {
    let world = World::new().await;
    world
        .fault(json!({"service": "vercel", "operation": "create_project", "mode": "rate_limit", "retryAfter": 1}))
        .await;
    world
        .fault(json!({"service": "railway", "operation": "project_create", "mode": "error", "times": 2}))
        .await;
    world
        .fault(json!({"service": "vercel", "operation": "create_deployment", "mode": "malformed"}))
        .await;
    let (_, operation) = world.add_client(&acme()).await;
    let ended = world.ended(&operation).await;
    assert_eq!(ended["status"], "succeeded", "{ended:#}");
    let database = &ended["steps"][2];
    assert_eq!(
        (database["name"].as_str(), database["attempts"].as_u64()),
        (Some("provision_database"), Some(3))
    );
    assert_eq!(world.counts().await, [1, 1, 1, 1]);
}

#[tokio::test]
async fn what_cannot_be_taken_down_is_named_and_a_later_delete_finishes_it() {
    let world = World::new().await;
    let client = world.live_client(&acme()).await;
    world
        .fault(json!({"service": "vercel", "operation": "delete_project", "mode": "refuse", "times": 0}))
        .await;
    let blocked = world.delete_client(&client).await;
    assert_eq!(blocked["status"], "blocked", "{blocked:#}");
    assert_eq!(blocked["failedStep"], "deploy");
    let left: Vec<&str> = blocked["resources"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|resource| resource["state"] != "gone")
        .map(|resource| resource["kind"].as_str().unwrap())
        .collect();
    assert!(left.contains(&"project") && left.contains(&"database"), "{left:?}");
    let path = format!("/clients/{}", client["id"].as_str().unwrap());
    assert_eq!(world.get(&path).await["status"], "blocked");

    world.no_faults().await;
    assert_eq!(world.delete_client(&client).await["status"], "succeeded");
    assert_eq!(world.counts().await, [0, 0, 0, 0]);
}

#[tokio::test]
async fn a_delete_in_the_middle_of_a_provision_wins() {
    let world = World::new().await;
    world
        .fault(json!({"service": "vercel", "operation": "create_deployment", "mode": "slow", "seconds": 2}))
        .await;
    let (client, provision) = world.add_client(&acme()).await;
    let path = format!("/clients/{}", client["id"].as_str().unwrap());
    let delete = world.api(Method::DELETE, &path, None).await.expect(202)["operation"].clone();
    let again = world.api(Method::DELETE, &path, None).await.expect(202)["operation"].clone();
    assert_eq!(again["id"], delete["id"], "a second delete answers the one that runs");
    assert_eq!(world.ended(&delete).await["status"], "succeeded");
    assert_eq!(world.ended(&provision).await["status"], "cancelled");
    assert_eq!(world.counts().await, [0, 0, 0, 0]);
    assert_eq!(world.get(&path).await["status"], "deleted");
}
