//! Trust, simulated: a month of 10,000 sites on a simulated clock, with noise, flapping, real outages, and outages of our own network.
//!
//! In a debug build it is a week of 400 sites; `cargo test --release -p domain --test monitoring_trust` runs all of it.
#![allow(
    clippy::panic,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    missing_docs,
    reason = "tests"
)]

use std::time::Duration;

use domain::{
    ClientId, Instant,
    monitoring::{
        Attempts, Change, Check, CheckKind, Confirmation, Counted, Critical, Failure, Finding, Minute, Rules, Sight,
        SightChange, Tally, Watch, canary_tries,
        incident::{Cause, Desk, DeskRules, MessageKind, News, Traits, Trouble},
        sight,
    },
};

const SITES: usize = if cfg!(debug_assertions) { 400 } else { 10_000 };
const DAYS: u64 = if cfg!(debug_assertions) { 7 } else { 30 };
const DAY: u64 = 86_400;
const SHARD: usize = 200;
const CANARIES: usize = 5;
/// So many in 100,000 probes fail for no reason.
const NOISE: u64 = 500;
/// A longer outage must be told.
const LONG: u64 = 390;
const DOWN: Finding = Finding::Critical(Critical::Unreachable(Failure::Timeout));

struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) % sides
    }
}

fn at(second: u64) -> Instant {
    Instant::from_milliseconds(1_764_000_000_000).after(Duration::from_secs(second))
}

/// From one second up to another.
type Outage = (u64, u64);

fn within(outages: &[Outage], second: u64) -> bool {
    outages.iter().any(|(from, until)| (*from..*until).contains(&second))
}

struct World {
    dice: Dice,
    /// By site, in order.
    outages: Vec<Vec<Outage>>,
    /// Ours: all is lost, or a fifth is.
    dark: Vec<Outage>,
    dim: Vec<Outage>,
}

impl World {
    fn new(seed: u64) -> Self {
        let mut dice = Dice(seed);
        let mut outage = |_| {
            let from = dice.roll(DAYS * DAY);
            // Half of them are short, half are long enough to be told.
            let length = if dice.roll(2) == 0 {
                60 + dice.roll(LONG)
            } else {
                LONG + dice.roll(7200)
            };
            vec![(from, from + length)]
        };
        let outages = (0..SITES).map(&mut outage).collect();
        let share = |from: u64, until: u64| (DAYS * DAY * from / 100, DAYS * DAY * until / 100);
        Self {
            dice,
            outages,
            dark: vec![share(20, 21), share(60, 61)],
            dim: vec![share(40, 45)],
        }
    }

    /// One site in 50 flaps: some ten seconds of every few minutes it does not answer.
    fn flaps(site: usize, second: u64) -> bool {
        site.is_multiple_of(50) && second % (151 + site as u64 % 97) < 10
    }

    fn lost(&mut self, second: u64) -> bool {
        self.dice.roll(100_000) < NOISE
            || within(&self.dark, second)
            || (within(&self.dim, second) && self.dice.roll(5) == 0)
    }

    fn fails(&mut self, site: usize, second: u64) -> bool {
        self.lost(second) || within(&self.outages[site], second) || Self::flaps(site, second)
    }

    fn canaries(&mut self, tries: u32, second: u64) -> Vec<Attempts> {
        let mut canary = |_| Attempts {
            failed: (0..tries).filter(|_| self.lost(second)).count() as u32,
            total: tries,
        };
        (0..CANARIES).map(&mut canary).collect()
    }

    /// What a worker makes of one site: with a part of everything lost it looks several times.
    fn look(&mut self, site: usize, second: u64, sight: Sight, failed: bool) -> Finding {
        if !failed {
            return Finding::Healthy;
        }
        let Sight::Doubtful(tries) = sight else {
            return sight.of(DOWN, 1);
        };
        if (1..tries).all(|_| self.fails(site, second)) {
            sight.of(DOWN, tries)
        } else {
            Finding::Healthy
        }
    }
}

#[derive(Default)]
struct Found {
    alerts: Vec<(u64, usize)>,
    ends: usize,
    notices: Vec<SightChange>,
    pages: usize,
    recoveries: usize,
    tally: Tally,
}

fn client(site: usize) -> ClientId {
    format!("cl_{site:026}").parse().unwrap()
}

/// What one sweep changed: second, site, change.
type News3 = (u64, usize, Change);

fn sweep(world: &mut World, states: &mut [Confirmation], second: u64, found: &mut Found) -> (Vec<News3>, Sight) {
    let (rules, mut changes, mut worst) = (Rules::default(), Vec::new(), Sight::Clear);
    for start in (0..states.len()).step_by(SHARD) {
        let sites = start..(start + SHARD).min(states.len());
        let failed: Vec<bool> = sites.clone().map(|site| world.fails(site, second)).collect();
        let count = Attempts {
            failed: failed.iter().filter(|failed| **failed).count() as u32,
            total: failed.len() as u32,
        };
        let canaries = world.canaries(canary_tries(count), second);
        let seen = sight(&canaries, count);
        if seen == Sight::Blind {
            worst = seen;
        }
        for (site, failed) in sites.zip(failed) {
            let (mut at_second, mut kind, mut failed) = (second, CheckKind::Scheduled, failed);
            loop {
                let finding = world.look(site, at_second, seen, failed);
                if kind == CheckKind::Scheduled {
                    let counted = if seen == Sight::Blind {
                        Counted::Inconclusive
                    } else {
                        Counted::of(finding)
                    };
                    found.tally.count(counted);
                }
                let check = Check {
                    at: at(at_second),
                    kind,
                    finding,
                };
                let consequences = states[site].observe(&rules, check);
                changes.extend(consequences.changes.into_iter().map(|change| (at_second, site, change)));
                let Some((next, wait)) = consequences.recheck else {
                    break;
                };
                (kind, at_second) = (next, at_second + wait.as_secs());
                failed = world.fails(site, at_second);
            }
        }
    }
    changes.sort_by_key(|(second, site, _)| (*second, *site));
    (changes, worst)
}

fn run(seed: u64) -> (World, Found) {
    let (mut world, mut found) = (World::new(seed), Found::default());
    let mut states = vec![Confirmation::default(); SITES];
    let (mut desk, mut watch, desk_rules) = (Desk::default(), Watch::default(), DeskRules::default());
    let traits = Traits {
        provider: "vercel".to_owned(),
        template_version: None,
        rollout: None,
    };
    let population = |_: &Cause| 1;
    for second in (0..DAYS * DAY).step_by(300) {
        let (changes, seen) = sweep(&mut world, &mut states, second, &mut found);
        found.notices.extend(watch.observe(Minute::of(at(second)), seen));
        for (second, site, change) in changes {
            match change {
                Change::Alert(..) => found.alerts.push((second, site)),
                Change::Resolve => found.ends += 1,
                _ => {}
            }
            for news in News::of(change, domain::monitoring::Warnings::NONE) {
                desk.report(&desk_rules, &client(site), &traits, &news, at(second), at(second));
            }
        }
        for minute in 2..5 {
            for message in desk.settle(&desk_rules, &population, at(second + minute * 60)).messages {
                assert_eq!(message.trouble, Trouble::Down);
                match message.kind {
                    MessageKind::Trigger => found.pages += 1,
                    MessageKind::Resolve => found.recoveries += 1,
                    MessageKind::Update | MessageKind::Reminder => {}
                }
            }
        }
    }
    let open = states.iter().filter(|state| state.down().is_some()).count();
    assert!(found.ends + open >= found.alerts.len(), "each alert has its end");
    assert_eq!(
        found.pages,
        found.recoveries + desk.open.iter().filter(|one| one.told_at.is_some()).count()
    );
    (world, found)
}

#[test]
fn a_month_of_trust() {
    let (world, found) = run(88_172_645_463_325_252);
    let dark = |(from, until): Outage| {
        world
            .dark
            .iter()
            .any(|(start, end)| from < end + 600 && start.saturating_sub(600) < until)
    };
    let end = DAYS * DAY - 600;
    let (mut long, mut missed, mut late) = (0, Vec::new(), 0);
    for (site, outages) in world.outages.iter().enumerate() {
        for outage in outages
            .iter()
            .filter(|one| one.1 - one.0 > LONG && !dark(**one) && one.1 < end)
        {
            long += 1;
            let told = found
                .alerts
                .iter()
                .find(|(second, of)| *of == site && (outage.0..outage.1).contains(second));
            match told {
                Some((second, _)) => late = late.max(second - outage.0),
                None => missed.push((site, *outage)),
            }
        }
    }
    let real = |second: u64, site: usize| {
        world.outages[site]
            .iter()
            .any(|one| (one.0..one.1 + 60).contains(&second))
    };
    let false_alerts: Vec<_> = found
        .alerts
        .iter()
        .filter(|(second, site)| !real(*second, *site))
        .collect();
    let per_day = false_alerts.len() as f64 / DAYS as f64;
    println!(
        "{} checks, {long} outages over 6.5 min, {} missed, told {late} s after the beginning at the latest; {} false alerts, {per_day:.2} a day; {} alerts, {} pages, {} recoveries; {:?}",
        found.tally.total() + found.tally.inconclusive,
        missed.len(),
        false_alerts.len(),
        found.alerts.len(),
        found.pages,
        found.recoveries,
        found.notices,
    );
    assert!(missed.is_empty(), "{missed:?}");
    assert!(late <= LONG, "{late}");
    assert!(per_day < 1.0, "{false_alerts:?}");
    // Two dark times: one notice and one recovery each, and no uptime lost by them.
    assert_eq!(found.notices.len(), 4, "{:?}", found.notices);
    let uptime = f64::from(found.tally.successful) / f64::from(found.tally.total());
    assert!(uptime > 0.989, "noise and flapping only: {uptime}");
}
