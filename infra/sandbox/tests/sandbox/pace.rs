use sandbox::{Databases, Options};
use serde_json::json;

use crate::world::World;

/// The guide's time line: nothing is ready at once, and everything says so.
#[tokio::test]
async fn the_realistic_pace_is_not_done_at_once() {
    let options = Options {
        data: None,
        realistic: true,
        databases: Databases::Simulated,
    };
    let world = World::open(options).await;
    let id = world.create_project("client-slow").await;
    let body = json!({"name": "x", "project": id, "target": "production", "projectSettings": {},
        "gitSource": {"type": "github", "org": "o", "repo": "r", "ref": "main"}});
    let (_, deployment) = world.post("/vercel/v13/deployments?teamId=team_a", body).await;
    assert_eq!(deployment["readyState"], "QUEUED");
    assert_eq!(deployment["aliasAssigned"], false);
    let created = world
        .railway("03_project_create", None, json!({"input": {"name": "slow"}}))
        .await;
    let id = created["data"]["projectCreate"]["id"].clone();
    let template = world
        .railway("04_template_detail", None, json!({"code": "postgres"}))
        .await["data"]["template"]
        .clone();
    let input =
        json!({"projectId": id, "templateId": template["id"], "serializedConfig": template["serializedConfig"]});
    let deployed = world
        .railway("05_template_deploy_v2", None, json!({"input": input}))
        .await;
    let workflow = json!({"workflowId": deployed["data"]["templateDeployV2"]["workflowId"]});
    let status = world.railway("06_workflow_status", None, workflow).await;
    assert_eq!(status["data"]["workflowStatus"]["status"], "Running");
    // A scheduled deletion can be called off.
    let id = json!({"id": id});
    world
        .railway("20_project_schedule_delete", Some("ProjectScheduleDelete"), id.clone())
        .await;
    assert_eq!(world.inventory().await["databases"], json!([]));
    world
        .railway("20_project_schedule_delete", Some("ProjectScheduleDeleteCancel"), id)
        .await;
    assert_eq!(world.inventory().await["databases"].as_array().unwrap().len(), 1);
}
