//! The packed page: what goes in comes out, nothing breaks the reader, and it is small.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, missing_docs, reason = "tests")]

use std::time::Duration;

use domain::{
    ClientId,
    monitoring::{
        Check, CheckKind, Confirmation, Counted, Critical, Entry, Failure, Finding, Minute, PageError, Rules, RunPage,
        SiteKey, Warnings,
    },
};
use proptest::prelude::*;

const RUN: Minute = Minute::from_number(29_400_000);

fn site(number: u64) -> SiteKey {
    SiteKey::of(&format!("cl_{number:026}").parse::<ClientId>().unwrap())
}

fn finding() -> impl Strategy<Value = Finding> {
    let failure = || proptest::sample::select(Failure::ALL.to_vec());
    prop_oneof![
        Just(Finding::Healthy),
        Just(Finding::Inconclusive),
        (1_u16..).prop_map(|bits| Finding::Warning(Warnings::from_bits(bits))),
        failure().prop_map(|failure| Finding::Critical(Critical::Unreachable(failure))),
        failure().prop_map(|failure| Finding::Critical(Critical::HealthUnreachable(failure))),
        any::<u16>().prop_map(|status| Finding::Critical(Critical::FrontPage(status))),
        any::<u16>().prop_map(|status| Finding::Critical(Critical::HealthStatus(status))),
        proptest::sample::select(vec![
            Critical::HealthUnreadable,
            Critical::Failing,
            Critical::Database,
            Critical::Condition
        ])
        .prop_map(Finding::Critical),
    ]
}

/// A site after any course of checks.
fn entry() -> impl Strategy<Value = Entry> {
    let course = proptest::collection::vec((finding(), 1_u64..2_000_000, 0_u8..3), 1..30);
    (any::<u64>(), course, any::<bool>(), proptest::option::of(any::<u32>())).prop_map(
        |(number, course, excused, latency_ms)| {
            let (rules, mut state, mut at) = (Rules::default(), Confirmation::default(), RUN.start());
            for (finding, wait, kind) in &course {
                let kind = if *kind == 0 {
                    CheckKind::Scheduled
                } else {
                    CheckKind::Recheck(*kind)
                };
                state.observe(
                    &rules,
                    Check {
                        at,
                        kind,
                        finding: *finding,
                    },
                );
                at = at.after(Duration::from_millis(*wait));
            }
            if state.seen_at().is_none() {
                state.observe(
                    &rules,
                    Check {
                        at,
                        kind: CheckKind::Scheduled,
                        finding: Finding::Healthy,
                    },
                );
            }
            Entry {
                site: site(number % 10_u64.pow(18)),
                at,
                finding: course[0].0,
                excused,
                latency_ms,
                state,
            }
        },
    )
}

fn page() -> impl Strategy<Value = RunPage> {
    (
        any::<u32>(),
        any::<u16>(),
        any::<bool>(),
        any::<bool>(),
        proptest::collection::vec(entry(), 0..20),
    )
        .prop_map(|(run, shard, recheck, blind, entries)| RunPage {
            run: Minute::from_number(run),
            shard,
            recheck,
            blind,
            entries,
        })
}

proptest! {
    #[test]
    fn what_goes_in_comes_out(page in page()) {
        prop_assert_eq!(RunPage::decode(&page.encode()), Ok(page));
    }

    #[test]
    fn a_page_that_is_cut_off_or_longer_is_refused(page in page(), cut in any::<prop::sample::Index>()) {
        let mut bytes = page.encode();
        let cut = cut.index(bytes.len());
        prop_assert!(RunPage::decode(&bytes[..cut]).is_err());
        bytes.push(0);
        prop_assert!(RunPage::decode(&bytes).is_err());
    }

    #[test]
    fn no_bytes_break_the_reader(mut bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let _ = RunPage::decode(&bytes);
        if let Some(version) = bytes.first_mut() {
            *version = 1;
            let _ = RunPage::decode(&bytes);
        }
    }

    #[test]
    fn a_rechecked_site_goes_on_as_if_it_had_not_been_stored(entry in entry(), finding in finding()) {
        let page = RunPage { run: RUN, shard: 1, recheck: false, blind: false, entries: vec![entry] };
        let mut stored = RunPage::decode(&page.encode()).unwrap().entries[0].state;
        let mut kept = entry.state;
        let check = Check { at: entry.at.after(Duration::from_secs(300)), kind: CheckKind::Scheduled, finding };
        prop_assert_eq!(stored.observe(&Rules::default(), check), kept.observe(&Rules::default(), check));
    }
}

#[test]
fn a_newer_page_says_so() {
    assert_eq!(RunPage::decode(&[2, 0, 0]), Err(PageError::Version(2)));
    assert_eq!(RunPage::decode(&[]), Err(PageError::Truncated));
}

/// A well site that has been seen before, checked some seconds after the run began.
fn well(number: u64) -> Entry {
    let (rules, mut state) = (Rules::default(), Confirmation::default());
    let at = RUN.start().after(Duration::from_millis(number * 37 % 20_000));
    for at in [at.before(Duration::from_secs(300)), at] {
        let check = Check {
            at,
            kind: CheckKind::Scheduled,
            finding: Finding::Healthy,
        };
        state.observe(&rules, check);
    }
    Entry {
        site: site(number),
        at,
        finding: Finding::Healthy,
        excused: false,
        latency_ms: Some(40 + u32::try_from(number % 700).unwrap()),
        state,
    }
}

/// A site with a warning that was reported, or one that has been down for a while.
fn troubled(number: u64) -> Entry {
    let mut entry = well(number);
    entry.finding = if number.is_multiple_of(2) {
        Finding::Critical(Critical::Unreachable(Failure::Timeout))
    } else {
        Finding::Warning(Warnings::from_bits(0b10_0001))
    };
    for step in 1..6 {
        let check = Check {
            at: entry.at.after(Duration::from_secs(300)),
            kind: CheckKind::Scheduled,
            finding: entry.finding,
        };
        entry.state.observe(&Rules::default(), check);
        entry.at = check.at.before(Duration::from_secs(step % 2));
    }
    entry
}

#[test]
fn ten_thousand_sites_cost_at_most_a_fiftieth_of_a_write_unit_per_check() {
    // 50 workers with 200 sites each; 2 in 100 are in trouble. Key and attribute names of the record come to some 100 bytes.
    let mut bytes = 0;
    let units: usize = (0..50)
        .map(|shard: u16| {
            let number = |n: u64| u64::from(shard) * 200 + n;
            let entries = (0..200)
                .map(|n| {
                    if n % 50 == 7 {
                        troubled(number(n))
                    } else {
                        well(number(n))
                    }
                })
                .collect();
            let page = RunPage {
                run: RUN,
                shard,
                recheck: false,
                blind: false,
                entries,
            };
            bytes += page.encode().len();
            (page.encode().len() + 100).div_ceil(1024)
        })
        .sum();
    println!(
        "{} write units, {:.2} bytes per check",
        units,
        f64::from(u32::try_from(bytes).unwrap()) / 10_000.0
    );
    assert!(units <= 10_000 / 50 + 3, "{units} write units");
    assert!(bytes <= 14 * 10_000, "{bytes} bytes");
}

#[test]
fn what_counts_towards_uptime() {
    let mut page = RunPage {
        run: RUN,
        shard: 0,
        recheck: false,
        blind: false,
        entries: vec![troubled(2)],
    };
    let counted = |page: &RunPage| page.raw_check(&page.entries[0]).map(|check| check.counted);
    assert_eq!(counted(&page), Some(Counted::Failed));
    page.blind = true;
    assert_eq!(
        counted(&page),
        Some(Counted::Inconclusive),
        "a blind worker costs no uptime"
    );
    page.entries[0].excused = true;
    assert_eq!(counted(&page), Some(Counted::Excused));
    page.recheck = true;
    assert_eq!(counted(&page), None);
}
