//! A circuit breaker for each outside service: when it is down, operations wait instead of failing, and few calls find out when
//! it is back.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::Instant;

/// So many failures in a row, over all operations, open it.
const FAILURES: u32 = 5;
/// It stays open so long at first; twice as long after every probe that fails …
const FIRST_PAUSE: Duration = Duration::from_secs(15);
/// … but not longer than this.
const LONGEST_PAUSE: Duration = Duration::from_secs(300);
/// A probe that has not been heard of for this long is lost, and another may go.
const PROBE: Duration = Duration::from_secs(60);

/// What is known of a service's health. The default is: all is well.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Breaker {
    /// Counts the writes.
    pub version: u64,
    /// Failures in a row.
    pub failures: u32,
    /// How often in a row it was opened.
    pub trips: u32,
    /// Nobody calls before this …
    pub open_until: Option<Instant>,
    /// … and then one only, while its probe is out.
    pub probe_until: Option<Instant>,
}

/// Whether a call may go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Admission {
    /// Yes.
    Pass,
    /// As the one probe, once that is written down.
    Probe,
    /// Not before this.
    Wait(Instant),
}

impl Breaker {
    /// May a call go now?
    #[must_use]
    pub fn admit(&self, now: Instant) -> Admission {
        match (self.open_until, self.probe_until) {
            (None, _) => Admission::Pass,
            (Some(until), _) if now < until => Admission::Wait(until),
            (Some(_), Some(probe)) if now < probe => Admission::Wait(probe),
            (Some(_), _) => Admission::Probe,
        }
    }

    /// The breaker with a probe on its way.
    #[must_use]
    pub fn probing(&self, now: Instant) -> Self {
        Self {
            version: self.version + 1,
            probe_until: Some(now.after(PROBE)),
            ..self.clone()
        }
    }

    /// The breaker after a call that failed; `asked` is how long the service wants to be left alone.
    #[must_use]
    pub fn failed(&self, now: Instant, asked: Option<Duration>) -> Self {
        let failures = self.failures.saturating_add(1);
        let mut next = Self {
            version: self.version + 1,
            failures,
            ..self.clone()
        };
        let open = self.open_until.is_some_and(|until| now < until);
        let probe = self.open_until.is_some() && !open;
        // A call that was on its way when the breaker opened says nothing new; a probe that fails says enough.
        let mut pause = asked;
        if !open && (probe || failures >= FAILURES) {
            next.trips = self.trips.saturating_add(1);
            let ours = FIRST_PAUSE.saturating_mul(1 << self.trips.min(10)).min(LONGEST_PAUSE);
            pause = asked.max(Some(ours));
        }
        if let Some(pause) = pause {
            next.open_until = Some(now.after(pause)).max(self.open_until);
            next.probe_until = None;
        }
        next
    }

    /// The breaker after a call that the service answered; `None` when that is no news.
    #[must_use]
    pub fn answered(&self) -> Option<Self> {
        (self.failures > 0 || self.open_until.is_some()).then(|| Self {
            version: self.version + 1,
            ..Self::default()
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: Instant = Instant::from_milliseconds(1_764_000_000_000);

    fn down(times: u32) -> Breaker {
        (0..times).fold(Breaker::default(), |breaker, _| breaker.failed(START, None))
    }

    #[test]
    fn it_opens_after_failures_in_a_row_and_one_answer_closes_it() {
        assert_eq!(down(FAILURES - 1).admit(START), Admission::Pass);
        let open = down(FAILURES);
        assert_eq!(open.admit(START), Admission::Wait(START.after(FIRST_PAUSE)));
        assert_eq!(open.answered().unwrap().admit(START), Admission::Pass);
        assert_eq!(Breaker::default().answered(), None);
    }

    #[test]
    fn one_probe_goes_and_the_others_wait_for_it() {
        let open = down(FAILURES);
        let later = START.after(FIRST_PAUSE);
        assert_eq!(open.admit(later), Admission::Probe);
        let probing = open.probing(later);
        assert_eq!(probing.admit(later), Admission::Wait(later.after(PROBE)));
        assert_eq!(probing.admit(later.after(PROBE)), Admission::Probe, "a lost probe");
    }

    #[test]
    fn a_service_that_says_when_is_taken_at_its_word() {
        let asked = Duration::from_secs(40);
        let open = Breaker::default().failed(START, Some(asked));
        assert_eq!(open.admit(START), Admission::Wait(START.after(asked)));
    }

    #[test]
    fn a_probe_that_fails_opens_it_again_at_once() {
        let open = Breaker::default().failed(START, Some(Duration::from_secs(1)));
        let later = START.after(Duration::from_secs(1));
        let again = open.probing(later).failed(later, None);
        assert_eq!(again.admit(later), Admission::Wait(later.after(FIRST_PAUSE)));
    }

    #[test]
    fn half_an_hour_of_outage_costs_ten_probes_at_most() {
        let mut breaker = down(FAILURES);
        let (mut now, mut probes) = (START, 0);
        while now.since(START) < Duration::from_secs(1800) {
            match breaker.admit(now) {
                Admission::Wait(until) => now = until,
                Admission::Probe => {
                    probes += 1;
                    breaker = breaker.probing(now).failed(now, None);
                }
                Admission::Pass => panic!("it is open"),
            }
        }
        assert!((1..=10).contains(&probes), "{probes}");
    }
}
