//! A clock whose hands are moved by hand.

use std::{
    sync::atomic::{AtomicI64, Ordering},
    time::Duration,
};

use domain::{Clock, Instant};

/// Stands still until it is moved.
pub struct Hand(AtomicI64);

impl Hand {
    pub fn at(start: Instant) -> Self {
        Self(AtomicI64::new(start.milliseconds()))
    }

    pub fn pass(&self, time: Duration) {
        let milliseconds = i64::try_from(time.as_millis()).unwrap();
        self.0.fetch_add(milliseconds, Ordering::Relaxed);
    }
}

impl Clock for Hand {
    fn now(&self) -> Instant {
        Instant::from_milliseconds(self.0.load(Ordering::Relaxed))
    }
}
