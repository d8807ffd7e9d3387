//! Many sites at once, and a client's own conditions.
#![allow(
    clippy::panic,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    missing_docs,
    reason = "tests"
)]

mod support;

use std::{
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use domain::monitoring::{Condition, ConditionResult, Failure};
use monitoring::{InFlight, Target};
use serde_json::json;
use support::{Act, Site, answer, but, look, ok, prober, quick};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn slow_sites_delay_no_other_and_answers_come_in_order() {
    let seen = Arc::new(Mutex::new(Vec::new()));
    let log = seen.clone();
    let started = Instant::now();
    let well = Site::start(but(move |line| {
        if line == "GET /api/health" {
            log.lock().unwrap().push(started.elapsed());
        }
        None
    }))
    .await;
    let dead = Site::start(|_: &str| Act::Silence).await;
    let refused = std::net::TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port();
    // One in five never answers; room for 32 that have begun.
    let targets: Vec<Target> = (0..1000)
        .map(|number| match number % 10 {
            0 | 5 => dead.target(),
            7 => quick(&format!("http://gone.localhost:{refused}")),
            _ => quick(&format!("http://site-{number}.localhost:{}", well.port)),
        })
        .collect();
    let bounds = InFlight { begun: 32, open: 500 };
    let probes = prober().check_all(targets, bounds).await;
    let took = started.elapsed();
    assert_eq!(probes.len(), 1000);
    for (number, probe) in probes.iter().enumerate() {
        match number % 10 {
            0 | 5 => assert_eq!(probe.front, Err(Failure::Timeout), "{number}"),
            7 => assert_eq!(probe.front, Err(Failure::Refused), "{number}"),
            _ => assert!(probe.front.is_ok(), "{number}: {probe:?}"),
        }
    }
    let last = seen.lock().unwrap().iter().max().copied().unwrap();
    // 200 dead ones hold 32 places for a tenth of a second each: 0.6 s, and the rest is work.
    assert!(
        last < Duration::from_millis(1500),
        "the last well site was done after {last:?}"
    );
    assert!(took < Duration::from_secs(4), "{took:?}");
    assert_eq!(well.connections(), 700, "each once");
}

#[tokio::test]
async fn no_more_connections_are_open_than_allowed() {
    let dead = Site::start(|_: &str| Act::Silence).await;
    let targets: Vec<Target> = (0..60)
        .map(|_| {
            let mut target = dead.target();
            target.limits.answer = Duration::from_millis(300);
            target
        })
        .collect();
    let started = Instant::now();
    let probes = prober().check_all(targets, InFlight { begun: 20, open: 20 }).await;
    assert!(probes.iter().all(|probe| probe.front == Err(Failure::Timeout)));
    assert!(
        started.elapsed() >= Duration::from_millis(900),
        "three rounds of 20: {:?}",
        started.elapsed()
    );
    assert!(
        prober()
            .check_all(Vec::new(), InFlight { begun: 0, open: 0 })
            .await
            .is_empty()
    );
}

async fn with_condition(condition: serde_json::Value, page: Act) -> Option<ConditionResult> {
    let site = Site::start(but(move |line| (line == "GET /").then(|| page.clone()))).await;
    let mut target = site.target();
    target.condition = Some(serde_json::from_value::<Condition>(condition).unwrap());
    prober().check(&target).await.condition
}

#[tokio::test]
async fn a_clients_own_condition_is_looked_at() {
    let keyword = |text: &str| json!({"kind": "keyword", "text": text});
    let page = || ok("<h1>Welkom</h1>");
    assert_eq!(
        with_condition(keyword("Welkom"), page()).await,
        Some(ConditionResult::Met)
    );
    assert_eq!(
        with_condition(keyword("Hello"), page()).await,
        Some(ConditionResult::Unmet)
    );
    // Of a large page the beginning is read.
    let large = ok(&format!("<h1>Welkom</h1>{}", " ".repeat(500_000)));
    assert_eq!(
        with_condition(keyword("Welkom"), large.clone()).await,
        Some(ConditionResult::Met)
    );
    assert_eq!(
        with_condition(keyword("Hello"), large).await,
        Some(ConditionResult::Unknown)
    );
    let failing = Act::Answer(answer("500 Oops", "", "Welkom"));
    assert_eq!(
        with_condition(keyword("Welkom"), failing).await,
        Some(ConditionResult::Unknown)
    );
    let json = |equals: &str| json!({"kind": "json", "pointer": "/version", "equals": equals});
    assert_eq!(with_condition(json("1.4.0"), page()).await, Some(ConditionResult::Met));
    assert_eq!(
        with_condition(json("1.5.0"), page()).await,
        Some(ConditionResult::Unmet)
    );
    assert_eq!(look(but(|_| None)).await.condition, None);
}
