//! What holds whatever fails: an end reaches who heard the beginning, in order, and nothing is lost.

use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};
use tests::{World, acme};

use crate::{
    desk::{Desk, told},
    id, make,
    receiver::Receiver,
};

/// A site that nobody knows by name any more.
const NOBODY: &str = "cl_01jdexmp1e0000000000000000";

fn fault(service: &str, operation: &str, times: u64) -> Value {
    json!({"service": service, "operation": operation, "mode": "error", "times": times})
}

/// Which messages of an incident these texts are, by their visible ids.
fn numbers(texts: &[String], incident: &str) -> Vec<u32> {
    let number = |text: &String| {
        let (_, tail) = text.rsplit_once(&format!("alert-{incident}-"))?;
        let digits: String = tail.chars().take_while(char::is_ascii_digit).collect();
        digits.parse().ok()
    };
    texts.iter().filter_map(number).collect()
}

#[tokio::test]
async fn an_alert_names_client_domain_trouble_severity_time_and_place() {
    let world = World::new().await;
    let client = world.live_client(&acme()).await;
    let desk = Desk::of(&world).await;
    let row = desk
        .says("in_a", 1, "trigger", "down", &[client["id"].as_str().unwrap()])
        .await;
    let row = desk.until(&row, "delivered").await;
    assert_eq!(row["routed"]["L"][0]["M"]["channel"]["S"], "ch_slack", "{row:#}");
    desk.until("alert-in_a-1-ch_slack", "delivered").await;
    let texts = told(&world, "slack", "in_a").await;
    assert_eq!(texts.len(), 1);
    let url = world.stack.field("url");
    for word in [
        "KRITIEK: Acme Corp (acme.localhost:",
        "is onbereikbaar",
        "Ernst: kritiek",
        "Sinds: 2026-11-24 08:26 UTC",
        &format!("{url}/platform/admin/incidents/in_a"),
    ] {
        assert!(texts[0].contains(word), "{word} is not in {}", texts[0]);
    }
    // By default nobody here hears of a warning.
    desk.says("in_w", 1, "trigger", "slow", &[NOBODY]).await;
    desk.until("alert-in_w-1", "dropped").await;
    assert_eq!(desk.rows("alert-in_w").await.len(), 1);
}

#[tokio::test]
async fn slack_fails_three_times_and_the_mail_has_it_all() {
    let world = World::new().await;
    let desk = Desk::of(&world).await;
    world.fault(fault("slack", "send_message", 3)).await;
    let begun = std::time::Instant::now();
    desk.says("in_b", 1, "trigger", "down", &[NOBODY]).await;
    let row = desk.until("alert-in_b-1-ch_slack", "fell_back").await;
    assert_eq!(
        (&row["attempts"]["N"], &row["error"]["S"]),
        (
            &json!("3"),
            &json!("Slack cannot be used now: HTTP 500 internal_server_error")
        )
    );
    desk.until("alert-in_b-1-ch_email", "delivered").await;
    assert!(begun.elapsed() < Duration::from_secs(40), "{:?}", begun.elapsed());
    // Slack works again; but who heard the beginning hears the rest.
    desk.says("in_b", 2, "reminder", "down", &[NOBODY]).await;
    desk.says("in_b", 3, "resolve", "down", &[NOBODY]).await;
    desk.until("alert-in_b-3-ch_email", "delivered").await;
    assert_eq!(numbers(&told(&world, "email", "in_b").await, "in_b"), [1, 2, 3]);
    assert_eq!(told(&world, "slack", "in_b").await.len(), 0);
    // Another incident begins at Slack.
    desk.says("in_c", 1, "trigger", "down", &[NOBODY]).await;
    desk.until("alert-in_c-1-ch_slack", "delivered").await;
}

#[tokio::test]
async fn what_can_never_work_falls_back_at_once_and_a_fallback_may_fail_too() {
    let world = World::new().await;
    let desk = Desk::of(&world).await;
    let gone = Receiver::answering(410).await;
    let fallback = json!({"fallbackOnly": true});
    let second = json!({"name": "Second", "kind": "webhook", "target": {"url": gone.url}, "routing": fallback, "fallback": "ch_email"});
    let second = id(&make(&world, &second).await);
    let first = json!({"name": "First", "kind": "webhook", "target": {"url": gone.url}, "fallback": second});
    let first = id(&make(&world, &first).await);
    desk.says("in_d", 1, "trigger", "down", &[NOBODY]).await;
    desk.until("alert-in_d-1-ch_email", "delivered").await;
    for channel in [&first, &second] {
        assert_eq!(desk.row(&format!("alert-in_d-1-{channel}")).await["attempts"]["N"], "1");
    }
    assert_eq!(gone.received().len(), 2);
    // The end takes the same way, and asks nobody in vain again.
    desk.says("in_d", 2, "resolve", "down", &[NOBODY]).await;
    desk.until("alert-in_d-2-ch_email", "delivered").await;
    assert_eq!(gone.received().len(), 2);
    let page = world.get("/channels/ch_email/deliveries?limit=1").await;
    let newest = &page["docs"][0];
    assert_eq!(
        (&newest["reason"], &newest["insteadOf"]),
        (&json!("fallback"), &json!(second))
    );
    // Nobody removes what somebody else falls back to.
    world
        .api(Method::DELETE, &format!("/channels/{second}"), None)
        .await
        .expect(409);
}

#[tokio::test]
async fn an_end_goes_where_the_beginning_went_whatever_the_routing_says_now() {
    let world = World::new().await;
    let desk = Desk::of(&world).await;
    let kept = id(&make(
        &world,
        &json!({"name": "PagerDuty", "kind": "pagerduty", "secrets": {"routingKey": "k"}}),
    )
    .await);
    let removed = id(&make(
        &world,
        &json!({"name": "Mail", "kind": "email", "target": {"addresses": ["a@acme.com"]}}),
    )
    .await);
    desk.says("in_e", 1, "trigger", "down", &[NOBODY]).await;
    desk.until(&format!("alert-in_e-1-{kept}"), "delivered").await;
    desk.until(&format!("alert-in_e-1-{removed}"), "delivered").await;
    let never = json!({"routing": {"severities": ["warning"], "recoveries": false, "hours": [{"zone": "Europe/Amsterdam", "days": [], "from": "01:00", "until": "01:01"}]}});
    world
        .api(Method::PATCH, &format!("/channels/{kept}"), Some(&never))
        .await
        .expect(200);
    let gone = world.api(Method::DELETE, &format!("/channels/{removed}"), None).await;
    assert_eq!(gone.status, 204);
    let late = id(&make(
        &world,
        &json!({"name": "Late", "kind": "email", "target": {"addresses": ["b@acme.com"]}}),
    )
    .await);
    desk.says("in_e", 2, "resolve", "down", &[NOBODY]).await;
    desk.until(&format!("alert-in_e-2-{kept}"), "delivered").await;
    desk.until("alert-in_e-2-ch_slack", "delivered").await;
    assert!(desk.row(&format!("alert-in_e-2-{removed}")).await.is_null());
    assert!(desk.row(&format!("alert-in_e-2-{late}")).await.is_null());
    let events: Vec<Value> = world
        .inbox(1)
        .await
        .into_iter()
        .filter(|message| message["channel"] == "pagerduty")
        .collect();
    let actions: Vec<Value> = events
        .iter()
        .map(|event| serde_json::from_str::<Value>(event["body"].as_str().unwrap()).unwrap()["event_action"].clone())
        .collect();
    assert_eq!(actions, [json!("trigger"), json!("resolve")]);
    assert!(events.iter().all(|event| event["to"] == "in_e"), "{events:#?}");
}

#[tokio::test]
async fn on_one_channel_an_incident_is_told_in_its_order() {
    let world = World::new().await;
    let desk = Desk::of(&world).await;
    let pagerduty = id(&make(
        &world,
        &json!({"name": "PagerDuty", "kind": "pagerduty", "secrets": {"routingKey": "k"}}),
    )
    .await);
    world.fault(fault("pagerduty", "enqueue_event", 2)).await;
    // All at once, and the last ones get their turns first.
    for (number, kind) in [(1, "trigger"), (2, "reminder"), (3, "resolve")] {
        desk.writes("in_f", number, kind, "down", &[NOBODY]).await;
    }
    for number in [3, 2, 1, 3, 2, 1] {
        desk.gives_a_turn(&format!("alert-in_f-{number}")).await;
    }
    desk.until(&format!("alert-in_f-3-{pagerduty}"), "delivered").await;
    desk.until("alert-in_f-3-ch_slack", "delivered").await;
    for channel in ["pagerduty", "slack"] {
        assert_eq!(
            numbers(&told(&world, channel, "in_f").await, "in_f"),
            [1, 2, 3],
            "{channel}"
        );
    }
    // Nothing is doubled, though each was told twice whose turn it is.
    assert_eq!(desk.rows("alert-in_f").await.len(), 9);
}

#[tokio::test]
async fn a_crash_between_acceptance_and_record_repeats_one_message_under_the_same_id() {
    let world = World::new().await;
    let desk = Desk::of(&world).await;
    desk.says("in_g", 1, "trigger", "down", &[NOBODY]).await;
    let mut row = desk.until("alert-in_g-1-ch_slack", "delivered").await;
    // As it was when the function died: claimed, and the claim is over.
    let item = row.as_object_mut().unwrap();
    for (name, value) in [
        ("state", json!({"S": "pending"})),
        ("open", json!({"S": "open"})),
        // Long enough ago for the reconciler to think that its message is lost.
        ("dueAt", json!({"S": "2026-01-01T00:00:00.000Z"})),
        ("deliveredAt", json!({"NULL": true})),
    ] {
        item.insert(name.to_owned(), value);
    }
    desk.put(&row).await;
    // Nobody has a message about it: the reconciler finds it.
    assert_eq!(world.run("Reconciler").await.status, 200);
    desk.until("alert-in_g-1-ch_slack", "delivered").await;
    let texts = told(&world, "slack", "in_g").await;
    assert_eq!(texts.len(), 2);
    assert_eq!(texts[0], texts[1]);
}

#[tokio::test]
async fn news_of_the_monitor_ends_where_it_began() {
    let world = World::new().await;
    let desk = Desk::of(&world).await;
    let text = |text: &str| json!({"S": text});
    let now = world
        .api(Method::POST, "/channels/ch_email/test", None)
        .await
        .expect(202)["createdAt"]
        .clone();
    let run = "2026-11-24T08:20Z";
    for (id, news) in [("monitor-sees", "sees_again"), ("monitor-blind", "went_blind")] {
        let id = format!("{id}-{run}");
        let news = json!({"M": {"sight": {"M": {news: text(run)}}}});
        let row = json!({
            "id": text(&id), "kind": text("monitor"), "state": text("pending"), "open": text("open"),
            "attempts": {"N": "0"}, "clientId": {"NULL": true}, "dueAt": {"S": now}, "createdAt": {"S": now},
            "deliveredAt": {"NULL": true}, "error": {"NULL": true}, "monitor": news,
        });
        desk.put(&row).await;
    }
    desk.gives_a_turn("monitor-sees-2026-11-24T08:20Z").await;
    desk.gives_a_turn("monitor-blind-2026-11-24T08:20Z").await;
    desk.until("monitor-sees-2026-11-24T08:20Z-ch_slack", "delivered").await;
    let inbox = world.inbox(2).await;
    let slack: Vec<&str> = inbox
        .iter()
        .filter(|one| one["channel"] == "slack")
        .map(|one| one["body"].as_str().unwrap())
        .collect();
    assert_eq!(slack.len(), 2);
    assert!(
        slack[0].contains("monitor is blind") && slack[1].contains("monitor ziet weer"),
        "{slack:#?}"
    );
}
