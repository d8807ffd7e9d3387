//! What is refused before any record is read: no AWS is needed to prove it. The requests are the sample events.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may fail loudly")]

use aws_config::{BehaviorVersion, Region, SdkConfig};
use lambda_runtime::{Context as LambdaContext, LambdaEvent};
use runtime::{Context, Settings};
use serde_json::{Value, json};
use tower::ServiceExt;

fn sample(name: &str) -> Value {
    let path = format!("{}/../../events/rollouts/{name}.json", env!("CARGO_MANIFEST_DIR"));
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

async fn call(event: Value) -> (u64, Value) {
    let sdk = SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::from_static("eu-west-1"));
    let context = Context::new(Settings::from_variables([]), sdk.build());
    let function = rollouts::function(&context).unwrap();
    let answer = function
        .oneshot(LambdaEvent::new(event, LambdaContext::default()))
        .await
        .unwrap();
    let problem = serde_json::from_str(answer["body"].as_str().unwrap_or("null")).unwrap_or_default();
    (answer["statusCode"].as_u64().unwrap(), problem)
}

#[tokio::test]
async fn a_viewer_begins_and_changes_nothing() {
    for name in ["create-rollout", "create-rollout-as-viewer", "pause-rollout"] {
        let mut event = sample(name);
        event["requestContext"]["authorizer"]["lambda"]["role"] = json!("viewer");
        let (status, problem) = call(event).await;
        assert_eq!((status, &problem["code"]), (403, &json!("forbidden")), "{name}");
    }
}

#[tokio::test]
async fn what_is_wrong_with_a_request_is_named() {
    let with = |body: &str| {
        let mut event = sample("create-rollout-with-an-unknown-filter");
        event["body"] = json!(body);
        event
    };
    let mut bad_key = sample("create-rollout");
    bad_key["headers"]["idempotency-key"] = json!("a b");
    for (event, status, field) in [
        (
            sample("create-rollout-with-an-unknown-filter"),
            422,
            json!("filter.colour"),
        ),
        (bad_key, 400, json!("Idempotency-Key")),
        (with("{"), 400, Value::Null),
        (with("{}"), 422, json!("ref")),
        (with(r#"{"ref": "-x"}"#), 422, json!("ref")),
        (with(r#"{"ref": "main", "batch": "12,5%"}"#), 422, json!("batch")),
        (with(r#"{"ref": "main", "batch": {"size": 1}}"#), 422, json!("batch")),
        (
            with(r#"{"ref": "main", "filter": {"plan": 1}}"#),
            422,
            json!("filter.plan"),
        ),
    ] {
        let (got, problem) = call(event).await;
        assert_eq!((got, &problem["field"]), (status, &field), "{problem}");
    }
}

#[tokio::test]
async fn what_is_no_rollouts_id_names_no_rollout() {
    for name in ["get-rollout", "pause-rollout"] {
        let mut event = sample(name);
        for place in ["/rawPath", "/requestContext/http/path"] {
            let path = event.pointer_mut(place).unwrap();
            *path = json!(path.as_str().unwrap().replace("ro_", "cl_"));
        }
        let (status, problem) = call(event).await;
        assert_eq!((status, &problem["code"]), (404, &json!("not_found")), "{name}");
    }
}
