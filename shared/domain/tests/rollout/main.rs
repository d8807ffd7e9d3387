//! What is asked of a rollout, and the whole table of what follows from what is seen of a client.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    reason = "tests"
)]

mod laws;

use std::time::Duration;

use domain::{
    Client, ClientId, ClientStatus, Clock, Code, DatabaseProvider, End, Entropy, Instant, NewClient, NewClientBody,
    OperationId, PATIENCE, Rollout, RolloutBody, RolloutClient, RolloutClientState, RolloutCommand, RolloutId,
    RolloutRequest, RolloutStatus, Seen,
};
use serde_json::{Value, json};

const NOW: Instant = Instant::from_milliseconds(1_764_000_000_000);

struct Fixed(u8);
impl Clock for Fixed {
    fn now(&self) -> Instant {
        NOW
    }
}
impl Entropy for Fixed {
    fn fill(&self, buffer: &mut [u8]) {
        buffer.fill(self.0);
    }
}

fn rollout_id() -> RolloutId {
    RolloutId::generate(&Fixed(0), &Fixed(0))
}

fn operation_id(number: usize) -> OperationId {
    OperationId::generate(&Fixed(0), &Fixed(u8::try_from(number).unwrap()))
}

fn clients(count: usize) -> Vec<Client> {
    let new = |number: usize| {
        let id = ClientId::generate(&Fixed(0), &Fixed(u8::try_from(number).unwrap()));
        let body = NewClientBody {
            client_name: Some("Acme".to_owned()),
            contact_email: Some("a@acme.com".to_owned()),
            domain: Some(format!("site-{number:03}")),
            template: Some("blog".to_owned()),
            ..NewClientBody::default()
        };
        let new = NewClient::parse(body).unwrap();
        let mut client = new.into_client(id, operation_id(0), DatabaseProvider::Railway, NOW);
        client.status = ClientStatus::Active;
        client
    };
    (1..=count).map(new).collect()
}

fn order(body: Value) -> Result<(Rollout, Vec<RolloutClient>), domain::Error> {
    order_over(body, &clients(12))
}

fn order_over(body: Value, clients: &[Client]) -> Result<(Rollout, Vec<RolloutClient>), domain::Error> {
    let body: RolloutBody = serde_json::from_value(body).unwrap();
    let id = rollout_id();
    let request = RolloutRequest {
        id: &id,
        requested_by: "key:test",
        request_id: "r1",
        now: NOW,
    };
    body.parse()?.plan(clients.iter(), request)
}

#[test]
fn clients_are_put_into_batches_of_the_sizes_that_were_asked_for() {
    for (batch, expected) in [
        (json!(null), vec![1, 2, 9]),
        (json!(5), vec![5, 5, 2]),
        (json!("rest"), vec![12]),
        (json!("50%"), vec![6, 6]),
        (json!([1, 3]), vec![1, 3, 3, 3, 2]),
        (json!([1, "10%", "rest"]), vec![1, 2, 9]),
        (json!([20]), vec![12]),
    ] {
        let (rollout, rows) = order(json!({"ref": "main", "batch": batch})).unwrap();
        assert_eq!(rollout.batches, expected, "{batch}");
        let numbers: Vec<u32> = rows.iter().map(|row| row.batch).collect();
        assert!(numbers.is_sorted());
        assert_eq!((rows.len(), rollout.counts.pending), (12, 12));
    }
}

#[test]
fn a_client_that_is_not_live_does_not_go_first() {
    let mut clients = clients(4);
    clients[3].status = ClientStatus::Suspended;
    let (_, rows) = order_over(json!({"ref": "main", "filter": {"sort": "-domain"}}), &clients).unwrap();
    let order: Vec<&str> = rows.iter().map(|row| row.domain.as_str()).collect();
    assert_eq!(order, ["site-003", "site-002", "site-001", "site-004"]);
}

#[test]
fn what_cannot_be_ordered_is_refused_by_name_and_with_a_remedy() {
    for (body, field, remedy) in [
        (json!({"ref": ""}), "ref", "Send the name"),
        (json!({"ref": "a..b"}), "ref", "Send the name"),
        (json!({"ref": "main", "batch": 0}), "batch", "a whole number from 1"),
        (json!({"ref": "main", "batch": "0%"}), "batch", "a whole number from 1"),
        (
            json!({"ref": "main", "batch": "half"}),
            "batch",
            "a whole number from 1",
        ),
        (json!({"ref": "main", "batch": []}), "batch", "Leave the field out"),
        (json!({"ref": "main", "batch": ["rest", 1]}), "batch", "Put it last"),
        (
            json!({"ref": "main", "filter": {"colour": "red"}}),
            "filter.colour",
            "Known: status",
        ),
        (
            json!({"ref": "main", "filter": {"plan": ["free", "gold"]}}),
            "filter.plan",
            "Possible: free",
        ),
        (
            json!({"ref": "main", "filter": {"status": "deleted"}}),
            "filter",
            "GET /clients",
        ),
        (json!({"ref": "main", "reason": "r".repeat(501)}), "reason", "Shorten"),
    ] {
        let error = order(body.clone()).unwrap_err();
        assert_eq!((error.code(), error.field()), (Code::Invalid, Some(field)), "{body}");
        assert!(error.message().contains(remedy), "{error}");
    }
}

/// All that can be seen of a client, by name.
fn sights() -> Vec<(&'static str, Seen)> {
    let ended = |end| Seen::Operation { commit: None, end };
    let failed = |live| {
        Some(End::Failed {
            live,
            error: "It broke.".to_owned(),
        })
    };
    vec![
        ("unseen", Seen::Unseen),
        ("free", Seen::Free),
        ("busy", Seen::Busy("its update operation".to_owned())),
        ("unfit", Seen::Unfit("The client is suspended.".to_owned())),
        ("replaced", Seen::Replaced),
        ("running", ended(None)),
        ("succeeded", ended(Some(End::Succeeded))),
        ("failed", ended(failed(false))),
        ("ill", ended(failed(true))),
    ]
}

/// One client of two in the first batch, in a state, as it comes out of a turn in which this was seen of it.
fn after(state: RolloutClientState, seen: &Seen, rollout: &Rollout, patient: bool) -> RolloutClient {
    let (_, mut rows) = order(json!({"ref": "main", "batch": 2})).unwrap();
    let mut row = rows.remove(0);
    row.state = state;
    row.redeploy = (state != RolloutClientState::Pending).then(|| operation_id(1));
    row.live = matches!(state, RolloutClientState::Done | RolloutClientState::RollingBack);
    row.waits_until = (!patient).then_some(NOW);
    let mut numbers = 10..;
    let turn = rollout.turn(vec![(row.clone(), seen.clone())], NOW, &mut || {
        operation_id(numbers.next().unwrap())
    });
    turn.changed.first().cloned().unwrap_or(row)
}

#[test]
fn the_whole_table_of_what_follows_from_what_is_seen() {
    let (mut running, _) = order(json!({"ref": "main", "batch": 2, "maxFailures": 9})).unwrap();
    running.commit = Some("c0ffee".to_owned());
    let mut paused = running.clone();
    paused.obey(RolloutCommand::Pause, "key:x", NOW).unwrap();
    let mut cancelled = running.clone();
    cancelled.obey(RolloutCommand::Cancel, "key:x", NOW).unwrap();
    let mut halting = running.clone();
    halting.status = RolloutStatus::RollingBack;
    let modes = [
        ("running", &running),
        ("paused", &paused),
        ("cancelled", &cancelled),
        ("halting", &halting),
    ];
    let mut table = Vec::new();
    for state in RolloutClientState::ALL {
        for (name, seen) in sights() {
            let moves = modes.map(|(mode, rollout)| (mode, after(state, &seen, rollout, false).state));
            for to in RolloutClientState::ALL.into_iter().filter(|to| *to != state) {
                let when = moves.iter().filter(|(_, after)| *after == to);
                let when: Vec<&str> = when.map(|(mode, _)| *mode).collect();
                if !when.is_empty() {
                    table.push(format!("{state:?}, {name} -> {to:?} when {}", when.join(", ")));
                }
            }
        }
    }
    insta::assert_snapshot!(table.join("\n"));
    // Who is busy is waited for.
    for state in [RolloutClientState::Pending, RolloutClientState::Deploying] {
        let row = after(state, &Seen::Busy("it".to_owned()), &running, true);
        assert_eq!((row.state, row.waits_until), (state, Some(NOW.after(PATIENCE))));
    }
}

#[test]
fn the_first_client_is_alone_until_the_commit_is_known() {
    let (rollout, rows) = order(json!({"ref": "main", "batch": 3})).unwrap();
    let batch: Vec<_> = rows.into_iter().filter(|row| row.batch == 0).collect();
    let free = |rows: &[RolloutClient]| rows.iter().map(|row| (row.clone(), Seen::Free)).collect::<Vec<_>>();
    let mut numbers = 10..;
    let mut new_id = || operation_id(numbers.next().unwrap());
    let first = rollout.turn(free(&batch), NOW, &mut new_id);
    assert_eq!((first.begin.len(), &first.rollout.commit), (1, &None));

    let mut looked = free(&batch);
    looked[0].0 = first.begin[0].clone();
    looked[0].1 = Seen::Operation {
        commit: None,
        end: None,
    };
    let second = first.rollout.turn(looked.clone(), NOW, &mut new_id);
    assert!(second.begin.is_empty());
    looked[0].1 = Seen::Operation {
        commit: Some("c0ffee".to_owned()),
        end: None,
    };
    let third = second.rollout.turn(looked, NOW, &mut new_id);
    assert_eq!(
        (third.begin.len(), third.rollout.commit.as_deref()),
        (2, Some("c0ffee"))
    );
}

#[test]
fn an_operation_that_was_written_down_and_not_begun_is_begun_again_under_its_name() {
    let (rollout, rows) = order(json!({"ref": "main", "batch": 1})).unwrap();
    let mut row = rows[0].clone();
    row.state = RolloutClientState::Deploying;
    row.redeploy = Some(operation_id(1));
    let turn = rollout.turn(vec![(row.clone(), Seen::Free)], NOW, &mut || unreachable!());
    assert_eq!((turn.begin, turn.changed), (vec![row], vec![]));
}

#[test]
fn looks_become_rarer_the_longer_nothing_changes() {
    let (rollout, rows) = order(json!({"ref": "main", "batch": 1})).unwrap();
    let mut row = rows[0].clone();
    row.state = RolloutClientState::Deploying;
    row.redeploy = Some(operation_id(1));
    let pause = |seconds| {
        let seen = Seen::Operation {
            commit: None,
            end: None,
        };
        let later = NOW.after(Duration::from_secs(seconds));
        rollout
            .turn(vec![(row.clone(), seen)], later, &mut || unreachable!())
            .again
            .unwrap()
            .as_secs()
    };
    assert_eq!([pause(0), pause(60), pause(120), pause(3600)], [1, 3, 6, 15]);
}

#[test]
fn what_can_be_asked_of_a_rollout() {
    let (rollout, _) = order(json!({"ref": "main"})).unwrap();
    let mut table = Vec::new();
    for status in RolloutStatus::ALL {
        for cancelled in [false, true] {
            for command in RolloutCommand::ALL {
                let mut asked = rollout.clone();
                asked.status = status;
                asked.cancelled_by = cancelled.then(|| "key:other".to_owned());
                let answer = match asked.obey(command, "key:x", NOW) {
                    Ok(false) => "is so already".to_owned(),
                    Ok(true) if asked.cancelled_by.is_some() => "called off".to_owned(),
                    Ok(true) => asked.status.name().to_owned(),
                    Err(error) => error.to_string(),
                };
                let called_off = if cancelled { ", called off" } else { "" };
                table.push(format!("{}{called_off}, {}: {answer}", status.name(), command.name()));
            }
        }
    }
    insta::assert_snapshot!(table.join("\n"));
}
