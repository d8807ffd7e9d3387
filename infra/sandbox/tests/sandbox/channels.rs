use serde_json::json;

use crate::world::{World, said};

#[tokio::test]
async fn every_channel_ends_in_the_inbox() {
    let world = World::simulated().await;
    assert_eq!(
        world
            .post("/slack/services/T/B/X", json!({"text": "Acme is down"}))
            .await,
        (200, json!("ok"))
    );
    assert_eq!(
        world.post("/slack/services/T/B/X", json!({"text": ""})).await,
        (400, json!("no_text"))
    );
    let event = json!({"routing_key": "key-marker", "event_action": "trigger", "dedup_key": "client:1:http",
        "payload": {"summary": "Acme is down", "source": "tenantry", "severity": "critical"}});
    let (status, answer) = world.post("/pagerduty/v2/enqueue", event).await;
    assert_eq!((status, &answer["dedup_key"]), (202, &json!("client:1:http")));
    assert_eq!(
        world
            .post("/pagerduty/v2/enqueue", json!({"event_action": "trigger"}))
            .await
            .0,
        400
    );
    let sms = [
        ("To", "+31612345678"),
        ("From", "+31687654321"),
        ("Body", "Acme is down"),
    ];
    let path = format!("{}/twilio/2010-04-01/Accounts/AC1/Messages.json", world.url);
    let (status, answer) = said(world.http.post(&path).form(&sms).send().await.unwrap()).await;
    assert_eq!((status, &answer["status"]), (201, &json!("queued")));
    let sid = answer["sid"].as_str().unwrap();
    let (_, message) = world
        .get(&format!("/twilio/2010-04-01/Accounts/AC1/Messages/{sid}.json"))
        .await;
    assert_eq!(message["status"], "delivered");
    assert_eq!(world.post("/webhook/ops", json!({"event": "down"})).await.0, 200);
    let mail = sandbox::Mail {
        to: "a@b.example".into(),
        subject: "Hi".into(),
        body: "There".into(),
    };
    world.sandbox.record_mail(mail);
    let (_, inbox) = world.get("/_sandbox/inbox").await;
    let channels: Vec<&str> = inbox
        .as_array()
        .unwrap()
        .iter()
        .map(|message| message["channel"].as_str().unwrap())
        .collect();
    assert_eq!(channels, ["slack", "pagerduty", "sms", "webhook", "email"]);
    assert!(!inbox.to_string().contains("key-marker"));
}
