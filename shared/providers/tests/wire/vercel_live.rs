//! Which deployment visitors get, and whether they get one.

use providers::{
    ErrorKind, Source,
    vercel::{DeploymentRequest, DeploymentState, Promotion},
};
use serde_json::{Value, json};

use super::{vendor::*, vercel};

const PROJECT: &str = "GET /v9/projects/prj_1";
const PROMOTE: &str = "POST /v10/projects/prj_1/promote/dpl_1";

fn project(more: &Value) -> Reply {
    let mut project = json!({"id": "prj_1", "name": "client-acme", "accountId": "team_1"});
    project
        .as_object_mut()
        .unwrap()
        .extend(more.as_object().unwrap().clone());
    json_reply(200, project)
}

/// A project whose names lead to one deployment, with the last request to move them.
fn names(production: &str, wanted: &str, job: &str) -> Reply {
    project(
        &json!({"targets": {"production": {"id": production, "readyState": "READY"}},
        "lastAliasRequest": {"fromDeploymentId": "dpl_0", "toDeploymentId": wanted, "jobStatus": job, "requestedAt": 1,
            "type": "promote"}}),
    )
}

fn error(status: u16) -> Reply {
    json_reply(status, json!({"error": {"code": "x", "message": "No."}}))
}

#[tokio::test]
async fn pausing_is_read_called_and_read_again() {
    let paused = |paused: bool| project(&json!({"paused": paused}));
    let pause = "POST /v1/projects/prj_1/pause";
    for answer in [text_reply(200, ""), lost(), error(500)] {
        let vendor = Vendor::new([(PROJECT, vec![paused(false), paused(true)]), (pause, vec![answer])]).await;
        vercel(&vendor).pause("prj_1").await.unwrap();
        assert_eq!(vendor.keys(), [PROJECT, pause, PROJECT]);
        assert!(vercel(&vendor).is_paused("prj_1").await.unwrap());
        vercel(&vendor).pause("prj_1").await.unwrap();
        assert_eq!(vendor.keys(), [PROJECT, pause, PROJECT, PROJECT, PROJECT]);
    }
    let stays = Vendor::new([
        (PROJECT, vec![paused(true)]),
        ("POST /v1/projects/prj_1/unpause", vec![text_reply(200, "")]),
    ])
    .await;
    assert_eq!(
        *vercel(&stays).unpause("prj_1").await.unwrap_err().kind(),
        ErrorKind::Unavailable
    );
    let gone = Vendor::new([]).await;
    assert!(vercel(&gone).pause("prj_1").await.unwrap_err().is_not_found());
    assert!(vercel(&gone).is_paused("prj_1").await.unwrap_err().is_not_found());
}

#[tokio::test]
async fn the_production_deployment_is_that_of_the_names() {
    let vendor = Vendor::new([(
        PROJECT,
        vec![names("dpl_2", "dpl_1", "succeeded"), project(&json!({"targets": {}}))],
    )])
    .await;
    let live = async || vercel(&vendor).production_deployment("prj_1").await.unwrap();
    assert_eq!(live().await.as_deref(), Some("dpl_2"));
    assert_eq!(live().await, None);
}

async fn promoted(script: Vec<Reply>, answer: Reply) -> (Vec<String>, Result<Promotion, ErrorKind>) {
    let vendor = Vendor::new([(PROJECT, script), (PROMOTE, vec![answer])]).await;
    let outcome = vercel(&vendor).promote("prj_1", "dpl_1").await;
    (vendor.keys(), outcome.map_err(|error| error.kind().clone()))
}

fn pending(outcome: &Result<Promotion, ErrorKind>) -> bool {
    matches!(outcome, Ok(Promotion::Pending { .. }))
}

#[tokio::test]
async fn what_is_live_is_not_promoted_again() {
    for job in ["succeeded", "failed", "skipped"] {
        let (keys, outcome) = promoted(vec![names("dpl_1", "dpl_1", job)], error(500)).await;
        assert_eq!((keys.len(), outcome), (1, Ok(Promotion::Live)), "{job}");
    }
}

#[tokio::test]
async fn a_move_under_way_is_waited_for() {
    for (production, wanted, job) in [
        ("dpl_2", "dpl_1", "pending"),
        ("dpl_2", "dpl_1", "in-progress"),
        // Somebody else's move comes first, also when it leads away from ours.
        ("dpl_2", "dpl_3", "in-progress"),
        ("dpl_1", "dpl_2", "in-progress"),
    ] {
        let (keys, outcome) = promoted(vec![names(production, wanted, job)], error(500)).await;
        assert!(keys.len() == 1 && pending(&outcome), "{job} {outcome:?}");
    }
}

#[tokio::test]
async fn a_move_is_asked_for_and_looked_at() {
    let before = || names("dpl_2", "dpl_2", "succeeded");
    // 202 is queued behind a rolling release.
    for status in [201, 202] {
        let moving = names("dpl_2", "dpl_1", "in-progress");
        let (keys, outcome) = promoted(vec![before(), moving], text_reply(status, "")).await;
        assert_eq!(keys, [PROJECT, PROMOTE, PROJECT]);
        assert!(pending(&outcome), "{outcome:?}");
    }
    let done = names("dpl_1", "dpl_1", "succeeded");
    let (_, outcome) = promoted(vec![before(), done], text_reply(201, "")).await;
    assert_eq!(outcome, Ok(Promotion::Live));
    // One that failed, or was overtaken by a newer deployment, is asked for again.
    for job in ["failed", "succeeded"] {
        let (keys, outcome) = promoted(vec![names("dpl_2", "dpl_1", job)], text_reply(201, "")).await;
        assert!(
            keys.contains(&PROMOTE.to_owned()) && pending(&outcome),
            "{job} {outcome:?}"
        );
    }
}

#[tokio::test]
async fn refusals_and_lost_answers_are_settled_by_a_look() {
    let before = || names("dpl_2", "dpl_2", "succeeded");
    for answer in [error(409), error(500), lost()] {
        let moving = names("dpl_2", "dpl_1", "in-progress");
        let (_, outcome) = promoted(vec![before(), moving], answer.clone()).await;
        assert!(pending(&outcome), "{outcome:?}");
        let (_, outcome) = promoted(vec![before(), names("dpl_1", "dpl_1", "succeeded")], answer).await;
        assert_eq!(outcome, Ok(Promotion::Live));
    }
    // Said to be the current one, while the targets are behind.
    let (_, outcome) = promoted(vec![names("dpl_2", "dpl_1", "succeeded")], error(409)).await;
    assert_eq!(outcome, Ok(Promotion::Live));
    for (status, kind) in [
        (409, ErrorKind::Conflict),
        (500, ErrorKind::Unavailable),
        (422, ErrorKind::Invalid),
        (404, ErrorKind::NotFound),
        (402, ErrorKind::PaymentRequired),
    ] {
        assert_eq!(promoted(vec![before()], error(status)).await.1, Err(kind), "{status}");
    }
}

const CANCEL: &str = "PATCH /v12/deployments/dpl_1/cancel";
const STATE: &str = "GET /v13/deployments/dpl_1";

fn deployment(state: &str) -> Reply {
    json_reply(
        200,
        json!({"id": "dpl_1", "url": "x", "projectId": "prj_1", "readyState": state, "aliasAssigned": true}),
    )
}

#[tokio::test]
async fn cancelling_says_how_the_deployment_stands() {
    let vendor = Vendor::new([(CANCEL, vec![deployment("CANCELED")])]).await;
    let cancelled = vercel(&vendor).cancel_deployment("dpl_1").await.unwrap();
    assert_eq!(cancelled, Some(DeploymentState::Cancelled));
    assert_eq!(vendor.keys(), [CANCEL]);
    for answer in [error(400), error(409), error(500), lost(), text_reply(200, "<html>")] {
        for (state, expected) in [
            ("READY", DeploymentState::Ready),
            ("CANCELED", DeploymentState::Cancelled),
        ] {
            let vendor = Vendor::new([(CANCEL, vec![answer.clone()]), (STATE, vec![deployment(state)])]).await;
            assert_eq!(
                vercel(&vendor).cancel_deployment("dpl_1").await.unwrap(),
                Some(expected)
            );
        }
        let building = Vendor::new([(CANCEL, vec![answer]), (STATE, vec![deployment("BUILDING")])]).await;
        vercel(&building).cancel_deployment("dpl_1").await.unwrap_err();
    }
    let gone = Vendor::new([]).await;
    assert_eq!(vercel(&gone).cancel_deployment("dpl_1").await.unwrap(), None);
    // A refusal is not settled by a deployment that is over.
    let forbidden = Vendor::new([(CANCEL, vec![error(403)]), (STATE, vec![deployment("READY")])]).await;
    let refused = vercel(&forbidden).cancel_deployment("dpl_1").await.unwrap_err();
    assert_eq!(*refused.kind(), ErrorKind::Forbidden);
}

const LIST: &str = "GET /v7/deployments";
const DEPLOY: &str = "POST /v13/deployments";

fn listed(runs: &[(&str, &str)]) -> Reply {
    let shown = |(id, run): &(&str, &str)| json!({"uid": id, "url": "x", "state": "BUILDING", "projectId": "prj_1", "meta": {"runId": run}});
    json_reply(200, json!({"deployments": runs.iter().map(shown).collect::<Vec<_>>()}))
}

fn request() -> DeploymentRequest {
    DeploymentRequest {
        project_id: "prj_1".to_owned(),
        project_name: "client-acme".to_owned(),
        client_id: "cl_1".to_owned(),
        run_id: "op_2".to_owned(),
        source: Source {
            repository: "tenantry/site".to_owned(),
            reference: "main".to_owned(),
            commit: "b".repeat(40),
            version: "v1.1.0".to_owned(),
        },
    }
}

#[tokio::test]
async fn a_redeployment_is_made_once() {
    let live = ("dpl_1", "op_1");
    for answer in [lost(), error(500), text_reply(200, "<html>")] {
        let vendor = Vendor::new([
            (LIST, vec![listed(&[live]), listed(&[("dpl_2", "op_2"), live])]),
            (DEPLOY, vec![answer]),
        ])
        .await;
        assert_eq!(vercel(&vendor).ensure_deployment(&request()).await.unwrap().id, "dpl_2");
        assert_eq!(vercel(&vendor).ensure_deployment(&request()).await.unwrap().id, "dpl_2");
        assert_eq!(vendor.keys(), [LIST, DEPLOY, LIST, LIST]);
        assert_eq!(vendor.call(DEPLOY).body["gitSource"]["sha"], "b".repeat(40));
    }
    let unlisted = Vendor::new([(LIST, vec![listed(&[live])]), (DEPLOY, vec![lost()])]).await;
    let error = vercel(&unlisted).ensure_deployment(&request()).await.unwrap_err();
    assert_eq!(*error.kind(), ErrorKind::OutcomeUnknown);
}
