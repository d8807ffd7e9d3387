//! The desk and the records: what is kept decides, however messages come.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, missing_docs, reason = "tests")]

use std::{collections::BTreeMap, time::Duration};

use domain::{
    ClientId, DatabaseProvider, Instant, NewClient,
    monitoring::incident::{
        Cause, DeskRecord, DeskRules, IncidentStatus, IncidentSummary, MessageKind, Observed, Population,
    },
};
use proptest::prelude::*;
use serde_json::{Value, json};

const START: Instant = Instant::from_milliseconds(1_764_000_000_000);
const RULES: DeskRules = DeskRules {
    shared_from: 3,
    gather: Duration::from_secs(20),
    join_within: Duration::from_secs(1800),
    update_gap: Duration::from_secs(300),
    remind_every: Duration::from_secs(4 * 3600),
    pages_per_hour: 10,
    open_at_most: 20,
};

fn after(seconds: u64) -> Instant {
    START.after(Duration::from_secs(seconds))
}

fn client(number: usize) -> ClientId {
    format!("cl_{number:026}").parse().unwrap()
}

/// A client's record with these troubles, and as many warnings of its certificate.
fn seen(number: usize, status: &str, troubles: &[&str], limits: usize) -> (ClientId, Option<Observed>) {
    let names = ["certificate_first", "certificate_second", "certificate_third"];
    let troubles: BTreeMap<&str, Instant> = troubles.iter().map(|name| (*name, START)).collect();
    let record = json!({
        "id": client(number), "status": status, "activatedAt": START, "template": "blog",
        "databaseProvider": "railway", "liveVersion": "1.0.0", "lastRollout": Value::Null,
        "watch": {"troubles": troubles, "warnings": names[..limits]},
    });
    (client(number), Some(serde_json::from_value(record).unwrap()))
}

fn turn(record: &DeskRecord, seen: impl IntoIterator<Item = (ClientId, Option<Observed>)>, second: u64) -> DeskRecord {
    let seen: BTreeMap<_, _> = seen.into_iter().collect();
    let mut next = record.reconciled(&RULES, &seen, after(second));
    next.settle(record, &RULES, &Population::default(), after(second));
    next
}

fn told(record: &DeskRecord) -> Vec<(MessageKind, u32)> {
    let told = record.outgoing.iter();
    told.map(|message| (message.kind, message.site_count)).collect()
}

#[test]
fn many_records_make_one_incident_whose_effects_stay_named_until_they_are_done() {
    let down = |number| seen(number, "active", &["down"], 0);
    let first = turn(&DeskRecord::default(), (0..128).map(down), 0);
    assert!(first.is_quiet(), "nothing is told before others may have come");
    assert_eq!(first.desk.ripe_in(&RULES, after(5)), Some(Duration::from_secs(15)));
    let opened = turn(&first, [], 20);
    assert_eq!(told(&opened), [(MessageKind::Trigger, 128)]);
    assert_eq!(opened.stale_incidents().count(), 1);
    // Nobody wrote any of it: the next turn still names it, and says nothing twice.
    let again = turn(&opened, (0..128).map(down), 25);
    assert_eq!(again, opened);
    assert!(again.quiet().is_quiet());
    let over = turn(
        &again.quiet(),
        (0..128).map(|number| seen(number, "active", &[], 0)),
        60,
    );
    assert_eq!(told(&over), [(MessageKind::Resolve, 128)]);
    assert_eq!((over.closed.len(), over.stale.len()), (1, 0));
    assert_eq!(over.closed[0].status, IncidentStatus::Resolved);
    assert_eq!(
        over.quiet(),
        DeskRecord {
            desk: over.desk,
            ..DeskRecord::default()
        }
    );
}

#[test]
fn nobody_waits_for_the_site_of_a_client_that_is_not_watched_or_is_gone() {
    for gone in [
        seen(1, "suspended", &["down"], 0),
        seen(1, "deleting", &["down"], 0),
        (client(1), None),
    ] {
        let open = turn(
            &turn(&DeskRecord::default(), [seen(1, "active", &["down"], 0)], 0),
            [],
            20,
        )
        .quiet();
        assert_eq!(told(&turn(&open, [gone], 30)), [(MessageKind::Resolve, 1)]);
    }
    let deploying = turn(&DeskRecord::default(), [seen(1, "deploying", &["down"], 0)], 0);
    assert_eq!(
        deploying.desk.clients().len(),
        1,
        "a live site that is deployed anew is watched"
    );
}

#[test]
fn what_the_desk_reads_is_what_a_client_has() {
    let body = json!({"clientName": "Acme", "contactEmail": "a@b.nl", "domain": "acme", "template": "blog"});
    let new = NewClient::parse(serde_json::from_value(body).unwrap()).unwrap();
    let operation = format!("op_{:026}", 1).parse().unwrap();
    let mut client = new.into_client(client(1), operation, DatabaseProvider::Railway, START);
    client.status = domain::ClientStatus::Active;
    client.live_version = Some("1.4.0".to_owned());
    client.last_rollout = Some(format!("ro_{:026}", 1).parse().unwrap());
    let record = serde_json::to_value(&client).unwrap();
    let read = Observed::FIELDS.map(|name| (name.to_owned(), record[name].clone()));
    let read: serde_json::Map<String, Value> = read.into_iter().collect();
    let observed: Observed = serde_json::from_value(read.into()).unwrap();
    assert_eq!(observed.traits(), client.traits());
    assert!(observed.traits().rollout.is_some() && observed.traits().template_version.is_some());
    assert_eq!((observed.id, observed.watch), (client.id, client.watch));
}

#[test]
fn a_nearer_limit_of_a_certificate_is_told_once() {
    let at = |record: &DeskRecord, limits, second| {
        let next = turn(record, [seen(1, "active", &["certificate"], limits)], second);
        (next.quiet(), told(&next))
    };
    let (record, _) = at(&DeskRecord::default(), 1, 0);
    let (record, first) = at(&record, 1, 20);
    assert_eq!(first, [(MessageKind::Trigger, 1)]);
    let (record, same) = at(&record, 1, 1000);
    assert_eq!(same, []);
    let (record, nearer) = at(&record, 2, 2000);
    assert_eq!(nearer, [(MessageKind::Update, 1)]);
    let (record, same) = at(&record, 2, 3000);
    assert_eq!(same, []);
    // A clock that was wrong; then the nearer one is news again.
    let (record, farther) = at(&record, 1, 4000);
    assert_eq!(farther, []);
    assert_eq!(at(&record, 2, 5000).1, [(MessageKind::Update, 1)]);
}

#[test]
fn what_a_person_writes_is_kept_also_of_what_has_just_ended() {
    let down = [seen(1, "active", &["down"], 0)];
    let mut open = turn(&turn(&DeskRecord::default(), down, 0), [], 20).quiet();
    let id = open.desk.open[0].id.clone();
    assert!(open.change("in_nobody", |_| ()).is_none());
    let taken = open
        .change(&id, |incident| incident.acknowledge("key:anna", after(30)))
        .unwrap();
    assert_eq!(taken.status, IncidentStatus::Acknowledged);
    assert_eq!(open.stale.len(), 1);
    let mut over = turn(&open, [seen(1, "active", &[], 0)], 40);
    over.change(&id, |incident| incident.note("key:anna", "the host", after(50)))
        .unwrap();
    assert_eq!(over.stale.len(), 0, "it is kept because it is closed");
    assert!(
        over.incident(&id)
            .unwrap()
            .timeline
            .iter()
            .any(|event| event.what.words() == "the host")
    );
}

#[test]
fn ids_sort_by_the_time_of_opening_and_summaries_say_whom_they_name() {
    let first = turn(
        &turn(&DeskRecord::default(), [seen(1, "active", &["down"], 0)], 0),
        [],
        20,
    );
    let many = turn(&first, (2..102).map(|number| seen(number, "active", &["slow"], 0)), 30);
    let both = turn(&many, [], 60).desk.open;
    assert!(both[0].id < both[1].id && both[0].id.len() == 29);
    let (one, shared) = (IncidentSummary::of(&both[0]), IncidentSummary::of(&both[1]));
    assert_eq!(one.title(), "1 site is down");
    assert_eq!(shared.title(), "100 sites answer slowly (provider vercel + railway)");
    assert_eq!(
        (one.names(&client(1)), one.names(&client(2))),
        (Some(true), Some(false))
    );
    assert_eq!(
        (shared.names(&client(2)), shared.names(&client(101))),
        (Some(true), None)
    );
}

#[test]
fn of_two_causes_the_rarer_one_is_named() {
    let record = turn(
        &DeskRecord::default(),
        (0..5).map(|number| seen(number, "active", &["down"], 0)),
        0,
    );
    let traits = |number, version: Option<&str>| domain::monitoring::incident::Traits {
        template_version: version.map(str::to_owned),
        ..seen(number, "active", &[], 0).1.unwrap().traits()
    };
    let others = (0..95).map(|number| traits(number, None));
    let population: Population = others
        .chain((95..100).map(|number| traits(number, Some("blog 1.0.0"))))
        .collect();
    let cause = Cause::TemplateVersion("blog 1.0.0".to_owned());
    assert_eq!(population.of(&cause), 5);
    let mut next = record.clone();
    next.settle(&record, &RULES, &population, after(20));
    assert_eq!(next.desk.open[0].cause, cause);
}

proptest! {
    /// Messages that are lost, doubled or late change only when something is told, never what: the last look decides.
    #[test]
    fn the_last_look_at_the_records_decides(
        looks in prop::collection::vec((0..6_usize, any::<bool>(), any::<bool>()), 0..60),
    ) {
        let mut record = DeskRecord::default();
        let mut state = [false; 6];
        let (mut triggers, mut resolves) = (0, 0);
        for (step, (number, down, lost)) in looks.into_iter().enumerate() {
            state[number] = down;
            let troubles: &[&str] = if down { &["down"] } else { &[] };
            let look = (!lost).then(|| seen(number, "active", troubles, 0));
            let next = turn(&record, look.clone(), 40 * step as u64);
            let again = turn(&next, look, 40 * step as u64);
            prop_assert_eq!(&again, &next, "the same look twice");
            triggers += told(&next).iter().filter(|(kind, _)| *kind == MessageKind::Trigger).count();
            resolves += told(&next).iter().filter(|(kind, _)| *kind == MessageKind::Resolve).count();
            record = next.quiet();
        }
        // The sweep's empty message looks at everybody on the desk; those of whom nothing was heard are looked at by a later one.
        let all = state.iter().enumerate().map(|(number, down)| {
            let troubles: &[&str] = if *down { &["down"] } else { &[] };
            seen(number, "active", troubles, 0)
        });
        record = turn(&record, all, 100_000);
        let last = turn(&record, [], 100_100);
        let lasting = last.desk.open.iter().map(|incident| incident.lasting().count()).sum::<usize>();
        prop_assert_eq!(lasting, state.iter().filter(|down| **down).count());
        triggers += told(&last).iter().filter(|(kind, _)| *kind == MessageKind::Trigger).count();
        resolves += told(&last).iter().filter(|(kind, _)| *kind == MessageKind::Resolve).count();
        prop_assert_eq!(triggers, resolves + last.desk.open.len());
    }
}
