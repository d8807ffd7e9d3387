//! What is read of the past is what happened: figures that were worked out by hand, through the real records and the real function.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may fail loudly")]

use std::{sync::Arc, time::Duration};

use domain::{
    ClientId, Clock, Instant,
    monitoring::{Confirmation, Critical, Day, DayRollUp, Digest, Entry, Finding, Interval, Minute, RunPage, SiteKey},
};
use lambda_runtime::LambdaEvent;
use serde_json::{Value, json};
use store::{Place, Shard, Sweep};
use tokio::sync::Semaphore;
use tower::ServiceExt;
use watch::World;

const ONLY: Shard = Shard { number: 0, of: 1 };
const RUN: Duration = Duration::from_secs(300);
/// Thirty days of runs.
const RUNS: u32 = 8640;
const DAY: Duration = Duration::from_secs(86_400);

/// Which runs found the site broken: twelve, spread over the month.
const fn is_broken(run: u32) -> bool {
    run % 720 == 700
}

fn entry(client: &ClientId, number: u32, run: Instant) -> Entry {
    Entry {
        site: SiteKey::of(client),
        at: run.after(Duration::from_millis(700)),
        finding: if is_broken(number) {
            Finding::Critical(Critical::FrontPage(500))
        } else {
            Finding::Healthy
        },
        excused: false,
        // From 1 to 100 ms over each hundred runs.
        latency_ms: Some(number % 100 + 1),
        state: Confirmation::default(),
    }
}

/// Writes down thirty days of runs, up to now.
async fn thirty_days(world: &World, client: &ClientId, first: Instant) {
    let (store, at_once) = (world.store.clone(), Arc::new(Semaphore::new(16)));
    let mut writing = tokio::task::JoinSet::new();
    for number in 0..RUNS {
        let run = first.after(RUN * number);
        let page = RunPage {
            run: Minute::of(run),
            shard: 0,
            recheck: false,
            blind: false,
            entries: vec![entry(client, number, run)],
        };
        let (store, at_once) = (store.clone(), Arc::clone(&at_once));
        writing.spawn(async move {
            let _one = at_once.acquire().await.unwrap();
            let place = Place {
                shard: ONLY,
                run,
                stage: 0,
            };
            assert!(store.put_page(place, &page).await.unwrap());
            let sweep = Sweep {
                sent: run,
                run,
                shards: 1,
                sites: 1,
                watched: 1,
            };
            assert!(store.claim_sweep(&sweep, Duration::ZERO, run).await.unwrap());
        });
    }
    while let Some(written) = writing.join_next().await {
        written.unwrap();
    }
}

/// `GET` with a key of the lowest role, from a function that has just started.
async fn get(world: &World, path: &str, query: &str) -> Value {
    let function = insights::function(&world.context("insights")).unwrap();
    let event = json!({
        "version": "2.0", "routeKey": "$default", "rawPath": path, "rawQueryString": query, "headers": {},
        "requestContext": {
            "accountId": "1", "apiId": "1", "domainName": "x", "domainPrefix": "x", "requestId": "1", "routeKey": "$default",
            "authorizer": {"lambda": {"principal": "key:1", "role": "viewer"}}, "stage": "$default", "timeEpoch": 0,
            "time": "24/Nov/2026:08:00:00 +0000",
            "http": {"method": "GET", "path": path, "protocol": "HTTP/1.1", "sourceIp": "192.0.2.1", "userAgent": "x"},
        },
        "isBase64Encoded": false,
    });
    let event = LambdaEvent::new(event, lambda_runtime::Context::default());
    let answer = function.oneshot(event).await.unwrap();
    assert_eq!(answer["statusCode"], 200, "{answer:#}");
    serde_json::from_str(answer["body"].as_str().unwrap()).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_guides_figure_comes_out_from_raw_checks_and_from_roll_ups() {
    let world = World::new().await;
    let client = world.add_clients(1).await.remove(0);
    let first = world.clock.now();
    world.clock.pass(RUN * RUNS);
    thirty_days(&world, &client, first).await;
    let path = format!("/api/platform/clients/{client}/health");

    let golden = |health: &Value| {
        let month = &health["uptime"][2];
        assert_eq!(
            (&month["window"], &month["successful"], &month["total"]),
            (&json!("30d"), &json!(8628), &json!(8640)),
            "{}",
            health["uptime"]
        );
        assert_eq!((&month["percentage"], &month["coverage"]), (&json!(99.86), &json!(1.0)));
        assert_eq!(health["uptimePercentage"], 99.86);
        let day = &health["uptime"][0];
        assert_eq!(day["total"], 288);
        // 288 checks: two hundreds of 1 to 100 ms, and the last 88 of such a hundred.
        assert_eq!(health["latency"]["max"], 100);
        assert_eq!(health["history"].as_array().unwrap().len(), 288);
    };
    let raw = get(&world, &path, "").await;
    golden(&raw);
    assert_eq!(raw["days"], json!([]));

    // The days that are over are rolled up, as they are at the end of each.
    let now = world.clock.now();
    let today = Day::of(now);
    let past = world.store.past(&client, first, now).await.unwrap();
    let checks: Vec<_> = past.iter().filter_map(|one| one.raw).collect();
    assert_eq!(checks.len(), 8640);
    let (mut day, mut days) = (Day::of(first), Vec::new());
    while day < today {
        days.push((client.clone(), DayRollUp::of(day, first, Interval::DEFAULT, &checks)));
        day = day.next();
    }
    world.store.put_days(&days).await.unwrap();
    let digest = Digest {
        day: today,
        through: now,
        sites: Vec::new(),
    };
    world.store.put_digest(ONLY, &digest).await.unwrap();
    let before = world.wire.charged();
    let rolled = get(&world, &path, "").await;
    println!("reading it: {:?}", world.wire.charged() - before);
    golden(&rolled);
    assert_eq!(rolled["days"].as_array().unwrap().len(), 30);
    assert_eq!(rolled["uptime"], raw["uptime"]);
    assert_eq!(rolled["latency"], raw["latency"]);

    // All that is kept.
    let all = get(&world, &path, "hours=840&days=400").await;
    assert_eq!(all["history"].as_array().unwrap().len(), 8640);
    assert_eq!(all["uptime"], raw["uptime"]);

    // And a day later, though nobody has looked since: a day of the window is empty.
    world.clock.pass(DAY);
    let later = get(&world, &path, "").await;
    assert_eq!(later["uptime"][2]["total"], 8640 - 288, "{}", later["uptime"]);
    assert!(later["uptime"][2]["coverage"].as_f64().unwrap() < 0.97);
    assert_eq!(later["uptime"][0]["total"], 0);
    assert_eq!(later["status"], "unknown", "nobody knows after three intervals");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_site_that_is_looked_at_once_an_hour_is_known_between_its_looks() {
    let world = World::new().await;
    // The other one is looked at in every run: the newest pages are about it alone.
    let client = world.add_clients(2).await.remove(0);
    let settings = json!({"intervalMinutes": 60});
    let settings: std::collections::HashMap<String, _> = serde_dynamo::to_item(settings).unwrap();
    let map = aws_sdk_dynamodb::types::AttributeValue::M(settings);
    world.set_attribute(&client, "monitoring", map).await;
    for _ in 0..53 {
        world.run().await;
    }
    let now = world.clock.now();
    let health = get(&world, &format!("/api/platform/clients/{client}/health"), "").await;
    let looks = health["history"].as_array().unwrap();
    assert!((4..=5).contains(&looks.len()), "{health:#}");
    assert_eq!(health["status"], "healthy", "{health:#}");
    assert_eq!(health["lastHealthCheck"], looks[0]["at"]);
    let last = Instant::parse(looks[0]["at"].as_str().unwrap()).unwrap();
    assert!(
        now.since(last) > RUN * 3,
        "its look is among the newest pages: nothing is proven"
    );
    // Four looks, and some minutes in which none was due.
    assert!(health["uptime"][0]["coverage"].as_f64().unwrap() >= 0.9, "{health:#}");
    let stats = get(&world, "/api/platform/stats", "").await;
    assert_eq!(stats["monitoring"]["byHealth"]["healthy"], 2, "{stats:#}");
    // Nobody looks for four hours: then nobody knows.
    world.clock.pass(Duration::from_secs(4 * 3600));
    let stats = get(&world, "/api/platform/stats", "").await;
    assert_eq!(stats["monitoring"]["byHealth"]["unknown"], 2, "{stats:#}");
}
