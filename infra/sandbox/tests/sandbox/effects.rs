//! Faults that change what comes about, not what is answered.

use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};

use crate::world::{World, until};

#[tokio::test]
async fn a_database_can_be_accepted_and_listed_later() {
    let world = World::simulated().await;
    for mode in ["unlisted", "lost_response"] {
        world
            .fault(json!({"service": "railway", "operation": "template_deploy_v2", "mode": mode, "seconds": 0.4}))
            .await;
    }
    let input = json!({"name": "client-late", "workspaceId": "ws"});
    let created = world.railway("03_project_create", None, json!({"input": input})).await;
    let id = created["data"]["projectCreate"]["id"].clone();
    let deploy = |query: &'static str| {
        let config = json!({"services": {"postgres": {"name": "Postgres", "source": {"image": "postgres-ssl:17"},
            "volumeMounts": {"postgres": {"mountPath": "/var/lib/postgresql/data"}}}}});
        let input =
            json!({"projectId": id, "templateId": "6fa2a1f5-7b5a-4f0b-9a70-0c5c1f2d7e11", "serializedConfig": config});
        let body = json!({"query": query, "variables": {"input": input}});
        world.request(Method::POST, "/railway/graphql/v2").json(&body)
    };
    let mutation = "mutation($input: TemplateDeployV2Input!) { templateDeployV2(input: $input) { workflowId } }";
    deploy(mutation).send().await.unwrap_err();
    let (_, calls) = world.get("/_sandbox/calls").await;
    assert_eq!(
        calls.as_array().unwrap().last().unwrap()["fault"],
        "lost_response, unlisted"
    );

    let names = || async {
        let detail = world.railway("07_project_detail", None, json!({"id": id})).await["data"]["project"].clone();
        let volumes = &detail["environments"]["edges"][0]["node"]["volumeInstances"]["edges"];
        let services = detail["services"]["edges"].as_array().unwrap();
        assert_eq!(volumes.as_array().unwrap().len(), services.len());
        let names: Vec<String> = services
            .iter()
            .map(|edge| edge["node"]["name"].as_str().unwrap().to_owned())
            .collect();
        names
    };
    assert!(names().await.is_empty());
    tokio::time::sleep(Duration::from_millis(450)).await;
    assert_eq!(names().await, ["Postgres"]);

    // Whoever does not wait makes a twin, and its workflow runs until it is listed.
    world
        .fault(json!({"service": "railway", "operation": "template_deploy_v2", "mode": "unlisted", "seconds": 0.4}))
        .await;
    let deployed: Value = deploy(mutation).send().await.unwrap().json().await.unwrap();
    let workflow = deployed["data"]["templateDeployV2"]["workflowId"].clone();
    let status = || async {
        let status = world
            .railway("06_workflow_status", None, json!({"workflowId": workflow}))
            .await;
        status["data"]["workflowStatus"]["status"].clone()
    };
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert_eq!((status().await, names().await.len()), (json!("Running"), 1));
    tokio::time::sleep(Duration::from_millis(350)).await;
    assert_eq!(status().await, "Complete");
    let twins = names().await;
    assert!(twins.len() == 2 && twins[1].starts_with("Postgres-"), "{twins:?}");
}

#[tokio::test]
async fn an_unhealthy_version_is_ill_only_where_it_is_live() {
    let world = World::simulated().await;
    let ill = world.live_site("ill", "Ill").await;
    let well = world.live_site("well", "Well").await;
    let (_, before) = world
        .get(&format!("/vercel/v9/projects/{}?teamId=team_a", ill.project))
        .await;
    let before = before["targets"]["production"]["id"].as_str().unwrap().to_owned();
    world
        .fault(
            json!({"service": "vercel", "operation": "create_deployment", "mode": "unhealthy", "times": 0,
            "match": "client-ill"}),
        )
        .await;
    for project in [&ill.project, &well.project] {
        assert_eq!(world.deploy(project).await["readyState"], "READY");
    }
    assert_eq!(world.visit("ill.localhost", "/api/health").await.0, 500);
    assert_eq!(world.visit("ill.localhost", "/").await.0, 200);
    assert_eq!(world.visit("well.localhost", "/api/health").await.0, 200);
    // What was live before is as well as it was.
    let promote = format!("/vercel/v10/projects/{}/promote/{before}?teamId=team_a", ill.project);
    assert_eq!(world.post(&promote, json!({})).await.0, 201);
    until("the site is well again", || async {
        (world.visit("ill.localhost", "/api/health").await.0 == 200).then_some(())
    })
    .await;
}

#[tokio::test]
async fn a_mode_of_a_site_outlives_its_version() {
    let world = World::simulated().await;
    let made = world.live_site("moody", "Moody").await;
    let set = |mode: &str| world.call(Method::PUT, "/_sandbox/sites/moody", json!({"mode": mode}));
    assert_eq!(set("error").await.0, 200);
    world.deploy(&made.project).await;
    assert_eq!(world.visit("moody.localhost", "/api/health").await.0, 500);
    assert_eq!(set("ok").await.0, 200);
    assert_eq!(world.visit("moody.localhost", "/api/health").await.0, 200);
}
