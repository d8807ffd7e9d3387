//! Every effect of every operation, met by every fault.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, missing_docs, reason = "tests")]

use crash_matrix::{Cell, Mode, Scenario, Strike, Table, World, is_full, is_outside, run};

/// How many worlds work at once for one operation.
const WORLDS: usize = 3;

/// Strikes the effects of an operation: all of them with every mode with `TENANTRY_FULL`, else each once, every mode in turn.
async fn matrix(scenario: Scenario) {
    let full = is_full();
    let mut first = World::new().await;
    let calm = run(&mut first, "calm", Cell { scenario, strike: None }).await;
    assert_eq!(calm.complaints, Vec::<String>::new(), "without any fault");
    let effects = calm.effects.len();
    assert!(effects >= 4, "{:?}", calm.effects);
    let strikes: Vec<(usize, Mode)> = (0..effects)
        .flat_map(|at| {
            Mode::ALL
                .into_iter()
                .enumerate()
                .map(move |(turn, mode)| (at, turn, mode))
        })
        .filter(|(at, turn, mode)| {
            // A refusal outside is what ends operations: each of them is always there.
            let refusal = *mode == Mode::Refused && is_outside(&calm.effects[*at]);
            full || refusal || at % Mode::ALL.len() == *turn
        })
        .map(|(at, _, mode)| (at, mode))
        .collect();
    let mut tasks = Vec::new();
    for worker in 0..WORLDS {
        let mine: Vec<(usize, Mode)> = strikes.iter().copied().skip(worker).step_by(WORLDS).collect();
        tasks.push(tokio::spawn(async move {
            let mut world = World::new().await;
            let mut seen = Vec::new();
            for (at, mode) in mine {
                let label = format!(
                    "c{worker}x{at}x{}",
                    Mode::ALL.iter().position(|it| *it == mode).unwrap()
                );
                let cell = Cell {
                    scenario,
                    strike: Some(Strike::At(at, mode)),
                };
                seen.push((at, mode, run(&mut world, &label, cell).await));
            }
            seen
        }));
    }
    let mut table = Table::default();
    let mut failures = Vec::new();
    for task in tasks {
        for (at, mode, verdict) in task.await.unwrap() {
            let failed = !verdict.complaints.is_empty();
            table.add(scenario.name(), effects, mode, failed);
            if failed {
                failures.push(format!(
                    "effect {at} {:?} {mode:?}: {:?}",
                    verdict.struck, verdict.complaints
                ));
            }
        }
    }
    println!("{table}");
    assert!(failures.is_empty(), "{}\n{}", failures.len(), failures.join("\n"));
}

macro_rules! matrices {
    ($($name:ident: $scenario:ident;)*) => {$(
        #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
        async fn $name() {
            matrix(Scenario::$scenario).await;
        }
    )*}
}

matrices! {
    provision: Provision;
    update: Update;
    redeploy: Redeploy;
    rollback: Rollback;
    suspend: Suspend;
    activate: Activate;
    restore: Restore;
    delete: Delete;
    cancel: Cancel;
    retry: Retry;
}
