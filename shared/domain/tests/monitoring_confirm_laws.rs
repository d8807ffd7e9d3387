//! When a finding counts: sites that flap, and laws for any course.
#![allow(clippy::panic, clippy::unwrap_used, missing_docs, reason = "tests")]

use std::time::Duration;

use domain::{
    Instant,
    monitoring::{Change, Check, CheckKind, Confirmation, Critical, Finding, Rules, Warning, Warnings},
};
use proptest::prelude::*;

fn after(seconds: u64) -> Instant {
    Instant::from_milliseconds(1_764_000_000_000).after(Duration::from_secs(seconds))
}

/// g(ood), b(ad), s(low), i(nconclusive).
fn finding(letter: char) -> Finding {
    match letter {
        'g' => Finding::Healthy,
        'b' => Finding::Critical(Critical::FrontPage(503)),
        's' => Finding::Warning(Warnings::NONE.with(Warning::Slow)),
        'i' => Finding::Inconclusive,
        _ => panic!("{letter}"),
    }
}

/// Up and down in turns of so many seconds, watched for a day.
fn flapping(bad: u64, good: u64) -> usize {
    let (rules, mut state, mut told) = (Rules::default(), Confirmation::default(), 0);
    for scheduled in (0..86_400).step_by(300) {
        let (mut at, mut kind) = (scheduled, CheckKind::Scheduled);
        loop {
            let letter = if at % (bad + good) < good { 'g' } else { 'b' };
            let check = Check {
                at: after(at),
                kind,
                finding: finding(letter),
            };
            let consequences = state.observe(&rules, check);
            told += consequences
                .changes
                .iter()
                .filter(|change| matches!(change, Change::Alert(..)))
                .count();
            match consequences.recheck {
                Some((next, wait)) => (at, kind) = (at + wait.as_secs(), next),
                None => break,
            }
        }
    }
    told
}

#[test]
fn a_site_that_flaps_calls_nobody_or_a_few_times_a_day() {
    for (bad, good) in [(7, 13), (20, 20), (10, 120), (14, 30)] {
        assert_eq!(flapping(bad, good), 0, "{bad} s down, {good} s up");
    }
    for (bad, good) in [
        (120, 180),
        (300, 300),
        (420, 600),
        (900, 900),
        (1800, 1800),
        (400, 3600),
    ] {
        let told = flapping(bad, good);
        assert!(told <= 8, "{bad} s down, {good} s up: {told} calls");
    }
}

proptest! {
    #[test]
    fn whatever_happens_each_alert_has_one_end_and_nothing_is_told_that_is_not_certain(
        letters in proptest::collection::vec(proptest::sample::select(vec!['g', 'g', 'b', 'b', 's', 'i']), 0..120),
        gaps in proptest::collection::vec(0_u64..2000, 120),
        down in 1_u8..5, of in 1_u8..8, up in 1_u8..4, told_at in 1_u8..6,
    ) {
        let rules = Rules { down, of, up, told_at, ..Rules::default() };
        let (mut state, mut at, mut kind) = (Confirmation::default(), 0, CheckKind::Scheduled);
        let (mut certain, mut told, mut open, mut is_down) = (0, 0, false, false);
        let mut changes = Vec::new();
        for (letter, gap) in letters.iter().zip(gaps) {
            let check = Check { at: after(at), kind, finding: finding(*letter) };
            let consequences = state.observe(&rules, check);
            prop_assert!(consequences.recheck.is_none_or(|(_, wait)| wait <= Duration::from_secs(60)));
            changes.extend(consequences.changes);
            (at, kind) = match consequences.recheck {
                Some((kind, wait)) => (at + wait.as_secs(), kind),
                None => (at + 1 + gap, CheckKind::Scheduled),
            };
        }
        changes.extend(state.withdraw());
        for change in changes {
            match change {
                Change::Down(_) => { prop_assert!(!is_down); is_down = true; certain += 1; }
                Change::Alert(_, since) => { prop_assert!(is_down && !open && since <= after(at)); open = true; told += 1; }
                Change::Up(_) => { prop_assert!(is_down); is_down = false; certain += 1; }
                Change::Resolve => { prop_assert!(open && !is_down); open = false; told += 1; }
                Change::Warned(_) | Change::Cleared(_) => { certain += 1; told += 1; }
                Change::Unknown | Change::Known => {}
            }
            prop_assert!(told <= certain);
        }
        prop_assert!(!open && !is_down);
        prop_assert_eq!(state, Confirmation::default());
    }
}
