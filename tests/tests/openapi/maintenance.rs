//! The routes of maintenance windows, held against the document.

use reqwest::Method;
use serde_json::{Value, json};
use tests::World;

use crate::{document::Document, send};

/// Windows of both kinds, through all that can be asked of them; gives one that stays.
pub async fn make_and_change(world: &World, document: &Document, client: &str) -> Value {
    let once = json!({"from": "2031-03-30T00:30:00Z", "until": "2031-03-30T02:30:00Z"});
    let weekly = json!({"zone": "Europe/Amsterdam", "days": ["sunday"], "from": "02:30", "until": "04:00",
        "firstDay": "2026-11-24", "lastDay": null});
    for body in [
        json!({"scope": {"all": true}, "once": once, "weekday": "sunday"}),
        json!({"scope": {"all": true}, "once": {"from": 1, "until": 2}}),
        json!({"scope": "all", "once": once}),
        json!({"once": once}),
        json!({"scope": {"all": true}, "weekly": {"zone": "Europe/Amsterdam", "days": ["caturday"], "from": "02:30", "until": "04:00"}}),
    ] {
        send(world, document, Method::POST, "/maintenance", "", &body).await;
    }
    let body = json!({"scope": {"client": client}, "once": once});
    let made = send(world, document, Method::POST, "/maintenance", "", &body)
        .await
        .expect(201);
    let gone = made["id"].as_str().unwrap().to_owned();
    let body = json!({"scope": {"tag": "vip"}, "weekly": weekly, "reason": "the host's hour"});
    let stays = send(world, document, Method::POST, "/maintenance", "", &body)
        .await
        .expect(201);
    for body in [
        json!({"weekly": weekly, "reason": null}),
        json!({"scope": {"all": true}}),
        json!({"once": once, "reason": "another hour"}),
        json!({"weekly": 1}),
        json!({"colour": "red"}),
        json!({}),
    ] {
        send(world, document, Method::PATCH, "/maintenance/{id}", &gone, &body).await;
    }
    for query in [
        format!("?clientId={client}"),
        "?status=upcoming,open&limit=1".to_owned(),
        "?status=shut".to_owned(),
    ] {
        let page = world.api(Method::GET, &format!("/maintenance{query}"), None).await;
        document.holds("get", "/maintenance", &page);
    }
    let path = format!("/maintenance/{gone}");
    for _ in 0..2 {
        let answer = world.api(Method::DELETE, &path, None).await;
        document.holds("delete", "/maintenance/{id}", &answer);
    }
    stays
}
