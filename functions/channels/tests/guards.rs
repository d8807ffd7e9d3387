//! What is refused before any record is read: no AWS is needed to prove it. The requests are the sample events.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may fail loudly")]

use aws_config::{BehaviorVersion, Region, SdkConfig};
use lambda_runtime::{Context as LambdaContext, LambdaEvent};
use runtime::{Context, Settings};
use serde_json::{Value, json};
use tower::ServiceExt;

fn sample(name: &str) -> Value {
    let path = format!("{}/../../events/channels/{name}.json", env!("CARGO_MANIFEST_DIR"));
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

async fn call(event: Value) -> (u64, Value) {
    let sdk = SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::from_static("eu-west-1"));
    let settings = [
        ("SECRET_PREFIX", "tenantry/dev"),
        ("SLACK_API_URL", "https://hooks.slack.com"),
        ("ALERT_EMAIL", "alerts@acme.com"),
        ("DEFAULT_ALERT_CHANNELS", "slack,email"),
    ];
    let settings = settings.map(|(name, value)| (name.to_owned(), value.to_owned()));
    let context = Context::new(Settings::from_variables(settings), sdk.build());
    let function = channels::function(&context).unwrap();
    let answer = function
        .oneshot(LambdaEvent::new(event, LambdaContext::default()))
        .await
        .unwrap();
    let body = serde_json::from_str(answer["body"].as_str().unwrap_or("null")).unwrap_or_default();
    (answer["statusCode"].as_u64().unwrap(), body)
}

#[tokio::test]
async fn only_an_admin_changes_anything() {
    for name in [
        "create-channel",
        "update-channel",
        "delete-channel",
        "test-channel",
        "replay-delivery",
    ] {
        for role in ["viewer", "billing", "operator"] {
            let mut event = sample(name);
            event["requestContext"]["authorizer"]["lambda"]["role"] = json!(role);
            let (status, problem) = call(event).await;
            assert_eq!((status, &problem["code"]), (403, &json!("forbidden")), "{name} {role}");
        }
    }
}

#[tokio::test]
async fn what_is_wrong_with_a_new_channel_is_named() {
    for (body, status, field) in [
        (json!({}), 422, "name"),
        (json!({"name": "x"}), 422, "kind"),
        (json!({"name": "x", "kind": "pigeon"}), 422, "kind"),
        (json!({"name": "x", "kind": "email"}), 422, "target.addresses"),
        (json!({"name": "x", "kind": "slack"}), 422, "secrets.webhookUrl"),
        (
            json!({"name": "x", "kind": "slack", "secrets": {"webhookUrl": "https://evil.example/services/x"}}),
            422,
            "secrets.webhookUrl",
        ),
        (
            json!({"name": "x", "kind": "webhook", "target": {"url": "https://169.254.169.254/"}}),
            422,
            "target.url",
        ),
        (
            json!({"name": "x", "kind": "webhook", "target": {"url": "http://127.0.0.1:1/"}}),
            422,
            "target.url",
        ),
        (
            json!({"name": "x", "kind": "webhook", "target": {"url": "https://a.example/"}, "secrets": {"secret": "x"}}),
            422,
            "secrets.secret",
        ),
        (
            json!({"name": "x", "kind": "pagerduty", "secrets": {"routingKey": "k"}, "routing": {"hours": [{"zone": "Mars"}]}}),
            422,
            "routing.hours[0].zone",
        ),
        (
            json!({"name": "x", "kind": "pagerduty", "secrets": {"routingKey": "k"}, "fallback": "ch_x"}),
            422,
            "fallback",
        ),
    ] {
        let mut event = sample("create-channel");
        event["body"] = json!(body.to_string());
        let (got, problem) = call(event).await;
        assert_eq!(
            (got, problem["field"].as_str()),
            (status, Some(field)),
            "{body} {problem}"
        );
    }
}

#[tokio::test]
async fn those_of_the_settings_are_shown_and_not_changed() {
    let at = |name: &str, id: &str| {
        let mut event = sample(name);
        for place in ["/rawPath", "/requestContext/http/path"] {
            let path = event.pointer_mut(place).unwrap();
            *path = json!(path.as_str().unwrap().replace("ch_01jdexmp1e0000000000000001", id));
        }
        event
    };
    let (status, slack) = call(at("get-channel", "ch_slack")).await;
    assert_eq!(
        (status, &slack["builtIn"], &slack["fallback"]),
        (200, &json!(true), &json!("ch_email"))
    );
    assert_eq!(slack["routing"]["severities"], json!(["critical"]));
    for name in ["update-channel", "delete-channel"] {
        let (status, problem) = call(at(name, "ch_slack")).await;
        assert_eq!((status, &problem["code"]), (409, &json!("wrong_state")), "{name}");
    }
    for name in ["get-channel", "list-deliveries", "test-channel"] {
        let (status, _) = call(at(name, "cl_01jdexmp1e0000000000000001")).await;
        assert_eq!(status, 404, "{name}");
    }
}
