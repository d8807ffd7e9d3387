//! The product's own client of hosting, against the stand-in for Vercel: what suspending, rolling back and redeploying need.

use std::time::Duration;

use providers::{
    ClientMark, ErrorKind, Http, HttpOptions, Source,
    vercel::{DeploymentRequest, DeploymentState, Promotion, Variable, Vercel},
};
use reqwest::Method;
use secrecy::SecretString;
use serde_json::{Value, json};

use crate::world::{World, until};

const NAME: &str = "client-acme";

fn client(world: &World) -> Vercel {
    let http = Http::new(HttpOptions {
        loopback_hosts: Some(".localhost".to_owned()),
    });
    let url = format!("{}/vercel", world.url);
    Vercel::new(
        http.unwrap(),
        url,
        SecretString::from("token"),
        Some("team_a".to_owned()),
    )
}

async fn project(vercel: &Vercel) -> String {
    vercel
        .ensure_project(NAME, &ClientMark::new("cl_acme"))
        .await
        .unwrap()
        .id
}

fn request(project: &str, run: &str, commit: &str) -> DeploymentRequest {
    DeploymentRequest {
        project_id: project.to_owned(),
        project_name: NAME.to_owned(),
        client_id: "cl_acme".to_owned(),
        run_id: run.to_owned(),
        source: Source {
            repository: "tenantry/site".to_owned(),
            reference: "main".to_owned(),
            commit: commit.repeat(40),
            version: "v1.0.0".to_owned(),
        },
    }
}

async fn ready(vercel: &Vercel, id: &str) {
    until("the deployment is ready", || async {
        let state = vercel.deployment(id).await.unwrap().unwrap().state;
        (state == DeploymentState::Ready).then_some(())
    })
    .await;
}

async fn deployed(vercel: &Vercel, project: &str, run: &str, commit: &str) -> String {
    let id = vercel
        .ensure_deployment(&request(project, run, commit))
        .await
        .unwrap()
        .id;
    ready(vercel, &id).await;
    id
}

async fn promoted(vercel: &Vercel, project: &str, deployment: &str) {
    until("the deployment is live", || async {
        let now = vercel.promote(project, deployment).await.unwrap();
        (now == Promotion::Live).then_some(())
    })
    .await;
}

async fn calls(world: &World, operation: &str) -> usize {
    let (_, calls) = world.get("/_sandbox/calls").await;
    let named = |call: &&Value| call["operation"] == operation;
    calls.as_array().unwrap().iter().filter(named).count()
}

async fn fault(world: &World, operation: &str, mode: &str) {
    world
        .fault(json!({"service": "vercel", "operation": operation, "mode": mode}))
        .await;
}

#[tokio::test]
async fn a_paused_site_says_so_and_is_still_there() {
    let world = World::simulated().await;
    let made = world.live_site("acme", "Acme").await;
    let vercel = client(&world);
    let before = world.inventory().await;
    for mode in ["lost_response", "error", "malformed"] {
        fault(&world, "pause_project", mode).await;
        fault(&world, "unpause_project", mode).await;
        // An error has no effect: it is the second try that pauses.
        let paused = vercel.pause(&made.project).await;
        assert_eq!(paused.is_err(), mode == "error");
        vercel.pause(&made.project).await.unwrap();
        assert!(vercel.is_paused(&made.project).await.unwrap());
        let answer = world.site(Method::GET, "acme.localhost", "/").send().await.unwrap();
        assert_eq!(
            (
                answer.status().as_u16(),
                answer.headers()["x-vercel-error"].to_str().unwrap()
            ),
            (503, "DEPLOYMENT_PAUSED")
        );
        assert_eq!(world.inventory().await, before);
        if vercel.unpause(&made.project).await.is_err() {
            vercel.unpause(&made.project).await.unwrap();
        }
        assert!(!vercel.is_paused(&made.project).await.unwrap());
        assert_eq!(world.visit("acme.localhost", "/").await.0, 200);
        world.delete("/_sandbox/faults").await;
    }
    assert!(vercel.pause("prj_unknown").await.unwrap_err().is_not_found());
}

#[tokio::test]
async fn a_redeployment_replaces_what_is_live_when_it_is_ready_and_has_no_twin() {
    let world = World::simulated().await;
    let vercel = client(&world);
    let project = project(&vercel).await;
    assert_eq!(vercel.production_deployment(&project).await.unwrap(), None);
    let first = deployed(&vercel, &project, "op_1", "a").await;
    assert_eq!(
        vercel.production_deployment(&project).await.unwrap(),
        Some(first.clone())
    );

    fault(&world, "create_deployment", "lost_response").await;
    let again = vercel.ensure_deployment(&request(&project, "op_2", "b")).await.unwrap();
    assert_ne!(again.state, DeploymentState::Ready);
    assert_eq!(
        vercel.production_deployment(&project).await.unwrap(),
        Some(first.clone())
    );
    let found = vercel.find_deployment(&project, "op_2").await.unwrap().unwrap();
    assert_eq!(found.id, again.id);
    ready(&vercel, &again.id).await;
    assert_eq!(
        vercel.production_deployment(&project).await.unwrap(),
        Some(again.id.clone())
    );
    assert_eq!(deployed(&vercel, &project, "op_2", "b").await, again.id);
    assert_eq!(calls(&world, "create_deployment").await, 2);
}

#[tokio::test]
async fn an_earlier_deployment_is_live_again_without_a_build() {
    let world = World::simulated().await;
    let vercel = client(&world);
    let project = project(&vercel).await;
    let first = deployed(&vercel, &project, "op_1", "a").await;
    let second = deployed(&vercel, &project, "op_2", "b").await;
    for (mode, to) in [("lost_response", &first), ("malformed", &second)] {
        fault(&world, "promote", mode).await;
        promoted(&vercel, &project, to).await;
        assert_eq!(vercel.production_deployment(&project).await.unwrap().as_ref(), Some(to));
        // Again is as good.
        assert_eq!(vercel.promote(&project, to).await.unwrap(), Promotion::Live);
    }
    assert_eq!(
        (calls(&world, "promote").await, calls(&world, "create_deployment").await),
        (2, 2)
    );

    // A failed one cannot be live, and what is deployed afterwards is live by itself.
    promoted(&vercel, &project, &first).await;
    fault(&world, "create_deployment", "build_error").await;
    let broken = vercel
        .ensure_deployment(&request(&project, "op_3", "c"))
        .await
        .unwrap()
        .id;
    until("the build has failed", || async {
        let state = vercel.deployment(&broken).await.unwrap().unwrap().state;
        state.is_over().then_some(())
    })
    .await;
    assert_eq!(
        *vercel.promote(&project, &broken).await.unwrap_err().kind(),
        ErrorKind::Invalid
    );
    assert!(
        vercel
            .promote(&project, "dpl_unknown")
            .await
            .unwrap_err()
            .is_not_found()
    );
    let fourth = deployed(&vercel, &project, "op_4", "d").await;
    assert_eq!(vercel.production_deployment(&project).await.unwrap(), Some(fourth));
}

#[tokio::test]
async fn a_build_is_cancelled_and_what_is_live_stays() {
    let world = World::simulated().await;
    let vercel = client(&world);
    let project = project(&vercel).await;
    let first = deployed(&vercel, &project, "op_1", "a").await;
    for mode in ["lost_response", "malformed"] {
        fault(&world, "cancel_deployment", mode).await;
        let run = format!("op_{mode}");
        let building = vercel
            .ensure_deployment(&request(&project, &run, "b"))
            .await
            .unwrap()
            .id;
        for _ in 0..2 {
            let stopped = vercel.cancel_deployment(&building).await.unwrap();
            assert_eq!(stopped, Some(DeploymentState::Cancelled));
        }
    }
    tokio::time::sleep(Duration::from_millis(150)).await;
    assert_eq!(
        vercel.production_deployment(&project).await.unwrap(),
        Some(first.clone())
    );
    // Too late is said, not failed.
    assert_eq!(
        vercel.cancel_deployment(&first).await.unwrap(),
        Some(DeploymentState::Ready)
    );
    assert_eq!(vercel.cancel_deployment("dpl_unknown").await.unwrap(), None);
}

#[tokio::test]
async fn variables_are_what_was_last_wanted() {
    let world = World::simulated().await;
    let vercel = client(&world);
    let project = project(&vercel).await;
    let variable = |key: &str, value: &str, secret: bool| Variable {
        key: key.to_owned(),
        value: SecretString::from(value),
        secret,
    };
    let before = [
        variable("TEMPLATE", "blog", false),
        variable("OLD", "1", false),
        variable("KEY", "a", true),
    ];
    vercel.set_environment(&project, &before).await.unwrap();
    let after = [
        variable("TEMPLATE", "shop", false),
        variable("KEY", "b", true),
        variable("NEW", "2", false),
    ];
    fault(&world, "upsert_env", "partial").await;
    vercel.set_environment(&project, &after).await.unwrap_err();
    fault(&world, "delete_env", "lost_response").await;
    vercel.set_environment(&project, &after).await.unwrap_err();
    vercel.set_environment(&project, &after).await.unwrap();
    let (_, listed) = world
        .get(&format!("/vercel/v10/projects/{project}/env?teamId=team_a"))
        .await;
    let mut known: Vec<(&str, &str)> = listed["envs"]
        .as_array()
        .unwrap()
        .iter()
        .map(|env| (env["key"].as_str().unwrap(), env["value"].as_str().unwrap()))
        .collect();
    known.sort_unstable();
    assert_eq!(
        known,
        [
            ("KEY", ""),
            ("NEW", "2"),
            ("PLATFORM_CLIENT_ID", "cl_acme"),
            ("TEMPLATE", "shop")
        ]
    );
}
