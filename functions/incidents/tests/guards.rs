//! What is refused before any record is read: no AWS is needed to prove it. The requests are the sample events.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may fail loudly")]

use aws_config::{BehaviorVersion, Region, SdkConfig};
use lambda_runtime::{Context as LambdaContext, LambdaEvent};
use runtime::{Context, Settings};
use serde_json::{Value, json};
use tower::ServiceExt;

fn sample(name: &str) -> Value {
    let path = format!("{}/../../events/incidents/{name}.json", env!("CARGO_MANIFEST_DIR"));
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

async fn call(event: Value) -> (u64, Value) {
    let sdk = SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::from_static("eu-west-1"));
    let context = Context::new(Settings::from_variables([]), sdk.build());
    let function = incidents::function(&context).unwrap();
    let answer = function
        .oneshot(LambdaEvent::new(event, LambdaContext::default()))
        .await
        .unwrap();
    let problem = serde_json::from_str(answer["body"].as_str().unwrap_or("null")).unwrap_or_default();
    (answer["statusCode"].as_u64().unwrap(), problem)
}

#[tokio::test]
async fn a_viewer_takes_and_changes_nothing() {
    for name in [
        "acknowledge-incident",
        "note-incident",
        "create-maintenance",
        "update-maintenance",
        "delete-maintenance",
    ] {
        for role in ["viewer", "billing"] {
            let mut event = sample(name);
            event["requestContext"]["authorizer"]["lambda"]["role"] = json!(role);
            let (status, problem) = call(event).await;
            assert_eq!((status, &problem["code"]), (403, &json!("forbidden")), "{name} {role}");
        }
    }
}

#[tokio::test]
async fn who_reads_needs_no_more_than_a_key_and_what_is_no_id_names_nothing() {
    for name in [
        "get-incident",
        "get-maintenance",
        "acknowledge-incident",
        "delete-maintenance",
    ] {
        let mut event = sample(name);
        for place in ["/rawPath", "/requestContext/http/path"] {
            let path = event.pointer_mut(place).unwrap();
            *path = json!(path.as_str().unwrap().replace("_01jdexmp1e", "_01"));
        }
        let (status, problem) = call(event).await;
        // The one that looks at the desk first has no table here.
        let expected = if name == "acknowledge-incident" { 500 } else { 404 };
        assert_eq!(status, expected, "{name} {problem}");
    }
}

#[tokio::test]
async fn what_is_wrong_with_a_request_is_named() {
    let with = |name: &str, body: &str| {
        let mut event = sample(name);
        event["body"] = json!(body);
        event
    };
    let mut query = sample("list-incidents");
    query["rawQueryString"] = json!("status=shut");
    for (event, status, field) in [
        (
            sample("create-maintenance-of-a-mistaken-client"),
            422,
            json!("scope.client"),
        ),
        (query, 400, json!("status")),
        (with("note-incident", "{}"), 422, json!("text")),
        (with("note-incident", r#"{"text": ""}"#), 422, json!("text")),
        (with("note-incident", r#"{"text": "a", "by": "b"}"#), 422, json!("by")),
        (with("create-maintenance", "{"), 400, Value::Null),
        (with("create-maintenance", "{}"), 422, json!("scope")),
        (
            with("create-maintenance", r#"{"scope": {"all": true}}"#),
            422,
            json!("once"),
        ),
    ] {
        let (got, problem) = call(event).await;
        assert_eq!((got, &problem["field"]), (status, &field), "{problem}");
    }
}
