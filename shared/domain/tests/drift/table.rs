//! Every state of the ledger against every look at the provider, and findings over the rounds.

use std::time::Duration;

use domain::{DriftKind, Finding, MOST_REPORTS, ResourceKind::*, ResourceState::*, Verdict};

use super::{Case, DAY, NOON, booked, client, sighted};

#[test]
fn what_is_said_follows_from_the_ledger_and_the_provider() {
    let ours = sighted(1, Project, "prj_1");
    let mut unmarked = ours.clone();
    unmarked.client_id = None;
    let mut of_another = ours.clone();
    of_another.client_id = Some(client(2));
    let mut renamed = ours.clone();
    renamed.external_name = "renamed".to_owned();
    let twin = sighted(1, Project, "prj_2");
    for (state, id, there, said) in [
        (Some(Created), Some("prj_1"), vec![&ours], vec![]),
        (Some(Created), Some("prj_1"), vec![&renamed], vec![]),
        (Some(Created), Some("prj_1"), vec![], vec!["missing prj_1"]),
        (Some(Created), Some("prj_1"), vec![&unmarked], vec!["unmarked prj_1"]),
        (Some(Created), Some("prj_1"), vec![&of_another], vec!["unmarked prj_1"]),
        (Some(Created), Some("prj_1"), vec![&ours, &twin], vec!["orphan prj_2"]),
        (
            Some(Created),
            Some("prj_1"),
            vec![&twin],
            vec!["orphan prj_2", "missing prj_1"],
        ),
        (Some(Created), None, vec![&ours], vec![]),
        (Some(Created), None, vec![], vec!["missing client-1"]),
        // Past its deadline, an intent says nothing but that the name is ours.
        (Some(Intent), None, vec![&ours], vec![]),
        (Some(Intent), None, vec![], vec![]),
        (Some(Intent), None, vec![&renamed], vec!["orphan prj_1"]),
        // Everything of that name is on its way out.
        (Some(Deleting), Some("prj_1"), vec![&ours, &twin], vec![]),
        (Some(Deleting), Some("prj_1"), vec![], vec![]),
        (Some(Gone), Some("prj_1"), vec![&ours], vec!["orphan prj_1"]),
        (Some(Gone), Some("prj_1"), vec![], vec![]),
        (None, None, vec![&ours], vec!["orphan prj_1"]),
        (None, None, vec![&unmarked], vec![]),
        (None, None, vec![], vec![]),
    ] {
        let there: Vec<_> = there.into_iter().cloned().collect();
        let ledger: Vec<_> = state.map(|state| booked(1, Project, state, id)).into_iter().collect();
        assert_eq!(Case::new(&there, &ledger).said(), said, "{state:?} {id:?} {there:?}");
    }
}

#[test]
fn a_database_is_not_known_by_a_projects_entry() {
    let mut railway = booked(1, Database, Created, Some("same"));
    railway.resource.provider = "vercel".to_owned();
    for known in [booked(1, Project, Created, Some("same")), railway] {
        let case = Case::new(&[sighted(1, Database, "same")], &[known]);
        assert!(case.said().contains(&"orphan same".to_owned()), "{:?}", case.said());
    }
}

#[test]
fn what_lives_inside_a_project_or_is_our_own_is_not_audited() {
    for kind in [Secret, Deployment, Domain, AdminUser] {
        assert!(Case::new(&[], &[booked(1, kind, Created, Some("x"))]).said().is_empty());
    }
}

#[test]
fn nothing_is_said_of_a_client_on_which_something_moves() {
    let mut case = Case::new(
        &[sighted(1, Project, "twin")],
        &[booked(1, Database, Created, Some("lost"))],
    );
    assert_eq!(case.said(), ["orphan twin", "missing lost"]);
    case.moving.insert(client(1));
    assert!(case.said().is_empty());
    case.moving.clear();

    // An intent of which the operation may still make something, up to its deadline.
    let mut intent = booked(1, Project, Intent, None);
    intent.deadline = Some(NOON.after(Duration::from_millis(1)));
    case.ledger.push(intent);
    assert!(case.said().is_empty());
    case.ledger[1].deadline = Some(NOON);
    assert_eq!(
        case.said(),
        ["missing lost"],
        "the twin has the name that the intent speaks of"
    );

    // What moved after the providers were asked was seen by them as it was before.
    for moved in [NOON, NOON.after(DAY)] {
        let mut stamped = case.clone();
        stamped.ledger[1].resource.gone_at = Some(moved);
        assert!(stamped.said().is_empty());
        let mut stamped = case.clone();
        stamped.ledger[0].resource.created_at = Some(moved);
        assert!(stamped.said().is_empty());
    }
}

#[test]
fn a_provider_that_was_not_asked_has_no_findings_and_loses_none() {
    let mut case = Case::new(
        &[sighted(1, Project, "twin")],
        &[booked(2, Database, Created, Some("lost"))],
    );
    case.next(DAY);
    case.asked.remove("railway");
    assert_eq!(case.said(), ["orphan twin"]);
    case.inventory.clear();
    assert_eq!(case.said(), ["closed orphan twin"]);
    case.next(DAY);
    assert_eq!(case.earlier[0].external_id.as_deref(), Some("lost"));
}

fn only(verdicts: &[Verdict]) -> Finding {
    match verdicts {
        [Verdict::Seen(_, finding)] => finding.clone(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_finding_is_reported_once_after_two_sightings_a_day_apart() {
    let mut case = Case::new(&[sighted(1, Project, "twin")], &[]);
    let first = only(&case.next(DAY - Duration::from_millis(1)));
    assert_eq!(
        (first.kind, first.sightings, first.reported),
        (DriftKind::Orphan, 1, false)
    );
    assert_eq!((first.first_seen, first.last_seen), (NOON, NOON));
    let second = only(&case.next(Duration::from_millis(1)));
    assert_eq!((second.sightings, second.reported), (2, false), "not a day yet");
    let verdicts = case.next(DAY);
    let third = only(&verdicts);
    assert_eq!((third.sightings, third.reported, third.first_seen), (3, true, NOON));
    assert_eq!(verdicts[0].confirmed(), Some(&third));
    let verdicts = case.next(DAY);
    assert!(only(&verdicts).reported);
    assert_eq!(verdicts[0].confirmed(), None, "it was reported before");

    // Gone and back again is another finding.
    case.inventory.clear();
    assert_eq!(case.next(DAY).len(), 1);
    assert!(case.earlier.is_empty());
    case.inventory.push(sighted(1, Project, "twin"));
    let again = only(&case.next(DAY));
    assert_eq!((again.sightings, again.reported), (1, false));
    assert!(again.first_seen > NOON);
}

#[test]
fn one_sighting_is_never_enough_and_an_earlier_round_that_comes_late_turns_nothing_back() {
    let mut case = Case::new(&[sighted(1, Project, "twin")], &[]);
    case.confirm = Duration::ZERO;
    assert!(!only(&case.next(Duration::ZERO)).reported);
    case.now = NOON.before(DAY);
    let late = only(&case.next(Duration::ZERO));
    assert_eq!((late.first_seen, late.last_seen, late.sightings), (NOON, NOON, 2));
}

#[test]
fn an_emptied_account_is_told_in_portions() {
    let ledger: Vec<_> = (0..60)
        .map(|n| booked(n, Project, Created, Some(&format!("prj_{n}"))))
        .collect();
    let mut case = Case::new(&[], &ledger);
    let confirmed: Vec<usize> = (0..5)
        .map(|_| case.next(DAY).iter().filter_map(Verdict::confirmed).count())
        .collect();
    assert_eq!(confirmed, [0, MOST_REPORTS, MOST_REPORTS, 60 - 2 * MOST_REPORTS, 0]);
}

#[test]
fn words_name_the_thing_the_place_and_what_to_do() {
    let mut unmarked = sighted(3, Database, "p_3");
    unmarked.client_id = None;
    let case = Case::new(
        &[sighted(1, Project, "prj_1"), unmarked],
        &[
            booked(2, Project, Created, Some("prj_2")),
            booked(2, Database, Created, Some("p_2")),
            booked(3, Database, Created, Some("p_3")),
        ],
    );
    let said = case.verdicts().into_iter().map(|verdict| match verdict {
        Verdict::Seen(_, finding) => format!("{}\n  {}", finding.problem(), finding.remedy()),
        Verdict::Closed(finding) => panic!("{finding:?}"),
    });
    insta::assert_snapshot!(said.collect::<Vec<_>>().join("\n"));
}
