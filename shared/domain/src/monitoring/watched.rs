//! What is certain of a site, as its client's record keeps it: written when it changes, and only then.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{
    confirm::{Confirmation, Standing},
    incident::Trouble,
    judge::Critical,
    track::WarningTrack,
    warning::Warnings,
};
use crate::Instant;

/// A site that is down.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Outage {
    /// Since when.
    pub since: Instant,
    /// Why.
    pub reason: Critical,
    /// It is certain enough for somebody to be told.
    pub told: bool,
}

const fn is_empty(warnings: &Warnings) -> bool {
    warnings.is_empty()
}

/// What is certain of a site. The default is: never seen, or watched no more. What is as it usually is takes no room.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Watched {
    /// When the check was made that changed it last.
    pub at: Option<Instant>,
    /// It is down.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub down: Option<Outage>,
    /// The warnings that count.
    #[serde(skip_serializing_if = "is_empty")]
    pub warnings: Warnings,
    /// Nobody knows how it is.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub unknown: bool,
    /// What somebody is to know of, and since when.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub troubles: BTreeMap<Trouble, Instant>,
}

impl Watched {
    /// What is certain after a check; what was so before keeps the moment since when it is.
    #[must_use]
    pub fn after(&self, state: &Confirmation, at: Instant) -> Self {
        let down = match state.standing {
            Standing::Down {
                since, reason, told, ..
            } => Some(Outage { since, reason, told }),
            Standing::New | Standing::Up => None,
        };
        let warnings = state.warnings.reported();
        let outage = down.filter(|down| down.told).map(|down| (Trouble::Down, down.since));
        let warned = warnings.iter().map(|warning| (Trouble::of(warning), at));
        let troubles = warned
            .chain(outage)
            .map(|(trouble, since)| (trouble, self.troubles.get(&trouble).copied().unwrap_or(since)));
        Self {
            at: Some(at),
            down,
            warnings,
            unknown: state.unknown,
            troubles: troubles.collect(),
        }
    }

    /// What to go on from when the page of the last check is not there: what was in doubt is forgotten, what is certain is not.
    #[must_use]
    pub fn confirmation(&self) -> Confirmation {
        let standing = match self.down {
            Some(Outage { since, reason, told }) => Standing::Down {
                since,
                reason,
                told,
                good: 0,
            },
            None if self.at.is_some() => Standing::Up,
            None => Standing::New,
        };
        let mut warnings = WarningTrack::from_parts(0, self.warnings);
        warnings.settle();
        Confirmation {
            standing,
            warnings,
            unknown: self.unknown,
            seen: self.at,
            conclusive: self.at,
            ..Confirmation::default()
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::monitoring::{Check, CheckKind, Finding, Rules, Warning};

    const NOW: Instant = Instant::from_milliseconds(1_795_348_800_000);

    fn after(state: &mut Confirmation, finding: Finding, minutes: u64) -> Instant {
        let at = NOW.after(Duration::from_secs(60 * minutes));
        let kind = CheckKind::Scheduled;
        state.observe(&Rules::default(), Check { at, kind, finding });
        at
    }

    #[test]
    fn a_site_that_was_told_of_recovers_from_the_record_alone() {
        let (mut state, mut watched) = (Confirmation::default(), Watched::default());
        for run in 0..4 {
            let at = after(&mut state, Finding::Critical(Critical::FrontPage(500)), run * 5);
            watched = watched.after(&state, at);
        }
        assert_eq!(watched.troubles, BTreeMap::from([(Trouble::Down, NOW)]));
        // A day later, every page lost.
        let mut state = watched.confirmation();
        for run in 300..302 {
            let at = after(&mut state, Finding::Healthy, run * 5);
            watched = watched.after(&state, at);
        }
        assert_eq!((watched.down, watched.troubles.len()), (None, 0));
    }

    #[test]
    fn a_warning_keeps_the_moment_since_when_it_counts() {
        let certificate = Warnings::NONE.with(Warning::CertificateFirst);
        let mut state = Confirmation::default();
        let first = after(&mut state, Finding::Warning(certificate), 0);
        let watched = Watched::default().after(&state, first);
        let nearer = Finding::Warning(certificate.with(Warning::CertificateSecond));
        let second = after(&mut state, nearer, 5);
        let later = watched.after(&state, second);
        assert_eq!(later.troubles, BTreeMap::from([(Trouble::Certificate, first)]));
        assert_ne!(later.warnings, watched.warnings);
        assert_eq!(later.confirmation().warnings(), later.warnings);
    }
}
