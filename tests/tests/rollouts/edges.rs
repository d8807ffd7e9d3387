//! What is refused, who may, and what a freeze or a kill does to a rollout.

use std::collections::BTreeSet;

use reqwest::Method;
use serde_json::{Value, json};
use tests::{World, label};

use crate::{in_state, one};

#[tokio::test]
async fn what_cannot_be_rolled_out_is_refused_with_a_remedy() {
    let world = World::new().await;
    world.live_sites(1).await;
    for (body, field, remedy) in [
        (
            json!({"ref": "main", "filter": {"colour": "red"}}),
            "filter.colour",
            "Known: status",
        ),
        (
            json!({"ref": "main", "filter": {"plan": "gold"}}),
            "filter.plan",
            "Possible: free",
        ),
        (json!({"ref": ""}), "ref", "branch or tag"),
        (json!({}), "ref", "missing field"),
        (json!({"ref": "main", "batch": [0]}), "batch", "whole number from 1"),
        (json!({"ref": "main", "maxFailures": -1}), "maxFailures", "u32"),
        (
            json!({"ref": "main", "filter": {"tag": "nobody"}}),
            "filter",
            "GET /clients",
        ),
        (json!({"ref": "main", "branch": "x"}), "branch", "unknown field"),
    ] {
        let refused = world.api(Method::POST, "/rollouts", Some(&body)).await.expect(422);
        assert_eq!(refused["field"], field, "{body}");
        assert!(refused["detail"].as_str().unwrap().contains(remedy), "{refused:#}");
    }
    for (method, path, status) in [
        (Method::GET, "/rollouts/nobody", 404),
        (Method::GET, "/rollouts/ro_01jdexmp1e0000000000000000", 404),
        (Method::POST, "/rollouts/ro_01jdexmp1e0000000000000000/pause", 404),
        (Method::GET, "/rollouts?limit=0", 400),
        (Method::GET, "/rollouts?cursor=x", 400),
        (Method::GET, "/rollouts?status=running", 400),
    ] {
        world.api(method, path, None).await.expect(status);
    }
    assert_eq!(world.get("/rollouts").await["totalDocs"], 0);
}

#[tokio::test]
async fn viewers_look_and_operators_run() {
    let world = World::new().await;
    world.live_sites(1).await;
    let mut bearers = Vec::new();
    for role in ["viewer", "operator"] {
        let body = json!({"name": role, "role": role});
        let key = world.api(Method::POST, "/keys", Some(&body)).await.expect(201);
        bearers.push(format!("Bearer {}", key["key"].as_str().unwrap()));
    }
    let body = json!({"ref": "release-2"}).to_string();
    let call = async |bearer: &str, method: Method, path: &str, body: Option<&str>| {
        let headers = [("authorization", bearer)];
        world.api_with(method, path, &headers, body.map(str::to_owned)).await
    };
    let (viewer, operator) = (&bearers[0], &bearers[1]);
    let refused = call(viewer, Method::POST, "/rollouts", Some(&body)).await.expect(403);
    assert!(refused["detail"].as_str().unwrap().contains("operator"), "{refused:#}");
    let rollout = call(operator, Method::POST, "/rollouts", Some(&body)).await.expect(202);
    let path = format!("/rollouts/{}", rollout["id"].as_str().unwrap());
    for command in ["pause", "resume", "cancel"] {
        call(viewer, Method::POST, &format!("{path}/{command}"), None)
            .await
            .expect(403);
    }
    call(viewer, Method::GET, &path, None).await.expect(200);
    call(viewer, Method::GET, "/rollouts", None).await.expect(200);
    assert_eq!(world.rolled_out(&rollout).await["status"], "succeeded");
}

#[tokio::test]
async fn one_key_begins_one_rollout_and_no_client_is_in_two_at_once() {
    let world = World::new().await;
    world.live_sites(2).await;
    let key = ("idempotency-key", "deploy-17");
    let body = json!({"ref": "release-2", "batch": 1});
    let first = world.api_also(Method::POST, "/rollouts", key, Some(&body)).await;
    let location = first.headers["location"].to_str().unwrap().to_owned();
    let first = first.expect(202);
    assert_eq!(
        location,
        format!("/api/platform/rollouts/{}", first["id"].as_str().unwrap())
    );
    let again = world.api_also(Method::POST, "/rollouts", key, Some(&body)).await;
    assert_eq!(again.headers["location"].to_str().unwrap(), location);
    assert_eq!(again.expect(202)["id"], first["id"]);
    let other = json!({"ref": "release-3"});
    world
        .api_also(Method::POST, "/rollouts", key, Some(&other))
        .await
        .expect(409);
    let refused = world.api(Method::POST, "/rollouts", Some(&other)).await.expect(409);
    let detail = refused["detail"].as_str().unwrap();
    assert!(
        detail.contains(first["id"].as_str().unwrap()) && detail.contains("cancel"),
        "{detail}"
    );
    assert_eq!(world.rolled_out(&first).await["status"], "succeeded");
    // Now it may.
    let second = world.roll_out(&other).await;
    assert_eq!(world.rolled_out(&second).await["status"], "succeeded");
    assert_eq!(world.get("/rollouts").await["totalDocs"], 2);
}

async fn freeze(world: &World, frozen: bool) {
    let body = json!({"frozen": frozen});
    world.api(Method::PUT, "/freeze", Some(&body)).await.expect(200);
}

#[tokio::test]
async fn a_frozen_platform_holds_a_rollout() {
    let world = World::new().await;
    world.live_sites(2).await;
    freeze(&world, true).await;
    let rollout = world.roll_out(&json!({"ref": "release-2"})).await;
    tokio::time::sleep(std::time::Duration::from_secs(2)).await;
    let held = world.rollout_until(&rollout, |_| true).await;
    assert_eq!(
        (&held["status"], &held["counts"]["pending"]),
        (&json!("running"), &json!(2))
    );
    freeze(&world, false).await;
    // What is due for some seconds is sent again by the reconciler; here without waiting for its minute.
    tokio::time::sleep(std::time::Duration::from_secs(5)).await;
    let run = format!("{}/_local/run/reconciler", world.stack.field("url"));
    assert!(
        reqwest::Client::new()
            .post(run)
            .send()
            .await
            .unwrap()
            .status()
            .is_success()
    );
    assert_eq!(world.rolled_out(&rollout).await["status"], "succeeded");
}

#[tokio::test]
async fn a_ref_that_does_not_exist_halts_at_the_first_client() {
    let world = World::new().await;
    world.live_sites(3).await;
    // Who is first within a batch is not said; of a batch of one it is.
    let rollout = world.roll_out(&json!({"ref": "missing", "batch": [1, "rest"]})).await;
    let ended = world.rolled_out(&rollout).await;
    assert_eq!(
        (&ended["status"], &ended["commit"]),
        (&json!("halted"), &Value::Null),
        "{ended:#}"
    );
    assert_eq!(in_state(&ended, "failed"), ["site-001"]);
    assert_eq!(in_state(&ended, "pending"), ["site-002", "site-003"]);
    assert!(one(&ended, "site-001")["rollbackOperationId"].is_null());
}

#[tokio::test]
async fn a_killed_rollout_goes_on_and_deploys_nobody_twice() {
    let folder = World::folder();
    let world = World::on(&folder).await;
    world.live_sites(4).await;
    let rollout = world.roll_out(&json!({"ref": "release-2", "batch": [1, "rest"]})).await;
    // The first batch is through, and of the second some run.
    world
        .rollout_until(&rollout, |now| {
            now["counts"]["done"] == 1 && now["counts"]["deploying"].as_u64().unwrap() > 0
        })
        .await;
    world.stack.kill().await;
    let world = World::on(&folder).await;
    let ended = world.rolled_out(&rollout).await;
    assert_eq!(
        (&ended["status"], &ended["counts"]["done"]),
        (&json!("succeeded"), &json!(4)),
        "{ended:#}"
    );
    let mut operations = BTreeSet::new();
    for number in 1..=4 {
        let client = one(&ended, &label(number))["clientId"].as_str().unwrap();
        let all = world.get(&format!("/clients/{client}/operations")).await;
        let redeploys = all["docs"]
            .as_array()
            .unwrap()
            .iter()
            .filter(|it| it["kind"] == "redeploy");
        operations.extend(redeploys.map(|it| it["id"].as_str().unwrap().to_owned()));
    }
    assert_eq!(operations.len(), 4, "{operations:?}");
    world.stack.kill().await;
    std::fs::remove_dir_all(folder).unwrap();
}
