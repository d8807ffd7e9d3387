//! The stack is killed in the middle and goes on where it stopped.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, missing_docs, reason = "tests")]

use reqwest::Method;
use serde_json::json;
use tests::{World, acme};

#[tokio::test]
async fn a_killed_provision_goes_on_by_itself_on_another_port() {
    let data = World::folder();
    let world = World::on(&data).await;
    let bystander = json!({"clientName": "By", "contactEmail": "by@b.nl", "domain": "bystander", "template": "blog"});
    let bystander = world.live_client(&bystander).await;
    // The deployment is made at Vercel, but its answer never comes: the worst moment to die.
    world
        .fault(json!({"service": "vercel", "operation": "get_deployment", "mode": "slow", "seconds": 20, "times": 0}))
        .await;
    let (client, operation) = world.add_client(&acme()).await;
    let path = format!("/operations/{}", operation["id"].as_str().unwrap());
    loop {
        let now = world.get(&path).await;
        if now["steps"][4]["state"] == "running" {
            break;
        }
        assert!(now["endedAt"].is_null(), "{now:#}");
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    let before = world.stack.field("url");
    world.stack.kill().await;

    let world = World::on(&data).await;
    assert_ne!(world.stack.field("url"), before, "another port");
    let ended = world.ended(&operation).await;
    assert_eq!(ended["status"], "succeeded", "{ended:#}");
    assert_eq!(world.counts().await, [2, 2, 2, 2]);
    for (label, client) in [("acme", &client), ("bystander", &bystander)] {
        let live = world.get(&format!("/clients/{}", client["id"].as_str().unwrap())).await;
        let port = world.stack.field("url").rsplit_once(':').unwrap().1.to_owned();
        assert_eq!(live["deploymentUrl"], format!("http://{label}.localhost:{port}"));
        assert_eq!(
            world.site(label, Method::GET, "/api/health", None).await.expect(200)["status"],
            "ok"
        );
        assert_eq!(world.delete_client(client).await["status"], "succeeded");
    }
    assert_eq!(world.counts().await, [0, 0, 0, 0]);
    drop(world);
    std::fs::remove_dir_all(data).unwrap();
}
