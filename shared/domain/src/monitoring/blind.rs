//! The monitor's own eyes: canaries are addresses outside the clients, and when they fail too, the fault is ours.
//!
//! A broken canary must not hide a real outage, and a real outage must not pass for our own: a worker is blind only when most of
//! its canaries fail, and about as often as the sites do. Where only a part is lost, a failure is repeated until bad luck is
//! as rare as on a good day: so real outages are seen all the same.

use serde::{Deserialize, Serialize};

use super::{judge::Finding, schedule::Minute};
use crate::Instant;

/// When fewer sites than this part of them fail, it is not the network.
const SUSPICIOUS: f64 = 0.02;
/// With more lost than this, nothing can be told.
const BLINDNESS: f64 = 0.7;
/// Failures by bad luck are this rare on a good day.
const BAD_LUCK: f64 = 0.005;
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
    /// A part is lost: a check counts as failed when it has failed so many times at once.
    Doubtful(u8),
    /// What failed may have failed because of us.
    Blind,
}

fn is_suspicious(sites: Attempts) -> bool {
    sites.failed >= 3 && sites.loss() >= SUSPICIOUS
}

/// How often each canary is to be tried: once, and more often when so many sites fail that the answer matters.
#[must_use]
pub fn canary_tries(sites: Attempts) -> u32 {
    if is_suspicious(sites) { SECOND_LOOK } else { 1 }
}

/// Does a worker see, judged by its own canaries (each with its tries) and by the sites of the same run?
#[must_use]
pub fn sight(canaries: &[Attempts], sites: Attempts) -> Sight {
    let asked = canaries.iter().filter(|canary| canary.total > 0);
    let mut losses: Vec<f64> = asked.clone().map(|canary| canary.loss()).collect();
    losses.sort_by(f64::total_cmp);
    // The lower one of two in the middle: half of the canaries may be broken.
    let middle = losses.get(losses.len().saturating_sub(1) / 2).copied().unwrap_or(0.0);
    if middle >= BLINDNESS {
        // Sites that answer prove that we see.
        let explained = sites.total == 0 || (sites.failed > 0 && sites.loss() >= middle / 4.0);
        return if explained { Sight::Blind } else { Sight::Clear };
    }
    // One that never answers is broken; one that sometimes does tells how much is lost. So may the sites, if any of it is.
    let alive = asked.filter(|canary| canary.failed < canary.total);
    let all = alive.fold(Attempts::default(), |all, canary| Attempts {
        failed: all.failed.saturating_add(canary.failed),
        total: all.total.saturating_add(canary.total),
    });
    if all.failed > 0 && is_suspicious(sites) {
        Sight::Doubtful(tries(all.loss().max(sites.loss()).min(BLINDNESS)))
    } else {
        Sight::Clear
    }
}

/// So many failures in a row are as rare as one on a good day.
fn tries(loss: f64) -> u8 {
    let (mut luck, mut tries) = (loss, 1);
    while luck > BAD_LUCK {
        luck *= loss;
        tries += 1;
    }
    tries
}

impl Sight {
    /// What a finding is worth that was found so many times in a row: an answer proves that the site works, whatever we see; a
    /// failure proves nothing to the blind.
    #[must_use]
    pub const fn of(self, finding: Finding, times: u8) -> Finding {
        match (self, finding) {
            (Self::Blind, Finding::Critical(_)) => Finding::Inconclusive,
            (Self::Doubtful(tries), Finding::Critical(_)) if times < tries => Finding::Inconclusive,
            (Self::Clear | Self::Doubtful(_) | Self::Blind, finding) => finding,
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

/// What is told of the monitor itself, by canaries and by the clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MonitorNews {
    /// It cannot tell our own outage from the sites'.
    Sight(SightChange),
    /// No run has ended since this one.
    Silent(Minute),
    /// Runs end again; the last one before was this.
    Audible(Minute),
}

impl MonitorNews {
    /// Without a run for this long, the monitor is silent.
    pub const SILENT_AFTER: std::time::Duration = std::time::Duration::from_secs(600);

    /// The same for the same news.
    #[must_use]
    pub fn id(self) -> String {
        match self {
            Self::Sight(SightChange::WentBlind(run)) => format!("blind-{run}"),
            Self::Sight(SightChange::SeesAgain(run)) => format!("sees-{run}"),
            Self::Silent(run) => format!("silent-{run}"),
            Self::Audible(run) => format!("audible-{run}"),
        }
    }

    /// Is it the end of something that was told before?
    #[must_use]
    pub const fn is_recovery(self) -> bool {
        matches!(self, Self::Sight(SightChange::SeesAgain(_)) | Self::Audible(_))
    }
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
            (Sight::Clear | Sight::Doubtful(_), None) => None,
            (Sight::Clear | Sight::Doubtful(_), Some(since)) => {
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
