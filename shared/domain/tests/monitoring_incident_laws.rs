//! Laws of the desk, for any news in any order.
#![allow(
    clippy::panic,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    missing_docs,
    reason = "tests"
)]

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use domain::{
    ClientId, Instant,
    monitoring::incident::{Cause, Desk, DeskRules, Message, MessageKind, News, Traits, Trouble},
};
use proptest::prelude::*;

const START: Instant = Instant::from_milliseconds(1_764_000_000_000);
const HOUR: Duration = Duration::from_secs(3600);

fn client(number: u8) -> ClientId {
    format!("cl_{number:026}").parse().unwrap()
}

/// The same for the same site.
fn traits(number: u8) -> Traits {
    Traits {
        provider: ["vercel", "railway"][usize::from(number % 2)].to_owned(),
        template_version: (!number.is_multiple_of(3)).then(|| format!("v{}", number % 3)),
        rollout: (number.is_multiple_of(5)).then(|| format!("r{}", number % 10)),
    }
}

#[derive(Debug, Clone)]
enum Act {
    Begin(u8, Trouble),
    End(u8, Trouble),
    Settle,
    Acknowledge(usize),
}

fn act() -> impl Strategy<Value = Act> {
    let trouble = || proptest::sample::select(vec![Trouble::Down, Trouble::Down, Trouble::Certificate, Trouble::Slow]);
    prop_oneof![
        4 => (0_u8..40, trouble()).prop_map(|(number, trouble)| Act::Begin(number, trouble)),
        3 => (0_u8..40, trouble()).prop_map(|(number, trouble)| Act::End(number, trouble)),
        3 => Just(Act::Settle),
        1 => (0_usize..10).prop_map(Act::Acknowledge),
    ]
}

fn rules() -> impl Strategy<Value = DeskRules> {
    (0_u32..5, 0_u64..60, 1_u32..6, 1_u32..5, 0_u64..4000).prop_map(|(shared, gather, pages, open, join)| DeskRules {
        shared_from: shared,
        gather: Duration::from_secs(gather),
        pages_per_hour: pages,
        open_at_most: open,
        join_within: Duration::from_secs(join),
        ..DeskRules::default()
    })
}

fn lane(message: &Message) -> (Trouble, String) {
    let provider = message.sites.first().map(|site| {
        let number: u8 = site
            .as_str()
            .trim_start_matches("cl_")
            .parse::<u128>()
            .unwrap()
            .try_into()
            .unwrap();
        traits(number).provider
    });
    (message.trouble, provider.unwrap())
}

fn most_per_hour(times: &[Instant]) -> usize {
    let within = |from: &Instant| times.iter().filter(|at| *at >= from && at.since(*from) < HOUR).count();
    times.iter().map(within).max().unwrap_or(0)
}

proptest! {
    #[test]
    fn whatever_is_reported(
        rules in rules(), acts in proptest::collection::vec((act(), 0_u64..900), 0..250), rare in any::<u32>(),
    ) {
        let population = |cause: &Cause| if matches!(cause, Cause::Rollout(_)) { rare } else { 100 };
        let (mut desk, mut now, mut messages, mut closed) = (Desk::default(), START, Vec::new(), Vec::new());
        let mut troubled = BTreeSet::new();
        for (act, wait) in acts {
            now = now.after(Duration::from_secs(wait));
            match act {
                Act::Begin(number, trouble) => {
                    troubled.insert((number, trouble));
                    desk.report(&rules, &client(number), &traits(number), &News::Begun(trouble), now, now);
                }
                Act::End(number, trouble) => {
                    troubled.remove(&(number, trouble));
                    desk.report(&rules, &client(number), &traits(number), &News::Over(trouble), now, now);
                }
                Act::Settle => {
                    let settlement = desk.settle(&rules, &population, now);
                    messages.extend(settlement.messages);
                    closed.extend(settlement.closed);
                }
                Act::Acknowledge(place) => {
                    if let Some(incident) = desk.open.get_mut(place) {
                        incident.acknowledge("anna", now);
                    }
                }
            }
        }
        // Nothing more happens: in the end everybody has been told of everything that lasts.
        for _ in 0..100 {
            now = now.after(Duration::from_secs(900));
            let settlement = desk.settle(&rules, &population, now);
            messages.extend(settlement.messages);
            closed.extend(settlement.closed);
        }
        let lasting: BTreeSet<(ClientId, Trouble)> = desk.open.iter().flat_map(|incident| {
            let members = incident.members.iter().filter(|(_, member)| member.over.is_none());
            members.map(|(client, member)| { assert!(member.told); (client.clone(), incident.trouble) })
        }).collect();
        let expected: BTreeSet<(ClientId, Trouble)> =
            troubled.iter().map(|(number, trouble)| (client(*number), *trouble)).collect();
        prop_assert_eq!(lasting, expected);
        // Then everything is over.
        for (number, trouble) in troubled {
            desk.report(&rules, &client(number), &traits(number), &News::Over(trouble), now, now);
        }
        messages.extend(desk.settle(&rules, &population, now).messages);
        prop_assert!(desk.open.is_empty());

        // Each incident that was told of begins with one trigger and ends with one recovery.
        let mut by_incident: BTreeMap<&str, Vec<MessageKind>> = BTreeMap::new();
        for message in &messages {
            by_incident.entry(&message.incident).or_default().push(message.kind);
            prop_assert!(!message.sites.is_empty());
        }
        for kinds in by_incident.values() {
            prop_assert_eq!(kinds.first(), Some(&MessageKind::Trigger));
            prop_assert_eq!(kinds.last(), Some(&MessageKind::Resolve));
            let ends = kinds.iter().filter(|kind| matches!(kind, MessageKind::Trigger | MessageKind::Resolve)).count();
            prop_assert_eq!(ends, 2);
        }
        let ids: BTreeSet<&str> = messages.iter().map(|message| message.id.as_str()).collect();
        prop_assert_eq!(ids.len(), messages.len());

        // The bound, for each provider and trouble.
        let mut lanes: BTreeMap<_, (Vec<Instant>, Vec<Instant>)> = BTreeMap::new();
        for message in &messages {
            // A template version may be at two providers; its lane is the first one's, so only such with one are counted.
            if !matches!(message.cause, Cause::TemplateVersion(_) | Cause::Rollout(_)) {
                let (pages, recoveries) = lanes.entry(lane(message)).or_default();
                let list = if message.kind == MessageKind::Resolve { recoveries } else { pages };
                list.push(message.at);
            }
        }
        for (pages, recoveries) in lanes.values() {
            prop_assert!(most_per_hour(pages) <= rules.pages_per_hour as usize);
            let most = (rules.pages_per_hour + rules.open_at_most + 1) as usize;
            prop_assert!(most_per_hour(recoveries) <= most);
        }
    }
}
