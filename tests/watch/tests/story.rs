//! From sites that fail to what people are told: sweep, check and desk together.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may fail loudly")]

use domain::monitoring::incident::{Cause, MessageKind};
use watch::{Behaviour, World};

/// What the outbox tells of incidents, in its order.
async fn told(world: &World) -> Vec<domain::monitoring::incident::Message> {
    let ids = world.alerts().await;
    let mut messages = Vec::new();
    for id in ids {
        messages.extend(world.store.notice(&id).await.unwrap().unwrap().message);
    }
    messages
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hundred_and_twenty_eight_sites_that_fail_together_are_one_page_and_one_recovery() {
    let world = World::new().await;
    world.add_clients(200).await;
    world.run().await;
    world.turn_the_desk().await;
    for number in 0..128 {
        world.sites.set(&format!("site-{number}"), Behaviour::Error);
    }
    for _ in 0..3 {
        world.run().await;
        world.turn_the_desk().await;
    }
    let pages = told(&world).await;
    assert_eq!(pages.len(), 1, "{pages:?}");
    assert_eq!(
        (pages[0].kind, pages[0].site_count, pages[0].sites.len()),
        (MessageKind::Trigger, 128, 128)
    );
    assert_eq!(pages[0].cause, Cause::Provider("vercel + railway".to_owned()));

    for number in 0..128 {
        world.sites.set(&format!("site-{number}"), Behaviour::Well);
    }
    for _ in 0..3 {
        world.run().await;
        world.turn_the_desk().await;
    }
    let pages = told(&world).await;
    assert_eq!(
        pages.iter().map(|page| page.kind).collect::<Vec<_>>(),
        [MessageKind::Trigger, MessageKind::Resolve]
    );
    assert_eq!(pages[1].site_count, 128);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_site_that_flaps_calls_nobody() {
    let world = World::new().await;
    world.add_clients(3).await;
    world.run().await;
    for run in 0..40 {
        let behaviour = if run % 2 == 0 {
            Behaviour::Error
        } else {
            Behaviour::Well
        };
        // It fails when it is first looked at, and is well when it is looked at again.
        world.sites.set("site-1", behaviour);
        world.announce_next().await;
        for message in world.receive().await {
            assert!(world.handle(&message).await);
        }
        world.sites.set("site-1", Behaviour::Well);
        world.drain().await;
        world.turn_the_desk().await;
    }
    assert_eq!(told(&world).await, Vec::new());
}
