//! One run of the schedule: claimed, done, and written down as done.

use std::{sync::Arc, time::Duration};

use aws_lambda_events::eventbridge::EventBridgeEvent;
use domain::{Clock, Error, Instant};
use provisioning::{Auditor, Round};
use runtime::Context;
use store::Store;

/// The function's time-out in template.yaml: a run that died is free for a repetition after this.
const TIMEOUT: Duration = Duration::from_secs(900);
/// An event that is older than this does not say when its run is.
const LATE: Duration = Duration::from_secs(3600);

/// Runs of the audit.
pub struct Runs {
    store: Store,
    clock: Arc<dyn Clock>,
    auditor: Auditor,
}

impl Runs {
    pub fn new(context: &Context, auditor: Auditor) -> Self {
        Self {
            store: context.store(),
            clock: context.clock(),
            auditor,
        }
    }

    /// The run that an event stands for; `None` when it is somebody else's.
    pub async fn one(&self, event: &EventBridgeEvent) -> Result<Option<Round>, Error> {
        let now = self.clock.now();
        let scheduled = moment(said(event), now);
        let key = key(event, scheduled);
        if !self.store.claim_run(&key, now.after(TIMEOUT), now).await? {
            tracing::info!(run.key = key, "this run is done, or somebody is at it");
            return Ok(None);
        }
        let outcome = self.auditor.round(scheduled).await;
        let ended = self.store.end_run(&key, outcome.is_ok(), self.clock.now()).await;
        let round = outcome?;
        ended?;
        Ok(Some(round))
    }
}

/// When the event was due, as it says itself.
fn said(event: &EventBridgeEvent) -> Option<Instant> {
    event
        .time
        .map(|time| Instant::from_milliseconds(time.timestamp_millis()))
}

/// The moment of the schedule that a run stands for.
fn moment(said: Option<Instant>, now: Instant) -> Instant {
    said.filter(|said| *said <= now && now.since(*said) <= LATE)
        .unwrap_or(now)
}

/// The same for every event about the same run: the rule, by its name, and the minute.
fn key(event: &EventBridgeEvent, scheduled: Instant) -> String {
    let rules = event.resources.as_deref().unwrap_or_default();
    let rule = rules
        .first()
        .map_or("drift-audit", |arn| arn.rsplit('/').next().unwrap_or(arn));
    let minute = scheduled.milliseconds().div_euclid(60_000) * 60_000;
    format!("{rule}#{}", Instant::from_milliseconds(minute))
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Instant = Instant::from_milliseconds(1_795_348_812_345);

    fn sample() -> EventBridgeEvent {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../events/drift-audit/every-day.json");
        serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
    }

    #[test]
    fn two_events_about_one_run_have_one_key() {
        let mut event = sample();
        let at = said(&event).unwrap();
        let first = key(&event, at);
        assert_eq!(first, "tenantry-dev-DriftAuditEveryDay#2025-11-12T03:00:00.000Z");
        assert_eq!(key(&event, at.after(Duration::from_secs(59))), first);
        assert_ne!(key(&event, at.after(Duration::from_secs(60))), first);
        event.resources = Some(vec!["rule/another".to_owned()]);
        assert_ne!(key(&event, at), first);
    }

    #[test]
    fn a_run_stands_for_the_moment_of_its_schedule_unless_that_cannot_be() {
        let scheduled = NOW.before(Duration::from_secs(12));
        assert_eq!(moment(Some(scheduled), NOW), scheduled);
        for odd in [
            None,
            Some(NOW.before(LATE * 2)),
            Some(NOW.after(Duration::from_millis(1))),
        ] {
            assert_eq!(moment(odd, NOW), NOW);
        }
    }
}
