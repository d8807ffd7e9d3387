use reqwest::Method;
use serde_json::{Value, json};

use crate::world::{World, said, until};

#[tokio::test]
async fn a_project_lives_from_creation_to_deletion() {
    let world = World::simulated().await;
    assert_eq!(world.get("/vercel/v9/projects/client-acme?teamId=team_a").await.0, 404);
    let id = world.create_project("client-acme").await;
    let (status, project) = world.get("/vercel/v9/projects/client-acme?teamId=team_a").await;
    assert_eq!(
        (status, &project["id"], &project["accountId"]),
        (200, &json!(id), &json!("team_a"))
    );
    // Another account does not see it, and may use the name.
    assert_eq!(world.get("/vercel/v9/projects/client-acme").await.0, 404);

    let (status, refused) = world
        .post("/vercel/v11/projects?teamId=team_a", json!({"name": "client-acme"}))
        .await;
    assert_eq!(status, 409);
    assert_eq!(refused["error"]["message"], "Project \"client-acme\" already exists.");
    assert_eq!(
        world.post("/vercel/v11/projects", json!({"name": "Bad Name"})).await.0,
        400
    );

    let (status, list) = world.get("/vercel/v10/projects?teamId=team_a&search=acme").await;
    assert_eq!((status, list["projects"].as_array().unwrap().len()), (200, 1));

    let domains = format!("/vercel/v10/projects/{id}/domains?teamId=team_a");
    let (status, early) = world.post(&domains, json!({"name": "acme.localhost"})).await;
    assert_eq!(status, 400, "a domain before the first READY deployment: {early}");

    let deployment = world.deploy(&id).await;
    assert_eq!(deployment["readyState"], "READY");
    assert!(deployment["aliasAssigned"].is_u64() && deployment["aliasError"].is_null());
    assert_eq!(deployment["meta"]["runId"], "run-1");
    let (_, listed) = world
        .get(&format!("/vercel/v7/deployments?projectId={id}&teamId=team_a"))
        .await;
    assert_eq!(listed["deployments"][0]["uid"], deployment["id"]);
    let (_, log) = world
        .get(&format!(
            "/vercel/v3/deployments/{}/events?teamId=team_a",
            deployment["id"].as_str().unwrap()
        ))
        .await;
    assert!(
        log.as_array()
            .unwrap()
            .iter()
            .any(|line| line["text"] == "Build Completed"),
        "{log}"
    );

    assert_eq!(world.post(&domains, json!({"name": "acme.localhost"})).await.0, 200);
    let other = world.create_project("client-other").await;
    world.deploy(&other).await;
    let path = format!("/vercel/v10/projects/{other}/domains?teamId=team_a");
    let (status, taken) = world.post(&path, json!({"name": "acme.localhost"})).await;
    assert_eq!(
        (status, &taken["error"]["code"]),
        (409, &json!("domain_already_in_use"))
    );
    let (_, config) = world
        .get("/vercel/v6/domains/acme.localhost/config?teamId=team_a")
        .await;
    assert_eq!(config["misconfigured"], false);

    for (word, paused) in [("pause", true), ("unpause", false)] {
        let (status, _) = world
            .post(&format!("/vercel/v1/projects/{id}/{word}?teamId=team_a"), Value::Null)
            .await;
        assert_eq!(status, 200);
        assert_eq!(
            world.get(&format!("/vercel/v9/projects/{id}?teamId=team_a")).await.1["paused"],
            paused
        );
    }
    assert_eq!(
        world
            .post("/vercel/v1/projects/prj_unknown/pause?teamId=team_a", Value::Null)
            .await
            .0,
        400
    );

    assert_eq!(
        world.delete(&format!("/vercel/v9/projects/{id}?teamId=team_a")).await,
        (204, Value::Null)
    );
    assert_eq!(
        world.delete(&format!("/vercel/v9/projects/{id}?teamId=team_a")).await.0,
        404
    );
    let deployment = deployment["id"].as_str().unwrap();
    assert_eq!(
        world
            .get(&format!("/vercel/v13/deployments/{deployment}?teamId=team_a"))
            .await
            .0,
        404
    );
    let inventory = world.inventory().await;
    assert_eq!(inventory["domains"], json!([]));
    assert_eq!(inventory["projects"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn a_call_without_a_token_is_refused() {
    let world = World::simulated().await;
    let (status, body) = said(
        world
            .http
            .get(format!("{}/vercel/v10/projects", world.url))
            .send()
            .await
            .unwrap(),
    )
    .await;
    assert_eq!((status, &body["error"]["code"]), (403, &json!("forbidden")));
}

#[tokio::test]
async fn variables_fail_one_by_one_in_a_201() {
    let world = World::simulated().await;
    let id = world.create_project("client-env").await;
    let path = format!("/vercel/v10/projects/{id}/env?teamId=team_a");
    let upsert = format!("{path}&upsert=true");
    let items = json!([
        {"key": "GOOD", "value": "1", "type": "plain", "target": ["production", "preview"]},
        {"key": "9BAD", "value": "1", "type": "plain", "target": ["production"]},
        {"key": "SECRET", "value": "hidden", "type": "sensitive", "target": ["production"]},
        {"key": "CODED", "value": "hidden", "type": "encrypted", "target": ["production"]},
    ]);
    let (status, answer) = world.post(&upsert, items).await;
    assert_eq!(status, 201);
    assert_eq!(answer["created"].as_array().unwrap().len(), 3);
    assert_eq!(answer["failed"][0]["error"]["code"], "INVALID_KEY");
    let again = json!([{"key": "GOOD", "value": "2", "type": "plain", "target": ["production"]}]);
    let (_, conflict) = world.post(&path, again.clone()).await;
    assert_eq!(conflict["failed"][0]["error"]["code"], "ENV_CONFLICT");
    world.post(&upsert, again).await;
    let (_, listed) = world.get(&path).await;
    let envs = listed["envs"].as_array().unwrap();
    assert_eq!(envs.iter().find(|env| env["key"] == "GOOD").unwrap()["value"], "2");
    assert!(!listed.to_string().contains("hidden"), "{listed}");
    let (_, decrypted) = world.get(&format!("{path}&decrypt=true")).await;
    let coded = decrypted["envs"]
        .as_array()
        .unwrap()
        .iter()
        .find(|env| env["key"] == "CODED")
        .unwrap()
        .clone();
    assert_eq!(coded["value"], "hidden");
    let gone = format!(
        "/vercel/v9/projects/{id}/env/{}?teamId=team_a",
        coded["id"].as_str().unwrap()
    );
    assert_eq!(world.delete(&gone).await.0, 200);
    assert_eq!(world.delete(&gone).await.0, 404);
    let ids: Vec<Value> = envs.iter().map(|env| env["id"].clone()).collect();
    let (status, _) = world
        .call(
            Method::DELETE,
            &format!("/vercel/v1/projects/{id}/env?teamId=team_a"),
            json!({"ids": ids}),
        )
        .await;
    assert_eq!(status, 200);
    assert_eq!(world.get(&path).await.1["envs"], json!([]));
}

#[tokio::test]
async fn a_deployment_needs_a_source_that_exists() {
    let world = World::simulated().await;
    let id = world.create_project("client-source").await;
    let path = "/vercel/v13/deployments?teamId=team_a&skipAutoDetectionConfirmation=1";
    let deploy = |extra: Value| {
        let mut body = json!({"name": "x", "project": id, "target": "production"});
        body.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
        world.post(path, body)
    };
    assert_eq!(deploy(json!({})).await.0, 400);
    let missing = json!({"gitSource": {"type": "github", "org": "o", "repo": "r", "ref": "missing"}});
    assert_eq!(deploy(missing).await.1["error"]["code"], "incorrect_git_source_info");
    assert_eq!(deploy(json!({"target": "preview"})).await.0, 400);
    assert_eq!(deploy(json!({"deploymentId": "dpl_unknown"})).await.0, 404);
    let (status, deployment) =
        deploy(json!({"gitSource": {"type": "github", "org": "o", "repo": "r", "ref": "main"}})).await;
    assert_eq!((status, &deployment["readyState"]), (200, &json!("QUEUED")));
    let cancel = format!(
        "/vercel/v12/deployments/{}/cancel?teamId=team_a",
        deployment["id"].as_str().unwrap()
    );
    let (status, cancelled) = world.call(Method::PATCH, &cancel, Value::Null).await;
    assert_eq!((status, &cancelled["readyState"]), (200, &json!("CANCELED")));
    assert_eq!(world.call(Method::PATCH, &cancel, Value::Null).await.0, 400);
    assert_eq!(deploy(json!({"deploymentId": deployment["id"]})).await.0, 200);
}

#[tokio::test]
async fn a_rollback_holds_until_the_next_promote() {
    let world = World::simulated().await;
    let id = world.create_project("client-back").await;
    let first = world.deploy(&id).await["id"].clone();
    let second = world.deploy(&id).await["id"].clone();
    let path = format!("/vercel/v9/projects/{id}?teamId=team_a");
    let live = || async { world.get(&path).await.1["targets"]["production"]["id"].clone() };
    assert_eq!(live().await, second);
    let go = |version: &str, verb: &str, to: &Value| {
        let to = to.as_str().unwrap();
        let path = format!("/vercel/{version}/projects/{id}/{verb}/{to}?teamId=team_a");
        let world = &world;
        async move { world.post(&path, json!({})).await.0 }
    };
    let settled = |verb: &'static str| {
        let (world, path) = (&world, &path);
        until("the alias request is done", move || async move {
            let last = world.get(path).await.1["lastAliasRequest"].clone();
            (last["jobStatus"] == "succeeded" && last["type"] == verb).then_some(())
        })
    };
    assert_eq!(go("v1", "rollback", &first).await, 201);
    settled("rollback").await;
    assert_eq!(live().await, first);
    let third = world.deploy(&id).await["id"].clone();
    assert_eq!(live().await, first, "after a rollback new deployments are not assigned");
    assert_eq!(go("v10", "promote", &third).await, 201);
    settled("promote").await;
    assert_eq!(live().await, third);
    assert_eq!(go("v10", "promote", &third).await, 409);
    let fourth = world.deploy(&id).await["id"].clone();
    assert_eq!(live().await, fourth, "after a promote they are again");
}
