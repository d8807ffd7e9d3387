//! The packed page: all that one worker found in one run, in one record, instead of a record per check.
//!
//! A healthy site whose last checks were well takes 12 or 13 bytes: key, verdict, moment, response time. A site in doubt or in
//! trouble takes some 10 more for what is remembered of it until the next check.

mod codec;
mod digest;
mod month;
mod state;

use std::time::Duration;

use self::{
    codec::{Reader, Writer},
    state::{is_steady, read_critical, read_state, steady, write_critical, write_state},
};
pub use self::{
    digest::{Details, Digest, Digested},
    month::Month,
};
use super::{
    confirm::Confirmation,
    judge::Finding,
    schedule::{Minute, SiteKey},
    tally::{Counted, RawCheck},
    warning::Warnings,
};
use crate::Instant;

const VERSION: u8 = 1;
const RECHECK: u8 = 1;
const BLIND: u8 = 1 << 1;

const HEALTHY: u8 = 0;
const WARNING: u8 = 1;
const CRITICAL: u8 = 2;
const INCONCLUSIVE: u8 = 3;
const VERDICT: u8 = 0b11;
const EXCUSED: u8 = 1 << 2;
const STEADY: u8 = 1 << 3;
const LATENCY: u8 = 1 << 4;

/// The shortest entry: key, verdict, moment.
const SHORTEST: usize = 9;

/// Why a stored page cannot be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PageError {
    /// It was written by a newer release.
    #[error("the page has version {0}, which this release does not know")]
    Version(u8),
    /// It ends too early.
    #[error("the page ends too early")]
    Truncated,
    /// It holds what no page holds.
    #[error("the page cannot be read: {0}")]
    Nonsense(&'static str),
}

/// One site in a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Entry {
    /// Which.
    pub site: SiteKey,
    /// When it was checked.
    pub at: Instant,
    /// The verdict.
    pub finding: Finding,
    /// It was in maintenance.
    pub excused: bool,
    /// Time to the front page's answer, in milliseconds; `None` when there was none.
    pub latency_ms: Option<u32>,
    /// What is remembered of it until the next check.
    pub state: Confirmation,
}

/// All that one worker found in one run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunPage {
    /// The run.
    pub run: Minute,
    /// Which of its workers.
    pub shard: u16,
    /// It holds rechecks, which never count towards uptime.
    pub recheck: bool,
    /// The worker itself was blind: nothing in it counts.
    pub blind: bool,
    /// The sites.
    pub entries: Vec<Entry>,
}

impl RunPage {
    /// The page as stored.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let mut writer = Writer::default();
        writer.byte(VERSION);
        writer.byte(if self.recheck { RECHECK } else { 0 } | if self.blind { BLIND } else { 0 });
        writer.number(u64::from(self.run.number()));
        writer.number(u64::from(self.shard));
        writer.number(self.entries.len() as u64);
        for entry in &self.entries {
            self.write_entry(&mut writer, entry);
        }
        writer.0
    }

    /// Reads a stored page.
    ///
    /// # Errors
    /// It is from a newer release, cut off, or no page at all.
    pub fn decode(bytes: &[u8]) -> Result<Self, PageError> {
        let mut reader = Reader(bytes);
        let version = reader.byte()?;
        if version != VERSION {
            return Err(PageError::Version(version));
        }
        let flags = reader.byte()?;
        let (run, shard) = (Minute::from_number(reader.small()?), reader.small()?);
        let count: usize = reader.small()?;
        if flags & !(RECHECK | BLIND) != 0 {
            return Err(PageError::Nonsense("a flag is unknown"));
        }
        if count > bytes.len() / SHORTEST {
            return Err(PageError::Truncated);
        }
        let entries = (0..count)
            .map(|_| read_entry(&mut reader, run))
            .collect::<Result<_, _>>()?;
        if !reader.0.is_empty() {
            return Err(PageError::Nonsense("more follows than it says"));
        }
        Ok(Self {
            run,
            shard,
            recheck: flags & RECHECK != 0,
            blind: flags & BLIND != 0,
            entries,
        })
    }

    /// The entry as uptime counts it; `None` for a recheck.
    #[must_use]
    pub fn raw_check(&self, entry: &Entry) -> Option<RawCheck> {
        let counted = match Counted::of(entry.finding) {
            _ if self.recheck => return None,
            _ if entry.excused => Counted::Excused,
            _ if self.blind => Counted::Inconclusive,
            counted => counted,
        };
        Some(RawCheck {
            at: entry.at,
            counted,
            latency_ms: entry.latency_ms,
        })
    }

    fn write_entry(&self, writer: &mut Writer, entry: &Entry) {
        let verdict = match entry.finding {
            Finding::Healthy => HEALTHY,
            Finding::Warning(_) => WARNING,
            Finding::Critical(_) => CRITICAL,
            Finding::Inconclusive => INCONCLUSIVE,
        };
        let steady = is_steady(&entry.state, entry.at);
        let flags = [
            (EXCUSED, entry.excused),
            (STEADY, steady),
            (LATENCY, entry.latency_ms.is_some()),
        ];
        writer.bytes(&entry.site.bytes());
        writer.byte(
            flags
                .into_iter()
                .filter(|(_, set)| *set)
                .fold(verdict, |all, (flag, _)| all | flag),
        );
        writer.signed(entry.at.milliseconds().wrapping_sub(self.run.start().milliseconds()));
        match entry.finding {
            Finding::Healthy | Finding::Inconclusive => {}
            Finding::Warning(warnings) => writer.number(u64::from(warnings.bits())),
            Finding::Critical(reason) => write_critical(writer, reason),
        }
        if let Some(latency) = entry.latency_ms {
            writer.number(u64::from(latency));
        }
        if !steady {
            write_state(writer, &entry.state, entry.at);
        }
    }
}

fn read_entry(reader: &mut Reader<'_>, run: Minute) -> Result<Entry, PageError> {
    let site = SiteKey::from_bytes(reader.array()?);
    let flags = reader.byte()?;
    if flags & !(VERDICT | EXCUSED | STEADY | LATENCY) != 0 {
        return Err(PageError::Nonsense("a flag is unknown"));
    }
    let at = Instant::from_milliseconds(run.start().milliseconds().wrapping_add(reader.signed()?));
    let finding = match flags & VERDICT {
        HEALTHY => Finding::Healthy,
        WARNING => Finding::Warning(Warnings::from_bits(reader.small()?)),
        CRITICAL => Finding::Critical(read_critical(reader)?),
        _ => Finding::Inconclusive,
    };
    let latency_ms = (flags & LATENCY != 0).then(|| reader.small()).transpose()?;
    let state = if flags & STEADY == 0 {
        read_state(reader, at)?
    } else {
        steady(at)
    };
    Ok(Entry {
        site,
        at,
        finding,
        excused: flags & EXCUSED != 0,
        latency_ms,
        state,
    })
}

/// How long stored pages are kept.
pub const PAGES_KEPT: Duration = Duration::from_secs(35 * 86_400);
/// How long roll-ups of days are kept.
pub const ROLL_UPS_KEPT: Duration = Duration::from_secs(400 * 86_400);
