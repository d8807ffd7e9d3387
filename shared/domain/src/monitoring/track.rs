//! Which warnings a site has been reported for.

use super::warning::{Warning, Warnings};

/// So many sightings more than absences, and a warning counts; it is over when they have cancelled out.
const ENOUGH: u16 = 3;

/// What is known of a site's warnings.
///
/// A warning that comes and goes is counted up when it is seen and down when it is not, from 0 to 3: reported at 3, over at 0. So
/// neither one slow answer nor one quick one changes anything, and one that alternates is never reported. A warning that is a fact
/// (certificate, uptime) is reported and over at first sight.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct WarningTrack {
    /// Two bits for each of the fickle ones.
    counters: u16,
    reported: Warnings,
}

impl WarningTrack {
    pub(super) const fn from_parts(counters: u16, reported: Warnings) -> Self {
        Self {
            counters: counters & ((1 << (2 * Warning::FICKLE)) - 1),
            reported,
        }
    }

    pub(super) const fn counters(self) -> u16 {
        self.counters
    }

    pub(super) const fn reported(self) -> Warnings {
        self.reported
    }

    pub(super) fn is_blank(self) -> bool {
        self == Self::default()
    }

    /// Takes in what a check saw. Gives the warnings that are new and those that are over.
    pub(super) fn see(&mut self, seen: Warnings) -> (Warnings, Warnings) {
        let before = self.reported;
        for (place, warning) in Warning::ALL.into_iter().enumerate() {
            let there = seen.contains(warning);
            let (new, over) = if place < Warning::FICKLE {
                let hidden = !there && seen.contains(Warning::RateLimited) && said_by_the_site(warning);
                let count = self.count(place);
                let count = match (there, hidden) {
                    (true, _) => (count + 1).min(ENOUGH),
                    (false, true) => count,
                    (false, false) => count.saturating_sub(1),
                };
                self.set(place, count);
                (count == ENOUGH, count == 0)
            } else {
                (there, !there)
            };
            if new {
                self.reported = self.reported.with(warning);
            } else if over {
                self.reported = self.reported.without(warning);
            }
        }
        (self.reported.less(before), before.less(self.reported))
    }

    /// Is a fickle warning on its way in or out?
    pub(super) fn is_unsettled(self) -> bool {
        Warning::ALL
            .into_iter()
            .take(Warning::FICKLE)
            .enumerate()
            .any(|(place, warning)| {
                let settled = if self.reported.contains(warning) { ENOUGH } else { 0 };
                self.count(place) != settled
            })
    }

    /// Forgets what was on its way: it is too old to be put together with what comes.
    pub(super) fn settle(&mut self) {
        for (place, warning) in Warning::ALL.into_iter().take(Warning::FICKLE).enumerate() {
            self.set(place, if self.reported.contains(warning) { ENOUGH } else { 0 });
        }
    }

    const fn count(self, place: usize) -> u16 {
        (self.counters >> (2 * place)) & 3
    }

    const fn set(&mut self, place: usize, count: u16) {
        self.counters = (self.counters & !(3 << (2 * place))) | (count << (2 * place));
    }
}

/// A site that turns us away says nothing of these: their absence proves nothing.
const fn said_by_the_site(warning: Warning) -> bool {
    matches!(warning, Warning::Memory | Warning::Database | Warning::Degraded)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const SLOW: Warnings = Warnings::NONE.with(Warning::Slow);

    #[test]
    fn three_slow_answers_are_reported_and_three_quick_ones_end_it() {
        let mut track = WarningTrack::default();
        let reports: Vec<_> = [SLOW, SLOW, SLOW, SLOW].map(|seen| track.see(seen).0 == SLOW).to_vec();
        assert_eq!(reports, [false, false, true, false]);
        let ends: Vec<_> = [Warnings::NONE; 4].map(|seen| track.see(seen).1 == SLOW).to_vec();
        assert_eq!(ends, [false, false, true, false]);
        assert!(track.is_blank());
    }

    #[test]
    fn a_fact_is_reported_at_once_and_over_at_once() {
        let (mut track, fact) = (WarningTrack::default(), Warnings::NONE.with(Warning::LowUptime));
        assert_eq!(track.see(fact), (fact, Warnings::NONE));
        assert_eq!(track.see(fact), (Warnings::NONE, Warnings::NONE));
        assert_eq!(track.see(Warnings::NONE), (Warnings::NONE, fact));
    }

    #[test]
    fn a_site_that_turns_us_away_may_still_be_short_of_memory() {
        let (mut track, memory) = (WarningTrack::default(), Warnings::NONE.with(Warning::Memory));
        for _ in 0..3 {
            track.see(memory);
        }
        let limited = Warnings::NONE.with(Warning::RateLimited);
        for _ in 0..5 {
            track.see(limited);
        }
        assert_eq!(track.reported(), memory.with(Warning::RateLimited));
    }

    proptest! {
        #[test]
        fn each_report_has_one_end(seen in proptest::collection::vec(any::<u16>(), 0..60)) {
            let mut track = WarningTrack::default();
            let mut open = Warnings::NONE;
            for bits in seen {
                let (new, over) = track.see(Warnings::from_bits(bits));
                prop_assert!(new.iter().all(|one| !open.contains(one)), "reported twice");
                prop_assert!(over.iter().all(|one| open.contains(one)), "ended without a report");
                open = open.less(over).iter().chain(new.iter()).collect();
                prop_assert_eq!(open, track.reported());
            }
        }
    }
}
