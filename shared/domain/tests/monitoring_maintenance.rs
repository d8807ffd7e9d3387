//! Maintenance windows, and what summer time does to them.
#![allow(
    clippy::panic,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    missing_docs,
    reason = "tests"
)]

use std::time::Duration;

use domain::{
    ClientId, Instant, OperationId, Tag,
    monitoring::{Maintenance, Origin, Scope, Span, Weekly, When, Zone, maintenance_at, maintenance_spans},
};
use proptest::prelude::*;
use serde_json::json;

fn at(text: &str) -> Instant {
    Instant::parse(text).unwrap()
}

fn span(from: &str, until: &str) -> Span {
    Span {
        from: at(from),
        until: at(until),
    }
}

fn client(number: u8) -> ClientId {
    format!("cl_{number:026}").parse().unwrap()
}

const ALL_DAYS: [&str; 7] = [
    "monday",
    "tuesday",
    "wednesday",
    "thursday",
    "friday",
    "saturday",
    "sunday",
];

fn weekly(days: &[&str], from: &str, until: &str) -> Weekly {
    serde_json::from_value(json!({"zone": "Europe/Amsterdam", "days": days, "from": from, "until": until})).unwrap()
}

fn window(scope: Scope, when: When) -> Maintenance {
    Maintenance {
        id: "mw_1".to_owned(),
        scope,
        when,
        origin: Origin::Person("anna".to_owned()),
        reason: Some("new database".to_owned()),
    }
}

#[test]
fn every_sunday_from_two_to_four_in_amsterdam_all_the_year_round() {
    let sundays = weekly(&["sunday"], "02:00", "04:00");
    let night = |from: &str, until: &str| {
        let spans = sundays.spans(span(from, until));
        assert_eq!(spans.len(), 1, "{spans:?}");
        spans[0]
    };
    // Winter: UTC+1. Summer: UTC+2.
    assert_eq!(
        night("2026-01-17T12:00:00Z", "2026-01-18T12:00:00Z"),
        span("2026-01-18T01:00:00Z", "2026-01-18T03:00:00Z")
    );
    assert_eq!(
        night("2026-07-18T12:00:00Z", "2026-07-19T12:00:00Z"),
        span("2026-07-19T00:00:00Z", "2026-07-19T02:00:00Z")
    );
    // 29 March: 02:00 does not exist and is 03:00 (UTC+2); one hour is left.
    assert_eq!(
        night("2026-03-28T12:00:00Z", "2026-03-29T12:00:00Z"),
        span("2026-03-29T01:00:00Z", "2026-03-29T02:00:00Z")
    );
    // 25 October: 02:00 comes twice; from its first coming on there are three hours.
    assert_eq!(
        night("2026-10-24T12:00:00Z", "2026-10-25T12:00:00Z"),
        span("2026-10-25T00:00:00Z", "2026-10-25T03:00:00Z")
    );
}

#[test]
fn a_window_inside_the_hour_that_is_missing_or_comes_twice() {
    let nights = weekly(&ALL_DAYS, "02:15", "02:45");
    let on = |day: &str| nights.spans(span(&format!("{day}T00:00:00Z"), &format!("{day}T12:00:00Z")));
    assert_eq!(on("2026-03-29"), [span("2026-03-29T01:15:00Z", "2026-03-29T01:45:00Z")]);
    assert_eq!(
        on("2026-10-25"),
        [span("2026-10-25T00:15:00Z", "2026-10-25T01:45:00Z")],
        "both comings"
    );
}

#[test]
fn a_window_over_midnight_belongs_to_the_day_it_begins_on() {
    let fridays = weekly(&["friday"], "22:00", "06:00");
    let spans = fridays.spans(span("2026-11-20T00:00:00Z", "2026-11-28T12:00:00Z"));
    assert_eq!(
        spans,
        [
            span("2026-11-20T21:00:00Z", "2026-11-21T05:00:00Z"),
            span("2026-11-27T21:00:00Z", "2026-11-28T05:00:00Z"),
        ]
    );
    let saturday_morning = window(Scope::All, When::Weekly(fridays));
    assert!(saturday_morning.is_open(at("2026-11-21T04:59:59Z")));
    assert!(!saturday_morning.is_open(at("2026-11-21T05:00:00Z")));
}

#[test]
fn first_and_last_day_bound_it() {
    let mut nights = weekly(&ALL_DAYS, "01:00", "02:00");
    nights.first_day = Some("2026-11-10".parse().unwrap());
    nights.last_day = Some("2026-11-12".parse().unwrap());
    assert_eq!(
        nights.spans(span("2026-11-01T00:00:00Z", "2026-12-01T00:00:00Z")).len(),
        3
    );
}

#[test]
fn a_window_is_about_one_client_a_tag_or_all() {
    let tag: Tag = serde_json::from_value(json!("beta")).unwrap();
    let open = When::Once(span("2026-11-24T08:00:00Z", "2026-11-24T09:00:00Z"));
    let now = at("2026-11-24T08:30:00Z");
    let found = |scope: Scope, who: u8, tags: &[Tag]| {
        maintenance_at(&[window(scope, open.clone())], &client(who), tags, now).is_some()
    };
    assert!(found(Scope::Client(client(1)), 1, &[]));
    assert!(!found(Scope::Client(client(1)), 2, &[]));
    assert!(found(Scope::Tag(tag.clone()), 2, std::slice::from_ref(&tag)));
    assert!(!found(Scope::Tag(tag), 2, &[]));
    assert!(found(Scope::All, 2, &[]));
    assert!(maintenance_at(&[window(Scope::All, open)], &client(1), &[], at("2026-11-24T09:00:00Z")).is_none());
}

#[test]
fn an_operations_window_ends_with_it_or_with_its_deadline() {
    let operation: OperationId = "op_01jdexmp1e0000000000000000".parse().unwrap();
    let (now, deadline) = (at("2026-11-24T08:00:00Z"), at("2026-11-24T08:30:00Z"));
    let mut own = Maintenance::of_operation(&operation, &client(1), now, deadline);
    assert_eq!(
        own,
        Maintenance::of_operation(&operation, &client(1), now, deadline),
        "asked twice, one window"
    );
    assert!(own.is_open(at("2026-11-24T08:29:59Z")) && !own.is_open(deadline));
    own.close(at("2026-11-24T08:02:00Z"));
    assert!(own.is_open(at("2026-11-24T08:01:59Z")) && !own.is_open(at("2026-11-24T08:02:00Z")));
    own.close(at("2026-11-24T08:20:00Z"));
    assert!(!own.is_open(at("2026-11-24T08:10:00Z")), "closed once is closed");
}

#[test]
fn what_can_never_be_open_is_refused() {
    let field = |when| window(Scope::All, when).validate().err().map(|(field, _)| field);
    assert_eq!(
        field(When::Once(span("2026-11-24T08:00:00Z", "2026-11-24T08:00:00Z"))),
        Some("until")
    );
    assert_eq!(
        field(When::Once(span("2026-11-24T08:00:00Z", "2027-11-24T08:00:00Z"))),
        Some("until")
    );
    assert_eq!(field(When::Weekly(weekly(&[], "01:00", "02:00"))), Some("days"));
    assert_eq!(field(When::Weekly(weekly(&["monday"], "01:00", "02:00"))), None);
    for bad in ["Mars/Olympus", "", "CET5CEST6", "../etc/passwd"] {
        assert!(bad.parse::<Zone>().is_err(), "{bad}");
    }
    assert_eq!(
        "europe/amsterdam".parse::<Zone>().unwrap().to_string(),
        "Europe/Amsterdam"
    );
    for bad in ["2:30", "24:00", "02:60", "02:30:00", "+1:00", "é2:30"] {
        let body = json!({"zone": "UTC", "days": [], "from": bad, "until": "01:00"});
        assert!(serde_json::from_value::<Weekly>(body).is_err(), "{bad}");
    }
}

#[test]
fn windows_read_back_from_json() {
    let body = json!({
        "id": "mw_1", "scope": {"tag": "beta"}, "origin": {"person": "anna"}, "reason": null,
        "when": {"weekly": {"zone": "Europe/Amsterdam", "days": ["sunday"], "from": "02:00", "until": "04:00",
            "firstDay": "2026-11-01", "lastDay": null}},
    });
    let window: Maintenance = serde_json::from_value(body.clone()).unwrap();
    assert_eq!(serde_json::to_value(window).unwrap(), body);
}

#[test]
fn windows_that_touch_are_one() {
    let once = |from, until| window(Scope::All, When::Once(span(from, until)));
    let windows = [
        once("2026-11-24T08:30:00Z", "2026-11-24T09:30:00Z"),
        once("2026-11-24T08:00:00Z", "2026-11-24T09:00:00Z"),
        once("2026-11-24T09:30:00Z", "2026-11-24T09:40:00Z"),
        once("2026-11-24T10:00:00Z", "2026-11-24T12:00:00Z"),
    ];
    let found = maintenance_spans(
        &windows,
        &client(1),
        &[],
        span("2026-11-24T08:10:00Z", "2026-11-24T11:00:00Z"),
    );
    assert_eq!(
        found,
        [
            span("2026-11-24T08:10:00Z", "2026-11-24T09:40:00Z"),
            span("2026-11-24T10:00:00Z", "2026-11-24T11:00:00Z"),
        ]
    );
}

proptest! {
    #[test]
    fn a_daily_window_comes_every_day_and_lasts_as_long_as_the_clock_says(
        from in 0_u32..1440, minutes in 1_u32..1440, start in 0_u64..1500,
    ) {
        let text = |minute: u32| format!("{:02}:{:02}", minute / 60 % 24, minute % 60);
        let daily = weekly(&ALL_DAYS, &text(from), &text(from + minutes));
        let begin = at("2024-01-01T00:00:00Z").after(Duration::from_secs(start * 86_400));
        let year = Span { from: begin, until: begin.after(Duration::from_secs(365 * 86_400)) };
        let spans = daily.spans(year);
        prop_assert!((365..=367).contains(&spans.len()), "{}", spans.len());
        for one in &spans {
            let length = i64::try_from(one.until.since(one.from).as_secs() / 60).unwrap();
            prop_assert!((length - i64::from(minutes)).abs() <= 60 && length >= 0, "{length} for {minutes}");
        }
        prop_assert!(spans.windows(2).all(|pair| pair[0].from < pair[1].from));
        let odd = spans.iter().filter(|one| one.until.since(one.from).as_secs() != u64::from(minutes) * 60).count();
        // The clock changes up to three times in 365 days, and a change may touch the window that ends and the one that begins.
        prop_assert!(odd <= 6, "{odd} nights differ");
    }

    #[test]
    fn open_is_what_the_spans_say(from in 0_u32..1440, minutes in 1_u32..1440, second in 0_u64..20 * 86_400) {
        let text = |minute: u32| format!("{:02}:{:02}", minute / 60 % 24, minute % 60);
        let when = When::Weekly(weekly(&["sunday", "wednesday"], &text(from), &text(from + minutes)));
        let window = window(Scope::All, when);
        let (start, now) = (at("2026-10-15T00:00:00Z"), at("2026-10-15T00:00:00Z").after(Duration::from_secs(second)));
        let all = window.spans(Span { from: start.before(Duration::from_secs(86_400)), until: start.after(Duration::from_secs(22 * 86_400)) });
        prop_assert_eq!(window.is_open(now), all.iter().any(|span| span.contains(now)));
    }
}
