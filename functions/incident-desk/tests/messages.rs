//! Messages that are not ours stay in the queue. No AWS is needed to prove it: no record is read for them.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may fail loudly")]

use aws_config::{BehaviorVersion, Region, SdkConfig};
use lambda_runtime::{Context as LambdaContext, LambdaEvent};
use runtime::{Context, Settings, SettingsError};
use serde_json::Value;
use tower::ServiceExt;

const VARIABLES: [(&str, &str); 2] = [("GATHER_SECONDS", "20"), ("ALERT_UPDATE_SECONDS", "300")];

fn context(variables: &[(&str, &str)]) -> Context {
    let sdk = SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::from_static("eu-west-1"));
    let variables = variables
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    Context::new(Settings::from_variables(variables), sdk.build())
}

fn sample(name: &str) -> Value {
    let path = format!("{}/../../events/incident-desk/{name}.json", env!("CARGO_MANIFEST_DIR"));
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

async fn failures(event: Value) -> Vec<String> {
    let function = incident_desk::function(&context(&VARIABLES)).unwrap();
    let answer = function
        .oneshot(LambdaEvent::new(event, LambdaContext::default()))
        .await
        .unwrap();
    let failures = answer["batchItemFailures"].as_array().unwrap().iter();
    let ids = failures.map(|failure| failure["itemIdentifier"].as_str().unwrap().to_owned());
    ids.collect()
}

#[tokio::test]
async fn what_cannot_be_read_or_has_another_version_is_reported_alone() {
    for name in ["poisoned-message", "message-of-an-unknown-version"] {
        let event = sample(name);
        let id = event["Records"][0]["messageId"].as_str().unwrap().to_owned();
        assert_eq!(failures(event).await, [id], "{name}");
    }
}

#[tokio::test]
async fn when_the_desk_fails_every_message_comes_again() {
    let mut event = sample("two-clients");
    let second = sample("the-sweep-is-over")["Records"][0].clone();
    event["Records"].as_array_mut().unwrap().push(second);
    // There is no table here.
    assert_eq!(failures(event).await.len(), 2);
}

#[test]
fn a_missing_variable_names_itself() {
    for (left, missing) in [(0, "GATHER_SECONDS"), (1, "ALERT_UPDATE_SECONDS")] {
        let error = incident_desk::function(&context(&VARIABLES[..left])).err();
        assert_eq!(error, Some(SettingsError::Missing(missing)));
    }
}
