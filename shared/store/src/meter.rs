//! What DynamoDB has charged: the monitor's calls ask for it, so that the cost of a check is measured and not guessed.

use std::sync::atomic::{AtomicU64, Ordering};

use aws_sdk_dynamodb::types::ConsumedCapacity;

/// Units since the start, in thousandths. Clones of a store share it.
#[derive(Debug, Default)]
pub struct Meter {
    written: AtomicU64,
    read: AtomicU64,
}

/// Capacity units.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Units {
    /// Write units.
    pub written: f64,
    /// Read units.
    pub read: f64,
}

impl Meter {
    pub(crate) fn wrote<'a>(&self, charged: impl IntoIterator<Item = &'a ConsumedCapacity>) {
        add(&self.written, charged);
    }

    pub(crate) fn read<'a>(&self, charged: impl IntoIterator<Item = &'a ConsumedCapacity>) {
        add(&self.read, charged);
    }

    /// What was charged so far.
    #[must_use]
    #[allow(clippy::cast_precision_loss, reason = "far below 2^53")]
    pub fn units(&self) -> Units {
        let units = |counter: &AtomicU64| counter.load(Ordering::Relaxed) as f64 / 1000.0;
        Units {
            written: units(&self.written),
            read: units(&self.read),
        }
    }
}

#[allow(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "units are small and positive"
)]
fn add<'a>(counter: &AtomicU64, charged: impl IntoIterator<Item = &'a ConsumedCapacity>) {
    for one in charged {
        let thousandths = one.capacity_units().unwrap_or_default() * 1000.0;
        counter.fetch_add(thousandths.round() as u64, Ordering::Relaxed);
    }
}
