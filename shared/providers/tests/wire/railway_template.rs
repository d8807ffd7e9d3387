//! The template is accepted at once and its service listed later: nobody makes a twin meanwhile.

use std::time::Duration;

use providers::{
    ErrorKind, ProviderError,
    database::{DatabaseIntent, DatabaseState, Databases},
    railway::Railway,
};
use serde_json::{Value, json};

use super::{http, mark, railway_shapes::*, secret, vendor::*};

const DEPLOY: &str = "TemplateDeployV2";
const DETAIL: &str = "ProjectDetail";
const TOUCH: &str = "ProjectUpdate";

/// The project at a moment, in seconds after 10:00; last changed at another.
fn seen(at: u32, changed: u32, service: bool) -> Reply {
    let clock = |second: u32| format!("10:{:02}:{:02}", second / 60, second % 60);
    let edges = |node: Value| json!({"edges": if service { json!([{"node": node}]) } else { json!([]) }});
    let volumes = edges(json!({"serviceId": "svc_1"}));
    let project = json!({"id": "p_1", "name": NAME, "description": "provision:cl_1", "deletedAt": null,
        "createdAt": "2026-11-24T10:00:00.000Z", "updatedAt": format!("2026-11-24T{}.000Z", clock(changed)),
        "primaryEnvironmentId": "env_1", "services": edges(json!({"id": "svc_1", "name": "Postgres"})),
        "environments": {"edges": [{"node": {"volumeInstances": volumes}}]}});
    data(json!({"project": project})).with("date", &format!("Tue, 24 Nov 2026 {} GMT", clock(at)))
}

fn accepted(workflow: Option<&str>) -> Reply {
    data(json!({"templateDeployV2": {"projectId": "p_1", "workflowId": workflow}}))
}

fn created() -> (&'static str, Vec<Reply>) {
    let project = json!({"id": "p_1", "name": NAME, "primaryEnvironmentId": "env_1",
        "createdAt": "2026-11-24T10:00:00.000Z", "updatedAt": "2026-11-24T10:00:00.000Z"});
    ("ProjectCreate", vec![data(json!({"projectCreate": project}))])
}

fn empty() -> (&'static str, Vec<Reply>) {
    (LIST, vec![list(&[listed("p_1", "provision:cl_1", 1, false)])])
}

fn touched() -> (&'static str, Vec<Reply>) {
    (TOUCH, vec![data(json!({"projectUpdate": {"id": "p_1"}}))])
}

fn workflow(status: &str) -> (&'static str, Vec<Reply>) {
    let status = json!({"status": status, "error": "no room for marker-password."});
    ("WorkflowStatus", vec![data(json!({"workflowStatus": status}))])
}

fn usable() -> (&'static str, Vec<Reply>) {
    (
        "Variables",
        vec![variables("postgresql://u:p@simulated.localhost:5432/d")],
    )
}

/// Railway as it is in the cloud: a workflow has two minutes.
fn cloud(vendor: &Vendor) -> Databases {
    let workspace = Some("ws_1".to_owned());
    let railway = Railway::new(http(), vendor.url(), secret("marker-key"), workspace);
    Databases::Railway(railway.settling_for(Duration::from_secs(120)))
}

async fn look(databases: &Databases, workflow_id: Option<&str>) -> Result<DatabaseState, ProviderError> {
    let intent = DatabaseIntent {
        name: NAME,
        mark: &mark(),
        password: &secret("marker-password"),
        workflow_id,
    };
    databases.ensure(&intent).await
}

/// The workflow that a pending database names.
fn pending(state: DatabaseState) -> Option<String> {
    match state {
        DatabaseState::Pending {
            external_id,
            workflow_id,
            ..
        } => {
            assert_eq!(external_id.as_deref(), Some("p_1"));
            workflow_id
        }
        DatabaseState::Ready { .. } => panic!("it cannot be ready"),
    }
}

#[tokio::test]
async fn what_was_accepted_is_told_and_asked_after() {
    let vendor = Vendor::new([
        (LIST, vec![list(&[])]),
        no_others(),
        created(),
        template(),
        (DEPLOY, vec![accepted(Some("w_1"))]),
        (DETAIL, vec![seen(1, 0, false), seen(2, 0, false), seen(3, 0, true)]),
        workflow("Running"),
        usable(),
    ])
    .await;
    let databases = cloud(&vendor);
    assert_eq!(pending(look(&databases, None).await.unwrap()).as_deref(), Some("w_1"));
    assert_eq!(
        pending(look(&databases, Some("w_1")).await.unwrap()).as_deref(),
        Some("w_1")
    );
    assert!(matches!(
        look(&databases, Some("w_1")).await.unwrap(),
        DatabaseState::Ready { .. }
    ));
    assert_eq!((vendor.count(DEPLOY), vendor.count("WorkflowStatus")), (1, 1));
}

#[tokio::test]
async fn what_was_accepted_is_told_also_when_the_look_after_it_fails() {
    let vendor = Vendor::new([
        (LIST, vec![list(&[])]),
        no_others(),
        created(),
        template(),
        (DEPLOY, vec![accepted(Some("w_1"))]),
        (DETAIL, vec![text_reply(502, "")]),
    ])
    .await;
    assert_eq!(
        pending(look(&cloud(&vendor), None).await.unwrap()).as_deref(),
        Some("w_1")
    );
}

#[tokio::test]
async fn a_workflow_that_ended_is_believed() {
    let script = |status: &str, after: bool| {
        [
            empty(),
            (DETAIL, vec![seen(500, 0, false), seen(500, 0, after)]),
            workflow(status),
            usable(),
        ]
    };
    let vendor = Vendor::new(script("Complete", true)).await;
    assert!(matches!(
        look(&cloud(&vendor), Some("w_1")).await.unwrap(),
        DatabaseState::Ready { .. }
    ));
    // Complete and not listed yet: not sent again however long it takes.
    let vendor = Vendor::new(script("Complete", false)).await;
    assert_eq!(
        pending(look(&cloud(&vendor), Some("w_1")).await.unwrap()).as_deref(),
        Some("w_1")
    );
    assert_eq!(vendor.count(DEPLOY), 0);
    let vendor = Vendor::new(script("Error", false)).await;
    let error = look(&cloud(&vendor), Some("w_1")).await.err().unwrap();
    assert_eq!(*error.kind(), ErrorKind::BuildFailed);
    assert!(error.public().contains("no room for [redacted]"), "{error}");
    assert_eq!(vendor.count(DEPLOY), 0);
}

#[tokio::test]
async fn without_a_workflow_an_empty_project_is_given_time_and_then_asked_once_more() {
    for (known, status) in [(None, "Running"), (Some("w_0"), "NotFound")] {
        let vendor = Vendor::new([
            empty(),
            (
                DETAIL,
                vec![
                    seen(119, 0, false),
                    // The time is over: touched, looked at again, asked, looked at.
                    seen(121, 0, false),
                    seen(122, 122, false),
                    seen(123, 122, false),
                    // The answer's workflow was lost again: the time begins anew.
                    seen(240, 122, false),
                ],
            ),
            workflow(status),
            touched(),
            template(),
            (DEPLOY, vec![accepted(Some("w_1"))]),
        ])
        .await;
        assert_eq!(pending(look(&cloud(&vendor), known).await.unwrap()).as_deref(), known);
        assert_eq!((vendor.count(TOUCH), vendor.count(DEPLOY)), (0, 0));
        // Another process each time, as after a crash.
        assert_eq!(
            pending(look(&cloud(&vendor), known).await.unwrap()).as_deref(),
            Some("w_1")
        );
        assert_eq!((vendor.count(TOUCH), vendor.count(DEPLOY)), (1, 1));
        let description = &vendor.call(TOUCH).body["variables"]["input"];
        assert_eq!(*description, json!({"description": "provision:cl_1"}), "the mark stays");
        assert_eq!(pending(look(&cloud(&vendor), known).await.unwrap()).as_deref(), known);
        assert_eq!((vendor.count(TOUCH), vendor.count(DEPLOY)), (1, 1));
    }
}

#[tokio::test]
async fn what_shows_itself_at_the_last_look_is_not_asked_for_again() {
    let vendor = Vendor::new([
        empty(),
        (DETAIL, vec![seen(121, 0, false), seen(122, 122, true)]),
        touched(),
        usable(),
    ])
    .await;
    assert!(matches!(
        look(&cloud(&vendor), None).await.unwrap(),
        DatabaseState::Ready { .. }
    ));
    assert_eq!((vendor.count(TOUCH), vendor.count(DEPLOY)), (1, 0));
}

#[tokio::test]
async fn without_a_clock_nothing_is_sent_again() {
    let vendor = Vendor::new([ours(), (DETAIL, vec![detail(false)])]).await;
    assert_eq!(pending(look(&cloud(&vendor), None).await.unwrap()), None);
    assert_eq!(vendor.count(DEPLOY), 0);
}

#[tokio::test]
async fn what_was_refused_is_sent_again_at_once_by_whoever_knows() {
    let refused = text_reply(429, "").with("retry-after", "1");
    let vendor = Vendor::new([
        (LIST, vec![list(&[])]),
        no_others(),
        created(),
        template(),
        (DEPLOY, vec![refused, accepted(None)]),
        (DETAIL, vec![seen(5, 0, false)]),
    ])
    .await;
    let databases = cloud(&vendor);
    assert!(matches!(
        look(&databases, None).await.err().unwrap().kind(),
        ErrorKind::RateLimited { .. }
    ));
    // Somebody else does not know.
    let other = Vendor::new([empty(), (DETAIL, vec![seen(5, 0, false)])]).await;
    assert_eq!(pending(look(&cloud(&other), None).await.unwrap()), None);
    assert_eq!(other.count(DEPLOY), 0);
    assert_eq!(pending(look(&databases, None).await.unwrap()), None);
    assert_eq!(vendor.count(DEPLOY), 2);
    // Accepted, without the name of a workflow: that is not sent again.
    assert_eq!(pending(look(&databases, None).await.unwrap()), None);
    assert_eq!(vendor.count(DEPLOY), 2);
}

#[tokio::test]
async fn an_answer_that_was_lost_is_waited_for() {
    let vendor = Vendor::new([
        (LIST, vec![list(&[])]),
        no_others(),
        created(),
        template(),
        (DEPLOY, vec![lost()]),
        (DETAIL, vec![seen(1, 0, false), seen(2, 0, false), seen(3, 0, true)]),
        usable(),
    ])
    .await;
    let databases = cloud(&vendor);
    assert_eq!(
        *look(&databases, None).await.err().unwrap().kind(),
        ErrorKind::OutcomeUnknown
    );
    assert_eq!(pending(look(&databases, None).await.unwrap()), None);
    assert!(matches!(
        look(&databases, None).await.unwrap(),
        DatabaseState::Ready { .. }
    ));
    assert_eq!(vendor.count(DEPLOY), 1);
}

#[tokio::test]
async fn what_others_have_changed_is_not_ours_to_send_at_once() {
    let vendor = Vendor::new([
        (LIST, vec![list(&[])]),
        no_others(),
        created(),
        ("TemplateDetail", vec![text_reply(502, "")]),
        // Between our two calls somebody touched the project, and may have sent the template.
        (DETAIL, vec![seen(60, 50, false)]),
    ])
    .await;
    let databases = cloud(&vendor);
    assert_eq!(
        *look(&databases, None).await.err().unwrap().kind(),
        ErrorKind::Unavailable
    );
    assert_eq!(pending(look(&databases, None).await.unwrap()), None);
    assert_eq!(vendor.count(DEPLOY), 0);
}
