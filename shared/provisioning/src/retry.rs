//! When to look or try again.

use std::time::Duration;

use domain::Entropy;

/// The first pause is up to this long; it doubles with every attempt.
const BASE: Duration = Duration::from_millis(500);
/// No pause is longer than this.
const LONGEST: Duration = Duration::from_secs(60);

/// The pause before attempt number `attempt` + 1: exponential with full jitter, and never shorter than the service asked for.
pub fn backoff(attempt: u32, asked: Option<Duration>, entropy: &dyn Entropy) -> Duration {
    let most = BASE.saturating_mul(1 << attempt.saturating_sub(1).min(10)).min(LONGEST);
    let mut chance = [0_u8; 4];
    entropy.fill(&mut chance);
    let jittered = most.mul_f64(f64::from(u32::from_be_bytes(chance)) / f64::from(u32::MAX));
    asked.map_or(jittered, |asked| asked + jittered.min(Duration::from_secs(5)))
}

/// When to look again at something that takes its time: 5 % of the time it has taken, but not before the provider's minimum.
pub fn next_look(elapsed: Duration, minimum: Duration) -> Duration {
    minimum.max(elapsed / 20)
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Always(u8);
    impl Entropy for Always {
        fn fill(&self, buffer: &mut [u8]) {
            buffer.fill(self.0);
        }
    }

    #[test]
    fn pauses_grow_and_are_bounded() {
        assert_eq!(backoff(1, None, &Always(255)), Duration::from_millis(500));
        assert_eq!(backoff(3, None, &Always(255)), Duration::from_secs(2));
        assert_eq!(backoff(40, None, &Always(255)), LONGEST);
        assert_eq!(backoff(3, None, &Always(0)), Duration::ZERO);
    }

    #[test]
    fn what_the_service_asked_for_is_kept() {
        let asked = Duration::from_secs(30);
        assert!(backoff(1, Some(asked), &Always(0)) >= asked);
        assert!(backoff(1, Some(asked), &Always(255)) <= asked + Duration::from_secs(5));
    }

    #[test]
    fn looks_come_less_often_with_time() {
        let minimum = Duration::from_millis(200);
        assert_eq!(next_look(Duration::ZERO, minimum), minimum);
        assert_eq!(next_look(Duration::from_secs(100), minimum), Duration::from_secs(5));
    }
}
