//! One commit for many clients: batches, failures that halt, pause, resume, cancel, and what is refused.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, missing_docs, reason = "tests")]

mod edges;

use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};
use tests::{World, label};

/// The clients of a rollout that stand so, by label.
fn in_state(rollout: &Value, state: &str) -> Vec<String> {
    let clients = rollout["clients"].as_array().unwrap().iter();
    clients
        .filter(|client| client["state"] == state)
        .map(|client| client["domain"].as_str().unwrap().to_owned())
        .collect()
}

fn one<'a>(rollout: &'a Value, label: &str) -> &'a Value {
    let mut clients = rollout["clients"].as_array().unwrap().iter();
    clients.find(|client| client["domain"] == label).unwrap()
}

/// When a redeploy was recorded, and when it ended.
async fn times(world: &World, client: &Value) -> (String, String) {
    let operation = world
        .get(&format!("/operations/{}", client["operationId"].as_str().unwrap()))
        .await;
    let time = |name: &str| operation[name].as_str().unwrap().to_owned();
    (time("createdAt"), time("endedAt"))
}

#[tokio::test]
async fn every_client_gets_one_commit_batch_after_batch() {
    let world = World::new().await;
    world.live_sites(12).await;
    let rollout = world
        .roll_out(&json!({"ref": "release-2", "reason": "a new shop"}))
        .await;
    assert_eq!(
        (&rollout["status"], &rollout["batches"], &rollout["ref"]),
        (&json!("running"), &json!([1, 2, 9]), &json!("release-2"))
    );
    let ended = world.rolled_out(&rollout).await;
    assert_eq!(
        (&ended["status"], &ended["counts"]["done"]),
        (&json!("succeeded"), &json!(12)),
        "{ended:#}"
    );
    let commit = ended["commit"].as_str().unwrap();
    assert_eq!(commit.len(), 40);

    let mut before_is_through = String::new();
    for batch in 1..=3 {
        let clients = ended["clients"].as_array().unwrap().iter();
        let mut last = String::new();
        for client in clients.filter(|client| client["batch"] == batch) {
            let label = client["domain"].as_str().unwrap();
            let version = world.version_of(label).await.unwrap();
            assert!(version.contains(&commit[..7]), "{label} runs {version}");
            let (began, end) = times(&world, client).await;
            assert!(
                began > before_is_through,
                "{label} began before the batch before was through"
            );
            last = last.max(end);
            let newest = &world
                .get(&format!(
                    "/clients/{}/deployments",
                    client["clientId"].as_str().unwrap()
                ))
                .await["docs"][0];
            assert_eq!(
                (&newest["gitCommit"], &newest["type"]),
                (&json!(commit), &json!("update"))
            );
        }
        before_is_through = last;
    }
    // The branch may move meanwhile: only the first redeploy asks where it stands.
    let calls = world.sandbox(Method::GET, "calls", None).await.expect(200);
    let paths = calls
        .as_array()
        .unwrap()
        .iter()
        .map(|call| call["path"].as_str().unwrap());
    assert_eq!(paths.filter(|path| path.ends_with("/commits/release-2")).count(), 1);

    let list = world.get("/rollouts?limit=1").await;
    assert_eq!(
        (&list["totalDocs"], &list["docs"][0]["id"]),
        (&json!(1), &rollout["id"])
    );
}

#[tokio::test]
async fn when_more_break_than_may_the_batch_is_rolled_back_and_the_rollout_halts() {
    let world = World::new().await;
    world.live_sites(12).await;
    let before = world.version_of("site-012").await.unwrap();
    for label in ["site-007", "site-009"] {
        world.break_next(label, "unhealthy").await;
    }
    let rollout = world.roll_out(&json!({"ref": "release-2", "maxFailures": 1})).await;
    let ended = world.rolled_out(&rollout).await;
    assert_eq!(
        (&ended["status"], &ended["counts"]["failures"]),
        (&json!("halted"), &json!(2)),
        "{ended:#}"
    );
    let why = ended["error"].as_str().unwrap();
    assert!(why.contains("site-007") && why.contains("site-009"), "{why}");
    for broken in ["site-007", "site-009"] {
        let client = one(&ended, broken);
        assert_eq!(
            (&client["failed"], &client["state"]),
            (&json!(true), &json!("rolled_back"))
        );
        assert!(client["error"].as_str().unwrap().contains("check"), "{client:#}");
        assert!(client["operationId"].is_string() && client["rollbackOperationId"].is_string());
    }
    assert_eq!(in_state(&ended, "done"), ["site-001", "site-002", "site-003"]);
    assert_eq!(in_state(&ended, "rolled_back").len(), 9);
    for number in 1..=12 {
        let version = world.version_of(&label(number)).await;
        let version = version.unwrap_or_else(|| panic!("{} is ill", label(number)));
        assert_eq!(version == before, number > 3, "{} runs {version}", label(number));
    }
    let healthy = world.get("/clients?health=healthy&status=active").await;
    assert_eq!(healthy["totalDocs"], 12);
}

#[tokio::test]
async fn failures_that_may_be_do_not_stop_it_and_leave_no_site_ill() {
    let world = World::new().await;
    world.live_sites(4).await;
    let before = world.version_of("site-001").await.unwrap();
    world.break_next("site-001", "unhealthy").await;
    world.break_next("site-003", "build_error").await;
    let rollout = world
        .roll_out(&json!({"ref": "release-2", "batch": [1, 1, "rest"], "maxFailures": 2}))
        .await;
    let ended = world.rolled_out(&rollout).await;
    assert_eq!(
        (&ended["status"], &ended["counts"]["failures"]),
        (&json!("succeeded"), &json!(2)),
        "{ended:#}"
    );
    assert_eq!(in_state(&ended, "rolled_back"), ["site-001"]);
    // Its build failed, so nothing was put live and nothing is to be put back.
    assert_eq!(in_state(&ended, "failed"), ["site-003"]);
    assert!(one(&ended, "site-003")["rollbackOperationId"].is_null());
    for (label, old) in [
        ("site-001", true),
        ("site-002", false),
        ("site-003", true),
        ("site-004", false),
    ] {
        let version = world.version_of(label).await.unwrap();
        assert_eq!(version == before, old, "{label} runs {version}");
    }
}

#[tokio::test]
async fn a_client_that_is_not_live_is_left_out_and_one_that_is_busy_is_waited_for() {
    let world = World::new().await;
    world.live_sites(3).await;
    let (second, third) = (world.client_at("site-002").await, world.client_at("site-003").await);
    assert_eq!(
        world.operate(&third, "suspend", &json!({})).await["status"],
        "succeeded"
    );
    world
        .fault(json!({"service": "vercel", "operation": "create_deployment", "mode": "slow", "seconds": 4}))
        .await;
    let redeploy = format!("/clients/{}/redeploy", second["id"].as_str().unwrap());
    world.api(Method::POST, &redeploy, None).await.expect(202);
    let rollout = world.roll_out(&json!({"ref": "release-2", "batch": "rest"})).await;
    let ended = world.rolled_out(&rollout).await;
    assert_eq!(ended["status"], "succeeded", "{ended:#}");
    assert_eq!(in_state(&ended, "done"), ["site-001", "site-002"]);
    let left_out = one(&ended, "site-003");
    assert_eq!(
        (&left_out["state"], &left_out["failed"]),
        (&json!("skipped"), &json!(false))
    );
    assert!(
        left_out["error"].as_str().unwrap().contains("suspended"),
        "{left_out:#}"
    );
    let commit = ended["commit"].as_str().unwrap();
    assert!(world.version_of("site-002").await.unwrap().contains(&commit[..7]));
}

#[tokio::test]
async fn a_rollout_is_paused_resumed_and_called_off() {
    let world = World::new().await;
    world.live_sites(6).await;
    let rollout = world.roll_out(&json!({"ref": "release-2", "batch": 1})).await;
    world.rollout_until(&rollout, |now| now["counts"]["done"] == 1).await;
    let paused = world.of_rollout(&rollout, "pause").await;
    assert_eq!(paused["status"], "paused");
    assert_eq!(world.of_rollout(&rollout, "pause").await["status"], "paused");
    // What ran comes to its end, and then nothing happens.
    let still = world
        .rollout_until(&rollout, |now| now["counts"]["deploying"] == 0)
        .await;
    tokio::time::sleep(Duration::from_secs(3)).await;
    let later = world.rollout_until(&rollout, |_| true).await;
    assert_eq!(
        (&later["counts"], &later["status"]),
        (&still["counts"], &json!("paused"))
    );
    assert!(later["counts"]["pending"].as_u64().unwrap() > 0);

    assert_eq!(world.of_rollout(&rollout, "resume").await["status"], "running");
    let more = still["counts"]["done"].as_u64().unwrap() + 1;
    world
        .rollout_until(&rollout, |now| now["counts"]["done"].as_u64().unwrap() >= more)
        .await;
    assert!(world.of_rollout(&rollout, "cancel").await["cancelledBy"].is_string());
    let ended = world.rolled_out(&rollout).await;
    assert_eq!(ended["status"], "cancelled", "{ended:#}");
    assert!(!in_state(&ended, "pending").is_empty());
    assert_eq!(ended["counts"]["deploying"], 0);
    let commit = ended["commit"].as_str().unwrap();
    for number in 1..=6 {
        let state = one(&ended, &label(number))["state"].clone();
        let version = world.version_of(&label(number)).await.unwrap();
        assert_eq!(version.contains(&commit[..7]), state == "done", "{number}: {state}");
    }
    let path = format!("/rollouts/{}/resume", rollout["id"].as_str().unwrap());
    let refused = world.api(Method::POST, &path, None).await.expect(409);
    assert!(
        refused["detail"]
            .as_str()
            .unwrap()
            .contains("POST /api/platform/rollouts"),
        "{refused:#}"
    );
}
