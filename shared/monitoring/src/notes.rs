//! What a check has found out so far: it stays when the check is cut off.

use std::time::{Duration, Instant};

use domain::{
    Instant as Moment,
    monitoring::{ConditionResult, Failure, FrontPage, HealthAnswer, Probe, Timings},
};

/// A phase that may come several times, once for each hop.
#[derive(Default)]
pub(crate) struct Phase(Option<Duration>);

impl Phase {
    pub(crate) fn add(&mut self, time: Duration) {
        self.0 = Some(self.0.unwrap_or_default() + time);
    }

    /// Only the last time counts.
    pub(crate) const fn set(&mut self, time: Duration) {
        self.0 = Some(time);
    }
}

pub(crate) struct Notes {
    started: Instant,
    pub(crate) dns: Phase,
    pub(crate) connect: Phase,
    pub(crate) tls: Phase,
    pub(crate) first_byte: Phase,
    pub(crate) certificate_expires_at: Option<Moment>,
    pub(crate) condition: Option<ConditionResult>,
    health: Option<Result<HealthAnswer, Failure>>,
    front: Option<(Result<FrontPage, Failure>, Timings)>,
}

impl Notes {
    pub(crate) fn new() -> Self {
        Self {
            started: Instant::now(),
            dns: Phase::default(),
            connect: Phase::default(),
            tls: Phase::default(),
            first_byte: Phase::default(),
            certificate_expires_at: None,
            condition: None,
            health: None,
            front: None,
        }
    }

    /// The front page has answered, or has not: its times are what they are now.
    pub(crate) fn front(&mut self, front: Result<FrontPage, Failure>) {
        let in_ms = |phase: &Phase| phase.0.map(milliseconds);
        let timings = Timings {
            dns_ms: in_ms(&self.dns),
            connect_ms: in_ms(&self.connect),
            tls_ms: in_ms(&self.tls),
            first_byte_ms: in_ms(&self.first_byte),
            total_ms: milliseconds(self.started.elapsed()),
        };
        self.front = Some((front, timings));
    }

    pub(crate) fn health(&mut self, health: Result<HealthAnswer, Failure>) {
        self.health = Some(health);
    }

    /// What was found. What had not come when the time was over did not come in time.
    pub(crate) fn into_probe(mut self, checked_at: Moment) -> Probe {
        if self.front.is_none() {
            self.front(Err(Failure::Timeout));
        }
        let (front, timings) = self.front.unwrap_or((Err(Failure::Timeout), Timings::default()));
        let health = match (front, self.health) {
            (Ok(_), None) => Some(Err(Failure::Timeout)),
            (_, health) => health,
        };
        Probe {
            checked_at,
            front,
            health,
            timings,
            certificate_expires_at: self.certificate_expires_at,
            condition: self.condition,
        }
    }
}

fn milliseconds(time: Duration) -> u32 {
    u32::try_from(time.as_millis()).unwrap_or(u32::MAX)
}
