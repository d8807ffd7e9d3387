//! A judged check, the rules by which it counts, and what it leads to.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{
    judge::{Critical, Finding},
    schedule::Interval,
    warning::Warnings,
};
use crate::Instant;

/// How many checks it takes. The default is the platform's in the cloud.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Rules {
    /// So many bad checks …
    pub down: u8,
    /// … of the last so many (at most 8) make the site down.
    pub of: u8,
    /// So many good checks in a row make it up.
    pub up: u8,
    /// So many more bad checks than good ones (at most 7), and somebody is told.
    pub told_at: u8,
    /// When a doubtful check is repeated, counted from the scheduled one; at once on the local stack.
    pub recheck_after: [Duration; 2],
    /// How often the site is checked.
    pub interval: Interval,
}

impl Default for Rules {
    fn default() -> Self {
        Self {
            down: 2,
            of: 3,
            up: 2,
            told_at: 3,
            recheck_after: [Duration::from_secs(15), Duration::from_secs(60)],
            interval: Interval::DEFAULT,
        }
    }
}

/// What the numbers mean when somebody has set them to something odd.
impl Rules {
    pub(super) fn down(&self) -> u32 {
        u32::from(self.down.clamp(1, 8))
    }

    pub(super) fn of(&self) -> u32 {
        u32::from(self.of.clamp(1, 8)).max(self.down())
    }

    pub(super) fn up(&self) -> u8 {
        self.up.clamp(1, 7)
    }

    pub(super) fn told_at(&self) -> u8 {
        self.told_at.clamp(1, 7)
    }
}

/// Why a check was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CheckKind {
    /// It was due. Counts towards uptime.
    Scheduled,
    /// To confirm the one before: the first or second of its series. Never counts towards uptime.
    Recheck(u8),
}

/// One check, judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Check {
    /// When it was made.
    pub at: Instant,
    /// Why.
    pub kind: CheckKind,
    /// The verdict.
    pub finding: Finding,
}

/// What has become certain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// The site is down.
    Down(Critical),
    /// Tell somebody: the site is down, since then.
    Alert(Critical, Instant),
    /// The site is up; it was down since then.
    Up(Instant),
    /// Tell whoever was told that it is over.
    Resolve,
    /// Tell somebody: these warnings are new.
    Warned(Warnings),
    /// These warnings are over.
    Cleared(Warnings),
    /// Nobody knows how the site is.
    Unknown,
    /// It is known again.
    Known,
}

impl Change {
    /// Is somebody told?
    #[must_use]
    pub const fn is_told(self) -> bool {
        matches!(
            self,
            Self::Alert(..) | Self::Resolve | Self::Warned(_) | Self::Cleared(_)
        )
    }
}

/// What a check leads to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Consequences {
    /// What has become certain, in the order in which it did.
    pub changes: Vec<Change>,
    /// The site is to be checked again as this, so long after this check.
    pub recheck: Option<(CheckKind, Duration)>,
}
