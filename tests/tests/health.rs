//! What the monitor sees is shown: to who has a key in full, to everybody as much as they may know.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    missing_docs,
    reason = "tests"
)]

use reqwest::Method;
use serde_json::{Value, json};
use tests::{Answer, World, acme};

/// Has the monitor look at every site.
async fn sweep(world: &World) {
    let answer = world.run("HealthSweep").await;
    assert_eq!(answer.status, 200, "{}", answer.text);
}

async fn site_is(world: &World, label: &str, mode: &str) {
    let answer = world
        .sandbox(Method::PUT, &format!("sites/{label}"), Some(&json!({"mode": mode})))
        .await;
    assert!(answer.status.is_success(), "{}", answer.text);
}

/// Asks as somebody who has no key.
async fn anybody(world: &World, path: &str) -> Answer {
    world.api_with(Method::GET, path, &[], None).await
}

fn health(client: &Value) -> String {
    format!("/clients/{}/health", client["id"].as_str().unwrap())
}

async fn until_health(world: &World, client: &Value, status: &str) -> Value {
    world.until(&health(client), |now| now["status"] == status).await
}

/// Waits until a page of the open routes says something.
async fn until_status(world: &World, label: &str, status: &str) -> Answer {
    for _ in 0..200 {
        let answer = anybody(world, &format!("/status/{label}")).await;
        if answer.expect(200)["status"] == status {
            return answer;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    panic!("the status of {label} is never {status}");
}

/// Names of fields, all the way down.
fn names(value: &Value, found: &mut Vec<String>) {
    for (name, inner) in value.as_object().into_iter().flatten() {
        found.push(name.clone());
        names(inner, found);
    }
}

#[tokio::test]
async fn what_the_sweeps_see_is_shown_in_full() {
    let world = World::new().await;
    let client = world.live_client(&acme()).await;
    let before = world.get(&health(&client)).await;
    assert_eq!(before["status"], "healthy", "{before:#}");
    assert_eq!((&before["history"], &before["days"]), (&json!([]), &json!([])));
    assert_eq!(
        (&before["uptimePercentage"], &before["latency"]),
        (&Value::Null, &Value::Null)
    );
    sweep(&world).await;
    sweep(&world).await;
    let now = world
        .until(&health(&client), |now| now["history"].as_array().unwrap().len() == 2)
        .await;
    assert_eq!(now["status"], "healthy", "{now:#}");
    assert_eq!(now["uptimePercentage"], 100.0);
    let current = &now["current"];
    assert_eq!(current["checkedAt"], now["history"][0]["at"]);
    assert_eq!(current["checkedAt"], now["lastHealthCheck"]);
    assert_eq!(
        (&current["status"], &current["statusCode"], &current["databaseHealthy"]),
        (&json!("healthy"), &json!(200), &json!(true))
    );
    assert!(current["memoryUsedBytes"].as_u64().unwrap() > 0, "{current:#}");
    assert!(current["memoryTotalBytes"].as_u64() >= current["memoryUsedBytes"].as_u64());
    assert!(!current["version"].as_str().unwrap().is_empty());
    assert!(current["detailsAt"].as_str() > before["lastHealthCheck"].as_str());
    for (uptime, window) in now["uptime"]
        .as_array()
        .unwrap()
        .iter()
        .zip(["24h", "7d", "30d", "90d"])
    {
        assert_eq!(
            (&uptime["window"], &uptime["successful"], &uptime["total"]),
            (&json!(window), &json!(2), &json!(2))
        );
        assert_eq!(
            (&uptime["percentage"], &uptime["coverage"]),
            (&json!(100.0), &json!(1.0))
        );
    }
    let latency = &now["latency"];
    let times: Vec<u64> = ["p50", "p95", "p99", "max"]
        .map(|name| latency[name].as_u64().unwrap())
        .to_vec();
    assert!(times.is_sorted(), "{latency}");
    let slowest = now["history"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["responseTimeMs"].as_u64());
    assert_eq!(slowest.max().unwrap(), times.last().copied());

    // The lists say the same of it, a second later at most, and the fleet is this one site.
    let last = &now["lastHealthCheck"];
    world
        .until("/clients?health=healthy", |page| {
            page["docs"][0]["lastHealthCheck"] == *last
        })
        .await;
    let path = format!("/clients/{}", client["id"].as_str().unwrap());
    let alone = world.until(&path, |client| client["uptimePercentage"] == 100.0).await;
    assert_eq!(alone["lastHealthCheck"], *last);
    assert_eq!(alone["revision"], client["revision"], "looking changes no record");
    let fleet = world.get("/stats").await["monitoring"].clone();
    assert_eq!(
        (&fleet["byHealth"]["healthy"], &fleet["monitorBlindSince"]),
        (&json!(1), &Value::Null)
    );
    assert_eq!(
        (&fleet["lastSweep"]["sites"], &fleet["lastSweep"]["watched"]),
        (&json!(1), &json!(1))
    );
    assert!(fleet["medianResponseTimeMs"].as_u64() <= fleet["p95ResponseTimeMs"].as_u64());
}

#[tokio::test]
async fn a_site_breaks_and_is_mended_in_front_of_everybody() {
    let world = World::new().await;
    let client = world.live_client(&acme()).await;
    sweep(&world).await;
    let answer = until_status(&world, "acme", "operational").await;
    for (name, value) in [
        ("cache-control", "public, max-age=60"),
        ("access-control-allow-origin", "*"),
    ] {
        assert_eq!(answer.headers[name], value);
    }
    let mut found = Vec::new();
    names(&answer.json(), &mut found);
    found.sort();
    assert_eq!(
        found,
        ["24h", "30d", "7d", "90d", "domain", "status", "updatedAt", "uptime"]
    );
    assert_eq!(answer.json()["uptime"]["24h"], 100.0);

    for (mode, problem) in [
        ("down", "/api/health breaks the connection off"),
        ("error", "The front page answers 500"),
        ("db_down", "The site cannot use its database"),
    ] {
        site_is(&world, "acme", mode).await;
        sweep(&world).await;
        let now = until_health(&world, &client, "critical").await;
        assert_eq!(now["current"]["status"], "critical", "{mode}");
        let said = now["current"]["problem"].as_str().unwrap();
        // A connection that is cut off may be noticed at either of the two addresses.
        assert!(said == problem || mode == "down", "{mode}: {said}");
        assert_eq!(now["history"][0]["problem"], said);
        until_status(&world, "acme", "down").await;
        let badge = anybody(&world, "/status/ACME/badge.svg").await;
        assert_eq!(badge.headers["content-type"], "image/svg+xml; charset=utf-8");
        assert!(badge.text.contains("<title>acme: down</title>"), "{}", badge.text);
        assert!(!anybody(&world, "/status/acme").await.text.contains("front page"));
        world
            .until("/clients?health=critical", |page| page["docs"][0]["domain"] == "acme")
            .await;
    }
    site_is(&world, "acme", "ok").await;
    sweep(&world).await;
    sweep(&world).await;
    until_health(&world, &client, "healthy").await;
    until_status(&world, "acme", "operational").await;
    let now = world.get(&health(&client)).await;
    let day = &now["uptime"][0];
    // Six scheduled checks, three of them bad; rechecks count neither way.
    assert_eq!((&day["successful"], &day["total"]), (&json!(3), &json!(6)), "{now:#}");
    assert_eq!(
        (&day["percentage"], &now["uptimePercentage"]),
        (&json!(50.0), &json!(50.0))
    );
    let history = now["history"].as_array().unwrap();
    let scheduled = history.iter().filter(|one| one["recheck"] == false).count();
    assert_eq!(scheduled, 6);
    assert!(history.len() > 6, "there were no rechecks");
    let at: Vec<&str> = history.iter().map(|one| one["at"].as_str().unwrap()).collect();
    assert!(at.iter().rev().is_sorted(), "newest first: {at:?}");
}

#[tokio::test]
async fn who_is_paused_gone_or_never_was_has_no_status() {
    let world = World::new().await;
    let client = world.live_client(&acme()).await;
    sweep(&world).await;
    until_status(&world, "acme", "operational").await;
    let suspended = world.operate(&client, "suspend", &json!({"reason": "not paid"})).await;
    assert_eq!(suspended["status"], "succeeded");
    let nobody = |answer: Answer, label: &str| {
        let mut body = answer.expect(404);
        body.as_object_mut().unwrap().remove("requestId");
        body.to_string().replace(label, "?")
    };
    // What is there a moment after is stale by a second at most.
    world
        .until("/clients?status=suspended", |page| page["totalDocs"] == 1)
        .await;
    tokio::time::sleep(std::time::Duration::from_millis(1100)).await;
    for end in ["", "/badge.svg"] {
        let paused = nobody(anybody(&world, &format!("/status/acme{end}")).await, "acme");
        let never = nobody(anybody(&world, &format!("/status/nobody{end}")).await, "nobody");
        assert_eq!(paused, never);
    }
    // While it is paused nobody looks, and its past is still there, the pause in it.
    sweep(&world).await;
    let now = world.get(&health(&client)).await;
    assert_eq!(now["history"].as_array().unwrap().len(), 1, "{now:#}");
    let maintenance = now["maintenance"].as_array().unwrap();
    assert_eq!(maintenance.len(), 1, "{now:#}");
    assert!(maintenance[0]["from"].as_str() < maintenance[0]["until"].as_str());
    assert_eq!(
        world.operate(&client, "activate", &Value::Null).await["status"],
        "succeeded"
    );
    until_status(&world, "acme", "operational").await;
    assert_eq!(world.delete_client(&client).await["status"], "succeeded");
    tokio::time::sleep(std::time::Duration::from_millis(1100)).await;
    assert_eq!(anybody(&world, "/status/acme").await.status, 404);
}

#[tokio::test]
async fn maintenance_is_shown_and_costs_no_uptime() {
    let world = World::new().await;
    let client = world.live_client(&acme()).await;
    sweep(&world).await;
    let open = json!({"scope": {"client": client["id"]}, "weekly": {"zone": "Europe/Amsterdam",
        "days": ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"], "from": "00:00", "until": "00:00"}});
    world.api(Method::POST, "/maintenance", Some(&open)).await.expect(201);
    site_is(&world, "acme", "down").await;
    sweep(&world).await;
    let now = world
        .until(&health(&client), |now| now["history"].as_array().unwrap().len() == 2)
        .await;
    let first = &now["history"][0];
    assert_eq!((&first["excused"], &first["problem"]), (&json!(true), &Value::Null));
    assert_eq!(now["status"], "healthy", "{now:#}");
    let day = &now["uptime"][0];
    assert_eq!(
        (&day["successful"], &day["total"], &day["excused"]),
        (&json!(1), &json!(1), &json!(1))
    );
    assert!(!now["maintenance"].as_array().unwrap().is_empty());
    until_status(&world, "acme", "maintenance").await;
}

#[tokio::test]
async fn what_cannot_be_asked_is_refused_by_name() {
    let world = World::new().await;
    let (client, operation) = world.add_client(&acme()).await;
    for (query, field) in [
        ("hours=0", "hours"),
        ("hours=841", "hours"),
        ("hours=x", "hours"),
        ("days=0", "days"),
        ("days=401", "days"),
        ("days=1&days=2", "days"),
        ("weeks=1", "weeks"),
    ] {
        let path = format!("{}?{query}", health(&client));
        let refused = world.api(Method::GET, &path, None).await.expect(400);
        assert_eq!(
            (&refused["code"], &refused["field"]),
            (&json!("invalid_query"), &json!(field)),
            "{query}"
        );
    }
    // Who does not exist cannot be asked wrongly.
    world.ended(&operation).await;
    let gone = world
        .api(
            Method::GET,
            "/clients/cl_01jdexmp1e0000000000000000/health?hours=0",
            None,
        )
        .await;
    assert_eq!(gone.status, 404, "404 comes first");
}
