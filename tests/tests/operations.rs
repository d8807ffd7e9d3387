//! What can be asked of a client that is live: redeploy, roll back, suspend, activate, delete with days of grace, restore; and of
//! its operation: try again, call off, freeze.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, missing_docs, reason = "tests")]

use reqwest::Method;
use serde_json::{Value, json};
use tests::{World, acme};

fn path(client: &Value) -> String {
    format!("/clients/{}", client["id"].as_str().unwrap())
}

async fn newest_deployment(world: &World, client: &Value) -> Value {
    world.get(&format!("{}/deployments", path(client))).await["docs"][0].clone()
}

#[tokio::test]
async fn a_client_is_redeployed_and_rolled_back() {
    let world = World::new().await;
    let client = world.live_client(&acme()).await;
    let first = newest_deployment(&world, &client).await;

    let done = world
        .operate(&client, "redeploy", &json!({"type": "hotfix", "reason": "a mend"}))
        .await;
    assert_eq!(done["status"], "succeeded", "{done:#}");
    assert_eq!(
        (done["kind"].as_str(), done["reason"].as_str()),
        (Some("redeploy"), Some("a mend"))
    );
    let second = newest_deployment(&world, &client).await;
    assert_ne!(first["id"], second["id"]);
    assert_eq!(
        (second["type"].as_str(), second["status"].as_str()),
        (Some("hotfix"), Some("success"))
    );
    assert_ne!(second["vercelDeploymentId"], first["vercelDeploymentId"]);

    // Nothing has changed since: nothing is to be done.
    let idle = world.operate(&client, "redeploy", &json!({"ifChanged": true})).await;
    assert_eq!(idle["status"], "succeeded", "{idle:#}");
    assert_eq!(newest_deployment(&world, &client).await["id"], second["id"]);

    let back = world.operate(&client, "rollback", &json!({})).await;
    assert_eq!(back["status"], "succeeded", "{back:#}");
    let third = newest_deployment(&world, &client).await;
    assert_eq!(third["type"], "rollback");
    assert_eq!(third["vercelDeploymentId"], first["vercelDeploymentId"]);
    let all = world.get(&format!("{}/deployments", path(&client))).await;
    assert_eq!(all["docs"][1]["status"], "rolled_back");
    assert_eq!(world.get(&path(&client)).await["status"], "active");
    assert_eq!(world.counts().await, [1, 1, 1, 1]);
    assert_eq!(world.delete_client(&client).await["status"], "succeeded");
    assert_eq!(world.counts().await, [0, 0, 0, 0]);
}

#[tokio::test]
async fn a_redeploy_whose_build_fails_leaves_the_site_as_it_was_and_can_be_tried_again() {
    let world = World::new().await;
    let client = world.live_client(&acme()).await;
    let first = newest_deployment(&world, &client).await;
    world
        .fault(json!({"service": "vercel", "operation": "create_deployment", "mode": "build_error"}))
        .await;
    let failed = world.operate(&client, "redeploy", &json!({})).await;
    assert_eq!(
        (failed["status"].as_str(), failed["failedStep"].as_str()),
        (Some("failed"), Some("deploy"))
    );
    let now = world.get(&path(&client)).await;
    assert_eq!(
        (now["status"].as_str(), now["currentOperation"].is_null()),
        (Some("active"), true)
    );
    assert!(world.site("acme", Method::GET, "/", None).await.status.is_success());

    let again = world.again(&failed, "retry", None).await;
    assert_eq!(again["status"], "succeeded", "{again:#}");
    let newest = newest_deployment(&world, &client).await;
    assert_eq!(newest["status"], "success");
    assert_ne!(newest["id"], first["id"]);
}

#[tokio::test]
async fn a_client_is_suspended_and_comes_back_only_when_its_site_works() {
    let world = World::new().await;
    let client = world.live_client(&acme()).await;
    let suspended = world.operate(&client, "suspend", &json!({"reason": "not paid"})).await;
    assert_eq!(suspended["status"], "succeeded", "{suspended:#}");
    assert_eq!(world.get(&path(&client)).await["status"], "suspended");
    assert_eq!(world.site("acme", Method::GET, "/", None).await.status.as_u16(), 503);
    assert_eq!(world.counts().await, [1, 1, 1, 1], "everything is kept");

    let twice = world
        .api(Method::POST, &format!("{}/suspend", path(&client)), None)
        .await;
    let refused = twice.expect(409);
    assert!(refused["detail"].as_str().unwrap().contains("activate"), "{refused:#}");

    world
        .sandbox(Method::PUT, "sites/acme", Some(&json!({"mode": "error"})))
        .await;
    let failed = world.operate(&client, "activate", &json!({})).await;
    assert_eq!(
        (failed["status"].as_str(), failed["failedStep"].as_str()),
        (Some("failed"), Some("health_check"))
    );
    assert_eq!(world.get(&path(&client)).await["status"], "suspended");

    world
        .sandbox(Method::PUT, "sites/acme", Some(&json!({"mode": "ok"})))
        .await;
    // The same operation again: it still knows what it is about.
    let again = world.again(&failed, "retry", None).await;
    assert_eq!(again["status"], "succeeded", "{again:#}");
    assert_eq!(world.get(&path(&client)).await["status"], "active");
    assert!(world.site("acme", Method::GET, "/", None).await.status.is_success());
}

#[tokio::test]
async fn a_failed_provision_is_tried_again_from_the_database_on() {
    let world = World::new().await;
    world
        .fault(json!({"service": "vercel", "operation": "create_deployment", "mode": "build_error"}))
        .await;
    let mut body = acme();
    body["customEnvironment"] = json!({"STRIPE_KEY": "sk_test_1"});
    let (client, operation) = world.add_client(&body).await;
    let failed = world.ended(&operation).await;
    assert_eq!(failed["status"], "failed");
    assert_eq!(world.counts().await, [0, 0, 0, 0]);

    // The value went with the secret: it has to come again.
    let retry = format!("/operations/{}/retry", failed["id"].as_str().unwrap());
    let missing = world.api(Method::POST, &retry, None).await.expect(422);
    assert_eq!(missing["field"], "customEnvironment.STRIPE_KEY");
    assert_eq!(world.counts().await, [0, 0, 0, 0]);

    let again = world
        .again(
            &failed,
            "retry",
            Some(json!({"customEnvironment": {"STRIPE_KEY": "sk_test_2"}})),
        )
        .await;
    assert_eq!(again["status"], "succeeded", "{again:#}");
    assert_eq!(again["id"], failed["id"]);
    let now = world.get(&path(&client)).await;
    assert_eq!(
        (now["status"].as_str(), now["healthStatus"].as_str()),
        (Some("active"), Some("healthy"))
    );
    assert_eq!(world.counts().await, [1, 1, 1, 1]);

    let done = world.api(Method::POST, &retry, None).await.expect(409);
    assert!(done["detail"].as_str().unwrap().contains("suspend"), "{done:#}");
    world
        .api(Method::POST, &retry.replace("retry", "cancel"), None)
        .await
        .expect(409);
}

#[tokio::test]
async fn an_operation_that_is_called_off_is_undone() {
    let world = World::new().await;
    world
        .fault(json!({"service": "vercel", "operation": "create_deployment", "mode": "slow", "seconds": 2}))
        .await;
    let (client, operation) = world.add_client(&acme()).await;
    world.until_step(&operation, "deploy").await;
    let cancelled = world.again(&operation, "cancel", None).await;
    assert_eq!(cancelled["status"], "cancelled", "{cancelled:#}");
    assert_eq!(world.counts().await, [0, 0, 0, 0]);
    let now = world.get(&path(&client)).await;
    assert_eq!(
        (now["status"].as_str(), now["currentOperation"].is_null()),
        (Some("failed"), true)
    );
    assert_eq!(world.delete_client(&client).await["status"], "succeeded");
}

#[tokio::test]
async fn a_frozen_platform_begins_nothing_and_goes_on_when_it_is_thawed() {
    let world = World::new().await;
    let frozen = json!({"frozen": true, "reason": "the provider is being moved"});
    assert_eq!(
        world.api(Method::PUT, "/freeze", Some(&frozen)).await.expect(200)["frozen"],
        true
    );
    let (client, operation) = world.add_client(&acme()).await;
    let id = operation["id"].as_str().unwrap();
    let parked = world
        .until(&format!("/operations/{id}"), |now| now["parked"]["reason"] == "freeze")
        .await;
    assert_eq!(parked["steps"][0]["state"], "pending");
    assert_eq!(world.counts().await, [0, 0, 0, 0]);
    world
        .api(Method::PUT, "/freeze", Some(&json!({"frozen": false})))
        .await
        .expect(200);
    assert_eq!(world.ended(&operation).await["status"], "succeeded");
    assert_eq!(world.get(&path(&client)).await["status"], "active");
}

#[tokio::test]
async fn a_deleted_client_can_be_called_back_in_its_days_of_grace() {
    let world = World::with(&["--parameter", "DeleteGraceSeconds=86400"]).await;
    let client = world.live_client(&acme()).await;
    let delete = world.api(Method::DELETE, &path(&client), None).await.expect(202)["operation"].clone();
    let id = delete["id"].as_str().unwrap();
    let parked = world
        .until(&format!("/operations/{id}"), |now| now["parked"]["reason"] == "grace")
        .await;
    assert!(parked["graceEndsAt"].is_string(), "{parked:#}");
    assert_eq!(parked["graceCostCents"], 17, "a day of 5 euros a month");
    assert_eq!(world.get(&path(&client)).await["status"], "deleting");
    assert_eq!(world.site("acme", Method::GET, "/", None).await.status.as_u16(), 503);
    assert_eq!(world.counts().await, [1, 1, 1, 1]);

    let back = world.operate(&client, "restore", &Value::Null).await;
    assert_eq!(back["status"], "succeeded", "{back:#}");
    assert_eq!(world.ended(&delete).await["status"], "cancelled");
    assert_eq!(world.get(&path(&client)).await["status"], "active");
    assert!(world.site("acme", Method::GET, "/", None).await.status.is_success());
    world
        .api(Method::POST, &format!("{}/restore", path(&client)), None)
        .await
        .expect(409);

    // And then for good, without waiting.
    let delete = world.api(Method::DELETE, &path(&client), None).await.expect(202)["operation"].clone();
    let now = format!("{}?now=true", path(&client));
    let sooner = world.api(Method::DELETE, &now, None).await.expect(202)["operation"].clone();
    assert_eq!(sooner["id"], delete["id"]);
    assert_eq!(world.ended(&delete).await["status"], "succeeded");
    assert_eq!(world.counts().await, [0, 0, 0, 0]);
}

#[tokio::test]
async fn what_cannot_be_done_is_refused_with_what_can() {
    let world = World::new().await;
    let client = world.live_client(&acme()).await;
    let other = world
        .live_client(&json!({"clientName": "Beta", "contactEmail": "b@beta.com", "domain": "beta", "template": "blog"}))
        .await;
    let theirs = newest_deployment(&world, &other).await;
    let rollback = format!("{}/rollback", path(&client));
    for (route, body) in [
        (format!("{}/activate", path(&client)), json!({})),
        (rollback.clone(), json!({})),
        (rollback.clone(), json!({"deploymentId": theirs["id"]})),
        (format!("{}/restore", path(&client)), json!({})),
    ] {
        let refused = world.api(Method::POST, &route, Some(&body)).await.expect(409);
        assert!(
            refused["detail"].as_str().unwrap().contains("Possible"),
            "{route}: {refused:#}"
        );
    }
    for (route, body, field) in [
        (rollback, json!({"deploymentId": "x"}), "deploymentId"),
        (format!("{}/redeploy", path(&client)), json!({"ref": "a..b"}), "ref"),
        (
            format!("{}/redeploy", path(&client)),
            json!({"type": "initial"}),
            "type",
        ),
        (format!("{}/suspend", path(&client)), json!({"reason": 1}), "reason"),
    ] {
        let refused = world.api(Method::POST, &route, Some(&body)).await.expect(422);
        assert_eq!(refused["field"], field, "{route}");
    }
    let machine = world.get("/meta/state-machine").await;
    let active = machine["states"]
        .as_array()
        .unwrap()
        .iter()
        .find(|state| state["name"] == "active")
        .unwrap();
    assert!(active["commands"].as_array().unwrap().contains(&json!("suspend")));
}

#[tokio::test]
async fn changed_settings_go_live_with_the_commit_that_runs() {
    let world = World::new().await;
    let client = world.live_client(&acme()).await;
    let first = newest_deployment(&world, &client).await;
    let change = json!({
        "name": "Acme BV",
        "enabledFeatures": ["forms"],
        "disabledCollections": ["products"],
        "customEnvironment": {"STRIPE_KEY": "sk_live_1", "OLD": "x"},
    });
    let answer = world
        .api(Method::PATCH, &path(&client), Some(&change))
        .await
        .expect(202);
    assert_eq!(answer["operation"]["kind"], "update");
    assert_eq!(answer["client"]["enabledFeatures"], json!(["forms"]));
    let done = world.ended(&answer["operation"]).await;
    assert_eq!(done["status"], "succeeded", "{done:#}");
    let second = newest_deployment(&world, &client).await;
    assert_eq!(second["gitCommit"], first["gitCommit"]);
    assert_eq!(
        (second["type"].as_str(), second["status"].as_str()),
        (Some("update"), Some("success"))
    );
    assert!(second["environmentSnapshot"]["STRIPE_KEY"].is_string());
    let page = world.site("acme", Method::GET, "/", None).await.text;
    assert!(
        page.contains("Acme BV") && page.contains("form-submissions") && !page.contains("href=\"/products\""),
        "{page}"
    );

    // One variable gets another value, one goes, and nothing else changes.
    let change = json!({"customEnvironment": {"STRIPE_KEY": "sk_live_2", "OLD": null}});
    let answer = world
        .api(Method::PATCH, &path(&client), Some(&change))
        .await
        .expect(202);
    assert_eq!(answer["client"]["customEnvironment"], json!(["STRIPE_KEY"]));
    assert_eq!(world.ended(&answer["operation"]).await["status"], "succeeded");
    let third = newest_deployment(&world, &client).await;
    let (before, after) = (&second["environmentSnapshot"], &third["environmentSnapshot"]);
    assert_ne!(before["STRIPE_KEY"], after["STRIPE_KEY"]);
    assert!(after["OLD"].is_null());
    assert_eq!(before["PAYLOAD_SECRET"], after["PAYLOAD_SECRET"]);

    // What is so already needs no operation.
    let same = json!({"enabledFeatures": ["forms"]});
    world.api(Method::PATCH, &path(&client), Some(&same)).await.expect(200);
    let unknown = json!({"enabledFeatures": ["teleport"]});
    let refused = world
        .api(Method::PATCH, &path(&client), Some(&unknown))
        .await
        .expect(422);
    assert!(
        refused["field"].as_str().unwrap().starts_with("enabledFeatures"),
        "{refused:#}"
    );
    assert_eq!(world.delete_client(&client).await["status"], "succeeded");
}
