//! The digest: what is wanted of every site but not in every run, in one record per worker, written once an hour.
//!
//! A site takes some 22 bytes: key, the day's counts so far, memory, database and version as they were last seen.

use serde::{Deserialize, Serialize};

use super::{
    PageError,
    codec::{Reader, Writer},
};
use crate::{
    Instant,
    monitoring::{Day, SiteKey, Tally},
};

const VERSION: u8 = 1;
const MEMORY: u8 = 1;
const DATABASE: u8 = 1 << 1;
const DATABASE_WELL: u8 = 1 << 2;
const CERTIFICATE: u8 = 1 << 3;
const DETAILS: u8 = 1 << 4;
const LATENCY: u8 = 1 << 5;
const LOW_UPTIME: u8 = 1 << 6;

const MEBIBYTE: u64 = 1 << 20;
const HOUR_MS: i64 = 3_600_000;

/// What a site said of itself when it was last asked for it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Details {
    /// When.
    pub at: Instant,
    /// Memory in use and memory there is, in bytes, to the MiB.
    pub memory: Option<(u64, u64)>,
    /// It reached its database.
    pub database_healthy: Option<bool>,
    /// Time of its own query, in tenths of a millisecond.
    pub database_latency: Option<u32>,
    /// The version that runs.
    pub version: Option<String>,
    /// When its certificate ends, to the hour.
    pub certificate_expires_at: Option<Instant>,
}

/// One site in a digest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Digested {
    /// Which.
    pub site: SiteKey,
    /// Its scheduled checks of the day.
    pub today: Tally,
    /// Its uptime over 30 days is too low.
    pub low_uptime: bool,
    /// What it said of itself.
    pub details: Option<Details>,
}

/// What one worker knows of its sites' day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Digest {
    /// The day that is counted.
    pub day: Day,
    /// Checks before this moment are counted.
    pub through: Instant,
    /// The sites.
    pub sites: Vec<Digested>,
}

impl Digest {
    /// The digest as stored.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let mut versions: Vec<&str> = self
            .sites
            .iter()
            .filter_map(|one| one.details.as_ref()?.version.as_deref())
            .collect();
        versions.sort_unstable();
        versions.dedup();
        let mut writer = Writer::default();
        writer.byte(VERSION);
        writer.signed(self.day.start().milliseconds());
        writer.signed(self.through.milliseconds());
        writer.number(versions.len() as u64);
        for version in &versions {
            writer.number(version.len() as u64);
            writer.bytes(version.as_bytes());
        }
        writer.number(self.sites.len() as u64);
        for one in &self.sites {
            writer.bytes(&one.site.bytes());
            write_tally(&mut writer, one.today);
            let low = if one.low_uptime { LOW_UPTIME } else { 0 };
            match &one.details {
                Some(details) => write_details(&mut writer, details, low, self.through, &versions),
                None => writer.byte(low),
            }
        }
        writer.0
    }

    /// Reads a stored digest.
    ///
    /// # Errors
    /// It is from a newer release, cut off, or no digest at all.
    pub fn decode(bytes: &[u8]) -> Result<Self, PageError> {
        let mut reader = Reader(bytes);
        let version = reader.byte()?;
        if version != VERSION {
            return Err(PageError::Version(version));
        }
        let day = Day::of(Instant::from_milliseconds(reader.signed()?));
        let through = Instant::from_milliseconds(reader.signed()?);
        let versions = (0..reader.count()?)
            .map(|_| {
                let length = reader.count()?;
                let text = reader.take(length)?.to_vec();
                String::from_utf8(text).map_err(|_| PageError::Nonsense("a version is no text"))
            })
            .collect::<Result<Vec<_>, _>>()?;
        let sites = (0..reader.count()?)
            .map(|_| {
                let (site, today) = (SiteKey::from_bytes(reader.array()?), read_tally(&mut reader)?);
                let flags = reader.byte()?;
                Ok(Digested {
                    site,
                    today,
                    low_uptime: flags & LOW_UPTIME != 0,
                    details: read_details(&mut reader, flags, through, &versions)?,
                })
            })
            .collect::<Result<_, PageError>>()?;
        if !reader.0.is_empty() {
            return Err(PageError::Nonsense("more follows than it says"));
        }
        Ok(Self { day, through, sites })
    }
}

pub(super) fn write_tally(writer: &mut Writer, tally: Tally) {
    for count in [tally.successful, tally.failed, tally.inconclusive, tally.excused] {
        writer.number(u64::from(count));
    }
}

pub(super) fn read_tally(reader: &mut Reader<'_>) -> Result<Tally, PageError> {
    Ok(Tally {
        successful: reader.small()?,
        failed: reader.small()?,
        inconclusive: reader.small()?,
        excused: reader.small()?,
    })
}

fn write_details(writer: &mut Writer, details: &Details, low: u8, through: Instant, versions: &[&str]) {
    let flags = [
        (DETAILS, true),
        (MEMORY, details.memory.is_some()),
        (DATABASE, details.database_healthy.is_some()),
        (DATABASE_WELL, details.database_healthy == Some(true)),
        (LATENCY, details.database_latency.is_some()),
        (CERTIFICATE, details.certificate_expires_at.is_some()),
    ];
    writer.byte(
        flags
            .into_iter()
            .filter(|(_, set)| *set)
            .fold(low, |all, (flag, _)| all | flag),
    );
    writer.signed((through.milliseconds() - details.at.milliseconds()) / 1000);
    if let Some((used, total)) = details.memory {
        writer.number(used / MEBIBYTE);
        writer.number(total / MEBIBYTE);
    }
    if let Some(latency) = details.database_latency {
        writer.number(u64::from(latency));
    }
    if let Some(expires) = details.certificate_expires_at {
        writer.signed((expires.milliseconds() - through.milliseconds()).div_euclid(HOUR_MS));
    }
    // From 1: no version is 0.
    let version = details.version.as_deref();
    let place = version.and_then(|version| versions.binary_search(&version).ok());
    writer.number(place.map_or(0, |place| place as u64 + 1));
}

fn read_details(
    reader: &mut Reader<'_>,
    flags: u8,
    through: Instant,
    versions: &[String],
) -> Result<Option<Details>, PageError> {
    if flags & DETAILS == 0 {
        return Ok(None);
    }
    let at = through.milliseconds().wrapping_sub(reader.signed()?.wrapping_mul(1000));
    let has = |flag: u8| flags & flag != 0;
    let memory = has(MEMORY)
        .then(|| {
            let mut bytes = || Ok::<_, PageError>(reader.number()?.wrapping_mul(MEBIBYTE));
            Ok::<_, PageError>((bytes()?, bytes()?))
        })
        .transpose()?;
    let database_latency = has(LATENCY).then(|| reader.small()).transpose()?;
    let certificate_expires_at = has(CERTIFICATE)
        .then(|| {
            let hours = reader.signed()?;
            let moment = through.milliseconds().wrapping_add(hours.wrapping_mul(HOUR_MS));
            Ok::<_, PageError>(Instant::from_milliseconds(moment))
        })
        .transpose()?;
    let place: usize = reader.small()?;
    Ok(Some(Details {
        at: Instant::from_milliseconds(at),
        memory,
        database_healthy: has(DATABASE).then_some(has(DATABASE_WELL)),
        database_latency,
        version: place.checked_sub(1).and_then(|place| versions.get(place)).cloned(),
        certificate_expires_at,
    }))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const NOW: Instant = Instant::from_milliseconds(1_795_348_800_000);

    fn digested(number: u64) -> Digested {
        Digested {
            site: SiteKey::from_bytes([1, 2, 3, 4, 5, 6, (number % 251) as u8]),
            today: Tally {
                successful: 250,
                failed: 1,
                inconclusive: 0,
                excused: 0,
            },
            low_uptime: number % 2 == 1,
            details: Some(Details {
                at: NOW,
                memory: Some((512 * MEBIBYTE, 1024 * MEBIBYTE)),
                database_healthy: Some(true),
                database_latency: Some(23),
                version: Some("1.4.2+abc1234".to_owned()),
                certificate_expires_at: Some(NOW.after(std::time::Duration::from_secs(60 * 86_400))),
            }),
        }
    }

    #[test]
    fn a_thousand_sites_take_22_bytes_each_and_read_back() {
        let digest = Digest {
            day: Day::of(NOW),
            through: NOW,
            sites: (0..1000).map(digested).collect(),
        };
        let bytes = digest.encode();
        assert!(bytes.len() <= 22_100, "{}", bytes.len());
        assert_eq!(Digest::decode(&bytes), Ok(digest));
    }

    #[test]
    fn what_a_site_did_not_say_stays_unsaid() {
        let mut one = digested(1);
        one.details = Some(Details {
            at: NOW,
            memory: None,
            database_healthy: None,
            database_latency: None,
            version: None,
            certificate_expires_at: None,
        });
        let two = Digested {
            details: None,
            ..digested(2)
        };
        let digest = Digest {
            day: Day::of(NOW),
            through: NOW,
            sites: vec![one, two],
        };
        assert_eq!(Digest::decode(&digest.encode()), Ok(digest));
    }

    proptest! {
        #[test]
        fn any_bytes_are_a_digest_or_an_error(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = Digest::decode(&bytes);
        }
    }
}
