//! What goes wrong with sites is one incident, told once, and told again when it is over.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    missing_docs,
    reason = "tests"
)]

use std::sync::Arc;

use reqwest::Method;
use serde_json::{Value, json};
use tests::{World, acme};

fn id(record: &Value) -> String {
    record["id"].as_str().unwrap().to_owned()
}

fn is(status: &str) -> impl Fn(&[Value]) -> bool {
    move |docs| docs.len() == 1 && docs[0]["status"] == status
}

async fn texts(world: &World, incident: &str) -> Vec<String> {
    let detail = world.get(&format!("/incidents/{incident}")).await;
    let lines = detail["timeline"].as_array().unwrap().iter();
    lines.map(|line| line["text"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn a_site_that_is_down_is_told_taken_annotated_and_told_to_be_back() {
    let world = World::new().await;
    let client = id(&world.live_client(&acme()).await);
    assert_eq!(world.incidents("", <[Value]>::is_empty).await.len(), 0);
    world.watched(&client, &["down"]).await;
    world.desk(std::slice::from_ref(&client)).await;
    let incident = id(&world.incidents("status=open", is("open")).await[0]);
    let row = world.notice(&format!("alert-{incident}-1")).await;
    let message = &row["message"]["M"];
    assert_eq!(
        (&message["kind"]["S"], &message["severity"]["S"]),
        (&json!("trigger"), &json!("critical"))
    );
    assert_eq!(message["sites"]["L"], json!([{"S": client}]));

    let path = format!("/incidents/{incident}");
    let note = json!({"text": "The host restarts <its routers>"});
    let noted = world
        .api(Method::POST, &format!("{path}/note"), Some(&note))
        .await
        .expect(200);
    assert_eq!(noted["status"], "open");
    let taken = world.api(Method::POST, &format!("{path}/ack"), None).await.expect(200);
    assert_eq!(
        (&taken["status"], &taken["title"]),
        (&json!("acknowledged"), &json!("1 site is down"))
    );
    assert!(taken["acknowledgedBy"].as_str().unwrap().starts_with("key:"));
    assert_eq!(taken["members"][0]["name"], "Acme Corp");
    assert_eq!(taken["members"][0]["since"], "2026-11-24T08:00:00.000Z");
    // Taking it again is no news, and what was done is there for who reads next.
    let again = world.api(Method::POST, &format!("{path}/ack"), None).await.expect(200);
    assert_eq!(again, world.get(&path).await);
    world.desk(&[]).await;
    world.desk_rests().await;
    assert_eq!(world.get(&path).await, again);

    world.watched(&client, &[]).await;
    world.desk(std::slice::from_ref(&client)).await;
    let over = world.incidents(&format!("clientId={client}"), is("resolved")).await;
    assert_eq!(
        (&over[0]["siteCount"], &over[0]["lastingCount"]),
        (&json!(1), &json!(0))
    );
    let row = world.notice(&format!("alert-{incident}-2")).await;
    assert_eq!(row["message"]["M"]["kind"]["S"], "resolve");
    let later = json!({"text": "It was the router"});
    world
        .api(Method::POST, &format!("{path}/note"), Some(&later))
        .await
        .expect(200);
    let refused = world.api(Method::POST, &format!("{path}/ack"), None).await.expect(409);
    assert_eq!(refused["code"], "wrong_state");
    let who = taken["acknowledgedBy"].as_str().unwrap();
    assert_eq!(
        texts(&world, &incident).await,
        [
            "Opened with 1 site",
            "An alert was sent",
            "The host restarts <its routers>",
            &format!("{who} took it"),
            "1 site recovered",
            "The recovery was told",
            "It was over",
            "It was the router"
        ]
    );
    let page = world.get("/incidents?severity=critical").await;
    assert!(
        page["meanTimes"]["toAcknowledgeSeconds"].as_f64().unwrap() >= 0.0,
        "{page}"
    );
    assert!(page["meanTimes"]["toResolveSeconds"].as_f64().unwrap() >= 0.0, "{page}");
    assert_eq!(world.alerts().await.len(), 2);
}

#[tokio::test]
async fn what_cannot_be_asked_of_incidents_is_refused() {
    let world = World::new().await;
    for (query, field) in [
        ("status=broken", "status"),
        ("severity=bad", "severity"),
        ("clientId=acme", "clientId"),
        ("limit=0", "limit"),
        ("cursor=x", "cursor"),
        ("colour=red", "colour"),
    ] {
        let problem = world
            .api(Method::GET, &format!("/incidents?{query}"), None)
            .await
            .expect(400);
        assert_eq!(problem["field"], field);
    }
    let unknown = "/incidents/in_01jdexmp1e0000000000000000";
    assert_eq!(world.api(Method::GET, unknown, None).await.status, 404);
    assert_eq!(
        world.api(Method::POST, &format!("{unknown}/ack"), None).await.status,
        404
    );
    for text in [json!(""), json!("  "), json!("x".repeat(2001)), json!(1)] {
        let note = world
            .api(Method::POST, &format!("{unknown}/note"), Some(&json!({"text": text})))
            .await;
        assert_eq!(note.expect(422)["field"], "text");
    }
}

#[tokio::test]
async fn of_128_sites_that_fail_together_one_page_tells_and_one_recovery() {
    let world = World::new().await;
    let client = world.live_client(&acme()).await;
    let copies = world.copies(&client, 128).await;
    for copy in &copies {
        world.watched(copy, &["down"]).await;
    }
    // Two workers report, in any order and more than once.
    world.desk(&copies).await;
    let found = world.incidents("", is("open")).await;
    assert_eq!(found[0]["siteCount"], 128);
    let incident = id(&found[0]);
    world.desk(&copies[64..]).await;
    world.desk(&copies[..70]).await;
    world.desk(&[]).await;
    world.desk_rests().await;
    let row = world.notice(&format!("alert-{incident}-1")).await;
    assert_eq!(row["message"]["M"]["sites"]["L"].as_array().unwrap().len(), 128);
    assert_eq!(world.alerts().await, [format!("alert-{incident}-1")]);
    // A summary does not name them all; its own is found in the whole.
    let last = copies.last().unwrap();
    assert_eq!(world.incidents(&format!("clientId={last}"), is("open")).await.len(), 1);
    let other = id(&client);
    assert_eq!(world.get(&format!("/incidents?clientId={other}")).await["totalDocs"], 0);

    for copy in &copies {
        world.watched(copy, &[]).await;
    }
    // The message that says so is lost: the sweep's own looks at everybody on the desk.
    world.desk(&[]).await;
    let over = world.incidents("", is("resolved")).await;
    assert_eq!(
        (&over[0]["siteCount"], &over[0]["lastingCount"]),
        (&json!(128), &json!(0))
    );
    world.desk(&copies).await;
    world.desk(&copies).await;
    world.desk_rests().await;
    assert_eq!(
        world.alerts().await,
        [1, 2].map(|number| format!("alert-{incident}-{number}"))
    );
    let resolve = world.notice(&format!("alert-{incident}-2")).await;
    assert_eq!(resolve["message"]["M"]["siteCount"]["N"], "128");
    assert_eq!(world.get("/incidents").await["totalDocs"], 1);
}

#[tokio::test]
async fn a_client_that_is_suspended_has_no_trouble_and_a_certificate_only_new_ones() {
    let world = World::new().await;
    let client = world.live_client(&acme()).await;
    let own = id(&client);
    world.watched_with(&own, &["certificate"], &["certificate_first"]).await;
    world.desk(std::slice::from_ref(&own)).await;
    let incident = id(&world.incidents("severity=warning", is("open")).await[0]);
    world.notice(&format!("alert-{incident}-1")).await;
    let both = ["certificate_first", "certificate_second"];
    world.watched_with(&own, &["certificate"], &both).await;
    world.desk(std::slice::from_ref(&own)).await;
    let update = world.notice(&format!("alert-{incident}-2")).await;
    assert_eq!(update["message"]["M"]["kind"]["S"], "update");
    world.desk(std::slice::from_ref(&own)).await;
    world.desk_rests().await;
    assert_eq!(world.alerts().await.len(), 2);

    assert_eq!(
        world.operate(&client, "suspend", &Value::Null).await["status"],
        "succeeded"
    );
    world.desk(&[]).await;
    world.incidents("", is("resolved")).await;
    world.notice(&format!("alert-{incident}-3")).await;
}

#[tokio::test]
async fn news_waits_for_more_of_its_kind_and_the_desk_comes_back_by_itself() {
    let world = World::with(&["--parameter", "GatherSeconds=3"]).await;
    let client = world.live_client(&acme()).await;
    let copies = world.copies(&client, 3).await;
    for copy in &copies {
        world.watched(copy, &["down"]).await;
        world.desk(std::slice::from_ref(copy)).await;
        tokio::time::sleep(std::time::Duration::from_millis(500)).await;
    }
    assert_eq!(world.get("/incidents").await["totalDocs"], 0, "it is too early to tell");
    let found = world.incidents("", is("open")).await;
    assert_eq!(
        (&found[0]["siteCount"], &found[0]["cause"]["kind"]),
        (&json!(3), &json!("provider"))
    );
    // One that was only down for a moment is nobody's business.
    world.watched(&id(&client), &["slow"]).await;
    world.desk(&[id(&client)]).await;
    world.watched(&id(&client), &[]).await;
    world.desk(&[id(&client)]).await;
    // When what came after it has waited long enough, it would have too.
    world.watched(&id(&client), &["memory"]).await;
    world.desk(&[id(&client)]).await;
    let found = world
        .incidents("", |found| found.iter().any(|one| one["trouble"] == "memory"))
        .await;
    world.desk_rests().await;
    assert!(found.iter().all(|one| one["trouble"] != "slow"), "{found:?}");
    assert_eq!(world.alerts().await.len(), 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_many_write_at_once_is_all_kept() {
    let world = Arc::new(World::new().await);
    let client = id(&world.live_client(&acme()).await);
    world.watched(&client, &["down"]).await;
    world.desk(std::slice::from_ref(&client)).await;
    let incident = id(&world.incidents("", is("open")).await[0]);
    let mut writers = Vec::new();
    for number in 0..6 {
        let (world, incident) = (Arc::clone(&world), incident.clone());
        writers.push(tokio::spawn(async move {
            let note = json!({"text": format!("note {number}")});
            world.desk(&[]).await;
            let path = format!("/incidents/{incident}/note");
            world.api(Method::POST, &path, Some(&note)).await.expect(200);
        }));
    }
    for writer in writers {
        writer.await.unwrap();
    }
    let notes = |texts: Vec<String>| texts.into_iter().filter(|text| text.starts_with("note ")).count();
    assert_eq!(notes(texts(&world, &incident).await), 6);
    world.watched(&client, &[]).await;
    world.desk(&[]).await;
    world.incidents("", is("resolved")).await;
    assert_eq!(notes(texts(&world, &incident).await), 6);
}

#[tokio::test]
async fn messages_of_others_stay_away_from_ours() {
    let world = World::new().await;
    let client = id(&world.live_client(&acme()).await);
    world.watched(&client, &["down"]).await;
    world.message("DeskQueue", &json!({"v": 2, "clients": [client]})).await;
    world.message("DeskQueue", &json!({"v": 1, "clients": ["acme"]})).await;
    world.message("DeskQueue", &json!("down")).await;
    world.desk(&[client, "cl_01jdexmp1e0000000000000000".to_owned()]).await;
    world.incidents("", is("open")).await;
}

/// The bound under a storm: thousands of sites are one incident, one page and one recovery, and what is kept of it fits.
#[tokio::test]
async fn a_storm_of_thousands_is_one_page_and_one_recovery() {
    let full = std::env::var_os("TENANTRY_FULL").is_some();
    let count = if full { 5000 } else { 600 };
    let world = World::new().await;
    let client = world.live_client(&acme()).await;
    // The copies fail like the one that they are made of.
    world.watched(&id(&client), &["down"]).await;
    let copies = world.copies(&client, count).await;
    let begun = std::time::Instant::now();
    world.desk(&copies).await;
    let found = world.incidents("", is("open")).await;
    assert_eq!(found[0]["siteCount"], count);
    let told = begun.elapsed();
    let incident = id(&found[0]);
    world.notice(&format!("alert-{incident}-1")).await;
    let detail = world.get(&format!("/incidents/{incident}")).await;
    assert_eq!(detail["members"].as_array().unwrap().len(), count);
    world.watched(&id(&client), &[]).await;
    world.copies(&client, count).await;
    world.desk(&[]).await;
    world.incidents("", is("resolved")).await;
    world.desk_rests().await;
    assert_eq!(world.alerts().await.len(), 2);
    println!("{count} sites: told after {told:?}, over after {:?}", begun.elapsed());
}
