//! Runs of the sweep, from the schedule to the page and the record.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may fail loudly")]

use std::time::Duration;

use domain::{
    ClientStatus, Clock, HealthStatus,
    monitoring::{Finding, SiteKey},
};
use store::Shard;
use watch::{Behaviour, World};

const ONLY: Shard = Shard { number: 0, of: 1 };

#[tokio::test(flavor = "multi_thread")]
async fn a_site_that_goes_down_is_critical_after_its_rechecks_and_healthy_again_after_two_good_ones() {
    let world = World::new().await;
    let clients = world.add_clients(3).await;
    let run = world.run().await;
    let page = world.page(ONLY, run, 0).await.unwrap();
    assert_eq!(page.entries.len(), 3);
    assert!(page.entries.iter().all(|entry| entry.finding == Finding::Healthy));
    let untouched = world.record(&clients[1]).await;

    world.sites.set("site-1", Behaviour::Error);
    world.run().await;
    let down = world.record(&clients[1]).await;
    assert_eq!(down.health_status, HealthStatus::Critical);
    assert_eq!(
        down.revision, untouched.revision,
        "nobody's change is to fail because of it"
    );
    assert!(down.watch.down.unwrap().told);
    let desk: Vec<_> = world
        .desk()
        .await
        .into_iter()
        .filter(|message| message.get("clients").is_some())
        .collect();
    assert_eq!(desk.len(), 1, "{desk:?}");
    assert_eq!(desk[0]["clients"], serde_json::json!([clients[1]]));

    world.sites.set("site-1", Behaviour::Well);
    world.run().await;
    let up = world.record(&clients[1]).await;
    assert_eq!((up.health_status, up.watch.down), (HealthStatus::Healthy, None));
    // The two that were well were never written.
    assert_eq!(world.record(&clients[0]).await.updated_at, untouched.updated_at);
}

#[tokio::test(flavor = "multi_thread")]
async fn one_bad_check_changes_nothing() {
    let world = World::with(&[("RecheckFirstSeconds", "0"), ("RecheckSecondSeconds", "0")]).await;
    let clients = world.add_clients(1).await;
    world.run().await;
    let before = world.record(&clients[0]).await;
    world.sites.set("site-0", Behaviour::Error);
    world.clock.pass(Duration::from_secs(300));
    world.announce(false).await.unwrap();
    let messages = world.receive().await;
    assert!(world.handle(&messages[0]).await);
    world.sites.set("site-0", Behaviour::Well);
    world.drain().await;
    assert_eq!(world.record(&clients[0]).await, before);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_is_announced_twice_and_messages_that_come_twice_count_each_site_once() {
    let world = World::new().await;
    world.add_clients(40).await;
    world.clock.pass(Duration::from_secs(300));
    let (first, second) = tokio::join!(world.announce(false), world.announce(false));
    assert_eq!(first.is_some(), second.is_none(), "one of them has the run");
    let run = first.or(second).unwrap();
    let messages = world.receive().await;
    assert_eq!(messages.len(), 1);
    let (once, again) = tokio::join!(world.handle(&messages[0]), world.handle(&messages[0]));
    assert!(once && again && world.handle(&messages[0]).await);
    let pages = world.pages(ONLY).await;
    assert_eq!(pages.len(), 1);
    assert_eq!((pages[0].run, pages[0].page.entries.len()), (run, 40));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_that_comes_after_its_run_is_over_checks_nothing() {
    let world = World::new().await;
    world.add_clients(2).await;
    world.clock.pass(Duration::from_secs(300));
    world.announce(false).await.unwrap();
    let late = world.receive().await;
    world.run().await;
    world.sites.forget_visits();
    assert!(world.handle(&late[0]).await);
    assert_eq!((world.sites.visits("site-0"), world.pages(ONLY).await.len()), (0, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_paused_or_worked_on_while_we_look_has_not_failed() {
    let world = World::new().await;
    let clients = world.add_clients(3).await;
    world.run().await;
    world.clock.pass(Duration::from_secs(300));
    world.announce(false).await.unwrap();
    let messages = world.receive().await;
    for label in ["site-0", "site-1", "site-2"] {
        world.sites.set(label, Behaviour::Dead);
    }
    // After the sites were sent out, before they are looked at.
    world.set_status(&clients[0], ClientStatus::Suspended).await;
    let operation = aws_sdk_dynamodb::types::AttributeValue::S("op_01jdexmp1e0000000000000009".to_owned());
    world.set_attribute(&clients[1], "currentOperation", operation).await;
    assert!(world.handle(&messages[0]).await);
    world.drain().await;
    let page = world
        .pages(ONLY)
        .await
        .into_iter()
        .rev()
        .find(|placed| placed.stage == 0)
        .unwrap()
        .page;
    let excused: Vec<bool> = page.entries.iter().map(|entry| entry.excused).collect();
    assert_eq!(
        excused.iter().filter(|excused| **excused).count(),
        1,
        "the one that is worked on"
    );
    assert_eq!(page.entries.len(), 2, "the one that is paused is not in it");
    let mut status = Vec::new();
    for client in &clients {
        status.push(world.record(client).await.health_status);
    }
    assert_eq!(
        status,
        [HealthStatus::Healthy, HealthStatus::Healthy, HealthStatus::Critical]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_site_that_is_worked_on_is_not_visited_and_paused_ones_are_not_either() {
    let world = World::new().await;
    let clients = world.add_clients(2).await;
    let operation = aws_sdk_dynamodb::types::AttributeValue::S("op_01jdexmp1e0000000000000009".to_owned());
    world.set_attribute(&clients[0], "currentOperation", operation).await;
    world.set_status(&clients[1], ClientStatus::Suspended).await;
    let run = world.run().await;
    assert_eq!((world.sites.visits("site-0"), world.sites.visits("site-1")), (0, 0));
    let page = world.page(ONLY, run, 0).await.unwrap();
    assert_eq!(page.entries.len(), 1);
    assert!(page.entries[0].excused);
}

#[tokio::test(flavor = "multi_thread")]
async fn more_sites_are_more_workers_and_nothing_of_what_was_known_is_lost() {
    let world = World::new().await;
    let clients = world.add_clients(600).await;
    world.sites.set("site-5", Behaviour::Error);
    world.run().await;
    world.run().await;
    let told = world.record(&clients[5]).await.watch;
    assert!(told.down.unwrap().told);
    world.turn_the_desk().await;
    let alerts = world.alerts().await;
    assert_eq!(alerts.len(), 1);
    world.add_clients_from(600, 600).await;
    world.run().await;
    let two = [0, 1].map(|number| Shard { number, of: 2 });
    let mut sites = 0;
    for shard in two {
        let page = world
            .pages(shard)
            .await
            .into_iter()
            .find(|placed| placed.stage == 0)
            .unwrap()
            .page;
        sites += page.entries.len();
    }
    assert_eq!(sites, 1200);
    assert_eq!(
        world.record(&clients[5]).await.watch.down.unwrap().since,
        told.down.unwrap().since
    );
    world.turn_the_desk().await;
    assert_eq!(world.alerts().await, alerts, "nobody is told again");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_site_that_is_checked_every_hour_is_due_once_an_hour_and_keeps_its_doubts() {
    let world = World::new().await;
    let clients = world.add_clients(1).await;
    let hourly = serde_dynamo::to_attribute_value(serde_json::json!({"intervalMinutes": 60})).unwrap();
    world.set_attribute(&clients[0], "monitoring", hourly).await;
    world.sites.set("site-0", Behaviour::Well);
    for _ in 0..12 {
        world.run().await;
    }
    assert_eq!(world.sites.visits("site-0"), 1);
    world.sites.set("site-0", Behaviour::Error);
    for _ in 0..12 {
        world.run().await;
    }
    assert!(world.record(&clients[0]).await.watch.down.unwrap().told);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_monitor_that_cannot_see_loses_nobody_any_uptime_and_says_so_once() {
    // Nothing listens there.
    let world = World::with(&[("CanaryUrls", "http://one.localhost:9,http://two.localhost:9")]).await;
    let clients = world.add_clients(20).await;
    world.run().await;
    let before = world.record(&clients[3]).await;
    for number in 0..20 {
        world.sites.set(&format!("site-{number}"), Behaviour::Dead);
    }
    for _ in 0..3 {
        let run = world.run().await;
        let page = world.page(ONLY, run, 0).await.unwrap();
        assert!(page.blind);
        assert!(page.entries.iter().all(|entry| entry.finding == Finding::Inconclusive));
    }
    assert_eq!(world.record(&clients[3]).await.watch.down, None);
    assert_eq!(
        world
            .notices()
            .await
            .iter()
            .filter(|id| id.starts_with("monitor-blind"))
            .count(),
        1
    );
    for number in 0..20 {
        world.sites.set(&format!("site-{number}"), Behaviour::Well);
    }
    for _ in 0..4 {
        world.run().await;
    }
    assert_eq!(world.record(&clients[3]).await.health_status, before.health_status);
    let notices = world.notices().await;
    assert_eq!(
        notices.iter().filter(|id| id.starts_with("monitor-sees")).count(),
        1,
        "{notices:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn while_dynamodb_has_no_room_the_message_comes_again_and_nothing_is_lost() {
    let world = World::new().await;
    let clients = world.add_clients(10).await;
    world.run().await;
    world.sites.set("site-4", Behaviour::Error);
    world.clock.pass(Duration::from_secs(300));
    let run = world.announce(false).await.unwrap();
    let messages = world.receive().await;
    world.wire.throttle(true);
    assert!(!world.handle(&messages[0]).await, "it is to come again");
    world.wire.throttle(false);
    assert!(world.handle(&messages[0]).await);
    world.drain().await;
    assert_eq!(world.page(ONLY, run, 0).await.unwrap().entries.len(), 10);
    assert_eq!(world.record(&clients[4]).await.health_status, HealthStatus::Critical);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_site_that_comes_back_from_a_pause_starts_with_a_clean_sheet() {
    let world = World::new().await;
    let clients = world.add_clients(1).await;
    world.run().await;
    world.sites.set("site-0", Behaviour::Error);
    world.run().await;
    assert!(world.record(&clients[0]).await.watch.down.is_some());
    // Paused, and back two minutes later: the last page still says that it is down.
    let fresh = serde_dynamo::to_attribute_value(domain::monitoring::Watched::default()).unwrap();
    world.set_attribute(&clients[0], "watch", fresh).await;
    world.desk().await;
    world.run().await;
    let told: usize = world
        .desk()
        .await
        .iter()
        .filter(|message| message.get("clients").is_some())
        .count();
    assert_eq!(told, 1, "it is down, and that is news again");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_schedule_that_fires_late_in_its_five_minutes_watches_as_well() {
    let world = World::new().await;
    let clients = world.add_clients(1).await;
    world.clock.pass(Duration::from_secs(299));
    world.announce(false).await.unwrap();
    world.drain().await;
    assert_eq!(world.pages(ONLY).await.len(), 1);
    world.sites.set("site-0", Behaviour::Error);
    world.clock.pass(Duration::from_secs(300));
    world.announce(false).await.unwrap();
    for _ in 0..3 {
        // In the cloud the rechecks come later than the next five minutes begin.
        world.clock.pass(Duration::from_secs(20));
        for message in world.receive().await {
            assert!(world.handle(&message).await);
        }
    }
    assert!(world.record(&clients[0]).await.watch.down.unwrap().told);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_to_the_desk_that_is_lost_is_made_up_for_by_the_next_run() {
    let world = World::new().await;
    world.add_clients(3).await;
    world.sites.set("site-1", Behaviour::Dead);
    world.run().await;
    // Nobody handles it.
    world.desk().await;
    assert_eq!(world.alerts().await.len(), 0);
    world.run().await;
    world.turn_the_desk().await;
    assert_eq!(world.alerts().await.len(), 1);
    // And it is lost that it is well again.
    world.sites.set("site-1", Behaviour::Well);
    world.run().await;
    world.desk().await;
    world.run().await;
    world.turn_the_desk().await;
    assert_eq!(world.alerts().await.len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_is_sent_out_again_has_the_workers_that_it_had() {
    let world = World::new().await;
    world.add_clients(700).await;
    world.clock.pass(Duration::from_secs(300));
    let run = world.announce(false).await.unwrap();
    world.drain().await;
    // More sites than one worker takes, and the event again after the claim has run out.
    world.add_clients_from(700, 400).await;
    world.clock.pass(Duration::from_secs(61));
    assert_eq!(world.announce(false).await, Some(run));
    world.drain().await;
    assert_eq!(world.pages(ONLY).await.len(), 1);
    assert_eq!(world.pages(Shard { number: 0, of: 2 }).await.len(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_operation_that_came_and_went_excuses_a_failure_and_a_changed_note_does_not() {
    let world = World::new().await;
    let clients = world.add_clients(2).await;
    world.run().await;
    world.announce_next().await;
    let messages = world.receive().await;
    for label in ["site-0", "site-1"] {
        world.sites.set(label, Behaviour::Error);
    }
    let text = aws_sdk_dynamodb::types::AttributeValue::S;
    let operation = domain::OperationId::generate(&*world.clock, &runtime::SystemEntropy);
    world
        .set_attribute(&clients[0], "lastOperation", text(operation.to_string()))
        .await;
    let later = world.clock.now().after(Duration::from_secs(1));
    world
        .set_attribute(&clients[1], "updatedAt", text(later.to_string()))
        .await;
    assert!(world.handle(&messages[0]).await);
    let page = world.pages(ONLY).await.pop().unwrap().page;
    let of = |client| {
        page.entries
            .iter()
            .find(|entry| entry.site == SiteKey::of(client))
            .unwrap()
    };
    assert!(of(&clients[0]).excused);
    assert!(matches!(of(&clients[1]).finding, Finding::Critical(_)));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_overlaps_the_one_before_tells_nobody_twice_and_loses_nobody() {
    let world = World::new().await;
    let clients = world.add_clients(5).await;
    world.run().await;
    world.sites.set("site-2", Behaviour::Error);
    // Its workers are held up until the next run is through.
    let slow = world.announce_next().await;
    let held = world.receive().await;
    world.clock.pass(Duration::from_secs(200));
    let by_hand = world.run_all().await;
    world.turn_the_desk().await;
    assert_eq!(world.alerts().await.len(), 1);
    world.sites.set("site-2", Behaviour::Well);
    assert!(world.handle(&held[0]).await);
    world.drain().await;
    world.turn_the_desk().await;
    for run in [slow, by_hand] {
        assert_eq!(world.page(ONLY, run, 0).await.unwrap().entries.len(), 5);
    }
    world.run().await;
    world.turn_the_desk().await;
    assert_eq!(world.alerts().await.len(), 2, "one alert and one recovery");
    assert_eq!(world.record(&clients[2]).await.health_status, HealthStatus::Healthy);
}
