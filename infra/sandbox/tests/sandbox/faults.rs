use std::time::{Duration, Instant};

use reqwest::Method;
use serde_json::{Value, json};

use crate::world::World;

const PROJECTS: &str = "/vercel/v11/projects?teamId=team_a";

async fn create(world: &World, name: &str) -> Result<u16, reqwest::Error> {
    let request = world.request(Method::POST, PROJECTS).json(&json!({"name": name}));
    Ok(request.send().await?.status().as_u16())
}

async fn exists(world: &World, name: &str) -> bool {
    world.get(&format!("/vercel/v9/projects/{name}?teamId=team_a")).await.0 == 200
}

fn fault(mode: &str, more: &Value) -> Value {
    let mut fault = json!({"service": "vercel", "operation": "create_project", "mode": mode});
    fault.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    fault
}

#[tokio::test]
async fn an_error_comes_before_the_effect() {
    let world = World::simulated().await;
    world.fault(fault("error", &json!({"status": 503}))).await;
    assert_eq!(create(&world, "a").await.unwrap(), 503);
    assert!(!exists(&world, "a").await);
    assert_eq!(create(&world, "a").await.unwrap(), 200);
}

#[tokio::test]
async fn too_many_calls_say_when_to_come_back() {
    let world = World::simulated().await;
    world.fault(fault("rate_limit", &json!({"retryAfter": 7}))).await;
    let request = world.request(Method::POST, PROJECTS).json(&json!({"name": "a"}));
    let response = request.send().await.unwrap();
    assert_eq!(
        (
            response.status().as_u16(),
            response.headers()["retry-after"].to_str().unwrap()
        ),
        (429, "7")
    );
}

#[tokio::test]
async fn a_lost_response_has_had_its_effect() {
    let world = World::simulated().await;
    world.fault(fault("lost_response", &json!({}))).await;
    let error = create(&world, "a").await.unwrap_err();
    assert!(error.is_request(), "not one byte of an answer: {error:?}");
    assert!(exists(&world, "a").await);
    let (_, calls) = world.get("/_sandbox/calls").await;
    assert_eq!(
        (&calls[0]["fault"], &calls[0]["status"]),
        (&json!("lost_response"), &Value::Null)
    );
}

#[tokio::test]
async fn a_timeout_has_had_none() {
    let world = World::simulated().await;
    world.fault(fault("timeout", &json!({"seconds": 0.2}))).await;
    let before = Instant::now();
    create(&world, "a").await.unwrap_err();
    assert!(before.elapsed() >= Duration::from_millis(200));
    assert!(!exists(&world, "a").await);
}

#[tokio::test]
async fn slow_malformed_and_refused() {
    let world = World::simulated().await;
    world.fault(fault("slow", &json!({"seconds": 0.2}))).await;
    let before = Instant::now();
    assert_eq!(create(&world, "a").await.unwrap(), 200);
    assert!(before.elapsed() >= Duration::from_millis(200));
    world.fault(fault("malformed", &json!({}))).await;
    let (status, body) = world.post(PROJECTS, json!({"name": "b"})).await;
    assert!(status == 200 && body.as_str().unwrap().contains("<html>"));
    assert!(exists(&world, "b").await);
    world.fault(fault("refuse", &json!({}))).await;
    assert_eq!(create(&world, "c").await.unwrap(), 403);
    world
        .fault(json!({"service": "railway", "operation": "project_create", "mode": "refuse"}))
        .await;
    let refused = world
        .railway("03_project_create", None, json!({"input": {"name": "x"}}))
        .await;
    assert_eq!(refused["errors"][0]["message"], "Not Authorized");
}

#[tokio::test]
async fn a_fault_is_aimed_and_counted() {
    let world = World::simulated().await;
    world
        .fault(fault("error", &json!({"match": "acme", "skip": 1, "times": 2})))
        .await;
    assert_eq!(create(&world, "other").await.unwrap(), 200);
    let mut codes = Vec::new();
    for _ in 0..4 {
        codes.push(create(&world, "client-acme").await.unwrap());
    }
    assert_eq!(codes, [200, 500, 500, 409]);
    // By the project's name, where the call itself knows only its id.
    let (_, project) = world.get("/vercel/v9/projects/client-acme?teamId=team_a").await;
    let by_id = format!("/vercel/v9/projects/{}?teamId=team_a", project["id"].as_str().unwrap());
    world
        .fault(json!({"service": "vercel", "operation": "*", "mode": "error", "match": "client-acme", "times": 0}))
        .await;
    assert_eq!(world.get(&by_id).await.0, 500);
    assert_eq!(world.get(&by_id).await.0, 500);
    assert_eq!(world.delete("/_sandbox/faults").await.0, 204);
    assert_eq!(world.get(&by_id).await.0, 200);
}

#[tokio::test]
async fn a_build_fails_and_an_upsert_fails_in_part() {
    let world = World::simulated().await;
    let id = world.create_project("client-broken").await;
    world
        .fault(json!({"service": "vercel", "operation": "create_deployment", "mode": "build_error"}))
        .await;
    let failed = world.deploy(&id).await;
    assert_eq!(
        (&failed["readyState"], failed["errorMessage"].is_string()),
        (&json!("ERROR"), true)
    );
    assert_eq!(world.deploy(&id).await["readyState"], "READY");
    world
        .fault(json!({"service": "vercel", "operation": "upsert_env", "mode": "partial"}))
        .await;
    let variable = |key: &str| json!({"key": key, "value": "1", "type": "plain", "target": ["production"]});
    let path = format!("/vercel/v10/projects/{id}/env?upsert=true&teamId=team_a");
    let (status, answer) = world.post(&path, json!([variable("A"), variable("B")])).await;
    assert_eq!((status, &answer["failed"][0]["error"]["envVarKey"]), (201, &json!("B")));
    assert_eq!(answer["created"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn sites_have_faults_too() {
    let world = World::simulated().await;
    world.live_site("acme", "Acme").await;
    world
        .fault(json!({"service": "site", "operation": "first_register", "mode": "lost_response", "match": "acme"}))
        .await;
    let body = json!({"email": "a@acme.example", "password": "a-password"});
    let request = world.site(Method::POST, "acme.localhost", "/api/users/first-register");
    request
        .bearer_auth(crate::world::TOKEN)
        .json(&body)
        .send()
        .await
        .unwrap_err();
    assert_eq!(
        world.login("acme.localhost", "a@acme.example", "a-password").await.0,
        200
    );
}

#[tokio::test]
async fn what_is_not_known_is_refused_with_what_is() {
    let world = World::simulated().await;
    for (fault, named) in [
        (
            json!({"service": "verzel", "operation": "*", "mode": "error"}),
            "railway",
        ),
        (
            json!({"service": "vercel", "operation": "make", "mode": "error"}),
            "create_project",
        ),
        (
            json!({"service": "vercel", "operation": "*", "mode": "explode"}),
            "lost_response",
        ),
        (
            json!({"service": "vercel", "operation": "*", "mode": "build_error"}),
            "create_deployment",
        ),
        (
            json!({"service": "vercel", "operation": "*", "mode": "error", "tines": 1}),
            "tines",
        ),
        (
            json!({"service": "vercel", "operation": "*", "mode": "error", "status": 200}),
            "400",
        ),
    ] {
        let (status, answer) = world.post("/_sandbox/faults", fault).await;
        assert!(
            status == 400 && answer["error"].as_str().unwrap().contains(named),
            "{answer}"
        );
    }
}

#[tokio::test]
async fn calls_hold_no_secret() {
    let world = World::simulated().await;
    world.live_site("acme", "Acme").await;
    world.first_register("acme.localhost", "admin@acme.example").await;
    world
        .request(Method::POST, "/slack/services/T/B/marker-webhook")
        .json(&json!({"text": "x"}))
        .send()
        .await
        .unwrap();
    let (_, calls) = world.get("/_sandbox/calls").await;
    let known = calls.as_array().unwrap();
    for operation in [
        "create_project",
        "project_create",
        "template_deploy_v2",
        "upsert_env",
        "first_register",
        "send_message",
    ] {
        assert!(
            known
                .iter()
                .any(|call| call["operation"] == operation && call["status"].is_u64()),
            "{operation}"
        );
    }
    for secret in [
        "marker",
        "database-password",
        crate::world::TOKEN,
        crate::world::PASSWORD,
        "payload-secret",
        "Bearer",
    ] {
        assert!(!calls.to_string().contains(secret), "{secret}");
    }
}
