//! The product's own client of databases, against a Railway whose lists lag behind.

use std::time::Duration;

use providers::{
    ClientMark, Http, HttpOptions, ProviderError,
    database::{DatabaseIntent, DatabaseState, Databases},
    railway::Railway,
};
use secrecy::SecretString;
use serde_json::{Value, json};

use crate::world::World;

const NAME: &str = "client-acme";

/// A client without a past, as after a crash.
fn client(world: &World, settle: Duration) -> Databases {
    let http = Http::new(HttpOptions {
        loopback_hosts: Some(".localhost".to_owned()),
    });
    let url = format!("{}/railway", world.url);
    let railway = Railway::new(http.unwrap(), url, SecretString::from("token"), Some("ws".to_owned()));
    Databases::Railway(railway.settling_for(settle))
}

async fn look(databases: &Databases, workflow_id: Option<&str>) -> Result<DatabaseState, ProviderError> {
    let intent = DatabaseIntent {
        name: NAME,
        mark: &ClientMark::new("cl_acme"),
        password: &SecretString::from("a-password-of-ours"),
        workflow_id,
    };
    databases.ensure(&intent).await
}

/// Looks until the database is ready, with a client without a past each time, and without a workflow unless one is remembered.
async fn until_ready(world: &World, settle: Duration, mut remembered: Option<String>) {
    for _ in 0..200 {
        match look(&client(world, settle), remembered.as_deref()).await.unwrap() {
            DatabaseState::Ready { .. } => return,
            DatabaseState::Pending { workflow_id, .. } => remembered = workflow_id,
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("in vain waited for the database");
}

async fn services(world: &World) -> Vec<String> {
    let id = world.inventory().await["databases"][0]["id"].clone();
    let detail = world.railway("07_project_detail", None, json!({"id": id})).await;
    let services = detail["data"]["project"]["services"]["edges"]
        .as_array()
        .unwrap()
        .clone();
    services
        .iter()
        .map(|edge| edge["node"]["name"].as_str().unwrap().to_owned())
        .collect()
}

async fn late(world: &World, seconds: f64, lost: bool) {
    let fault =
        |mode: &str| json!({"service": "railway", "operation": "template_deploy_v2", "mode": mode, "seconds": seconds});
    world.fault(fault("unlisted")).await;
    if lost {
        world.fault(fault("lost_response")).await;
    }
}

#[tokio::test]
async fn a_database_that_is_listed_late_has_no_twin() {
    let world = World::simulated().await;
    late(&world, 1.0, false).await;
    let hour = Duration::from_secs(3600);
    let DatabaseState::Pending { workflow_id, .. } = look(&client(&world, hour), None).await.unwrap() else {
        panic!("it is not listed yet");
    };
    assert!(workflow_id.is_some());
    until_ready(&world, hour, workflow_id).await;
    assert_eq!(services(&world).await, ["Postgres"]);
}

#[tokio::test]
async fn nor_has_one_whose_maker_died() {
    let world = World::simulated().await;
    late(&world, 1.0, true).await;
    let settle = Duration::from_secs(4);
    look(&client(&world, settle), None).await.err().unwrap();
    until_ready(&world, settle, None).await;
    assert_eq!(services(&world).await, ["Postgres"]);
}

#[tokio::test]
async fn one_that_never_came_is_asked_for_once_more() {
    let world = World::simulated().await;
    world
        .fault(json!({"service": "railway", "operation": "template_deploy_v2", "mode": "error", "status": 502}))
        .await;
    let settle = Duration::from_secs(1);
    look(&client(&world, settle), None).await.err().unwrap();
    until_ready(&world, settle, None).await;
    assert_eq!(services(&world).await, ["Postgres"]);
    let (_, calls) = world.get("/_sandbox/calls").await;
    let deploys = |call: &&Value| call["operation"] == "template_deploy_v2";
    assert_eq!(calls.as_array().unwrap().iter().filter(deploys).count(), 2);
}

#[tokio::test]
async fn who_does_not_give_it_its_time_makes_the_twin() {
    // What the two tests above would see if the client did not wait.
    let world = World::simulated().await;
    late(&world, 3.0, true).await;
    look(&client(&world, Duration::ZERO), None).await.err().unwrap();
    // The clocks count in seconds.
    tokio::time::sleep(Duration::from_millis(1100)).await;
    until_ready(&world, Duration::ZERO, None).await;
    tokio::time::sleep(Duration::from_secs(2)).await;
    assert_eq!(services(&world).await.len(), 2);
}
