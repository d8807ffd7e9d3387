//! Which run an event stands for.

use std::time::Duration;

use aws_lambda_events::eventbridge::EventBridgeEvent;
use domain::{
    Instant,
    monitoring::{Interval, Minute},
};

/// How often the schedule fires.
pub const STEP: Interval = Interval::DEFAULT;
/// An event that is older than this does not say when its run is.
const LATE: Duration = Duration::from_secs(3600);

/// A run: its moment, and whether it is about every site or those that are due.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Run {
    pub at: Instant,
    pub every_site: bool,
}

/// The run that an event stands for. One that somebody fires by hand (`"detail": {"everySite": true}`) is a run of its own.
pub fn of(event: &EventBridgeEvent, now: Instant) -> Run {
    let every_site = event.detail.get("everySite").and_then(serde_json::Value::as_bool) == Some(true);
    if every_site {
        return Run { at: now, every_site };
    }
    let said = event
        .time
        .map(|time| Instant::from_milliseconds(time.timestamp_millis()));
    let scheduled = said
        .filter(|said| *said <= now && now.since(*said) <= LATE)
        .unwrap_or(now);
    Run {
        at: Minute::of(scheduled).run(STEP).start(),
        every_site,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn event(time: &str, detail: &serde_json::Value) -> EventBridgeEvent {
        serde_json::from_value(json!({
            "version": "0", "id": "1", "detail-type": "Scheduled Event", "source": "aws.events", "account": "1",
            "time": time, "region": "eu-central-1", "resources": ["arn:aws:events:eu-central-1:1:rule/x"], "detail": detail,
        }))
        .unwrap()
    }

    #[test]
    fn events_about_the_same_five_minutes_are_one_run_and_one_by_hand_is_its_own() {
        let now = Instant::parse("2026-11-24T08:29:59Z").unwrap();
        let at = |time: &str| of(&event(time, &json!({})), now).at.to_string();
        assert_eq!(at("2026-11-24T08:25:00Z"), "2026-11-24T08:25:00.000Z");
        assert_eq!(at("2026-11-24T08:29:58Z"), "2026-11-24T08:25:00.000Z");
        // Too old, or yet to come: it is about now.
        assert_eq!(at("2026-11-23T08:25:00Z"), "2026-11-24T08:25:00.000Z");
        assert_eq!(at("2026-11-24T09:25:00Z"), "2026-11-24T08:25:00.000Z");
        let by_hand = of(&event("2026-11-24T08:25:00Z", &json!({"everySite": true})), now);
        assert_eq!((by_hand.at, by_hand.every_site), (now, true));
    }
}
