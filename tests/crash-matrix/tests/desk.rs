//! Every effect of the incident desk, met by every fault: what is told is told once, and nothing is lost.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    missing_docs,
    reason = "tests"
)]

use std::time::Duration;

use crash_matrix::{Mode, Site, Strike, World};
use domain::{
    NoticeState,
    monitoring::incident::{IncidentStatus, IncidentSummary},
};
use serde_json::{Value, json};

/// So many sites fail together.
const SITES: usize = 3;

fn message(sites: &[Site]) -> Value {
    let clients: Vec<_> = sites.iter().map(|site| &site.client).collect();
    json!({"v": 1, "clients": clients})
}

/// Delivers a message while a fault strikes, then as often as a queue and a sweep would. Says whether the fault has struck.
async fn deliver(world: &mut World, message: &Value, strike: Strike) -> bool {
    world.wire.arm(Some(strike));
    let _ = world.deliver("incident-desk", message).await;
    let (_, struck, _) = world.wire.disarm();
    for again in [message, &json!({"v": 1})] {
        world.deliver("incident-desk", again).await;
    }
    struck.is_some()
}

/// Three sites go down and come back, and every turn is struck at this place. Gives whether there is such a place.
async fn cell(world: &mut World, name: &str, place: usize, mode: Mode) -> bool {
    let told = format!("{name} {mode:?}");
    let mut sites = Vec::new();
    for number in 0..SITES {
        let site = world.site(&format!("{name}-{number}")).await;
        world.is_down(&site, true).await;
        sites.push(site);
    }
    let store = world.desk_store();
    let struck = deliver(world, &message(&sites), Strike::At(place, mode)).await;
    let (desk, _) = store.desk().await.unwrap();
    assert!(desk.is_quiet(), "{told}: something is still to be written");
    assert_eq!(desk.desk.open.len(), 1, "{told}");
    let open = desk.desk.open[0].clone();
    assert_eq!(open.members.len(), SITES, "{told}");
    assert_eq!(
        world.alerts_of(&open.id).await,
        [format!("alert-{}-1", open.id)],
        "{told}"
    );
    assert_eq!(store.incident(&open.id).await.unwrap().unwrap().0, open, "{told}");

    for site in &sites {
        world.is_down(site, false).await;
    }
    let also = deliver(world, &message(&sites), Strike::At(place, mode)).await;
    let (desk, _) = store.desk().await.unwrap();
    assert!(desk.is_quiet() && desk.desk.open.is_empty(), "{told}");
    let alerts = [1, 2].map(|number| format!("alert-{}-{number}", open.id));
    assert_eq!(
        world.alerts_of(&open.id).await,
        alerts,
        "{told}: a trigger and a resolve"
    );
    let (over, _) = store.incident(&open.id).await.unwrap().unwrap();
    assert_eq!(over.status, IncidentStatus::Resolved, "{told}");
    let summaries = store.incidents().await.unwrap();
    assert!(
        summaries.contains(&IncidentSummary::of(&over)),
        "{told}: the list knows it"
    );
    // Whoever tells too often in an hour is not heard.
    world.time.pass(Duration::from_secs(3700));
    struck || also
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn wherever_the_desk_dies_it_tells_once_and_loses_nothing() {
    let mut world = World::new().await;
    let mut cells = 0;
    for (number, mode) in Mode::ALL.into_iter().enumerate() {
        let mut place = 0;
        while cell(&mut world, &format!("mode{number}-{place}"), place, mode).await {
            (place, cells) = (place + 1, cells + 1);
        }
        assert_eq!(place, 5, "{mode:?}: desk, outbox, queue, incident, desk");
    }
    println!("{cells} cells");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_delivered_before_the_desk_died_stays_delivered() {
    let mut world = World::new().await;
    let sites = [world.site("acme").await];
    world.is_down(&sites[0], true).await;
    // The message is out, and the desk dies before it notes that.
    world.wire.arm(Some(Strike::At(3, Mode::KilledBefore)));
    world.deliver("incident-desk", &message(&sites)).await;
    world.wire.disarm();
    let store = world.desk_store();
    let (desk, _) = store.desk().await.unwrap();
    let id = format!("alert-{}", desk.outgoing[0].id);
    let mut notice = store.notice(&id).await.unwrap().unwrap();
    notice.state = NoticeState::Delivered;
    store.save_notice(&notice, 0).await.unwrap();
    world.deliver("incident-desk", &json!({"v": 1})).await;
    assert!(store.desk().await.unwrap().0.is_quiet());
    assert_eq!(store.notice(&id).await.unwrap(), Some(notice));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_desks_at_once_tell_once() {
    let world = World::new().await;
    for round in 0..10 {
        let mut sites = Vec::new();
        for number in 0..SITES {
            let site = world.site(&format!("round{round}-{number}")).await;
            world.is_down(&site, true).await;
            sites.push(site);
        }
        world.deliver_to_two("incident-desk", &message(&sites)).await;
        world.deliver_to_two("incident-desk", &json!({"v": 1})).await;
        let (desk, _) = world.desk_store().desk().await.unwrap();
        assert_eq!((desk.desk.open.len(), desk.is_quiet()), (1, true));
        let id = desk.desk.open[0].id.clone();
        assert_eq!(world.alerts_of(&id).await.len(), 1);
        for site in &sites {
            world.is_down(site, false).await;
        }
        world.deliver_to_two("incident-desk", &message(&sites)).await;
        world.deliver_to_two("incident-desk", &json!({"v": 1})).await;
        assert_eq!(world.alerts_of(&id).await.len(), 2);
        world.time.pass(Duration::from_secs(3700));
    }
}

/// The record is as large as a storm makes it, and what is read back is what was written.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_desk_with_20000_sites_fits() {
    use domain::{
        ClientId, Clock,
        monitoring::incident::{DeskRecord, DeskRules, Observed, Population},
    };
    use runtime::SystemEntropy;

    let world = World::new().await;
    let (store, rules) = (
        world.desk_store(),
        DeskRules {
            gather: Duration::ZERO,
            ..DeskRules::default()
        },
    );
    let mut read = None;
    for count in [5000, 20_000] {
        let now = world.time.now();
        let seen = (0..count).map(|_| {
            let id = ClientId::generate(&*world.time, &SystemEntropy);
            let record = json!({"id": id, "status": "active", "activatedAt": now, "template": "blog",
                "databaseProvider": "railway", "watch": {"troubles": {"down": now}}});
            (id, Some(serde_json::from_value::<Observed>(record).unwrap()))
        });
        let empty = DeskRecord::default();
        let mut record = empty.reconciled(&rules, &seen.collect(), now);
        record.settle(&empty, &rules, &Population::default(), now);
        let revision = store.save_desk(&record, read, None).await.unwrap().unwrap();
        assert_eq!(store.desk().await.unwrap(), (record.clone(), Some(revision)));
        assert_eq!(
            store.save_desk(&record, Some(revision - 1), None).await.unwrap(),
            Some(revision),
            "it is ours"
        );
        assert_eq!(
            store.save_desk(&empty, Some(revision - 1), None).await.unwrap(),
            None,
            "somebody was faster"
        );
        let incident = &record.desk.open[0];
        store.put_incident(incident, revision).await.unwrap();
        // What is older does not take the place of what is newer.
        store
            .put_incident(&without_members(incident), revision - 1)
            .await
            .unwrap();
        let (kept, at) = store.incident(&incident.id).await.unwrap().unwrap();
        assert_eq!((kept.members.len(), at), (count, revision));
        read = Some(revision);
    }
    // A smaller one after a larger one: what is left over of it is not read.
    let revision = store.save_desk(&DeskRecord::default(), read, None).await.unwrap();
    assert_eq!(store.desk().await.unwrap(), (DeskRecord::default(), revision));
}

fn without_members(incident: &domain::monitoring::incident::Incident) -> domain::monitoring::incident::Incident {
    domain::monitoring::incident::Incident {
        members: std::collections::BTreeMap::new(),
        ..incident.clone()
    }
}
