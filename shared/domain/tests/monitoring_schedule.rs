//! When sites are due.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, missing_docs, reason = "tests")]

use domain::{
    ClientId, Instant,
    monitoring::{Interval, Minute, SiteKey, is_due, previous_run},
};
use proptest::prelude::*;

fn every(minutes: u16) -> Interval {
    Interval::minutes(minutes).unwrap()
}

/// Any digits make a ULID.
fn site(number: u64) -> SiteKey {
    SiteKey::of(&format!("cl_{number:026}").parse::<ClientId>().unwrap())
}

#[test]
fn a_key_never_changes() {
    let client: ClientId = "cl_01jdexmp1e0000000000000000".parse().unwrap();
    assert_eq!(format!("{:?}", SiteKey::of(&client)), "9f47a9d4b66ade");
}

#[test]
fn ten_thousand_keys_differ_and_are_spread_evenly_over_workers() {
    let keys: std::collections::BTreeSet<SiteKey> = (0..10_000).map(site).collect();
    assert_eq!(keys.len(), 10_000);
    let mut shards = [0_u32; 50];
    for key in keys {
        shards[usize::from(key.shard(50))] += 1;
    }
    let (least, most) = (shards.iter().min().unwrap(), shards.iter().max().unwrap());
    assert!(*least > 150 && *most < 250, "{least} {most}");
}

#[test]
fn a_run_is_named_by_its_minute_however_late_it_is_announced() {
    let step = every(5);
    let name = |text: &str| Minute::of(Instant::parse(text).unwrap()).run(step).to_string();
    assert_eq!(name("2026-11-24T08:25:00Z"), "2026-11-24T08:25Z");
    assert_eq!(name("2026-11-24T08:29:59.999Z"), "2026-11-24T08:25Z");
    assert_eq!(name("2026-11-24T08:30:00Z"), "2026-11-24T08:30Z");
    let minute: Minute = "2026-11-24T08:25Z".parse().unwrap();
    assert_eq!(minute.to_string(), "2026-11-24T08:25Z");
    for bad in [
        "",
        "2026-11-24T08:25",
        "2026-11-24T08:25:00Z",
        "2026-11-24T25:25Z",
        "é026-11-24T08:2Z",
    ] {
        assert!(bad.parse::<Minute>().is_err(), "{bad}");
    }
}

#[test]
fn sites_of_an_hour_are_spread_evenly_over_the_runs_of_an_hour() {
    let (interval, step) = (every(60), every(5));
    let start = Minute::from_number(29_400_000).run(interval);
    for run in 0..12 {
        let run = Minute::from_number(start.number() + run * 5);
        let due = (0..12_000)
            .filter(|number| is_due(site(*number), interval, run, step))
            .count();
        assert!((850..1150).contains(&due), "{due} of 1000 expected");
    }
}

proptest! {
    #[test]
    fn a_site_is_due_exactly_once_in_its_interval(
        number: u64, interval in 1_u16..200, step in 1_u16..30, at in 0_u32..50_000_000,
    ) {
        let site = site(number % 10_u64.pow(18));
        let (interval, step) = (every(interval.max(step)), every(step));
        // As many runs as bring both patterns back to where they began.
        let runs = u32::from(u16::from(interval));
        let first = Minute::from_number(at).run(step).number();
        let minute = |run: u32| Minute::from_number(first + run * u32::from(u16::from(step)));
        let due = (0..runs).filter(|run| is_due(site, interval, minute(*run), step)).count();
        prop_assert_eq!(due, usize::from(u16::from(step)));
    }

    #[test]
    fn a_site_checked_more_often_than_there_are_runs_is_due_in_each(
        number in 0_u64..1000, interval in 1_u16..=5, at: u32,
    ) {
        prop_assert!(is_due(site(number), every(interval), Minute::from_number(at), every(5)));
    }

    #[test]
    fn the_previous_run_is_the_last_in_which_it_was_due(
        number in 0_u64..1000, interval in 1_u16..1440, step in 1_u16..30, at in 10_000_u32..50_000_000,
    ) {
        let (site, interval, step) = (site(number), every(interval), every(step));
        let run = Minute::from_number(at).run(step);
        let mut expected = run.before(u32::from(u16::from(step)));
        while !is_due(site, interval, expected, step) {
            expected = expected.before(u32::from(u16::from(step)));
        }
        prop_assert_eq!(previous_run(site, interval, run, step), expected);
    }

    #[test]
    fn a_minute_reads_back_what_it_writes(number in 0_u32..1_000_000_000) {
        let minute = Minute::from_number(number);
        prop_assert_eq!(minute.to_string().parse::<Minute>(), Ok(minute));
        prop_assert_eq!(Minute::of(minute.start()), minute);
    }
}
