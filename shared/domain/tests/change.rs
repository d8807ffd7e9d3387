//! The body of `PATCH /clients/{id}` is read field by field; its description must say the same.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may fail loudly")]

use domain::{Change, ChangeBody, Client};
use serde_json::{Map, Value, json};
use utoipa::PartialSchema;

fn refused_field(name: &str, value: Value) -> Option<String> {
    let body = Map::from_iter([(name.to_owned(), value)]);
    let error = Change::parse(body).err()?;
    Some(error.field().unwrap().to_owned())
}

#[test]
fn every_field_that_is_described_can_be_changed_and_cleared_if_it_says_so() {
    let schema = serde_json::to_value(ChangeBody::schema()).unwrap();
    let fields = schema["properties"].as_object().unwrap();
    for (name, described) in fields {
        // No field takes this: so it is known, and refused for its value.
        assert_eq!(refused_field(name, json!([{}])).as_ref(), Some(name));
        // That a member may be null says nothing about the whole.
        let mut described = described.clone();
        described.as_object_mut().unwrap().remove("additionalProperties");
        let nullable = described.to_string().contains("\"null\"");
        assert_eq!(
            refused_field(name, Value::Null).is_none(),
            nullable,
            "{name}: {described}"
        );
    }
    // What is not described is not known. `clientName` is another word for `name`, which is the one to be told.
    let message = Change::parse(Map::from_iter([("colour".to_owned(), json!("red"))])).unwrap_err();
    let message = message
        .message()
        .split_once("Known: ")
        .unwrap()
        .1
        .trim_end_matches('.')
        .to_owned();
    let mut told: Vec<&str> = message.split(", ").chain(["clientName"]).collect();
    told.sort_unstable();
    let described: Vec<&str> = fields.keys().map(String::as_str).collect();
    assert_eq!(told, described);
}

#[test]
fn only_a_fee_that_follows_its_plan_rests_on_what_was_read() {
    let client = |plan: &str, cents: u64| -> Client {
        serde_json::from_value(json!({
            "id": "cl_01jdexmp1e0000000000000000", "revision": 1, "name": "Acme", "domain": "acme",
            "contactEmail": "admin@acme.com", "contactName": null, "contactPhone": null, "template": "blog",
            "enabledFeatures": [], "disabledCollections": [], "status": "active", "vercelProjectId": null,
            "databaseProvider": "railway", "databaseSecretArn": null, "customEnvironment": [],
            "customSettings": {}, "plan": plan, "billingStatus": "active", "monthlyFeeCents": cents,
            "nextBillingDate": null, "lastHealthCheck": null, "healthStatus": "unknown", "health": null,
            "uptimePercentage": null, "notes": null, "tags": [], "currentOperation": null,
            "lastOperation": "op_01jdexmp1e0000000000000000", "activatedAt": null,
            "createdAt": "2025-11-12T09:30:00Z", "updatedAt": "2025-11-12T09:30:00Z", "deletedAt": null,
        }))
        .unwrap()
    };
    for (body, cents, rests) in [
        (json!({"plan": "enterprise"}), 2500, true),
        (json!({"plan": "enterprise"}), 2501, false),
        (json!({"plan": "enterprise", "monthlyFee": 10}), 2500, false),
        (json!({"monthlyFee": 10, "notes": "x"}), 2500, false),
    ] {
        let (change, before) = (
            Change::parse(body.as_object().unwrap().clone()).unwrap(),
            client("starter", cents),
        );
        assert_eq!(!change.derived_from(&before).is_empty(), rests, "{body} {cents}");
        let (mut after, named) = (before.clone(), change.monthly_fee_cents.is_some());
        change.apply(&mut after).unwrap();
        assert_eq!(!named && after.monthly_fee_cents != cents, rests, "{body} {cents}");
    }
}
