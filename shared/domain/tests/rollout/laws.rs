//! Laws of a rollout, whatever its clients do: every turn of a whole rollout is played, with crashes in between.

use std::{collections::BTreeMap, time::Duration};

use domain::{
    AT_ONCE, End, Instant, OperationId, Rollout, RolloutClient, RolloutClientState as State, RolloutCommand,
    RolloutCounts, RolloutStatus, Seen, Turn,
};
use proptest::{prelude::*, sample::select};
use serde_json::json;

use crate::{NOW, clients, operation_id, order_over};

/// What a client does.
#[derive(Debug, Clone, Copy)]
enum Fate {
    Good,
    Ill,
    NotBuilt,
    Unfit,
    /// Busy for so many turns, then good.
    Busy(usize),
}

#[derive(Debug, Clone)]
struct Play {
    fates: Vec<Fate>,
    /// Whether putting a client back works.
    puts_back: Vec<bool>,
    /// How many turns an operation takes.
    takes: usize,
    sizes: Vec<usize>,
    max_failures: u32,
    /// At which turn somebody asks for what.
    asks: Vec<(usize, RolloutCommand)>,
    /// Turns after whose checkpoint the worker dies.
    crashes: Vec<usize>,
}

fn plays() -> impl Strategy<Value = Play> {
    let fate = prop_oneof![
        8 => Just(Fate::Good),
        1 => Just(Fate::Ill),
        1 => Just(Fate::NotBuilt),
        1 => Just(Fate::Unfit),
        1 => (1_usize..400).prop_map(Fate::Busy),
    ];
    let ask = (0_usize..60, select(RolloutCommand::ALL.to_vec()));
    (1_usize..60).prop_flat_map(move |count| {
        (
            prop::collection::vec(fate.clone(), count),
            prop::collection::vec(prop::bool::weighted(0.9), count),
            0_usize..4,
            prop::collection::vec(1_usize..30, 1..4),
            0_u32..4,
            prop::collection::vec(ask.clone(), 0..3),
            prop::collection::vec(0_usize..60, 0..4),
        )
            .prop_map(|(fates, puts_back, takes, sizes, max_failures, asks, crashes)| Play {
                fates,
                puts_back,
                takes,
                sizes,
                max_failures,
                asks,
                crashes,
            })
    })
}

struct Stage {
    play: Play,
    rollout: Rollout,
    rows: Vec<RolloutClient>,
    /// The turn in which an operation was begun.
    operations: BTreeMap<OperationId, usize>,
    turn: usize,
    now: Instant,
    named: usize,
}

impl Stage {
    fn new(play: Play) -> Self {
        let body = json!({"ref": "main", "batch": play.sizes, "maxFailures": play.max_failures});
        let (rollout, rows) = order_over(body, &clients(play.fates.len())).unwrap();
        Self {
            play,
            rollout,
            rows,
            operations: BTreeMap::new(),
            turn: 0,
            now: NOW,
            named: 0,
        }
    }

    fn number(row: &RolloutClient) -> usize {
        row.domain
            .as_str()
            .trim_start_matches("site-")
            .parse::<usize>()
            .unwrap()
            - 1
    }

    fn see(&self, row: &RolloutClient) -> Seen {
        let number = Self::number(row);
        let fate = self.play.fates[number];
        let Some(begun) = row.operation().and_then(|id| self.operations.get(id)) else {
            return match fate {
                _ if row.state == State::RollingBack => Seen::Free,
                Fate::Unfit => Seen::Unfit("The client is suspended.".to_owned()),
                Fate::Busy(turns) if self.turn < turns => Seen::Busy("its update operation".to_owned()),
                _ => Seen::Free,
            };
        };
        let failed = |live| End::Failed {
            live,
            error: "It broke.".to_owned(),
        };
        let end = match (row.state, fate) {
            (State::RollingBack, _) if self.play.puts_back[number] => End::Succeeded,
            (State::RollingBack, _) | (_, Fate::Ill) => failed(true),
            (_, Fate::NotBuilt) => failed(false),
            _ => End::Succeeded,
        };
        let over = self.turn - begun > self.play.takes;
        let resolves = !matches!(fate, Fate::NotBuilt);
        Seen::Operation {
            commit: (resolves && self.turn > *begun).then(|| "c0ffee".to_owned()),
            end: over.then_some(end),
        }
    }

    /// One turn, as the worker takes it.
    fn go_on(&mut self) -> Turn {
        for (turn, command) in self.play.asks.clone() {
            if turn == self.turn {
                // Refused or not: it must not do any harm.
                let _ = self.rollout.obey(command, "key:x", self.now);
            }
        }
        let mut batch: Vec<(RolloutClient, Seen)> = self.batch().into_iter().map(|row| (row, Seen::Unseen)).collect();
        let rows: Vec<RolloutClient> = batch.iter().map(|(row, _)| row.clone()).collect();
        for place in self.rollout.to_look_at(&rows) {
            batch[place].1 = self.see(&batch[place].0);
        }
        let named = &mut self.named;
        let turn = self.rollout.turn(batch, self.now, &mut || {
            *named += 1;
            operation_id(*named)
        });
        for row in &turn.changed {
            let place = self
                .rows
                .iter()
                .position(|other| other.client_id == row.client_id)
                .unwrap();
            self.rows[place] = row.clone();
        }
        self.rollout = turn.rollout.clone();
        if !self.play.crashes.contains(&self.turn) {
            for row in &turn.begin {
                let twice = self.operations.insert(row.operation().unwrap().clone(), self.turn);
                assert!(twice.is_none(), "an operation is begun twice");
            }
        }
        self.now = self.now.after(turn.again.unwrap_or(Duration::from_secs(60)));
        self.turn += 1;
        turn
    }

    fn batch(&self) -> Vec<RolloutClient> {
        let batch = self.rollout.batch;
        self.rows.iter().filter(|row| row.batch == batch).cloned().collect()
    }

    fn moving(&self) -> usize {
        self.rows.iter().filter(|row| row.operation().is_some()).count()
    }
}

/// Its part is over, for better or worse.
const fn is_through(row: &RolloutClient) -> bool {
    !matches!(row.state, State::Pending | State::Deploying | State::RollingBack) && !keeps_an_ill_version(row)
}

const fn keeps_an_ill_version(row: &RolloutClient) -> bool {
    matches!(row.state, State::Failed) && row.live
}

/// What holds after every turn.
fn holds(stage: &Stage, before: &[RolloutClient], turn: &Turn, failures_before: u32) {
    let rollout = &stage.rollout;
    assert_eq!(rollout.counts, RolloutCounts::of(&stage.rows));
    assert!(turn.changed.len() + 1 < 100, "a checkpoint is one transaction");
    assert!(stage.moving() <= AT_ONCE);
    let began = turn.begin.iter().filter(|row| {
        row.state == State::Deploying
            && before
                .iter()
                .any(|old| old.client_id == row.client_id && old.state == State::Pending)
    });
    for row in began {
        let earlier = stage.rows.iter().filter(|other| other.batch < row.batch);
        assert!(
            earlier.into_iter().all(is_through),
            "a batch began before the one before was through"
        );
        assert!(
            rollout.counts.failures <= rollout.max_failures,
            "a redeploy began after too many had failed"
        );
        assert!(rollout.status == RolloutStatus::Running && rollout.cancelled_by.is_none());
    }
    if rollout.commit.is_none() {
        assert!(rollout.counts.deploying <= 1, "two find out which commit is meant");
    }
    if failures_before > rollout.max_failures {
        let more = rollout.counts.failures - failures_before;
        let running = RolloutCounts::of(before).deploying;
        assert!(more <= running, "more failed than were in flight");
    }
}

/// What holds in the end.
fn held(stage: &Stage) {
    let rollout = &stage.rollout;
    assert_eq!(stage.moving(), 0);
    assert!(!stage.rows.iter().any(keeps_an_ill_version), "a site was left ill");
    let halted = rollout.counts.failures > rollout.max_failures;
    match rollout.status {
        RolloutStatus::Succeeded => assert!(!halted && stage.rows.iter().all(is_through)),
        RolloutStatus::Halted => {
            assert!(halted && rollout.error.is_some());
            for row in &stage.rows {
                assert!(
                    row.batch <= rollout.batch || row.state == State::Pending,
                    "a later batch was touched"
                );
                let back = matches!(row.state, State::RolledBack | State::RollbackFailed);
                assert!(
                    row.batch < rollout.batch || !row.live || back,
                    "a client kept the new version: {row:?}"
                );
            }
        }
        RolloutStatus::Cancelled => assert!(rollout.cancelled_by.is_some()),
        other => panic!("{other:?} is no end"),
    }
}

proptest! {
    #[test]
    fn a_rollout_always_ends_as_it_should(play in plays()) {
        let mut stage = Stage::new(play);
        while !stage.rollout.status.is_final() {
            assert!(stage.turn < 3000, "it does not end: {:?}", stage.rollout);
            let (before, failures) = (stage.rows.clone(), stage.rollout.counts.failures);
            let turn = stage.go_on();
            holds(&stage, &before, &turn, failures);
            if turn.again.is_none() && !stage.rollout.status.is_final() {
                // Nothing happens any more until somebody has it go on.
                assert_eq!(stage.rollout.status, RolloutStatus::Paused);
                stage.rollout.obey(RolloutCommand::Resume, "key:x", stage.now).unwrap();
            }
        }
        held(&stage);
    }
}
