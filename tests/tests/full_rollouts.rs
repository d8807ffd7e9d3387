//! A rollout over 200 clients of which three break: minutes of work, so only when `TENANTRY_FULL=1` asks for it.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    missing_docs,
    reason = "tests"
)]

use std::{
    cell::Cell,
    time::{Duration, Instant},
};

use serde_json::{Value, json};
use tests::{World, label};

const CLIENTS: usize = 200;
/// One in the middle of the last batch, two at its end.
const BROKEN: [usize; 3] = [120, 198, 200];
/// What the two batches before hold: 1 and 10 %.
const BEFORE: usize = 21;
/// A rollout runs so many operations at once, and no more.
const AT_ONCE: u64 = 20;
/// Longer than the worlds of other tests wait, for a machine that others use too.
const ENDS_WITHIN: Duration = Duration::from_secs(1800);

fn is_asked_for() -> bool {
    let asked = std::env::var("TENANTRY_FULL").is_ok_and(|value| value == "1");
    if !asked {
        eprintln!("NOT RUN: 200 clients take minutes. TENANTRY_FULL=1 (tests/run --full) runs this test.");
    }
    asked
}

/// Waits for a rollout's end and looks at it all the while; gives it, the most operations that ran at once, and how long it took.
async fn watch(world: &World, rollout: &Value) -> (Value, u64, Duration) {
    let begun = Instant::now();
    let most = Cell::new(0);
    loop {
        let path = format!("/rollouts/{}", rollout["id"].as_str().unwrap());
        let now = world.get(&path).await;
        let count = |name: &str| now["counts"][name].as_u64().unwrap();
        most.set(most.get().max(count("deploying") + count("rollingBack")));
        if now["endedAt"].is_string() {
            return (now, most.get(), begun.elapsed());
        }
        assert!(begun.elapsed() < ENDS_WITHIN, "still: {:#}", now["counts"]);
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
}

/// How many sites are well and run a version in which this occurs.
async fn running(world: &World, numbers: impl Iterator<Item = usize>, version: &str) -> usize {
    let mut found = 0;
    for number in numbers {
        let now = world.version_of(&label(number)).await;
        found += usize::from(now.is_some_and(|now| now.contains(version)));
    }
    found
}

#[tokio::test]
async fn two_hundred_clients_of_which_three_break() {
    if !is_asked_for() {
        return;
    }
    let world = World::new().await;
    let begun = Instant::now();
    world.live_sites(CLIENTS).await;
    let provisioned = begun.elapsed();
    let before = world.version_of(&label(1)).await.unwrap();
    for number in BROKEN {
        world.break_next(&label(number), "unhealthy").await;
    }

    let rollout = world.roll_out(&json!({"ref": "release-2", "maxFailures": 2})).await;
    assert_eq!(rollout["batches"], json!([1, 20, 179]));
    let (halted, most, took) = watch(&world, &rollout).await;
    let counts = &halted["counts"];
    eprintln!("{CLIENTS} clients provisioned in {provisioned:.1?}; halted after {took:.1?}, {most} at once: {counts}");
    assert_eq!((&halted["status"], &counts["failures"]), (&json!("halted"), &json!(3)));
    assert!(most <= AT_ONCE);
    for number in BROKEN {
        let why = halted["error"].as_str().unwrap();
        assert!(why.contains(&label(number)), "{why}");
    }
    assert_eq!(counts["done"], BEFORE);
    assert_eq!(
        counts["rolledBack"].as_u64().unwrap() + counts["pending"].as_u64().unwrap(),
        179
    );
    let commit = halted["commit"].as_str().unwrap();
    assert_eq!(running(&world, 1..=BEFORE, &commit[..7]).await, BEFORE);
    assert_eq!(running(&world, BEFORE + 1..=CLIENTS, &before).await, CLIENTS - BEFORE);
    let healthy = world.get("/clients?health=healthy&status=active&limit=1").await;
    assert_eq!(healthy["totalDocs"], CLIENTS);

    // Nothing is broken any more: now everybody gets it.
    let rollout = world.roll_out(&json!({"ref": "release-2"})).await;
    let (done, most, took) = watch(&world, &rollout).await;
    eprintln!(
        "all {CLIENTS} clients in {took:.1?}, {most} at once: {}",
        done["counts"]
    );
    assert_eq!(
        (&done["status"], &done["counts"]["done"]),
        (&json!("succeeded"), &json!(CLIENTS))
    );
    assert!(most <= AT_ONCE);
    assert_eq!(running(&world, 1..=CLIENTS, &commit[..7]).await, CLIENTS);
}
