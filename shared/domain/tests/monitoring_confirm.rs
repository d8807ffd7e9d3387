//! When a finding counts: the table of known courses.
#![allow(clippy::panic, clippy::unwrap_used, missing_docs, reason = "tests")]

use std::time::Duration;

use domain::{
    HealthStatus, Instant,
    monitoring::{Change, Check, CheckKind, Confirmation, Critical, Finding, Interval, Rules, Warning, Warnings},
};

const START: Instant = Instant::from_milliseconds(1_764_000_000_000);
const BROKEN: Critical = Critical::FrontPage(503);
const SLOW: Finding = Finding::Warning(Warnings::NONE.with(Warning::Slow));

fn after(seconds: u64) -> Instant {
    START.after(Duration::from_secs(seconds))
}

/// g(ood), b(ad), s(low), i(nconclusive).
fn finding(letter: char) -> Finding {
    match letter {
        'g' => Finding::Healthy,
        'b' => Finding::Critical(BROKEN),
        's' => SLOW,
        'i' => Finding::Inconclusive,
        _ => panic!("{letter}"),
    }
}

/// One scheduled check every five minutes, each with the rechecks that it asks for; one letter per check that is made. Gives what
/// became certain and at which second.
fn course(rules: &Rules, letters: &str) -> (Confirmation, Vec<(u64, Change)>) {
    let (mut state, mut told) = (Confirmation::default(), Vec::new());
    let (mut at, mut next, mut kind) = (0, 300, CheckKind::Scheduled);
    for letter in letters.chars().filter(|letter| *letter != ' ') {
        let check = Check {
            at: after(at),
            kind,
            finding: finding(letter),
        };
        let consequences = state.observe(rules, check);
        told.extend(consequences.changes.into_iter().map(|change| (at, change)));
        (at, kind) = match consequences.recheck {
            Some((kind, wait)) => (at + wait.as_secs(), kind),
            None => {
                next += 300;
                (next - 300, CheckKind::Scheduled)
            }
        };
    }
    (state, told)
}

fn alerts(changes: &[(u64, Change)]) -> usize {
    changes
        .iter()
        .filter(|(_, change)| matches!(change, Change::Alert(..)))
        .count()
}

#[test]
fn the_table_of_known_courses() {
    use Change::{Alert, Down, Resolve, Up};
    let rules = Rules::default();
    let down = |second| (second, Down(BROKEN));
    let alert = |second, since| (second, Alert(BROKEN, after(since)));
    for (letters, expected) in [
        ("ggg", vec![]),
        ("g bgg ggg", vec![]),
        // A real outage: down after 15 s, told after 60 s; up after two good checks, 15 s apart.
        (
            "g bbb b gg",
            vec![down(315), alert(360, 300), (915, Up(after(300))), (915, Resolve)],
        ),
        // The second recheck decides; nobody is told until the next checks are bad too.
        ("g bgb", vec![down(360)]),
        ("g bgb bb", vec![down(360), alert(615, 300)]),
        ("g bbg gg", vec![down(315), (600, Up(after(300)))]),
        // Down from the first moment on.
        ("bbb", vec![down(15), alert(60, 0)]),
        // A good check between bad ones does not end it, and is no second alert.
        ("g bbb gbb b b", vec![down(315), alert(360, 300)]),
        // What cannot be judged changes nothing.
        ("g i b ii", vec![]),
        ("g bib", vec![down(360)]),
    ] {
        assert_eq!(course(&rules, letters).1, expected, "{letters}");
    }
}

#[test]
fn rechecks_come_after_15_and_60_seconds_and_at_once_on_the_local_stack() {
    let seconds = |rules: &Rules| {
        let mut state = Confirmation::default();
        let mut observe = |kind| {
            let at = after(1).after(state.seen_at().map_or(Duration::ZERO, |seen| seen.since(START)));
            let check = Check {
                at,
                kind,
                finding: finding('b'),
            };
            state.observe(rules, check).recheck.map(|(_, wait)| wait.as_secs())
        };
        [
            observe(CheckKind::Scheduled),
            observe(CheckKind::Recheck(1)),
            observe(CheckKind::Recheck(2)),
        ]
    };
    assert_eq!(seconds(&Rules::default()), [Some(15), Some(45), None]);
    let local = Rules {
        recheck_after: [Duration::ZERO; 2],
        ..Rules::default()
    };
    assert_eq!(seconds(&local), [Some(0), Some(0), None]);
}

#[test]
fn n_of_m_is_a_parameter() {
    let rules = |down, of, told_at| Rules {
        down,
        of,
        told_at,
        ..Rules::default()
    };
    assert_eq!(alerts(&course(&rules(1, 1, 1), "g b").1), 1);
    assert_eq!(alerts(&course(&rules(2, 2, 2), "g bb").1), 1);
    assert_eq!(alerts(&course(&rules(3, 5, 3), "g bbb").1), 1);
    assert_eq!(alerts(&course(&rules(5, 5, 5), "g bbb").1), 0);
    assert_eq!(alerts(&course(&rules(5, 5, 5), "g bbb bb").1), 1);
    // Nonsense is read as the nearest sense.
    assert_eq!(alerts(&course(&rules(0, 0, 0), "g b").1), 1);
    assert_eq!(alerts(&course(&rules(200, 9, 200), "g bbb bbb bbb").1), 1);
}

#[test]
fn a_site_that_is_not_seen_for_three_intervals_is_unknown_until_it_is_seen() {
    let (rules, interval) = (Rules::default(), Interval::DEFAULT);
    let (state, told) = course(&rules, "giiii");
    assert_eq!(told, [(900, Change::Unknown)]);
    assert_eq!(state.status(interval, after(1200)), HealthStatus::Unknown);
    assert_eq!(
        course(&rules, "giiiig").1,
        [(900, Change::Unknown), (1500, Change::Known)]
    );
    // When no check is made at all, the reader sees it by the time.
    let (state, _) = course(&rules, "g");
    assert_eq!(state.status(interval, after(899)), HealthStatus::Healthy);
    assert_eq!(state.status(interval, after(900)), HealthStatus::Unknown);
    // An outage that is open stays open meanwhile, and gets its one end.
    let told = course(&rules, "gbbb iiiii gg").1;
    let ends: Vec<_> = told.iter().filter(|(_, change)| *change == Change::Resolve).collect();
    assert_eq!((alerts(&told), ends.len()), (1, 1));
}

#[test]
fn a_warning_is_told_once_and_ended_once() {
    let slow = Warnings::NONE.with(Warning::Slow);
    let (state, told) = course(&Rules::default(), "g sss s s s");
    assert_eq!(told, [(360, Change::Warned(slow))]);
    assert_eq!(state.status(Interval::DEFAULT, after(1800)), HealthStatus::Warning);
    let told = course(&Rules::default(), "g sss s ggg g").1;
    assert_eq!(told, [(360, Change::Warned(slow)), (960, Change::Cleared(slow))]);
    assert_eq!(course(&Rules::default(), "g sgs gsg sgs gsg").1, []);
}

#[test]
fn what_comes_twice_or_late_changes_nothing() {
    let rules = Rules::default();
    let mut state = course(&rules, "g bb").0;
    let before = state;
    for (second, kind) in [
        (315, CheckKind::Recheck(1)),
        (400, CheckKind::Recheck(1)),
        (310, CheckKind::Recheck(2)),
        (400, CheckKind::Recheck(0)),
        (400, CheckKind::Recheck(3)),
        (315, CheckKind::Scheduled),
        (300, CheckKind::Scheduled),
        (0, CheckKind::Scheduled),
    ] {
        let check = Check {
            at: after(second),
            kind,
            finding: finding('b'),
        };
        assert_eq!(
            state.observe(&rules, check),
            domain::monitoring::Consequences::default()
        );
        assert_eq!(state, before, "{second} {kind:?}");
    }
    // On the local stack a recheck may fall into the same millisecond.
    let check = Check {
        at: after(315),
        kind: CheckKind::Recheck(2),
        finding: finding('b'),
    };
    assert_eq!(
        state.observe(&rules, check).changes,
        [Change::Alert(BROKEN, after(300))]
    );
}

#[test]
fn a_clock_that_was_a_day_ahead_does_not_stop_the_watch() {
    let rules = Rules::default();
    let mut state = Confirmation::default();
    let mut check = |second: u64, letter| {
        let check = Check {
            at: after(second),
            kind: CheckKind::Scheduled,
            finding: finding(letter),
        };
        state.observe(&rules, check).changes
    };
    check(0, 'g');
    check(86_400, 'g');
    let changes: Vec<_> = (1..6).flat_map(|n| check(n * 300, 'b')).collect();
    assert!(changes.contains(&Change::Down(BROKEN)), "{changes:?}");
}

#[test]
fn old_evidence_is_not_put_together_with_new() {
    let rules = Rules::default();
    let mut state = course(&rules, "g b").0;
    let check = Check {
        at: after(3 * 3600),
        kind: CheckKind::Scheduled,
        finding: finding('b'),
    };
    assert_eq!(
        state.observe(&rules, check).changes,
        [],
        "one bad check before the gap and one after it"
    );
}
