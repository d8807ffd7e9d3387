//! What holds whatever the timing: two workers at once, a clock that jumps, a service that wants to be left alone for half an hour,
//! a message that nobody understands.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    missing_docs,
    reason = "tests"
)]

use std::time::Duration;

use crash_matrix::{Called, Cell, Scenario, World, is_full, run, take_down};
use domain::{ClientStatus, Clock, OperationStatus};
use serde_json::json;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_workers_on_every_step_at_once_do_it_once() {
    let mut world = World::new().await;
    world.twice = true;
    for scenario in Scenario::ALL {
        let label = format!("two{}", scenario.name());
        let verdict = run(&mut world, &label, Cell { scenario, strike: None }).await;
        assert_eq!(verdict.complaints, Vec::<String>::new(), "{}", scenario.name());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whenever_the_clock_jumps_a_client_ends_live_or_gone() {
    let mut world = World::new().await;
    for scenario in [
        Scenario::Provision,
        Scenario::Redeploy,
        Scenario::Suspend,
        Scenario::Cancel,
    ] {
        for minutes in [1, 20, 600] {
            world.jump = Duration::ZERO;
            let mut subject = scenario
                .prepare(&mut world, &format!("jump{}{minutes}", scenario.name()))
                .await;
            world.jump = Duration::from_secs(60 * minutes);
            let id = scenario.begin(&mut world, &mut subject).await;
            world.settle(|_| false).await;
            assert!(world.operation(&id).await.status.is_final());
            let mut complaints = Vec::new();
            world.jump = Duration::ZERO;
            take_down(&mut world, &subject, &mut complaints).await;
            assert_eq!(complaints, Vec::<String>::new(), "{} {minutes}", scenario.name());
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn half_an_hour_of_429_is_waited_out_with_few_calls_and_nothing_is_doubled() {
    let clients = if is_full() { 200 } else { 12 };
    let mut world = World::new().await;
    let mut subjects = Vec::new();
    for number in 0..clients {
        let mut subject = Scenario::Provision.prepare(&mut world, &format!("storm{number}")).await;
        let operation = Scenario::Provision.begin(&mut world, &mut subject).await;
        subjects.push((subject, operation));
    }
    world.wire.storm(true);
    let begun = world.now();
    let wire = world.wire.clone();
    let time = std::sync::Arc::clone(&world.time);
    world
        .settle(move |_| {
            // It ends by itself after half an hour.
            if time.now().since(begun) > Duration::from_secs(1800) {
                wire.storm(false);
            }
            false
        })
        .await;
    let refused = world.wire.refused();
    println!("{clients} clients, {refused} calls during half an hour of 429");
    assert!((2..=30).contains(&refused), "{refused} calls during the storm");
    for (subject, operation) in &subjects {
        assert_eq!(world.operation(operation).await.status, OperationStatus::Succeeded);
        let client = world
            .store
            .existing_client(subject.client.as_ref().unwrap())
            .await
            .unwrap();
        assert_eq!(client.status, ClientStatus::Active);
    }
    let inventory = world.inventory().await;
    for list in ["projects", "databases", "domains", "users"] {
        assert_eq!(inventory[list].as_array().unwrap().len(), clients, "{list}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_service_that_stays_down_is_not_waited_for_for_ever() {
    let mut world = World::new().await;
    let mut subject = Scenario::Provision.prepare(&mut world, "patient").await;
    let begun = world.now();
    world.wire.storm(true);
    let id = Scenario::Provision.begin(&mut world, &mut subject).await;
    world.settle(|_| false).await;
    let operation = world.operation(&id).await;
    assert_eq!(operation.status, OperationStatus::Failed, "{operation:#?}");
    assert_eq!(operation.error.unwrap().code, "service_down");
    let waited = world.now().since(begun);
    assert!(
        waited > Duration::from_secs(24 * 3600) && waited < Duration::from_secs(26 * 3600),
        "{waited:?}"
    );
    let calls = world.wire.refused();
    assert!(calls <= 400, "{calls} calls in a day");
    world.wire.storm(false);
    let mut complaints = Vec::new();
    take_down(&mut world, &subject, &mut complaints).await;
    assert_eq!(complaints, Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_service_that_answers_again_is_used_however_long_it_was_away() {
    let mut world = World::new().await;
    let mut subject = Scenario::Provision.prepare(&mut world, "late").await;
    world.wire.storm(true);
    let id = Scenario::Provision.begin(&mut world, &mut subject).await;
    world.settle(|operation| operation.parked.is_some()).await;
    // Nobody came by for two days; meanwhile somebody else has found the service well again.
    world.time.pass(Duration::from_secs(48 * 3600));
    world.wire.storm(false);
    world.forget_troubles().await;
    world.settle(|_| false).await;
    assert_eq!(world.operation(&id).await.status, OperationStatus::Succeeded);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_message_that_nobody_understands_fails_alone() {
    let mut world = World::new().await;
    for poison in [
        json!("x"),
        json!({"v": 1}),
        json!({"v": 1, "operation": "nonsense", "generation": 0}),
    ] {
        for function in ["provisioner", "notifier"] {
            let Called::Answer(answer) = world.deliver(function, &poison).await else {
                panic!("{function} fails as a whole");
            };
            assert_eq!(
                answer["batchItemFailures"][0]["itemIdentifier"], "1",
                "{function} {poison}"
            );
        }
    }
    // One that names what does not exist is no poison: it is dropped.
    let gone = json!({"v": 1, "operation": "op_01jdexmp1e0000000000000000", "generation": 0});
    let Called::Answer(answer) = world.deliver("provisioner", &gone).await else {
        panic!("it fails as a whole");
    };
    assert_eq!(answer["batchItemFailures"], json!([]));
}
