//! Uptime: the guide's figure, and laws.
#![allow(clippy::unwrap_used, clippy::float_cmp, missing_docs, reason = "tests")]

use std::time::Duration;

use domain::{
    Instant,
    monitoring::{
        Change, Check, CheckKind, Confirmation, Counted, Day, DayRollUp, Finding, Interval, Latency, RawCheck, Records,
        Rules, Tally, Uptime, Warning, Warnings, Window, uptime,
    },
};
use proptest::prelude::*;

const DAY: u64 = 86_400;

fn at(text: &str) -> Instant {
    Instant::parse(text).unwrap()
}

fn check(at: Instant, counted: Counted) -> RawCheck {
    RawCheck {
        at,
        counted,
        latency_ms: (counted == Counted::Successful).then_some(100),
    }
}

/// One check every five minutes in `[from, until)`; `counted` is asked with its number.
fn checks(from: Instant, until: Instant, counted: impl Fn(u64) -> Counted) -> Vec<RawCheck> {
    let count = until.since(from).as_secs() / 300;
    (0..count)
        .map(|n| check(from.after(Duration::from_secs(n * 300)), counted(n)))
        .collect()
}

fn records<'a>(since: Instant, days: &'a [DayRollUp], checks: &'a [RawCheck]) -> Records<'a> {
    Records {
        since,
        interval: Interval::DEFAULT,
        days,
        checks,
    }
}

#[test]
fn the_guides_golden_figure() {
    let (since, now) = (at("2026-10-25T08:25:00Z"), at("2026-11-24T08:25:00Z"));
    let raw = checks(since, now, |n| {
        if n % 720 == 5 {
            Counted::Failed
        } else {
            Counted::Successful
        }
    });
    let found = uptime(Window::Month, now, &records(since, &[], &raw));
    assert_eq!((found.successful, found.total), (8628, 8640));
    assert_eq!((found.percentage, found.coverage), (Some(99.86), 1.0));
}

#[test]
fn the_same_from_day_roll_ups() {
    let (since, now) = (at("2026-10-25T00:00:00Z"), at("2026-11-24T00:00:00Z"));
    let raw = checks(since, now, |n| {
        if n % 720 == 5 {
            Counted::Failed
        } else {
            Counted::Successful
        }
    });
    let mut days = Vec::new();
    let mut day = Day::of(since);
    while day.start() < now {
        days.push(DayRollUp::of(day, since, Interval::DEFAULT, &raw));
        day = day.next();
    }
    let found = uptime(Window::Month, now, &records(since, &days, &[]));
    assert_eq!(
        (found.successful, found.total, found.percentage),
        (8628, 8640, Some(99.86))
    );
    assert_eq!(found.coverage, 1.0);
    let json = serde_json::to_string(&days.first()).unwrap();
    assert!(json.len() < 250, "{json}");
}

#[test]
fn maintenance_and_our_own_faults_count_neither_way() {
    let now = at("2026-11-24T00:00:00Z");
    let since = now.before(Duration::from_secs(DAY));
    let raw = checks(since, now, |n| match n {
        0..72 => Counted::Excused,
        72..144 => Counted::Inconclusive,
        144..147 => Counted::Failed,
        _ => Counted::Successful,
    });
    let found = uptime(Window::Day, now, &records(since, &[], &raw));
    assert_eq!((found.successful, found.total, found.excused), (141, 144, 72));
    assert_eq!(found.percentage, Some(97.91));
    assert_eq!(found.coverage, 0.6666, "144 of the 216 outside maintenance");
}

#[test]
fn a_gap_shows_as_coverage_and_not_as_downtime() {
    let now = at("2026-11-24T12:00:00Z");
    let since = now.before(Duration::from_secs(10 * DAY));
    let raw = checks(now.before(Duration::from_secs(DAY / 2)), now, |_| Counted::Successful);
    let found = uptime(Window::Day, now, &records(since, &[], &raw));
    assert_eq!((found.percentage, found.coverage), (Some(100.0), 0.5));
    let nothing = uptime(Window::Day, now, &records(since, &[], &[]));
    assert_eq!((nothing.percentage, nothing.coverage), (None, 0.0));
    // A client of today is not blamed for the days before it.
    let young = now.before(Duration::from_secs(3600));
    let raw = checks(young, now, |_| Counted::Successful);
    assert_eq!(uptime(Window::Quarter, now, &records(young, &[], &raw)).coverage, 1.0);
}

#[test]
fn one_failure_in_100000_is_not_100_percent() {
    let days = [DayRollUp {
        day: Day::of(at("2026-11-20T00:00:00Z")),
        tally: Tally {
            successful: 99_999,
            failed: 1,
            ..Tally::default()
        },
        watched_ms: 86_400_000,
        interval: Interval::DEFAULT,
        latency: None,
    }];
    let now = at("2026-11-24T00:00:00Z");
    let found = uptime(Window::Week, now, &records(at("2026-11-20T00:00:00Z"), &days, &[]));
    assert_eq!(found.percentage, Some(99.99));
}

#[test]
fn low_uptime_warns_once_with_a_day_of_data_and_is_over_at_exactly_99() {
    let of = |successful, total| Uptime {
        window: Window::Month,
        successful,
        total,
        excused: 0,
        percentage: None,
        coverage: 1.0,
    };
    let low = |successful, total| of(successful, total).is_low(99, Interval::DEFAULT);
    assert!(!low(0, 287), "less than a day of data");
    assert!(low(0, 288));
    assert!(low(8553, 8640));
    assert!(!low(8910, 9000), "exactly 99 %");
    assert!(low(8909, 9000));
    // Told once, however often it is found, and ended once.
    let (mut state, mut told) = (Confirmation::default(), Vec::new());
    for (n, successful) in [8600, 8553, 8552, 8553, 8554, 8700].into_iter().enumerate() {
        let warnings = if low(successful, 8640) {
            Warnings::NONE.with(Warning::LowUptime)
        } else {
            Warnings::NONE
        };
        let check = Check {
            at: at("2026-11-24T00:00:00Z").after(Duration::from_secs(n as u64 * 300)),
            kind: CheckKind::Scheduled,
            finding: if warnings.is_empty() {
                Finding::Healthy
            } else {
                Finding::Warning(warnings)
            },
        };
        told.extend(state.observe(&Rules::default(), check).changes);
    }
    let warning = Warnings::NONE.with(Warning::LowUptime);
    assert_eq!(told, [Change::Warned(warning), Change::Cleared(warning)]);
}

#[test]
fn percentiles_are_real_answers() {
    assert_eq!(Latency::of(vec![]), None);
    let of = |latencies: Vec<u32>| Latency::of(latencies).map(|one| [one.p50, one.p95, one.p99, one.max]);
    assert_eq!(of(vec![7]), Some([7; 4]));
    assert_eq!(of((1..=100).rev().collect()), Some([50, 95, 99, 100]));
}

fn history() -> impl Strategy<Value = Vec<RawCheck>> {
    let counted = proptest::sample::select(vec![
        Counted::Successful,
        Counted::Successful,
        Counted::Failed,
        Counted::Inconclusive,
        Counted::Excused,
    ]);
    proptest::collection::vec((0_i64..40 * 86_400, counted), 0..400).prop_map(|checks| {
        let start = at("2026-10-20T03:00:00Z").milliseconds();
        checks
            .into_iter()
            .map(|(second, one)| check(Instant::from_milliseconds(start + second * 1000), one))
            .collect()
    })
}

proptest! {
    #[test]
    fn rolling_days_up_changes_no_uptime_while_raw_checks_are_kept(
        raw in history(), second in 0_u64..45 * 86_400, which in 0_usize..4,
    ) {
        let since = at("2026-10-20T03:00:00Z");
        let now = since.after(Duration::from_secs(second));
        let (mut days, mut day) = (Vec::new(), Day::of(since));
        while day.next().start() <= now {
            days.push(DayRollUp::of(day, since, Interval::DEFAULT, &raw));
            day = day.next();
        }
        let window = Window::ALL[which];
        let (exact, rolled) = (
            uptime(window, now, &records(since, &[], &raw)),
            uptime(window, now, &records(since, &days, &raw)),
        );
        prop_assert_eq!((exact.successful, exact.total), (rolled.successful, rolled.total));
        prop_assert_eq!(exact.percentage, rolled.percentage);
        // Only the day that the window cuts may differ: without any check kept it counts as rolled up and gone.
        prop_assert!(exact.coverage <= rolled.coverage + 0.0001);
    }

    #[test]
    fn percentages_keep_their_bounds(raw in history(), which in 0_usize..4) {
        let since = at("2026-10-20T03:00:00Z");
        let found = uptime(Window::ALL[which], at("2026-11-25T00:00:00Z"), &records(since, &[], &raw));
        prop_assert!((0.0..=1.0).contains(&found.coverage));
        prop_assert!(found.percentage.is_none_or(|percent| (0.0..=100.0).contains(&percent)));
        prop_assert!(found.successful == found.total || found.percentage < Some(100.0));
    }
}
