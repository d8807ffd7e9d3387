//! The verdict on one check: the list word for word.
#![allow(clippy::panic, clippy::unwrap_used, missing_docs, reason = "tests")]

use std::time::Duration;

use domain::{
    HealthStatus, Instant,
    monitoring::{
        ConditionResult, Critical, Failure, Finding, FrontPage, HealthAnswer, HealthFacts, Known, Probe, Thresholds,
        Timings, Warning, Warnings, judge,
    },
};
use serde_json::{Value, json};

const NOW: Instant = Instant::from_milliseconds(1_764_000_000_000);
const DAY: Duration = Duration::from_secs(86_400);

fn answer(status: u16, body: &Value) -> HealthAnswer {
    HealthAnswer {
        status,
        facts: HealthFacts::of(body),
    }
}

fn healthy() -> Probe {
    Probe {
        checked_at: NOW,
        front: Ok(FrontPage {
            status: 200,
            by_get: false,
            redirects: 0,
        }),
        health: Some(Ok(answer(
            200,
            &json!({"status": "ok", "database": {"status": "ok", "latencyMs": 1.0}, "memory": {"used": 50, "total": 100}}),
        ))),
        timings: Timings {
            total_ms: 80,
            ..Timings::default()
        },
        certificate_expires_at: Some(NOW.after(DAY * 60)),
        condition: None,
    }
}

fn with_front(status: u16) -> Probe {
    let mut probe = healthy();
    probe.front = probe.front.map(|front| FrontPage { status, ..front });
    probe
}

fn saying(status: u16, body: &Value) -> Probe {
    Probe {
        health: Some(Ok(answer(status, body))),
        ..healthy()
    }
}

fn verdict(probe: &Probe) -> Finding {
    judge(probe, &Thresholds::default(), Known::default())
}

fn warning(warnings: &[Warning]) -> Finding {
    Finding::Warning(warnings.iter().copied().collect())
}

#[test]
fn a_front_page_answers_2xx_or_is_critical() {
    for status in [200, 201, 204, 206, 299] {
        assert_eq!(verdict(&with_front(status)), Finding::Healthy, "{status}");
    }
    for status in [
        300, 304, 400, 401, 402, 403, 404, 405, 410, 418, 451, 500, 501, 502, 503, 504, 599,
    ] {
        let expected = Finding::Critical(Critical::FrontPage(status));
        assert_eq!(verdict(&with_front(status)), expected, "{status}");
    }
    assert_eq!(verdict(&with_front(429)), warning(&[Warning::RateLimited]));
}

#[test]
fn no_answer_is_critical_unless_the_fault_is_ours() {
    for failure in Failure::ALL {
        let front = Probe {
            front: Err(failure),
            health: None,
            ..healthy()
        };
        let health = Probe {
            health: Some(Err(failure)),
            ..healthy()
        };
        if failure == Failure::Ourselves {
            assert_eq!(verdict(&front), Finding::Inconclusive);
            assert_eq!(verdict(&health), Finding::Inconclusive);
        } else {
            assert_eq!(verdict(&front), Finding::Critical(Critical::Unreachable(failure)));
            assert_eq!(
                verdict(&health),
                Finding::Critical(Critical::HealthUnreachable(failure))
            );
        }
    }
    let not_asked = Probe {
        health: None,
        ..healthy()
    };
    assert_eq!(verdict(&not_asked), Finding::Inconclusive);
}

#[test]
fn the_health_endpoint_says_how_the_site_is() {
    let well = json!({"status": "ok", "database": {"status": "ok"}});
    let table = [
        (200, well.clone(), Finding::Healthy),
        (200, json!({"status": "healthy"}), Finding::Healthy),
        (429, json!({}), warning(&[Warning::RateLimited])),
        (500, well.clone(), Finding::Critical(Critical::HealthStatus(500))),
        (404, well.clone(), Finding::Critical(Critical::HealthStatus(404))),
        (302, well, Finding::Critical(Critical::HealthStatus(302))),
        (200, json!("<html>"), Finding::Critical(Critical::HealthUnreadable)),
        (200, json!([]), Finding::Critical(Critical::HealthUnreadable)),
        (200, json!({}), Finding::Critical(Critical::HealthUnreadable)),
        (200, json!({"status": 1}), Finding::Critical(Critical::HealthUnreadable)),
        (200, json!({"status": "error"}), Finding::Critical(Critical::Failing)),
        (
            200,
            json!({"status": "ok", "database": {"status": "error"}}),
            Finding::Critical(Critical::Database),
        ),
        (
            503,
            json!({"status": "error", "database": {"status": "error"}}),
            Finding::Critical(Critical::Database),
        ),
        (
            200,
            json!({"status": "ok", "database": {"status": "degraded"}}),
            warning(&[Warning::Database]),
        ),
        (
            200,
            json!({"status": "degraded", "database": {"status": "degraded"}}),
            warning(&[Warning::Database]),
        ),
        (200, json!({"status": "degraded"}), warning(&[Warning::Degraded])),
        (
            200,
            json!({"status": "ok", "memory": {"used": 90, "total": 100}}),
            Finding::Healthy,
        ),
        (
            200,
            json!({"status": "ok", "memory": {"used": 91, "total": 100}}),
            warning(&[Warning::Memory]),
        ),
        (
            200,
            json!({"status": "ok", "memory": {"used": 1, "total": 0}}),
            Finding::Healthy,
        ),
    ];
    for (status, body, expected) in table {
        assert_eq!(verdict(&saying(status, &body)), expected, "{status} {body}");
    }
}

#[test]
fn slower_than_the_limit_is_a_warning() {
    for (total_ms, limit, expected) in [
        (3000, 3000, Finding::Healthy),
        (3001, 3000, warning(&[Warning::Slow])),
        (3001, 5000, Finding::Healthy),
    ] {
        let mut probe = healthy();
        probe.timings.total_ms = total_ms;
        let thresholds = Thresholds {
            slow_ms: limit,
            ..Thresholds::default()
        };
        assert_eq!(
            judge(&probe, &thresholds, Known::default()),
            expected,
            "{total_ms} {limit}"
        );
    }
}

#[test]
fn a_certificate_warns_at_each_of_its_limits() {
    for (left, count) in [
        (60, 0),
        (22, 0),
        (21, 1),
        (15, 1),
        (14, 2),
        (8, 2),
        (7, 3),
        (2, 3),
        (1, 4),
        (0, 4),
    ] {
        let probe = Probe {
            certificate_expires_at: Some(NOW.after(DAY * left)),
            ..healthy()
        };
        let found = match verdict(&probe) {
            Finding::Warning(warnings) => warnings,
            Finding::Healthy => Warnings::NONE,
            other => panic!("{other:?}"),
        };
        let expected: Warnings = Warning::CERTIFICATE.into_iter().take(count).collect();
        assert_eq!(found, expected, "{left} days");
    }
    let plain = Probe {
        certificate_expires_at: None,
        ..healthy()
    };
    assert_eq!(verdict(&plain), Finding::Healthy);
}

#[test]
fn low_uptime_and_the_clients_own_condition_count_too() {
    let known = Known { low_uptime: true };
    assert_eq!(
        judge(&healthy(), &Thresholds::default(), known),
        warning(&[Warning::LowUptime])
    );
    for (result, expected) in [
        (ConditionResult::Met, Finding::Healthy),
        (ConditionResult::Unknown, Finding::Healthy),
        (ConditionResult::Unmet, Finding::Critical(Critical::Condition)),
    ] {
        let probe = Probe {
            condition: Some(result),
            ..healthy()
        };
        assert_eq!(verdict(&probe), expected);
    }
}

#[test]
fn the_report_tells_the_worst_in_words() {
    let report = |probe: &Probe| probe.report(verdict(probe));
    let well = report(&healthy());
    assert_eq!((well.status, well.problem), (HealthStatus::Healthy, None));
    assert_eq!(well.database_healthy, Some(true));
    let down = report(&with_front(503));
    assert_eq!(down.status, HealthStatus::Critical);
    assert_eq!(down.problem.as_deref(), Some("The front page answers 503"));
}
