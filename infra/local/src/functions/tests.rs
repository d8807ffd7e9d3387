//! Functions over the embedded AWS, called as a schedule calls them.

use std::sync::Arc;

use aws_sdk_dynamodb::types::AttributeValue;
use serde_json::{Value, json};

use super::{CallError, Functions};
use crate::{
    aws::{Embedded, bind},
    contents, deploy,
    events::now,
    live::Live,
    parameters::{SENDER, parameters},
    template::{self, Place, names::REGION},
};

const TEMPLATE: &str = include_str!("../../../../template.yaml");

/// The functions, with no provider to be reached.
async fn start() -> (Embedded, Functions) {
    let aws = bind().await.unwrap().start(None, Arc::new(|_| {})).await.unwrap();
    let place = Place::new(&aws.endpoint_url, REGION);
    let parameters = parameters(8787, "http://127.0.0.1:1", &Live::default());
    let stack = template::resolve(TEMPLATE, &parameters, &place).unwrap();
    let place = deploy::deploy(&stack, SENDER, &place, &aws.sdk, &contents::content)
        .await
        .unwrap();
    let stack = template::resolve(TEMPLATE, &parameters, &place).unwrap();
    let functions = Functions::build(&stack.functions, &aws.sdk).unwrap();
    (aws, functions)
}

/// One entry of the ledger.
fn entry() -> [(&'static str, AttributeValue); 7] {
    [
        ("clientId", "cl_01jdexmp1e0000000000000000"),
        ("kind", "project"),
        ("provider", "vercel"),
        ("externalName", "client-acme"),
        ("state", "gone"),
        ("operationId", "op_01jdexmp1e0000000000000000"),
        ("intendedAt", "2026-01-01T00:00:00.000Z"),
    ]
    .map(|(name, value)| (name, AttributeValue::S(value.to_owned())))
}

#[tokio::test]
async fn a_scheduled_run_is_done_once_and_again_only_after_it_failed() {
    let (aws, functions) = start().await;
    #[allow(clippy::disallowed_methods, reason = "what a record was is put there by the test")]
    let tables = aws_sdk_dynamodb::Client::new(&aws.sdk);
    let due = now();
    let run = |rule: &str, seconds: i64| {
        let time = (due - jiff::SignedDuration::from_secs(seconds)).to_string();
        let event = json!({"version": "0", "id": "1", "detail-type": "Scheduled Event", "source": "aws.events",
            "account": "0", "time": time, "region": REGION, "resources": [format!("arn:aws:events:x:0:rule/{rule}")],
            "detail": {}});
        functions.call("DriftAudit", event, None)
    };
    let nothing = json!({"seen": 0, "confirmed": 0, "closed": 0});
    // Fired twice at once: one does it.
    let (one, other) = tokio::join!(run("daily", 0), run("daily", 0));
    let mut answers = [one.unwrap(), other.unwrap()];
    answers.sort_by_key(Value::is_null);
    assert_eq!(answers, [nothing.clone(), Value::Null]);
    assert_eq!(run("daily", 0).await.unwrap(), Value::Null);
    assert_eq!(run("daily", 120).await.unwrap(), nothing, "another moment");
    assert_eq!(run("by-hand", 0).await.unwrap(), nothing, "another rule");

    // Something was made once, so the providers are asked, and nobody answers.
    let table = "tenantry-local-ResourcesTable";
    let mut put = tables.put_item().table_name(table);
    for (name, value) in entry() {
        put = put.item(name, value);
    }
    put.send().await.unwrap();
    for _ in 0..2 {
        let failed = run("failing", 0).await;
        assert!(matches!(failed, Err(CallError::Failed(..))), "{failed:?}");
    }
    let mut delete = tables.delete_item().table_name(table);
    for (name, value) in entry().into_iter().take(2) {
        delete = delete.key(name, value);
    }
    delete.send().await.unwrap();
    assert_eq!(run("failing", 0).await.unwrap(), nothing);
    assert_eq!(run("failing", 0).await.unwrap(), Value::Null);
    aws.stop().await;
}
