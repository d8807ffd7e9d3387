//! The routes of channels, held against the document.

use reqwest::Method;
use serde_json::json;
use tests::World;

use crate::{document::Document, send};

/// Channels of all kinds, through all that can be asked of them; gives the id of one that has delivered something.
pub async fn reach(world: &World, document: &Document) -> String {
    for body in [
        json!({"name": "Nobody"}),
        json!({"name": "Nobody", "kind": "pigeon"}),
        json!({"name": "Nobody", "kind": "email", "target": {"address": "a@acme.com"}}),
        json!({"name": "Nobody", "kind": "email", "target": {"addresses": "a@acme.com"}}),
        json!({"name": "Nobody", "kind": "slack", "secrets": {"webhookUrl": 1}}),
        json!({"name": "Nobody", "kind": "slack", "colour": "red"}),
    ] {
        send(world, document, Method::POST, "/channels", "", &body).await;
    }
    let hours = json!([{
        "zone": "Europe/Amsterdam", "days": ["monday", "friday"], "from": "09:00", "until": "17:30", "firstDay": null,
        "lastDay": null,
    }]);
    for body in [
        json!({
            "name": "Slack", "kind": "slack", "secrets": {"webhookUrl": "https://hooks.slack.com/services/T0/B0/x"},
            "fallback": "ch_email", "routing": {"severities": ["critical"], "plans": ["enterprise"], "tags": ["vip"]},
        }),
        json!({"name": "On call", "kind": "pagerduty", "secrets": {"routingKey": "r0"}, "enabled": false}),
        json!({
            "name": "Text", "kind": "sms", "target": {"from": "+31201234567", "to": ["+31612345678"]},
            "secrets": {"accountSid": "AC1", "authToken": "t"}, "routing": {"hours": hours, "recoveries": false},
        }),
        json!({"name": "Mail", "kind": "email", "target": {"addresses": ["a@acme.com"]}}),
    ] {
        let made = send(world, document, Method::POST, "/channels", "", &body)
            .await
            .expect(201);
        let path = format!("/channels/{}", made["id"].as_str().unwrap());
        let gone = world.api(Method::DELETE, &path, None).await;
        document.holds("delete", "/channels/{id}", &gone);
    }
    let url = format!("{}/webhook/ops", world.stack.field("sandboxUrl"));
    let body = json!({"name": "Ops", "kind": "webhook", "target": {"url": url}});
    let made = send(world, document, Method::POST, "/channels", "", &body)
        .await
        .expect(201);
    let id = made["id"].as_str().unwrap().to_owned();
    for body in [
        json!({"name": "Ops again", "fallback": "ch_slack", "routing": {"fallbackOnly": true}, "enabled": true}),
        json!({"rotateSecret": true, "fallback": null}),
        json!({"dropPreviousSecret": true}),
        json!({"name": 1}),
        json!({"revision": 7}),
    ] {
        send(world, document, Method::PATCH, "/channels/{id}", &id, &body).await;
    }
    let refused = world
        .api_also(
            Method::PATCH,
            &format!("/channels/{id}"),
            ("if-match", "\"1\""),
            Some(&json!({})),
        )
        .await;
    assert_eq!(refused.status, 412);
    document.holds("patch", "/channels/{id}", &refused);

    let tested = world.api(Method::POST, &format!("/channels/{id}/test"), None).await;
    document.holds("post", "/channels/{id}/test", &tested);
    let delivery = tested.expect(202)["id"].as_str().unwrap().to_owned();
    let deliveries = format!("/channels/{id}/deliveries");
    world
        .until(&deliveries, |page| page["docs"][0]["state"] == "delivered")
        .await;
    let again = world
        .api(Method::POST, &format!("{deliveries}/{delivery}/replay"), None)
        .await;
    document.holds("post", "/channels/{id}/deliveries/{delivery}/replay", &again);
    world
        .until(&deliveries, |page| page["docs"][0]["state"] == "delivered")
        .await;
    for query in ["?limit=1", "?limit=0", "?page=2"] {
        let part = world.api(Method::GET, &format!("{deliveries}{query}"), None).await;
        document.holds("get", "/channels/{id}/deliveries", &part);
    }
    id
}
