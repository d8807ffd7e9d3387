//! The provisioner as its own process, killed with SIGKILL before and after its effects.
#![allow(clippy::unwrap_used, missing_docs, reason = "tests")]

use crash_matrix::{Cell, Mode, Scenario, Strike, World, is_full, run};

/// Operations whose effects are struck; together they have more than a hundred, each struck twice.
const OPERATIONS: [Scenario; 5] = [
    Scenario::Provision,
    Scenario::Update,
    Scenario::Redeploy,
    Scenario::Delete,
    Scenario::Retry,
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_process_that_is_killed_anywhere_leaves_a_live_client_or_nothing() {
    let full = is_full();
    let mut world = World::with_a_process().await;
    let mut failures = Vec::new();
    let mut points = 0;
    for scenario in OPERATIONS {
        let label = format!("calm{}", scenario.name());
        let calm = run(&mut world, &label, Cell { scenario, strike: None }).await;
        assert_eq!(
            calm.complaints,
            Vec::<String>::new(),
            "{} without any fault",
            scenario.name()
        );
        let step = if full { 1 } else { 9 };
        for at in (0..calm.effects.len()).step_by(step) {
            for (mode, name) in [(Mode::KilledBefore, "b"), (Mode::KilledAfter, "a")] {
                let cell = Cell {
                    scenario,
                    strike: Some(Strike::At(at, mode)),
                };
                let verdict = run(&mut world, &format!("k{}x{at}{name}", scenario.name()), cell).await;
                points += 1;
                if !verdict.complaints.is_empty() {
                    failures.push(format!(
                        "{} {at} {:?} {mode:?}: {:?}",
                        scenario.name(),
                        verdict.struck,
                        verdict.complaints
                    ));
                }
            }
        }
    }
    let kills = world.kills();
    println!("{points} points, {kills} processes killed, {} failures", failures.len());
    assert!(failures.is_empty(), "{}", failures.join("\n"));
    assert!(kills >= points * 2 / 3, "{kills} kills at {points} points");
    assert!(!full || kills >= 200, "{kills} kills");
}
