//! Laws that hold for any world.

use std::{collections::BTreeSet, time::Duration};

use domain::{Booked, Finding, ResourceKind, ResourceState, Sighted, Verdict};
use proptest::{collection::vec, prelude::*, sample::select};

use super::{Case, DAY, NOON, booked, client, sighted};

/// Few clients, names and ids, so that things meet.
const CLIENTS: u8 = 4;

fn kind() -> impl Strategy<Value = ResourceKind> {
    select(&[ResourceKind::Project, ResourceKind::Database, ResourceKind::Domain])
}

fn entry() -> impl Strategy<Value = Booked> {
    let state = select(&[
        ResourceState::Intent,
        ResourceState::Created,
        ResourceState::Deleting,
        ResourceState::Gone,
    ]);
    let hours = -30_i64..30;
    (0..CLIENTS, kind(), state, 0_u8..6, hours.clone(), hours, any::<bool>()).prop_map(
        |(number, kind, state, id, deadline, stamp, stamped)| {
            let mut entry = booked(number, kind, state, (id < 5).then(|| format!("id_{id}")).as_deref());
            let at = |hours: i64| domain::Instant::from_milliseconds(NOON.milliseconds() + hours * 3_600_000);
            entry.deadline = (state == ResourceState::Intent).then(|| at(deadline));
            if stamped && state != ResourceState::Intent {
                entry.resource.created_at = Some(at(stamp));
            }
            entry
        },
    )
}

fn thing() -> impl Strategy<Value = Sighted> {
    (0..CLIENTS, kind(), 0_u8..6, any::<bool>()).prop_map(|(number, kind, id, marked)| {
        let mut thing = sighted(number, kind, &format!("id_{id}"));
        thing.client_id = thing.client_id.filter(|_| marked);
        thing
    })
}

fn case() -> impl Strategy<Value = Case> {
    let asked = select(vec![vec!["vercel"], vec!["railway"], vec!["vercel", "railway"], vec![]]);
    (vec(thing(), 0..6), vec(entry(), 0..8), asked, vec(0..CLIENTS, 0..2)).prop_map(
        |(inventory, ledger, asked, moving)| {
            let mut case = Case::new(&inventory, &ledger);
            case.asked = asked.into_iter().map(str::to_owned).collect();
            case.moving = moving.into_iter().map(client).collect();
            case
        },
    )
}

/// Worlds as they follow on each other, and the hours between them.
fn history() -> impl Strategy<Value = Vec<(Case, u64)>> {
    vec((case(), 0_u64..40), 1..7)
}

/// Plays a history; `look` sees each world with what was open before it, and its verdicts.
fn play(history: &[(Case, u64)], mut look: impl FnMut(&Case, &[Verdict])) {
    let (mut earlier, mut now): (Vec<Finding>, _) = (Vec::new(), NOON);
    for (world, hours) in history {
        let mut world = world.clone();
        (world.earlier, world.now) = (earlier, now);
        let before = world.clone();
        let verdicts = world.next(Duration::from_secs(hours * 3600));
        look(&before, &verdicts);
        (earlier, now) = (world.earlier, world.now);
    }
}

fn about(verdict: &Verdict) -> &Finding {
    let (Verdict::Seen(_, finding) | Verdict::Closed(finding)) = verdict;
    finding
}

proptest! {
    #[test]
    fn nothing_is_ever_said_of_a_client_that_moves(history in history()) {
        play(&history, |case, verdicts| {
            let mut moving = case.moving.clone();
            for Booked { resource, deadline } in &case.ledger {
                let may_act = resource.state == ResourceState::Intent && deadline.is_some_and(|it| it > case.now);
                if may_act || resource.created_at.is_some_and(|at| at >= case.now) {
                    moving.insert(resource.client_id.clone());
                }
            }
            for verdict in verdicts {
                assert!(!moving.contains(&about(verdict).client_id), "{verdict:?}");
            }
        });
    }

    #[test]
    fn a_report_follows_two_sightings_a_day_apart_and_comes_once(history in history()) {
        let mut reported: BTreeSet<(String, domain::Instant)> = BTreeSet::new();
        play(&history, |_, verdicts| {
            for finding in verdicts.iter().filter_map(Verdict::confirmed) {
                assert!(finding.sightings >= 2 && finding.last_seen.since(finding.first_seen) >= DAY, "{finding:?}");
                assert!(reported.insert((finding.id.clone(), finding.first_seen)), "twice: {finding:?}");
            }
        });
    }

    #[test]
    fn what_is_open_is_what_is_seen_or_cannot_be_told(history in history()) {
        play(&history, |case, verdicts| {
            let suspects = case.evidence().suspects();
            let seen = verdicts.iter().filter(|verdict| matches!(verdict, Verdict::Seen(..))).count();
            assert_eq!(seen, suspects.len());
            let ids: BTreeSet<&str> = verdicts.iter().map(|verdict| about(verdict).id.as_str()).collect();
            assert_eq!(ids.len(), verdicts.len(), "one verdict for each finding");
            for untouched in case.earlier.iter().filter(|it| !ids.contains(it.id.as_str())) {
                let still = case.moving.contains(&untouched.client_id)
                    || !case.asked.contains(&untouched.provider)
                    || case.ledger.iter().any(|booked| booked.resource.client_id == untouched.client_id);
                assert!(still, "left open without a reason: {untouched:?}");
            }
        });
    }

    #[test]
    fn a_thing_without_a_mark_that_the_ledger_does_not_name_is_never_shown(case in case()) {
        let strangers = case.inventory.iter().filter(|thing| thing.client_id.is_none());
        let named = |thing: &Sighted| {
            case.ledger.iter().any(|booked| booked.resource.external_id.as_ref() == Some(&thing.external_id))
                || case.inventory.iter().any(|other| other.client_id.is_some() && other.external_id == thing.external_id)
        };
        for stranger in strangers.filter(|thing| !named(thing)) {
            assert!(!case.said().iter().any(|said| said.ends_with(&stranger.external_id)), "{stranger:?}");
        }
    }
}
