//! The monitor's own eyes: canaries are addresses outside the clients, and when they fail too, the fault is ours.
//!
//! A broken canary must not hide a real outage, and a real outage must not pass for our own: a worker is blind only when the
//! middle one of its canaries fails, and about as often as the sites do.

use serde::{Deserialize, Serialize};

use super::{judge::Finding, schedule::Minute};
use crate::Instant;

/// Canaries that fail less often than this have bad luck.
const LOSS: f64 = 0.1;
/// After so many clear runs in a row the monitor sees again.
const CLEAR_RUNS: u8 = 2;
/// How often each canary is tried when many sites fail.
const SECOND_LOOK: u32 = 10;

/// Tries, and how many of them failed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Attempts {
    /// Those that failed.
    pub failed: u32,
    /// All.
    pub total: u32,
}

impl Attempts {
    fn loss(self) -> f64 {
        f64::from(self.failed.min(self.total)) / f64::from(self.total.max(1))
    }
}

/// Does a worker see?
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Sight {
    /// What it found counts.
    Clear,
    /// What failed may have failed because of us.
    Blind,
}

/// How often each canary is to be tried: once, and more often when so many sites fail that the answer matters.
#[must_use]
pub fn canary_tries(sites: Attempts) -> u32 {
    if sites.failed >= 3 && sites.loss() >= LOSS / 2.0 {
        SECOND_LOOK
    } else {
        1
    }
}

/// Does a worker see, judged by its own canaries (each with its tries) and by the sites of the same run?
#[must_use]
pub fn sight(canaries: &[Attempts], sites: Attempts) -> Sight {
    let mut losses: Vec<f64> = canaries
        .iter()
        .filter(|canary| canary.total > 0)
        .map(|canary| canary.loss())
        .collect();
    losses.sort_by(f64::total_cmp);
    // The lower one of two in the middle: half of the canaries may be broken.
    let middle = losses.get(losses.len().saturating_sub(1) / 2).copied().unwrap_or(0.0);
    let explains = if sites.total == 0 {
        middle >= 0.5
    } else {
        // Sites that do not fail prove that we see; sites that fail much more often than canaries have a trouble of their own.
        (middle / 4.0..=middle * 2.0 + LOSS).contains(&sites.loss()) && sites.failed > 0
    };
    if middle >= LOSS && explains {
        Sight::Blind
    } else {
        Sight::Clear
    }
}

impl Sight {
    /// What a finding is worth: an answer proves that the site works, whatever we see; a failure proves nothing to the blind.
    #[must_use]
    pub const fn of(self, finding: Finding) -> Finding {
        match (self, finding) {
            (Self::Blind, Finding::Critical(_)) => Finding::Inconclusive,
            (Self::Clear | Self::Blind, finding) => finding,
        }
    }
}

/// What is told of the monitor itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SightChange {
    /// It has been blind since this run.
    WentBlind(Minute),
    /// It sees again; it was blind from this run on.
    SeesAgain(Minute),
}

/// Whether the monitor sees, over the runs. The default is: it does.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Watch {
    /// The first blind run.
    pub blind_since: Option<Minute>,
    /// Clear runs since the last blind one.
    pub clear_runs: u8,
    /// The newest run.
    pub seen: Option<Minute>,
}

impl Watch {
    /// Takes in a run: blind when any of its workers was. A run that comes twice or late changes nothing.
    pub fn observe(&mut self, run: Minute, sight: Sight) -> Option<SightChange> {
        if self.seen.is_some_and(|seen| run <= seen) {
            return None;
        }
        self.seen = Some(run);
        match (sight, self.blind_since) {
            (Sight::Blind, None) => {
                (self.blind_since, self.clear_runs) = (Some(run), 0);
                Some(SightChange::WentBlind(run))
            }
            (Sight::Blind, Some(_)) => {
                self.clear_runs = 0;
                None
            }
            (Sight::Clear, None) => None,
            (Sight::Clear, Some(since)) => {
                self.clear_runs = self.clear_runs.saturating_add(1);
                (self.clear_runs >= CLEAR_RUNS).then(|| {
                    (self.blind_since, self.clear_runs) = (None, 0);
                    SightChange::SeesAgain(since)
                })
            }
        }
    }

    /// Since when the monitor has been blind, if it is.
    #[must_use]
    pub fn blind_since(&self) -> Option<Instant> {
        self.blind_since.map(Minute::start)
    }
}
