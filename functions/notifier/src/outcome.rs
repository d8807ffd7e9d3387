//! What becomes of a notice: pure.
//!
//! For a mail to one address there is no message for the next attempt: the row becomes due and the reconciler sends one.

use std::time::Duration;

use domain::{ClientStatus, Instant, Notice, NoticeState, channel::Routed};
use notify::MailError;

/// The first pause between attempts; longer than one attempt can take, so that two never overlap.
pub const FIRST_PAUSE: Duration = Duration::from_secs(60);
/// The longest pause.
pub const LONGEST_PAUSE: Duration = Duration::from_secs(15 * 60);
/// After this a notice is given up.
pub const GIVEN_UP_AFTER: Duration = Duration::from_secs(24 * 3600);

/// Is there something to do for it now?
pub fn is_due(notice: &Notice, now: Instant) -> bool {
    notice.state == NoticeState::Pending && notice.due_at <= now
}

/// Is there nobody left to tell? (`None`: the client's record is gone.)
pub const fn is_pointless(status: Option<ClientStatus>) -> bool {
    matches!(status, None | Some(ClientStatus::Deleting | ClientStatus::Deleted))
}

/// Written before an attempt, on condition that nobody else did: so no other begins meanwhile, and a crash is followed by one.
pub fn begun(notice: &mut Notice, now: Instant) {
    let doublings = notice.attempts.min(8);
    let pause = FIRST_PAUSE.saturating_mul(1 << doublings).min(LONGEST_PAUSE);
    notice.attempts = notice.attempts.saturating_add(1);
    notice.due_at = now.after(pause);
}

/// The channel accepted it.
pub fn delivered(notice: &mut Notice, now: Instant) {
    notice.state = NoticeState::Delivered;
    notice.delivered_at = Some(now);
    notice.error = None;
}

/// Nobody is to be told: its client is going or gone, or no address is set.
pub const fn dropped(notice: &mut Notice) {
    notice.state = NoticeState::Dropped;
}

/// It can never be delivered.
pub fn failed(notice: &mut Notice, why: impl Into<String>) {
    notice.state = NoticeState::Failed;
    notice.error = Some(why.into());
}

/// The channel did not accept it, for now or for good.
pub fn refused(notice: &mut Notice, error: &MailError, now: Instant) {
    if error.retryable() && now.since(notice.created_at) < GIVEN_UP_AFTER {
        notice.error = Some(error.to_string());
    } else {
        failed(notice, error.to_string());
    }
}

/// It was routed: each of these channels has a row of its own now.
pub fn routed(notice: &mut Notice, routed: Vec<Routed>, now: Instant) {
    if routed.is_empty() {
        dropped(notice);
    } else {
        delivered(notice, now);
    }
    notice.routed = Some(routed);
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Instant = Instant::from_milliseconds(1_762_939_800_000);

    fn notice() -> Notice {
        Notice::welcome(&"cl_01jdexmp1e0000000000000000".parse().unwrap(), NOW)
    }

    fn throttled() -> MailError {
        MailError::Throttled {
            code: "Throttling".to_owned(),
        }
    }

    #[test]
    fn pauses_grow_up_to_a_quarter_of_an_hour() {
        let mut notice = notice();
        let pauses: Vec<u64> = (0..12)
            .map(|_| {
                begun(&mut notice, NOW);
                notice.due_at.since(NOW).as_secs()
            })
            .collect();
        assert_eq!(pauses, [60, 120, 240, 480, 900, 900, 900, 900, 900, 900, 900, 900]);
        assert_eq!(notice.attempts, 12);
    }

    #[test]
    fn an_attempt_that_has_begun_keeps_others_away_until_its_pause_is_over() {
        let mut notice = notice();
        assert!(is_due(&notice, NOW));
        begun(&mut notice, NOW);
        assert!(!is_due(&notice, NOW.after(Duration::from_secs(59))));
        assert!(is_due(&notice, NOW.after(Duration::from_secs(60))));
        delivered(&mut notice, NOW);
        assert!(!is_due(&notice, NOW.after(LONGEST_PAUSE)));
    }

    #[test]
    fn passing_trouble_is_tried_again_for_a_day_and_a_rejection_never() {
        let mut passing = notice();
        refused(&mut passing, &throttled(), NOW.after(Duration::from_secs(86_399)));
        assert_eq!(passing.state, NoticeState::Pending);
        assert!(passing.error.is_some());
        refused(&mut passing, &throttled(), NOW.after(GIVEN_UP_AFTER));
        assert_eq!(passing.state, NoticeState::Failed);

        let mut rejected = notice();
        let unverified = MailError::Rejected {
            reason: notify::Rejection::Unverified,
        };
        refused(&mut rejected, &unverified, NOW);
        assert_eq!(rejected.state, NoticeState::Failed);
    }

    #[test]
    fn nobody_is_welcomed_to_a_site_that_is_going() {
        for status in ClientStatus::ALL {
            let going = matches!(status, ClientStatus::Deleting | ClientStatus::Deleted);
            assert_eq!(is_pointless(Some(status)), going, "{}", status.name());
        }
        assert!(is_pointless(None));
    }
}
