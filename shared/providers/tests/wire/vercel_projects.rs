//! Projects: adopted only with our mark, found again after a lost answer.

use providers::ErrorKind;
use serde_json::{Value, json};

use super::{mark, vendor::*, vercel};

const FIND: &str = "GET /v9/projects/client-acme";
const CREATE: &str = "POST /v11/projects";
const VARIABLES: &str = "GET /v10/projects/prj_1/env";

fn project() -> Value {
    json!({"id": "prj_1", "name": "client-acme", "accountId": "team_1", "unknown": [1]})
}

fn missing() -> Reply {
    json_reply(
        404,
        json!({"error": {"code": "not_found", "message": "Project not found."}}),
    )
}

fn marked(client: &str) -> Reply {
    json_reply(
        200,
        json!({"envs": [{"id": "e1", "key": "PLATFORM_CLIENT_ID", "value": client, "type": "plain"}]}),
    )
}

#[tokio::test]
async fn a_project_is_created_with_its_mark_in_the_same_call() {
    let vendor = Vendor::new([(FIND, vec![missing()]), (CREATE, vec![json_reply(200, project())])]).await;
    let made = vercel(&vendor).ensure_project("client-acme", &mark()).await.unwrap();
    assert_eq!(made.id, "prj_1");
    let call = vendor.call(CREATE);
    assert_eq!(call.target, "/v11/projects?teamId=team_1");
    assert_eq!(call.authorization.as_deref(), Some("Bearer marker-token"));
    assert_eq!(call.body["environmentVariables"][0]["key"], "PLATFORM_CLIENT_ID");
    assert_eq!(call.body["environmentVariables"][0]["value"], "cl_1");
    assert_eq!(
        call.body["ssoProtection"]["deploymentType"],
        "all_except_custom_domains"
    );
    assert!(call.body.get("gitRepository").is_none());
}

#[tokio::test]
async fn a_project_with_our_mark_is_adopted() {
    let vendor = Vendor::new([
        (FIND, vec![json_reply(200, project())]),
        (VARIABLES, vec![marked("cl_1")]),
    ])
    .await;
    assert_eq!(
        vercel(&vendor).ensure_project("client-acme", &mark()).await.unwrap().id,
        "prj_1"
    );
    assert!(!vendor.keys().contains(&CREATE.to_owned()));
}

#[tokio::test]
async fn a_project_without_our_mark_is_foreign() {
    for variables in [json_reply(200, json!({"envs": []})), marked("cl_2")] {
        let vendor = Vendor::new([(FIND, vec![json_reply(200, project())]), (VARIABLES, vec![variables])]).await;
        let error = vercel(&vendor)
            .ensure_project("client-acme", &mark())
            .await
            .unwrap_err();
        assert_eq!(*error.kind(), ErrorKind::Foreign);
        assert!(!error.kind().retryable());
        assert!(
            vendor.keys().iter().all(|key| key.starts_with("GET ")),
            "nothing was written"
        );
    }
}

#[tokio::test]
async fn a_lost_answer_is_settled_by_a_look() {
    for reply in [
        lost(),
        text_reply(200, "<html>"),
        json_reply(500, json!({})),
        json_reply(409, json!({})),
    ] {
        let vendor = Vendor::new([
            (FIND, vec![missing(), json_reply(200, project())]),
            (CREATE, vec![reply]),
            (VARIABLES, vec![marked("cl_1")]),
        ])
        .await;
        assert_eq!(
            vercel(&vendor).ensure_project("client-acme", &mark()).await.unwrap().id,
            "prj_1"
        );
        assert_eq!(vendor.keys(), [FIND, CREATE, FIND, VARIABLES]);
    }
}

#[tokio::test]
async fn a_call_that_had_no_effect_stays_the_failure_it_is() {
    let vendor = Vendor::new([(FIND, vec![missing()]), (CREATE, vec![lost()])]).await;
    let error = vercel(&vendor)
        .ensure_project("client-acme", &mark())
        .await
        .unwrap_err();
    assert_eq!(*error.kind(), ErrorKind::OutcomeUnknown);
    assert!(error.kind().retryable());
}

#[tokio::test]
async fn a_project_of_another_account_is_not_taken_for_ours() {
    let other = json!({"id": "prj_1", "name": "client-acme", "accountId": "user_9"});
    let vendor = Vendor::new([(FIND, vec![json_reply(200, other)])]).await;
    let error = vercel(&vendor).find_project("client-acme").await.unwrap_err();
    assert_eq!(
        *error.kind(),
        ErrorKind::NotConfigured {
            setting: "VERCEL_TEAM_ID"
        }
    );
}

#[tokio::test]
async fn removing_what_is_not_there_succeeds() {
    let vendor = Vendor::new([]).await;
    let vercel = vercel(&vendor);
    vercel.delete_project("prj_1").await.unwrap();
    vercel.remove_domain("prj_1", "acme.example").await.unwrap();
    assert!(vercel.find_project("prj_1").await.unwrap().is_none());
    assert!(vercel.find_own_project("prj_1", &mark()).await.unwrap().is_none());
}

#[tokio::test]
async fn a_project_that_is_busy_is_removed_later() {
    let vendor = Vendor::new([(
        "DELETE /v9/projects/prj_1",
        vec![json_reply(409, json!({})), text_reply(204, "")],
    )])
    .await;
    let vercel = vercel(&vendor);
    assert_eq!(
        *vercel.delete_project("prj_1").await.unwrap_err().kind(),
        ErrorKind::Unavailable
    );
    vercel.delete_project("prj_1").await.unwrap();
}

#[tokio::test]
async fn a_name_that_was_taken_meanwhile_is_foreign_without_our_mark() {
    let vendor = Vendor::new([
        (FIND, vec![missing(), json_reply(200, project())]),
        (CREATE, vec![json_reply(409, json!({}))]),
        (VARIABLES, vec![marked("cl_2")]),
    ])
    .await;
    let error = vercel(&vendor)
        .ensure_project("client-acme", &mark())
        .await
        .unwrap_err();
    assert_eq!(*error.kind(), ErrorKind::Foreign);
}

#[tokio::test]
async fn every_call_names_the_team() {
    let vendor = Vendor::new([]).await;
    let vercel = vercel(&vendor);
    // Nothing of it is there: what matters is what was asked.
    drop(vercel.ensure_project("client-acme", &mark()).await);
    drop(vercel.delete_project("prj_1").await);
    drop(vercel.pause("prj_1").await);
    drop(vercel.promote("prj_1", "dpl_1").await);
    drop(vercel.set_environment("prj_1", &[]).await);
    drop(vercel.find_deployment("prj_1", "run_1").await);
    drop(vercel.deployment("dpl_1").await);
    drop(vercel.cancel_deployment("dpl_1").await);
    drop(vercel.build_log("dpl_1").await);
    drop(vercel.ensure_domain("prj_1", "acme.example").await);
    drop(vercel.remove_domain("prj_1", "acme.example").await);
    let targets = vendor.targets();
    assert!(targets.len() > 10);
    assert!(
        targets.iter().all(|target| target.contains("teamId=team_1")),
        "{targets:?}"
    );
}
