//! A clock that can be put forward.

use std::{
    sync::atomic::{AtomicI64, Ordering},
    time::Duration,
};

use domain::{Clock, Instant};
use runtime::SystemClock;

/// The system's time and what it was put forward by.
#[derive(Default)]
pub struct Time(AtomicI64);

impl Time {
    /// Passes at least up to an instant.
    pub fn pass_until(&self, instant: Instant) {
        let ahead = instant.since(self.now());
        self.pass(ahead + Duration::from_millis(1));
    }

    /// Lets time pass.
    pub fn pass(&self, time: Duration) {
        self.0
            .fetch_add(i64::try_from(time.as_millis()).unwrap(), Ordering::Relaxed);
    }
}

impl Clock for Time {
    fn now(&self) -> Instant {
        let ahead = self.0.load(Ordering::Relaxed);
        SystemClock
            .now()
            .after(Duration::from_millis(u64::try_from(ahead).unwrap()))
    }
}
