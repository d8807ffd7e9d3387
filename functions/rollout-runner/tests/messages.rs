//! Messages that are not ours stay in the queue. No AWS is needed to prove it: no record is read for them.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may fail loudly")]

use aws_config::{BehaviorVersion, Region, SdkConfig};
use lambda_runtime::{Context as LambdaContext, LambdaEvent};
use runtime::{Context, Settings, SettingsError};
use serde_json::Value;
use tower::ServiceExt;

fn context(variables: &[(&str, &str)]) -> Context {
    let sdk = SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::from_static("eu-west-1"));
    let variables = variables
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    Context::new(Settings::from_variables(variables), sdk.build())
}

#[tokio::test]
async fn what_cannot_be_read_or_has_another_version_is_reported_alone() {
    for name in ["poisoned-message", "message-of-an-unknown-version"] {
        let path = format!("{}/../../events/rollout-runner/{name}.json", env!("CARGO_MANIFEST_DIR"));
        let event: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
        let id = event["Records"][0]["messageId"].clone();
        let function = rollout_runner::function(&context(&[("OPERATION_DEADLINE_SECONDS", "3600")])).unwrap();
        let answer = function
            .oneshot(LambdaEvent::new(event, LambdaContext::default()))
            .await
            .unwrap();
        assert_eq!(answer["batchItemFailures"][0]["itemIdentifier"], id, "{name}");
    }
}

#[test]
fn a_missing_variable_names_itself() {
    let missing = rollout_runner::function(&context(&[])).err();
    assert_eq!(missing, Some(SettingsError::Missing("OPERATION_DEADLINE_SECONDS")));
}
