//! Variables, deployments, domains.

use providers::{
    ErrorKind, Source,
    vercel::{DeploymentRequest, DeploymentState, Variable},
};
use serde_json::{Value, json};

use super::{secret, vendor::*, vercel};

const UPSERT: &str = "POST /v10/projects/prj_1/env";
const LIST: &str = "GET /v10/projects/prj_1/env";
const DELETE: &str = "DELETE /v1/projects/prj_1/env";
const DEPLOY: &str = "POST /v13/deployments";

fn variables() -> Vec<Variable> {
    let variable = |key: &str, secret_value: bool| Variable {
        key: key.to_owned(),
        value: secret("value"),
        secret: secret_value,
    };
    vec![variable("TEMPLATE", false), variable("PAYLOAD_SECRET", true)]
}

#[tokio::test]
async fn variables_are_set_and_others_removed_except_the_mark() {
    let envs = json!({"envs": [
        {"id": "e1", "key": "TEMPLATE", "type": "plain"}, {"id": "e2", "key": "PLATFORM_CLIENT_ID", "type": "plain"},
        {"id": "e3", "key": "OLD", "type": "sensitive"}, {"id": "e4", "key": "VERCEL_URL", "type": "system"}]});
    let vendor = Vendor::new([
        (UPSERT, vec![json_reply(201, json!({"created": [], "failed": []}))]),
        (LIST, vec![json_reply(200, envs)]),
        (DELETE, vec![json_reply(200, json!({"deleted": 1}))]),
    ])
    .await;
    vercel(&vendor).set_environment("prj_1", &variables()).await.unwrap();
    let upsert = vendor.call(UPSERT);
    assert_eq!(upsert.target, "/v10/projects/prj_1/env?upsert=true&teamId=team_1");
    assert_eq!(
        upsert.body,
        json!([{"key": "TEMPLATE", "value": "value", "type": "plain", "target": ["production", "preview"]},
            {"key": "PAYLOAD_SECRET", "value": "value", "type": "sensitive", "target": ["production", "preview"]}])
    );
    assert_eq!(vendor.call(DELETE).body, json!({"ids": ["e3"]}));
}

#[tokio::test]
async fn a_created_answer_with_failures_is_an_error() {
    for (code, kind) in [
        ("INVALID_KEY", ErrorKind::Invalid),
        ("ENV_CONFLICT", ErrorKind::Conflict),
        ("MAX_ENVS_EXCEEDED", ErrorKind::QuotaExceeded),
        ("UNKNOWN_ERROR", ErrorKind::Unavailable),
    ] {
        let failed =
            json!({"created": [], "failed": [{"error": {"code": code, "message": "value?", "envVarKey": "KEY"}}]});
        for status in [201, 400] {
            let vendor = Vendor::new([(UPSERT, vec![json_reply(status, failed.clone())])]).await;
            let error = vercel(&vendor)
                .set_environment("prj_1", &variables())
                .await
                .unwrap_err();
            assert_eq!(*error.kind(), kind);
            assert!(
                error.public().contains("KEY") && error.public().contains(code),
                "{error}"
            );
        }
    }
}

fn request() -> DeploymentRequest {
    DeploymentRequest {
        project_id: "prj_1".to_owned(),
        project_name: "client-acme".to_owned(),
        client_id: "cl_1".to_owned(),
        run_id: "run_1".to_owned(),
        source: Source {
            repository: "tenantry/site".to_owned(),
            reference: "main".to_owned(),
            commit: "a".repeat(40),
            version: "v1.0.0".to_owned(),
        },
    }
}

#[tokio::test]
async fn a_deployment_names_its_source_its_project_and_its_run() {
    let made = json!({"id": "dpl_1", "url": "x.vercel.app", "readyState": "QUEUED", "projectId": "prj_1"});
    let vendor = Vendor::new([(DEPLOY, vec![json_reply(200, made)])]).await;
    let deployment = vercel(&vendor).create_deployment(&request()).await.unwrap();
    assert_eq!(
        (deployment.id.as_str(), deployment.url.as_str()),
        ("dpl_1", "https://x.vercel.app")
    );
    assert_eq!(deployment.state, DeploymentState::Queued);
    let body = vendor.call(DEPLOY).body;
    assert_eq!(body["gitSource"]["sha"], "a".repeat(40));
    assert_eq!(body["gitSource"]["org"], "tenantry");
    assert_eq!(body["project"], "prj_1");
    assert_eq!(body["meta"], json!({"clientId": "cl_1", "runId": "run_1"}));
}

#[tokio::test]
async fn a_deployment_in_another_project_is_foreign() {
    let made = json!({"id": "dpl_1", "url": "x.vercel.app", "readyState": "QUEUED", "project": {"id": "prj_2"}});
    let vendor = Vendor::new([(DEPLOY, vec![json_reply(200, made)])]).await;
    assert_eq!(
        *vercel(&vendor).create_deployment(&request()).await.unwrap_err().kind(),
        ErrorKind::Foreign
    );
}

#[tokio::test]
async fn a_deployment_is_found_again_by_its_run() {
    let list = json!({"deployments": [
        {"uid": "dpl_2", "url": "y", "state": "READY", "projectId": "prj_1", "meta": {"runId": "run_2"}},
        {"uid": "dpl_1", "url": "x", "state": "BUILDING", "projectId": "prj_1", "meta": {"runId": "run_1"}}]});
    let vendor = Vendor::new([("GET /v7/deployments", vec![json_reply(200, list)])]).await;
    let vercel = vercel(&vendor);
    assert_eq!(
        vercel.find_deployment("prj_1", "run_1").await.unwrap().unwrap().id,
        "dpl_1"
    );
    assert!(vercel.find_deployment("prj_1", "run_3").await.unwrap().is_none());
}

async fn state(fields: Value) -> DeploymentState {
    let mut body = json!({"id": "dpl_1", "url": "x", "projectId": "prj_1"});
    body.as_object_mut()
        .unwrap()
        .extend(fields.as_object().unwrap().clone());
    let vendor = Vendor::new([("GET /v13/deployments/dpl_1", vec![json_reply(200, body)])]).await;
    vercel(&vendor).deployment("dpl_1").await.unwrap().unwrap().state
}

#[tokio::test]
async fn ready_means_that_its_names_lead_to_it() {
    assert_eq!(
        state(json!({"readyState": "READY", "aliasAssigned": 1764, "aliasError": null})).await,
        DeploymentState::Ready
    );
    assert_eq!(
        state(json!({"readyState": "READY", "aliasAssigned": true})).await,
        DeploymentState::Ready
    );
    assert_eq!(
        state(json!({"readyState": "READY", "aliasAssigned": false})).await,
        DeploymentState::Building
    );
    let failed = |message: &str| DeploymentState::Failed {
        message: message.to_owned(),
    };
    let alias = json!({"readyState": "READY", "aliasAssigned": true, "aliasError": {"code": "x", "message": "taken"}});
    assert_eq!(state(alias).await, failed("taken"));
    assert_eq!(
        state(json!({"readyState": "ERROR", "errorMessage": "exit 1"})).await,
        failed("exit 1")
    );
    assert_eq!(
        state(json!({"readyState": "BUILD_ERROR"})).await,
        failed("the build failed")
    );
    assert_eq!(
        state(json!({"readyState": "CANCELED"})).await,
        DeploymentState::Cancelled
    );
    assert_eq!(
        state(json!({"readyState": "SOMETHING_NEW"})).await,
        DeploymentState::Building
    );
}

#[tokio::test]
async fn a_build_log_is_the_end_of_both_shapes_in_order() {
    let events = json!([
        {"created": 3, "type": "stderr", "text": "last"},
        {"created": 2, "type": "delimiter", "text": "ignored"},
        {"created": 1, "type": "stdout", "payload": {"text": "first", "serial": "1"}}]);
    let vendor = Vendor::new([
        ("GET /v3/deployments/dpl_1/events", vec![json_reply(200, events)]),
        (
            "GET /v3/deployments/dpl_2/events",
            vec![json_reply(200, json!([{"type": "stdout", "text": "é".repeat(9000)}]))],
        ),
    ])
    .await;
    assert_eq!(vercel(&vendor).build_log("dpl_1").await.unwrap(), "first\nlast");
    assert_eq!(vercel(&vendor).build_log("dpl_2").await.unwrap().len(), 4096);
}

const ADD: &str = "POST /v10/projects/prj_1/domains";
const DOMAIN: &str = "GET /v9/projects/prj_1/domains/acme.example";

fn domain(verified: bool) -> Reply {
    json_reply(
        200,
        json!({"name": "acme.example", "projectId": "prj_1", "verified": verified, "verification": [
        {"type": "TXT", "domain": "_vercel.acme.example", "value": "vc-domain-verify=1", "reason": "pending"}]}),
    )
}

fn nothing() -> Reply {
    json_reply(
        404,
        json!({"error": {"code": "not_found", "message": "Project Domain not found."}}),
    )
}

#[tokio::test]
async fn a_domain_that_is_ours_already_is_no_error() {
    for reply in [json_reply(400, json!({})), json_reply(409, json!({})), lost()] {
        let vendor = Vendor::new([(DOMAIN, vec![nothing(), domain(true)]), (ADD, vec![reply])]).await;
        assert!(
            vercel(&vendor)
                .ensure_domain("prj_1", "acme.example")
                .await
                .unwrap()
                .verified
        );
    }
}

#[tokio::test]
async fn a_domain_of_another_project_is_a_conflict() {
    let taken = json!({"error": {"code": "domain_already_in_use", "message": "In use."}});
    for status in [400, 409] {
        let vendor = Vendor::new([(ADD, vec![json_reply(status, taken.clone())])]).await;
        let error = vercel(&vendor)
            .ensure_domain("prj_1", "acme.example")
            .await
            .unwrap_err();
        assert_eq!(*error.kind(), ErrorKind::Conflict);
    }
    let early =
        json!({"error": {"code": "bad_request", "message": "The latest production deployment was not successful."}});
    let vendor = Vendor::new([(ADD, vec![json_reply(400, early)])]).await;
    let error = vercel(&vendor)
        .ensure_domain("prj_1", "acme.example")
        .await
        .unwrap_err();
    assert_eq!(*error.kind(), ErrorKind::Invalid);
}

#[tokio::test]
async fn an_unverified_domain_is_verified_again() {
    let verify = "POST /v9/projects/prj_1/domains/acme.example/verify";
    let vendor = Vendor::new([
        (DOMAIN, vec![domain(false)]),
        (verify, vec![json_reply(400, json!({})), domain(true)]),
    ])
    .await;
    let first = vercel(&vendor).ensure_domain("prj_1", "acme.example").await.unwrap();
    assert!(!first.verified);
    assert_eq!(first.verification[0].value, "vc-domain-verify=1");
    assert!(
        vercel(&vendor)
            .ensure_domain("prj_1", "acme.example")
            .await
            .unwrap()
            .verified
    );
}

#[tokio::test]
async fn a_part_of_the_variables_is_not_taken_for_all() {
    let part = json!({"envs": [], "pagination": {"count": 0, "next": 1764, "prev": null}});
    let vendor = Vendor::new([
        (UPSERT, vec![json_reply(201, json!({"created": [], "failed": []}))]),
        (LIST, vec![json_reply(200, part)]),
    ])
    .await;
    let error = vercel(&vendor)
        .set_environment("prj_1", &variables())
        .await
        .unwrap_err();
    assert_eq!(*error.kind(), ErrorKind::Malformed);
}
