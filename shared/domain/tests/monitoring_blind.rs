//! The blind monitor: no uptime lost, one notice, one recovery, and no real outage hidden.
#![allow(clippy::panic, clippy::unwrap_used, missing_docs, reason = "tests")]

use domain::monitoring::{
    Attempts, Critical, Finding, Minute, Sight, SightChange, Warnings, Watch, canary_tries, sight,
};
use proptest::prelude::*;

const fn of(failed: u32, total: u32) -> Attempts {
    Attempts { failed, total }
}

#[test]
fn the_table() {
    use Sight::{Blind, Clear, Doubtful};
    let (well, dead) = (of(0, 1), of(1, 1));
    for (canaries, sites, expected, why) in [
        (vec![well; 3], of(1, 200), Clear, "one site is down"),
        (
            vec![well; 3],
            of(200, 200),
            Clear,
            "all sites are down and the canaries are not",
        ),
        (vec![dead; 3], of(200, 200), Blind, "nothing answers"),
        (vec![dead; 3], of(190, 200), Blind, "hardly anything answers"),
        (
            vec![dead; 3],
            of(0, 200),
            Clear,
            "the canaries are broken: every site answers",
        ),
        (
            vec![dead; 3],
            of(5, 200),
            Clear,
            "the canaries are broken, and a few sites are down",
        ),
        (
            vec![well, well, dead],
            of(100, 200),
            Clear,
            "one canary is broken, half of the sites are down",
        ),
        (vec![well, dead], of(200, 200), Clear, "which one is right?"),
        (
            vec![of(2, 10); 5],
            of(40, 200),
            Doubtful(4),
            "a fifth of everything is lost",
        ),
        (vec![of(1, 10); 5], of(20, 200), Doubtful(3), "a tenth"),
        (vec![of(5, 10); 5], of(100, 200), Doubtful(8), "half"),
        (vec![of(7, 10); 5], of(140, 200), Blind, "more than can be made up for"),
        (
            vec![of(2, 10); 5],
            of(200, 200),
            Doubtful(15),
            "a fifth is lost, and all sites are down",
        ),
        (
            vec![of(0, 10), of(0, 10), of(10, 10)],
            of(40, 200),
            Clear,
            "a fifth of the sites is down, one canary is broken",
        ),
        (vec![of(1, 10), of(0, 10)], of(3, 200), Clear, "bad luck on a good day"),
        (vec![dead], of(1, 1), Blind, "the one site and the one canary"),
        (vec![dead; 2], of(0, 0), Blind, "no site to compare with"),
        (vec![], of(200, 200), Clear, "no canary to ask"),
        (vec![of(0, 0)], of(200, 200), Clear, "no canary was asked"),
    ] {
        assert_eq!(sight(&canaries, sites), expected, "{why}");
    }
}

#[test]
fn canaries_are_asked_again_when_it_matters() {
    assert_eq!(canary_tries(of(0, 200)), 1);
    assert_eq!(canary_tries(of(2, 2)), 1);
    assert_eq!(canary_tries(of(3, 200)), 1);
    assert_eq!(canary_tries(of(4, 200)), 10);
}

#[test]
fn to_the_blind_an_answer_is_an_answer_and_a_failure_is_nothing() {
    let down = Finding::Critical(Critical::Database);
    assert_eq!(Sight::Blind.of(down, 9), Finding::Inconclusive);
    assert_eq!(Sight::Clear.of(down, 1), down);
    assert_eq!(Sight::Doubtful(4).of(down, 3), Finding::Inconclusive);
    assert_eq!(Sight::Doubtful(4).of(down, 4), down);
    for finding in [
        Finding::Healthy,
        Finding::Warning(Warnings::from_bits(1)),
        Finding::Inconclusive,
    ] {
        assert_eq!(Sight::Blind.of(finding, 1), finding);
    }
}

#[test]
fn one_notice_and_one_recovery() {
    let mut watch = Watch::default();
    let told: Vec<_> = [
        (1, 'c'),
        (2, 'b'),
        (3, 'b'),
        (3, 'b'),
        (4, 'c'),
        (5, 'b'),
        (6, 'c'),
        (6, 'c'),
        (7, 'c'),
        (8, 'c'),
    ]
    .into_iter()
    .filter_map(|(run, seen)| {
        let seen = if seen == 'b' { Sight::Blind } else { Sight::Clear };
        watch
            .observe(Minute::from_number(run), seen)
            .map(|change| (run, change))
    })
    .collect();
    let since = Minute::from_number(2);
    assert_eq!(
        told,
        [(2, SightChange::WentBlind(since)), (7, SightChange::SeesAgain(since))]
    );
    let stored = serde_json::to_string(&watch).unwrap();
    assert_eq!(serde_json::from_str::<Watch>(&stored).unwrap(), watch);
}

proptest! {
    #[test]
    fn healthy_canaries_never_hide_an_outage(failed in 0_u32..1000, more in 0_u32..1000, count in 1_usize..8) {
        prop_assert_eq!(sight(&vec![of(0, 10); count], of(failed, failed + more)), Sight::Clear);
    }

    #[test]
    fn a_minority_of_broken_canaries_hides_nothing(broken in 0_usize..4, failed in 1_u32..1000, more in 0_u32..1000) {
        let mut canaries = vec![of(10, 10); broken];
        canaries.extend(vec![of(0, 10); broken + 1]);
        prop_assert_eq!(sight(&canaries, of(failed, failed + more)), Sight::Clear);
    }

    #[test]
    fn whatever_is_seen_each_notice_has_one_recovery(seen in proptest::collection::vec(any::<bool>(), 0..60)) {
        let (mut watch, mut open) = (Watch::default(), None);
        for (run, blind) in seen.into_iter().enumerate() {
            let run = Minute::from_number(u32::try_from(run).unwrap() + 1);
            match watch.observe(run, if blind { Sight::Blind } else { Sight::Clear }) {
                Some(SightChange::WentBlind(since)) => { prop_assert_eq!(open, None); open = Some(since); }
                Some(SightChange::SeesAgain(since)) => { prop_assert_eq!(open, Some(since)); open = None; }
                None => {}
            }
            prop_assert_eq!(watch.blind_since(), open.map(Minute::start));
        }
    }
}
