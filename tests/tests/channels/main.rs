//! How alerts reach people: every kind of channel, its secrets, its order, its failures.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    reason = "tests"
)]

mod desk;
mod laws;
mod receiver;

use reqwest::Method;
use serde_json::{Value, json};
use tests::World;

use receiver::Receiver;

/// Makes a channel; gives it.
pub async fn make(world: &World, body: &Value) -> Value {
    world.api(Method::POST, "/channels", Some(body)).await.expect(201)
}

fn id(channel: &Value) -> String {
    channel["id"].as_str().unwrap().to_owned()
}

/// Presses the test button and waits until the delivery has ended; gives it.
async fn press(world: &World, channel: &str) -> Value {
    let tested = world
        .api(Method::POST, &format!("/channels/{channel}/test"), None)
        .await
        .expect(202);
    let delivery = tested["id"].clone();
    let page = world
        .until(&format!("/channels/{channel}/deliveries"), |page| {
            let newest = &page["docs"][0];
            newest["id"] == delivery && newest["state"] != "pending"
        })
        .await;
    page["docs"][0].clone()
}

#[tokio::test]
async fn every_kind_of_channel_reaches_somebody_and_tells_no_secret() {
    let world = World::new().await;
    let sandbox = world.stack.field("sandboxUrl");
    let secrets = ["T0s3cr3t", "r0s3cr3t", "ACs3cr3t", "t0k3ns3cr3t"];
    for body in [
        json!({"name": "Mail", "kind": "email", "target": {"addresses": ["a@acme.com", "b@acme.com"]}}),
        json!({"name": "Slack", "kind": "slack",
            "secrets": {"webhookUrl": format!("{sandbox}/slack/services/T0/B0/{}", secrets[0])}}),
        json!({"name": "PagerDuty", "kind": "pagerduty", "secrets": {"routingKey": secrets[1]}}),
        json!({"name": "SMS", "kind": "sms", "target": {"from": "+31201234567", "to": ["+31612345678", "+31687654321"]},
            "secrets": {"accountSid": secrets[2], "authToken": secrets[3]}}),
        json!({"name": "Webhook", "kind": "webhook", "target": {"url": format!("{sandbox}/webhook/ops")}}),
    ] {
        let kind = body["kind"].as_str().unwrap();
        let made = make(&world, &body).await;
        assert_eq!(made["secret"].is_string(), kind == "webhook", "{made:#}");
        let id = id(&made);
        let delivery = press(&world, &id).await;
        assert_eq!(
            (&delivery["state"], &delivery["attempts"]),
            (&json!("delivered"), &json!(1)),
            "{delivery:#}"
        );
        let inbox = world.inbox(1).await;
        let ours: Vec<&Value> = inbox.iter().filter(|message| message["channel"] == kind).collect();
        let recipients = if ["email", "sms"].contains(&kind) { 2 } else { 1 };
        assert_eq!(ours.len(), recipients, "{kind}: {inbox:#?}");
        for message in ours {
            // The id that everybody can see, so that a duplicate is known as one.
            assert!(
                message["body"]
                    .as_str()
                    .unwrap()
                    .contains(delivery["message"].as_str().unwrap()),
                "{message:#}"
            );
        }
    }
    // Nobody gets them back: not the lists, not the audit, not the rows.
    let mut said = world.get("/channels").await.to_string();
    for table in world.aws("DynamoDB_20120810.ListTables", &json!({})).await["TableNames"]
        .as_array()
        .unwrap()
    {
        said += &world
            .aws("DynamoDB_20120810.Scan", &json!({"TableName": table}))
            .await
            .to_string();
    }
    assert!(said.contains("channel.create"));
    for secret in secrets {
        assert!(!said.contains(secret), "{secret}");
    }
    assert!(!said.contains("whsec_"));
    // No port of this machine is kept with the address at Slack.
    assert!(!said.contains("/services/"));
}

#[tokio::test]
async fn a_webhook_verifies_with_both_secrets_while_they_are_changed() {
    let world = World::new().await;
    let receiver = Receiver::answering(204).await;
    let body = json!({"name": "Ops", "kind": "webhook", "target": {"url": receiver.url}});
    let made = make(&world, &body).await;
    let (id, first) = (id(&made), made["secret"].as_str().unwrap());
    press(&world, &id).await;
    let path = format!("/channels/{id}");
    let change = async |body: Value| world.api(Method::PATCH, &path, Some(&body)).await.expect(200);
    let second = change(json!({"rotateSecret": true})).await["secret"]
        .as_str()
        .unwrap()
        .to_owned();
    press(&world, &id).await;
    assert_eq!(world.get(&path).await["secrets"], json!(["secret", "previousSecret"]));
    change(json!({"dropPreviousSecret": true})).await;
    press(&world, &id).await;
    let third = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    let changed = change(json!({"secrets": {"secret": third}})).await;
    assert!(!changed.to_string().contains(third), "{changed:#}");
    press(&world, &id).await;

    let received = receiver.received();
    let signed: Vec<[bool; 3]> = received
        .iter()
        .map(|one| [first, &second, third].map(|secret| one.is_signed_with(secret)))
        .collect();
    assert_eq!(
        signed,
        [
            [true, false, false],
            [true, true, false],
            [false, true, false],
            [false, true, true],
        ]
    );
    let event: Value = serde_json::from_str(&received[0].body).unwrap();
    assert_eq!(
        (&event["type"], &event["data"]["id"]),
        (&json!("test"), &json!(received[0].header("webhook-id")))
    );
}

#[tokio::test]
async fn a_rotation_that_died_on_its_way_and_is_repeated_keeps_the_secret_that_the_receiver_knows() {
    let world = World::new().await;
    let receiver = Receiver::answering(204).await;
    let body = json!({"name": "Ops", "kind": "webhook", "target": {"url": receiver.url}});
    let made = make(&world, &body).await;
    let (id, known) = (id(&made), made["secret"].as_str().unwrap());
    // The secret was written, the record was not, and nobody was told of the new secret.
    let lost = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    let value = json!({"secret": lost, "previousSecret": known}).to_string();
    let name = format!("tenantry/local/channel/{id}");
    let put =
        json!({"SecretId": name, "SecretString": value, "ClientRequestToken": "0123456789abcdef0123456789abcdef"});
    world.aws("secretsmanager.PutSecretValue", &put).await;
    let path = format!("/channels/{id}");
    let again = world
        .api(Method::PATCH, &path, Some(&json!({"rotateSecret": true})))
        .await;
    let new = again.expect(200)["secret"].as_str().unwrap().to_owned();
    press(&world, &id).await;
    let received = receiver.received();
    let signed = [known, &new, lost].map(|secret| received[0].is_signed_with(secret));
    assert_eq!(signed, [true, true, false]);
}

#[tokio::test]
async fn what_was_delivered_can_be_read_page_by_page_and_delivered_again() {
    let world = World::new().await;
    for _ in 0..3 {
        press(&world, "ch_slack").await;
    }
    let path = "/channels/ch_slack/deliveries";
    let (mut cursor, mut seen) = (String::new(), Vec::new());
    loop {
        let page = world.get(&format!("{path}?limit=2&cursor={cursor}")).await;
        seen.extend(page["docs"].as_array().unwrap().iter().map(|one| one["id"].clone()));
        match page["nextCursor"].as_str() {
            Some(next) => next.clone_into(&mut cursor),
            None => break,
        }
    }
    assert_eq!(seen.len(), 3);
    let mut newest_first = seen.clone();
    newest_first.sort_by(|one, other| other.as_str().cmp(&one.as_str()));
    assert_eq!(seen, newest_first);

    let oldest = seen.last().unwrap().as_str().unwrap();
    let replay = format!("{path}/{oldest}/replay");
    let again = world.api(Method::POST, &replay, None).await.expect(202);
    assert_eq!(again["reason"], "replay");
    world
        .until(path, |page| {
            page["docs"][0]["id"] == again["id"] && page["docs"][0]["state"] == "delivered"
        })
        .await;
    assert_eq!(world.inbox(4).await.len(), 4);
    let elsewhere = format!("/channels/ch_email/deliveries/{oldest}/replay");
    world.api(Method::POST, &elsewhere, None).await.expect(404);
    // Those of the settings stay as they are.
    for method in [Method::PATCH, Method::DELETE] {
        world
            .api(method, "/channels/ch_slack", Some(&json!({})))
            .await
            .expect(409);
    }
}

#[tokio::test]
async fn a_test_of_a_channel_that_cannot_work_says_why() {
    let world = World::new().await;
    let gone = Receiver::answering(410).await;
    let made = make(
        &world,
        &json!({"name": "Gone", "kind": "webhook", "target": {"url": gone.url}}),
    )
    .await;
    let delivery = press(&world, &id(&made)).await;
    assert_eq!(delivery["state"], "failed");
    assert_eq!(delivery["error"], "the webhook refuses it for good: HTTP 410");
    assert_eq!(gone.received().len(), 1);
    // Nor does it send anything to an address that is not public, exception or not.
    let inside = json!({"name": "Inside", "kind": "webhook", "target": {"url": "https://169.254.169.254/"}});
    world.api(Method::POST, "/channels", Some(&inside)).await.expect(422);
}
