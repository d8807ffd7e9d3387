//! The verdict on one check: laws for any probe.
#![allow(clippy::unwrap_used, missing_docs, reason = "tests")]

use domain::{
    Instant,
    monitoring::{
        Failure, Finding, FrontPage, HealthAnswer, HealthFacts, Known, Probe, Thresholds, Timings, Warnings, judge,
    },
};
use proptest::prelude::*;
use serde_json::json;

fn any_probe() -> impl Strategy<Value = Probe> {
    let failure = || proptest::sample::select(Failure::ALL.to_vec());
    let front = prop_oneof![
        failure().prop_map(Err),
        (100_u16..600, any::<bool>(), 0_u8..6).prop_map(|(status, by_get, redirects)| Ok(FrontPage {
            status,
            by_get,
            redirects
        }))
    ];
    let word = proptest::sample::select(vec!["ok", "degraded", "error", "", "OK "]);
    let body = (word.clone(), word, any::<u64>(), any::<u64>()).prop_map(|(status, database, used, total)| {
        json!({"status": status, "database": {"status": database}, "memory": {"used": used, "total": total}})
    });
    let health = prop_oneof![
        failure().prop_map(Err),
        (100_u16..600, body).prop_map(|(status, body)| Ok(HealthAnswer {
            status,
            facts: HealthFacts::of(&body)
        }))
    ];
    (
        front,
        proptest::option::of(health),
        any::<u32>(),
        proptest::option::of(any::<i64>()),
    )
        .prop_map(|(front, health, total_ms, ends)| Probe {
            front,
            health,
            timings: Timings {
                total_ms,
                ..Timings::default()
            },
            certificate_expires_at: ends.map(Instant::from_milliseconds),
            checked_at: Instant::from_milliseconds(1_764_000_000_000),
            condition: None,
        })
}

proptest! {
    #[test]
    fn healthy_means_that_both_answered_well(probe in any_probe(), low_uptime: bool) {
        let finding = judge(&probe, &Thresholds::default(), Known { low_uptime });
        let answered = probe.front.is_ok_and(|front| (200..300).contains(&front.status) || front.status == 429);
        if matches!(finding, Finding::Healthy | Finding::Warning(_)) {
            prop_assert!(answered && matches!(&probe.health, Some(Ok(_))));
        }
        prop_assert_eq!(finding == Finding::Healthy, finding.problem().is_none());
        prop_assert!(finding != Finding::Warning(Warnings::NONE));
    }

    #[test]
    fn a_worse_limit_never_makes_a_better_verdict(probe in any_probe()) {
        let strict = Thresholds { slow_ms: 0, memory_percent: 0, certificate_days: [u16::MAX; 4], ..Thresholds::default() };
        let lax = judge(&probe, &Thresholds::default(), Known::default());
        let harsh = judge(&probe, &strict, Known::default());
        prop_assert!(lax == harsh || matches!(harsh, Finding::Warning(_)));
    }
}
