//! A storm of 5,000 outages that nobody drowns in.
#![allow(
    clippy::panic,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    missing_docs,
    reason = "tests"
)]

use std::{collections::BTreeSet, time::Duration};

use domain::{
    ClientId, Instant,
    monitoring::incident::{
        Cause, Desk, DeskRules, Incident, MOST_SITES, Message, MessageKind, News, Settlement, Traits, Trouble,
    },
};

const START: Instant = Instant::from_milliseconds(1_764_000_000_000);

fn after(seconds: u64) -> Instant {
    START.after(Duration::from_secs(seconds))
}

fn client(number: usize) -> ClientId {
    format!("cl_{number:026}").parse().unwrap()
}

/// What the channels saw of a storm.
#[derive(Default)]
struct Log {
    messages: Vec<Message>,
    closed: Vec<Incident>,
}

impl Log {
    fn take(&mut self, settlement: Settlement) {
        self.messages.extend(settlement.messages);
        self.closed.extend(settlement.closed);
    }

    /// The most messages in any hour that are (or are not) recoveries.
    fn most_per_hour(&self, recoveries: bool) -> usize {
        let of_kind = |message: &&Message| (message.kind == MessageKind::Resolve) == recoveries;
        let times: Vec<Instant> = self.messages.iter().filter(of_kind).map(|message| message.at).collect();
        let within = |from: &Instant| {
            times
                .iter()
                .filter(|at| *at >= from && at.since(*from) < Duration::from_secs(3600))
                .count()
        };
        times.iter().map(within).max().unwrap_or(0)
    }

    fn count(&self, kind: MessageKind) -> usize {
        self.messages.iter().filter(|message| message.kind == kind).count()
    }
}

fn storm(seed: u64, at_once: bool) -> (Log, BTreeSet<ClientId>) {
    let (mut desk, rules, mut log, mut random) = (Desk::default(), DeskRules::default(), Log::default(), seed);
    let mut roll = move |sides: u64| {
        random = random
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (random >> 33) % sides
    };
    let traits = Traits {
        provider: "vercel".to_owned(),
        template_version: Some("business 1.4.0".to_owned()),
        rollout: None,
    };
    // Each site goes down for a while; all at once, or any time within ten hours.
    let mut course: Vec<(u64, usize, bool)> = (0..5000)
        .flat_map(|number| {
            let down = if at_once { roll(10) } else { roll(36_000) };
            [(down, number, true), (down + 60 + roll(3 * 3600), number, false)]
        })
        .collect();
    course.sort_unstable();
    let mut next = course.into_iter().peekable();
    for minute in 0..20 * 60 {
        while let Some((second, number, down)) = next.next_if(|(second, ..)| *second <= minute * 60) {
            let news = if down {
                News::Begun(Trouble::Down)
            } else {
                News::Over(Trouble::Down)
            };
            desk.report(&rules, &client(number), &traits, &news, after(second), after(second));
        }
        let settlement = desk.settle(&rules, &|_: &Cause| 1, after(minute * 60));
        log.take(settlement);
    }
    assert!(desk.open.is_empty());
    // A message names the first sites and counts all; whoever is in it is told of.
    let members = log.closed.iter().flat_map(|incident| &incident.members);
    let told = members
        .filter(|(_, member)| member.told)
        .map(|(client, _)| client.clone());
    let told = told.collect();
    (log, told)
}

#[test]
fn a_storm_of_5000_in_one_sweep_is_one_page_and_one_recovery() {
    let (log, told) = storm(1, true);
    assert_eq!(told.len(), 5000, "the page is about all");
    let page = &log.messages[0];
    assert_eq!((page.site_count, page.sites.len()), (5000, MOST_SITES));
    assert_eq!(
        (log.count(MessageKind::Trigger), log.count(MessageKind::Resolve)),
        (1, 1)
    );
    assert!(log.messages.len() <= 3, "{}", log.messages.len());
}

#[test]
fn a_storm_of_5000_over_ten_hours_keeps_the_bound_and_loses_nothing() {
    for seed in 1..4 {
        let (log, told) = storm(seed, false);
        let rules = DeskRules::default();
        let bound = rules.pages_per_hour as usize;
        assert!(log.most_per_hour(false) <= bound, "{}", log.most_per_hour(false));
        let recoveries = bound + rules.open_at_most as usize + 1;
        assert!(log.most_per_hour(true) <= recoveries, "{}", log.most_per_hour(true));
        assert_eq!(log.count(MessageKind::Trigger), log.count(MessageKind::Resolve));
        let triggered: BTreeSet<&String> = log
            .messages
            .iter()
            .filter(|one| one.kind == MessageKind::Trigger)
            .map(|one| &one.incident)
            .collect();
        assert_eq!(triggered.len(), log.count(MessageKind::Trigger), "one trigger each");
        let ids: BTreeSet<&String> = log.messages.iter().map(|message| &message.id).collect();
        assert_eq!(ids.len(), log.messages.len());
        // A site that is back before the next page is due needs none; whoever stayed down was told of.
        assert!(told.len() > 4000, "{}", told.len());
        for incident in &log.closed {
            for (client, member) in &incident.members {
                let lasted = member.over.unwrap().since(member.since);
                assert!(
                    member.told || lasted < Duration::from_secs(3600),
                    "{client} was down for {lasted:?}"
                );
            }
        }
    }
}
