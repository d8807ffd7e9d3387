//! Who may know whom, and that the listing of functions is the template's.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, missing_docs, reason = "tests")]

use std::collections::{BTreeMap, BTreeSet};

use cargo_metadata::{DependencyKind, MetadataCommand};

/// What each room may use of ours.
const ALLOWED: &[(&str, &[&str])] = &[
    ("domain", &[]),
    ("store", &["domain"]),
    ("providers", &["domain"]),
    ("provisioning", &["domain", "providers", "store"]),
    ("monitoring", &["domain", "store"]),
    ("notify", &["domain"]),
    ("runtime", &["domain", "store"]),
    ("access", &["domain", "runtime", "store"]),
    ("authorizer", &["domain", "runtime", "store"]),
    ("channels", &["domain", "runtime", "store"]),
    ("clients", &["domain", "runtime", "store"]),
    ("drift-audit", &["domain", "provisioning", "runtime", "store"]),
    ("health-check", &["domain", "monitoring", "runtime", "store"]),
    ("health-sweep", &["domain", "runtime", "store"]),
    ("incident-desk", &["domain", "runtime", "store"]),
    ("incidents", &["domain", "runtime", "store"]),
    ("insights", &["domain", "runtime", "store"]),
    ("notifier", &["domain", "notify", "runtime", "store"]),
    ("operations", &["domain", "runtime", "store"]),
    ("provisioner", &["domain", "provisioning", "runtime", "store"]),
    ("reconciler", &["domain", "runtime", "store"]),
    ("rollout-runner", &["domain", "runtime", "store"]),
    ("rollouts", &["domain", "runtime", "store"]),
    ("sandbox", &[]),
    (
        "local",
        &[
            "access",
            "authorizer",
            "channels",
            "clients",
            "domain",
            "drift-audit",
            "health-check",
            "health-sweep",
            "incident-desk",
            "incidents",
            "insights",
            "notifier",
            "operations",
            "provisioner",
            "reconciler",
            "rollout-runner",
            "rollouts",
            "runtime",
            "sandbox",
        ],
    ),
    (
        "crash-matrix",
        &[
            "clients",
            "domain",
            "incident-desk",
            "local",
            "notifier",
            "operations",
            "provisioner",
            "runtime",
            "sandbox",
            "store",
        ],
    ),
    (
        "watch",
        &[
            "crash-matrix",
            "domain",
            "health-check",
            "health-sweep",
            "incident-desk",
            "insights",
            "local",
            "notifier",
            "reconciler",
            "runtime",
            "store",
        ],
    ),
    ("tests", &[]),
];

/// What `domain` must never pull in: it does no I/O.
const NO_IO: &[&str] = &[
    "tokio",
    "reqwest",
    "aws-config",
    "aws-sdk-dynamodb",
    "aws-sdk-sqs",
    "axum",
    "hyper",
];

fn edges() -> BTreeMap<String, BTreeSet<String>> {
    let metadata = MetadataCommand::new()
        .manifest_path("../Cargo.toml")
        .no_deps()
        .exec()
        .unwrap();
    let normal = |package: &cargo_metadata::Package| {
        package
            .dependencies
            .iter()
            .filter(|dependency| dependency.kind == DependencyKind::Normal)
            .map(|d| d.name.clone())
            .collect()
    };
    metadata
        .packages
        .iter()
        .map(|package| (package.name.to_string(), normal(package)))
        .collect()
}

#[test]
fn every_room_knows_only_whom_it_may() {
    let edges = edges();
    let ours: BTreeSet<&String> = edges.keys().collect();
    assert_eq!(ours.len(), ALLOWED.len(), "a crate is missing from the table: {ours:?}");
    for (room, allowed) in ALLOWED {
        for known in edges[*room].iter().filter(|known| ours.contains(known)) {
            assert!(allowed.contains(&known.as_str()), "{room} must not know {known}");
        }
    }
    for forbidden in NO_IO {
        assert!(
            !edges["domain"].contains(*forbidden),
            "domain must not know {forbidden}"
        );
    }
    for (room, known) in &edges {
        let named = known.contains("aws-sdk-dynamodb");
        assert!(
            !named || ["store", "runtime", "local", "crash-matrix", "watch"].contains(&room.as_str()),
            "{room} names DynamoDB"
        );
    }
}

#[test]
fn the_functions_are_those_of_the_template() {
    let template = std::fs::read_to_string("../template.yaml").unwrap();
    let built: BTreeSet<&str> = template
        .lines()
        .filter_map(|line| line.trim().strip_prefix("Binary: "))
        .map(str::trim)
        .collect();
    let listed: BTreeSet<String> = std::fs::read_dir("../functions")
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    assert_eq!(built, listed.iter().map(String::as_str).collect());
}
