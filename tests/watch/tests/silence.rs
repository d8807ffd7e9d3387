//! A sweep that does not come any more.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may fail loudly")]

use std::time::Duration;

use watch::World;

async fn reconcile(world: &World) {
    world.call("reconciler", world.event(false)).await.unwrap();
}

fn news(notices: &[String], kind: &str) -> usize {
    notices
        .iter()
        .filter(|id| id.starts_with(&format!("monitor-{kind}")))
        .count()
}

#[tokio::test(flavor = "multi_thread")]
async fn silence_of_ten_minutes_is_told_once_and_so_is_its_end() {
    let world = World::new().await;
    world.add_clients(1).await;
    reconcile(&world).await;
    world.run().await;
    for _ in 0..10 {
        world.clock.pass(Duration::from_secs(60));
        reconcile(&world).await;
    }
    assert_eq!(news(&world.notices().await, "silent"), 0, "two runs may be missed");
    for _ in 0..10 {
        world.clock.pass(Duration::from_secs(60));
        reconcile(&world).await;
    }
    assert_eq!(news(&world.notices().await, "silent"), 1);
    for _ in 0..3 {
        world.run().await;
        reconcile(&world).await;
    }
    let notices = world.notices().await;
    assert_eq!(
        (news(&notices, "silent"), news(&notices, "audible")),
        (1, 1),
        "{notices:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_machine_that_was_asleep_is_not_silent() {
    let world = World::new().await;
    world.add_clients(1).await;
    world.run().await;
    world.clock.pass(Duration::from_secs(8 * 3600));
    reconcile(&world).await;
    world.run().await;
    reconcile(&world).await;
    assert_eq!(world.notices().await, Vec::<String>::new());
}
