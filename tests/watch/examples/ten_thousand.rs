//! Ten thousand sites: what a sweep takes and costs, healthy and in trouble, and how that grows.
//!
//! `cargo run --profile measure -p watch --example ten_thousand` (tests/bench runs it).
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::cast_precision_loss,
    reason = "a measurement"
)]

use std::{
    collections::HashMap,
    sync::Arc,
    time::{Duration, Instant},
};

use domain::monitoring::{Finding, SiteKey};
use store::Shard;
use tokio::task::JoinSet;
use watch::{Behaviour, World, busy};

const SITES: usize = 10_000;

#[tokio::main]
async fn main() {
    println!("Growth: a healthy site, checked once");
    let mut first = None;
    for sites in [100, 1000, SITES] {
        let cost = steady(sites).await;
        let (cpu, units) = *first.get_or_insert((cost.cpu, cost.written));
        println!(
            "  {sites:>6} sites  {:>6.1} us CPU ({:.2} x)  {:.4} write units ({:.2} x)  {:.4} read units  {:.4} messages",
            cost.cpu,
            cost.cpu / cpu,
            cost.written,
            cost.written / units,
            cost.read,
            cost.messages
        );
    }
    trouble().await;
}

struct Cost {
    /// Of the monitor, the sites and the database together, in microseconds.
    cpu: f64,
    written: f64,
    read: f64,
    messages: f64,
}

/// An hour of healthy sites, digests included, and a day's roll-ups added for the time.
async fn steady(sites: usize) -> Cost {
    let world = World::new().await;
    world.add_clients(sites).await;
    world.run().await;
    let (charged, cpu) = (world.wire.charged(), busy());
    let (runs, mut messages) = (12, 0);
    for _ in 0..runs {
        messages += world.run_counting().await;
    }
    let (charged, cpu) = (world.wire.charged() - charged, busy() - cpu);
    let checks = (sites * runs) as f64;
    Cost {
        cpu: cpu.as_secs_f64() * 1e6 / checks,
        // A roll-up per client and day, and the shard's month.
        written: charged.written / checks + 1.1 / 288.0,
        read: charged.read / checks,
        messages: messages as f64 / checks,
    }
}

/// 5 % answer after ten seconds, 1 % are dead; the schedule fires twice, and one worker is killed.
async fn trouble() {
    let world = Arc::new(World::new().await);
    world.add_clients(SITES).await;
    world.run().await;
    for number in 0..SITES {
        match number % 100 {
            0..5 => world
                .sites
                .set(&format!("site-{number}"), Behaviour::Slow(Duration::from_secs(11))),
            5 => world.sites.set(&format!("site-{number}"), Behaviour::Dead),
            _ => {}
        }
    }
    world.clock.pass(Duration::from_secs(300));
    let ticking = Arc::clone(&world);
    tokio::spawn(async move {
        let mut ticks = tokio::time::interval(Duration::from_millis(20));
        loop {
            ticks.tick().await;
            ticking.clock.pass(Duration::from_millis(20));
        }
    });
    let began = Instant::now();
    let (one, two) = tokio::join!(world.announce(false), world.announce(false));
    let run = one.or(two).unwrap();
    let mut working = JoinSet::new();
    let mut killed = None;
    for (place, message) in world.receive().await.into_iter().enumerate() {
        let (worker, body) = (Arc::clone(&world), message.clone());
        let handle = working.spawn(async move { worker.handle(&body).await });
        if place == 0 {
            killed = Some((handle, message));
        }
    }
    let (handle, message) = killed.unwrap();
    tokio::time::sleep(Duration::from_secs(1)).await;
    handle.abort();
    let again = {
        let (world, message) = (Arc::clone(&world), message);
        tokio::spawn(async move {
            // The queue's visibility.
            tokio::time::sleep(Duration::from_secs(34)).await;
            assert!(world.handle(&message).await);
        })
    };
    while let Some(done) = working.join_next().await {
        assert!(done.is_err() || done.unwrap());
    }
    let first = began.elapsed();
    let mut again = Some(again);
    loop {
        let handled = world.drain().await;
        if handled.is_empty() {
            match again.take() {
                Some(again) => again.await.unwrap(),
                None => break,
            }
        }
    }
    let confirmed = began.elapsed();

    let (mut times, mut failed, mut told) = (HashMap::<SiteKey, usize>::new(), 0, 0);
    let mut pages = 0;
    for number in 0..16 {
        let shard = Shard { number, of: 16 };
        for stage in 0..=2 {
            let Some(page) = world.page(shard, run, stage).await else {
                continue;
            };
            pages += 1;
            for entry in &page.entries {
                if stage == 0 {
                    *times.entry(entry.site).or_default() += 1;
                    failed += usize::from(matches!(entry.finding, Finding::Critical(_)));
                }
            }
        }
    }
    for client in world.all_clients().await {
        told += usize::from(client.watch.down.is_some_and(|down| down.told));
    }
    println!(
        "Trouble: {SITES} sites, 5 % answer after more than 10 s, 1 % dead; announced twice, one worker killed after 1 s"
    );
    println!(
        "  first pass {:.1} s (under 20), confirmations {:.1} s (under 75), {pages} pages",
        first.as_secs_f64(),
        confirmed.as_secs_f64()
    );
    println!(
        "  {} sites counted, {} more than once; {failed} failed, {told} confirmed",
        times.len(),
        times.values().filter(|times| **times > 1).count()
    );
    assert_eq!(times.len(), SITES);
    assert!(times.values().all(|times| *times == 1));
    assert_eq!((failed, told), (600, 600));
    assert!(first < Duration::from_secs(20) && confirmed < Duration::from_secs(75));
}
