//! Whatever effect of a run is struck, and however: a site that is down is counted once, and told.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may fail loudly")]

use std::{collections::VecDeque, time::Duration};

use crash_matrix::{Mode, Strike};
use domain::{
    Clock, Instant,
    monitoring::{Finding, Interval, Minute},
};
use serde_json::Value;
use store::Shard;
use watch::{Behaviour, World};

const ONLY: Shard = Shard { number: 0, of: 1 };

/// A run with a strike somewhere, and everything that comes again because of it; gives the effects and the run's moment.
async fn struck(world: &mut World, strike: Option<Strike>) -> (Vec<String>, Instant) {
    let run = Minute::of(world.clock.now().after(Duration::from_secs(300)))
        .run(Interval::DEFAULT)
        .start();
    world.clock.pass(run.since(world.clock.now()));
    world.wire.arm(strike);
    let event = world.event(false);
    for _ in 0..3 {
        let announced = tokio::select! {
            answer = world.call("health-sweep", event.clone()) => answer.ok(),
            () = world.wire.killed() => None,
        };
        if announced.is_some() {
            break;
        }
        // The claim of whoever died runs out, and EventBridge calls again.
        world.restart();
        world.clock.pass(Duration::from_secs(61));
    }
    let mut waiting: VecDeque<Value> = world.receive().await.into();
    let mut deliveries = 0;
    while let Some(message) = waiting.pop_front() {
        deliveries += 1;
        assert!(deliveries < 30, "{strike:?}: it does not end");
        let handled = tokio::select! {
            handled = world.handle(&message) => handled,
            () = world.wire.killed() => false,
        };
        if !handled {
            world.restart();
            waiting.push_back(message);
        }
        waiting.extend(world.receive().await);
    }
    let (effects, ..) = world.wire.disarm();
    (effects, run)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_is_struck_anywhere_comes_to_the_same_end() {
    let mut world = World::new().await;
    let clients = world.add_clients(200).await;
    let mut number = 0_usize;
    let mut next = |world: &World| {
        number += 1;
        world.sites.set(&format!("site-{number}"), Behaviour::Error);
        clients[number].clone()
    };
    world.run().await;
    world.desk().await;
    next(&world);
    let (effects, _) = struck(&mut world, None).await;
    assert!(effects.len() >= 11, "{effects:?}");
    let (mut cells, mut failures) = (0, Vec::new());
    for (place, effect) in effects.iter().enumerate() {
        for mode in Mode::ALL {
            world.desk().await;
            let client = next(&world);
            let before = world.pages(ONLY).await.len();
            let (_, run) = struck(&mut world, Some(Strike::At(place, mode))).await;
            let cell = format!("{effect} {mode:?}");
            let record = world.record(&client).await;
            if !record.watch.down.is_some_and(|down| down.told) {
                failures.push(format!("{cell}: nobody is told: {:?}", record.watch));
            }
            let told: Vec<Value> = world
                .desk()
                .await
                .iter()
                .flat_map(|message| message["clients"].as_array().cloned().unwrap_or_default())
                .collect();
            if !told.contains(&Value::String(client.to_string())) {
                failures.push(format!("{cell}: the desk does not hear of it"));
            }
            let page = world.page(ONLY, run, 0).await.expect("the run's page");
            if page.entries.len() != 200 {
                failures.push(format!("{cell}: {} sites were counted", page.entries.len()));
            }
            let bad = page
                .entries
                .iter()
                .filter(|entry| matches!(entry.finding, Finding::Critical(_)))
                .count();
            if bad != number_of(&client) {
                failures.push(format!("{cell}: {bad} failed"));
            }
            let pages = world.pages(ONLY).await.len() - before;
            if pages != 3 {
                failures.push(format!("{cell}: {pages} pages instead of a check and two rechecks"));
            }
            cells += 1;
        }
    }
    assert!(
        failures.is_empty(),
        "{} of {cells} cells:\n{}",
        failures.len(),
        failures.join("\n")
    );
}

/// Every site up to this one is down.
fn number_of(client: &domain::ClientId) -> usize {
    client.as_str()[13..].trim_start_matches('0').parse().unwrap()
}
