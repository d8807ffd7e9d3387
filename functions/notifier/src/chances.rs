//! What becomes of a notice on a channel: pure. The next attempt comes soon, by a delayed message, and there are not many.

use std::time::Duration;

use domain::{Instant, Notice, NoticeKind, NoticeState, channel::ChannelId};
use notify::SendError;

use crate::outcome::{FIRST_PAUSE, GIVEN_UP_AFTER, LONGEST_PAUSE};

/// How long an attempt on a channel keeps others away; longer than the function may take.
const CLAIM: Duration = Duration::from_secs(60);
/// The pauses after the first failures on a channel.
const SHORT_PAUSES: [Duration; 2] = [Duration::from_secs(5), Duration::from_secs(15)];
/// After so many failures a channel's fallback gets it.
const PATIENCE: u32 = 3;
/// A channel that wants to be left alone for longer than this is as good as one that failed.
const LONGEST_WISH: Duration = Duration::from_secs(60);
/// Longest that what comes before is not looked for.
const LONGEST_WAIT: Duration = Duration::from_secs(60);

/// Something else comes first: the longer it takes, the less often it is looked for.
pub fn postponed(notice: &mut Notice, now: Instant) {
    let wait = now.since(notice.created_at) / 20;
    notice.due_at = now.after(wait.clamp(Duration::from_secs(1), LONGEST_WAIT));
}

/// Written before an attempt on a channel, on condition that nobody else did.
pub fn claimed(notice: &mut Notice, now: Instant) {
    notice.attempts = notice.attempts.saturating_add(1);
    notice.due_at = now.after(CLAIM);
}

/// The fallback has it.
pub fn fell_back(notice: &mut Notice, heir: Option<&ChannelId>) {
    notice.state = NoticeState::FellBack;
    if let Some(delivery) = &mut notice.delivery {
        delivery.given_to = heir.cloned();
    }
}

/// What follows from a failure on a channel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Next {
    /// It is tried again after this.
    Again(Duration),
    /// It is given up.
    GiveUp,
    /// It goes to the fallback; without one it is tried again after this, or given up.
    FallBack {
        /// Without a fallback.
        otherwise: Option<Duration>,
    },
}

/// The channel did not take it.
pub fn not_taken(notice: &mut Notice, error: &SendError, now: Instant) -> Next {
    notice.error = Some(error.to_string());
    if let Some(delivery) = &mut notice.delivery {
        delivery.unsure |= error.unsure();
    }
    let failures = notice.attempts.max(1);
    let short = SHORT_PAUSES
        .get(usize::try_from(failures - 1).unwrap_or(usize::MAX))
        .copied();
    let doublings = failures.saturating_sub(PATIENCE).min(8);
    let long = FIRST_PAUSE.saturating_mul(1 << doublings).min(LONGEST_PAUSE);
    let wish = error.retry_after().unwrap_or_default();
    let pause = short.unwrap_or(long).max(wish);
    if notice.kind == NoticeKind::Test {
        // Whoever presses the button waits for the answer.
        return match error.passes() && failures < PATIENCE {
            true => Next::Again(pause),
            false => Next::GiveUp,
        };
    }
    let worth_it = error.retryable() && now.since(notice.created_at) < GIVEN_UP_AFTER;
    let otherwise = worth_it.then_some(pause);
    match otherwise {
        Some(pause) if error.passes() && failures < PATIENCE && wish <= LONGEST_WISH => Next::Again(pause),
        _ => Next::FallBack { otherwise },
    }
}

/// Does what follows, when there is no fallback.
pub fn settle(notice: &mut Notice, next: Next, now: Instant) {
    match next {
        Next::Again(pause) | Next::FallBack { otherwise: Some(pause) } => notice.due_at = now.after(pause),
        Next::GiveUp | Next::FallBack { otherwise: None } => notice.state = NoticeState::Failed,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Instant = Instant::from_milliseconds(1_762_939_800_000);

    fn on_a_channel() -> Notice {
        let client = "cl_01jdexmp1e0000000000000000".parse().unwrap();
        let whole = Notice::welcome(&client, NOW);
        let mut notice = whole.by(&ChannelId::built_in_slack(), domain::DeliveryReason::Routed, NOW);
        notice.kind = NoticeKind::Alert;
        notice
    }

    fn out_of_order() -> SendError {
        SendError::Unavailable {
            service: "Slack",
            why: "HTTP 500".to_owned(),
            unsure: false,
        }
    }

    #[test]
    fn a_channel_gets_three_chances_in_short_pauses_and_then_its_fallback_has_it() {
        let mut notice = on_a_channel();
        let mut next = || {
            claimed(&mut notice, NOW);
            not_taken(&mut notice, &out_of_order(), NOW)
        };
        let seconds = Duration::from_secs;
        assert_eq!([next(), next()], [Next::Again(seconds(5)), Next::Again(seconds(15))]);
        for pause in [60, 120, 240, 480, 900, 900] {
            let otherwise = Some(seconds(pause));
            assert_eq!(next(), Next::FallBack { otherwise });
        }
    }

    #[test]
    fn without_a_fallback_it_is_tried_for_a_day() {
        let mut notice = on_a_channel();
        notice.attempts = 40;
        let almost = NOW.after(GIVEN_UP_AFTER - Duration::from_secs(1));
        let next = not_taken(&mut notice, &out_of_order(), almost);
        settle(&mut notice, next, almost);
        assert_eq!(notice.state, NoticeState::Pending);
        let next = not_taken(&mut notice, &out_of_order(), NOW.after(GIVEN_UP_AFTER));
        assert_eq!(next, Next::FallBack { otherwise: None });
        settle(&mut notice, next, NOW);
        assert_eq!(notice.state, NoticeState::Failed);
    }

    #[test]
    fn what_can_never_work_falls_back_at_once() {
        let refused = SendError::Refused {
            service: "Slack",
            why: "HTTP 404 no_service".to_owned(),
        };
        let mut notice = on_a_channel();
        claimed(&mut notice, NOW);
        assert_eq!(
            not_taken(&mut notice, &refused, NOW),
            Next::FallBack { otherwise: None }
        );
        // Credentials can be mended: without a fallback it is worth waiting for.
        let stranger = SendError::Unauthorized {
            service: "Twilio",
            status: 401,
        };
        let Next::FallBack { otherwise: Some(_) } = not_taken(&mut notice, &stranger, NOW) else {
            panic!("it should fall back, or wait");
        };
    }

    #[test]
    fn a_wish_to_be_left_alone_is_heeded_unless_somebody_else_can_have_it() {
        let wish = |seconds| SendError::RateLimited {
            service: "Slack",
            retry_after: Some(Duration::from_secs(seconds)),
        };
        let mut notice = on_a_channel();
        claimed(&mut notice, NOW);
        assert_eq!(
            not_taken(&mut notice, &wish(30), NOW),
            Next::Again(Duration::from_secs(30))
        );
        let otherwise = Some(Duration::from_secs(600));
        assert_eq!(not_taken(&mut notice, &wish(600), NOW), Next::FallBack { otherwise });
    }

    #[test]
    fn a_test_gives_up_soon() {
        let mut notice = on_a_channel();
        notice.kind = NoticeKind::Test;
        notice.attempts = 2;
        assert!(matches!(not_taken(&mut notice, &out_of_order(), NOW), Next::Again(_)));
        notice.attempts = 3;
        assert_eq!(not_taken(&mut notice, &out_of_order(), NOW), Next::GiveUp);
    }

    #[test]
    fn what_waits_for_others_is_looked_at_less_and_less_often() {
        let mut notice = on_a_channel();
        for (age, wait) in [(0, 1), (10, 1), (100, 5), (86_400, 60)] {
            let now = NOW.after(Duration::from_secs(age));
            postponed(&mut notice, now);
            assert_eq!(notice.due_at.since(now).as_secs(), wait, "{age}");
        }
    }
}
