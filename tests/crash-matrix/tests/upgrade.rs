//! Records written by an earlier version are read and brought to an end by this one.
//!
//! `fixtures/` holds the records of clients whose operation was cut off, one per operation and state, as DynamoDB held them.
//! They are never written anew: a version that stores something else adds its own (`TENANTRY_WRITE_FIXTURES=0.2.0`).
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    missing_docs,
    reason = "tests"
)]

use std::{collections::BTreeSet, path::PathBuf};

use crash_matrix::{Mode, Scenario, Strike, Subject, World, take_down};
use domain::ClientId;
use serde_json::Value;

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("fixtures")
}

/// Cuts every operation off after each of its writes, and keeps the records of each state in which it can be found.
async fn write(version: &str) {
    for scenario in Scenario::ALL {
        let mut states = BTreeSet::new();
        for at in [0, 3, 6, 10, 14, 20, 27] {
            let mut world = World::new().await;
            let mut subject = scenario.prepare(&mut world, "golden").await;
            world.wire.arm(Some(Strike::At(at, Mode::KilledAfter)));
            let id = scenario.begin(&mut world, &mut subject).await;
            world.deliver_once(&id).await;
            let status = world.operation(&id).await.status.name();
            if states.insert(status) {
                let file = folder().join(format!("{version}-{}-{status}.json", scenario.name()));
                let text = serde_json::to_string_pretty(&world.records().await).unwrap();
                std::fs::write(file, text + "\n").unwrap();
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_an_earlier_version_wrote_is_brought_to_an_end() {
    if let Some(version) = std::env::var_os("TENANTRY_WRITE_FIXTURES") {
        write(version.to_str().unwrap()).await;
    }
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder())
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    files.sort();
    let mut operations = BTreeSet::new();
    for file in &files {
        let records: Value = serde_json::from_str(&std::fs::read_to_string(file).unwrap()).unwrap();
        let client: ClientId = records["CLIENTS_TABLE"][0]["id"].as_str().unwrap().parse().unwrap();
        let mut world = World::new().await;
        world.put_records(&records).await;
        for operation in world.store.operations_of(&client).await.unwrap() {
            operations.insert(operation.kind.name());
        }
        world.settle(|_| false).await;
        for operation in world.store.operations_of(&client).await.unwrap() {
            assert!(operation.status.is_final(), "{}: {operation:#?}", file.display());
        }
        let subject = Subject {
            label: "golden".to_owned(),
            client: Some(client),
        };
        let mut complaints = Vec::new();
        take_down(&mut world, &subject, &mut complaints).await;
        assert_eq!(complaints, Vec::<String>::new(), "{}", file.display());
    }
    assert_eq!(operations.len(), 8, "{operations:?}");
}
