//! Records larger than an item: JSON, compressed and cut into parts under one scope, `000`, `001` and so on.
//!
//! **Invariant:** all parts of a record carry the same revision and are written in one transaction; a reader who meets two
//! revisions has read across a write and reads again.

use std::{
    io::{Read, Write},
    time::Duration,
};

use aws_sdk_dynamodb::{
    primitives::Blob,
    types::{AttributeValue, Put},
};
use domain::Error;
use flate2::{Compression, read::DeflateDecoder, write::DeflateEncoder};
use serde::{Serialize, de::DeserializeOwned};

use crate::{
    Item, Store, error,
    expression::{key, text},
};

/// An item may have 400 KB; this leaves room for the keys.
const PART_BYTES: usize = 300 * 1024;
/// A transaction takes 4 MB; one part's worth of it is left to what is written beside the record.
const MOST_PARTS: usize = 12;
/// What a record may grow to when it is read back: nobody fills the memory with a small item.
const MOST_BYTES: u64 = 256 * 1024 * 1024;
/// How often a record is read while others write it.
const ATTEMPTS: u32 = 10;

struct Part {
    id: String,
    revision: u64,
    parts: Option<usize>,
    data: Vec<u8>,
}

impl Part {
    fn read(mut item: Item) -> Option<Self> {
        let number = |item: &Item, name: &str| item.get(name).and_then(|value| value.as_n().ok()).cloned();
        Some(Self {
            id: item.get("id")?.as_s().ok()?.clone(),
            revision: number(&item, "revision")?.parse().ok()?,
            parts: number(&item, "parts").and_then(|parts| parts.parse().ok()),
            data: match item.remove("data")? {
                AttributeValue::B(blob) => blob.into_inner(),
                _ => return None,
            },
        })
    }
}

/// A record of several items, ready to be put; the first of them is its head.
pub struct Parts {
    items: Vec<Item>,
}

impl Parts {
    /// Cuts a record into parts. `expires` in seconds since 1970.
    ///
    /// # Errors
    /// It is too large for a transaction.
    pub fn of(scope: &str, record: &impl Serialize, revision: u64, expires: Option<i64>) -> Result<Self, Error> {
        let packed = pack(record)?;
        let chunks: Vec<&[u8]> = packed.chunks(PART_BYTES).collect();
        if chunks.len() > MOST_PARTS {
            let reason = format!(
                "the record {scope} has {} bytes, too many for a transaction",
                packed.len()
            );
            return Err(Error::internal(reason));
        }
        let number = |number: String| AttributeValue::N(number);
        let items = chunks.iter().enumerate().map(|(place, chunk)| {
            let mut item = key([("scope", scope), ("id", &name(place))]);
            item.insert("revision".to_owned(), number(revision.to_string()));
            item.insert("data".to_owned(), AttributeValue::B(Blob::new(*chunk)));
            if place == 0 {
                item.insert("parts".to_owned(), number(chunks.len().to_string()));
            }
            if let Some(expires) = expires {
                item.insert("expiresAt".to_owned(), number(expires.to_string()));
            }
            item
        });
        Ok(Self { items: items.collect() })
    }

    /// The puts; if anything decides, something else in their transaction does.
    pub fn puts(self, table: &str) -> Result<Vec<Put>, Error> {
        let puts = self.items.into_iter();
        puts.map(|item| {
            let put = Put::builder().table_name(table).set_item(Some(item));
            put.build().map_err(error::build)
        })
        .collect()
    }

    /// The puts, for a record that still has the revision that was read, or is not there. The head alone decides: further parts
    /// may be left over from a time when there were more.
    pub fn puts_after(self, table: &str, read: Option<u64>) -> Result<Vec<Put>, Error> {
        let mut puts = self.puts(table)?;
        if let Some(head) = puts.first_mut() {
            let read = read.map(|revision| AttributeValue::N(revision.to_string()));
            let condition = match read {
                Some(_) => "revision = :read",
                None => "attribute_not_exists(id)",
            };
            head.condition_expression = Some(condition.to_owned());
            head.expression_attribute_values = read.map(|read| [(":read".to_owned(), read)].into());
        }
        Ok(puts)
    }
}

impl Store {
    /// A record of several parts and its revision, read consistently.
    pub(crate) async fn read_parts<T: DeserializeOwned>(
        &self,
        table: &str,
        scope: &str,
    ) -> Result<Option<(T, u64)>, Error> {
        for attempt in 0..ATTEMPTS {
            let query = self
                .db
                .query()
                .table_name(table)
                .key_condition_expression("#scope = :scope")
                .expression_attribute_names("#scope", "scope")
                .expression_attribute_values(":scope", text(scope))
                .consistent_read(true);
            let (mut parts, mut items) = (Vec::new(), query.into_paginator().items().send());
            while let Some(item) = items.next().await {
                let part = Part::read(item.map_err(error::aws)?);
                parts.push(part.ok_or_else(|| Error::internal(format!("a part of {scope} is none")))?);
            }
            match whole(&parts) {
                Whole::Absent => return Ok(None),
                Whole::Packed(packed, revision) => return Ok(Some((unpack(&packed)?, revision))),
                // The parts came from before and after somebody's write.
                Whole::Mixed => tokio::time::sleep(Duration::from_millis(10) * attempt).await,
            }
        }
        Err(Error::busy(format!(
            "the record {scope} was written at every attempt to read it"
        )))
    }
}

enum Whole {
    Absent,
    Packed(Vec<u8>, u64),
    Mixed,
}

fn whole(parts: &[Part]) -> Whole {
    let Some(head) = parts.first().filter(|head| head.id == name(0)) else {
        return if parts.is_empty() { Whole::Absent } else { Whole::Mixed };
    };
    let count = head.parts.unwrap_or(1);
    let mine = parts.iter().take(count).enumerate();
    let mut packed = Vec::new();
    let mut found = 0;
    for (place, part) in mine {
        if part.revision != head.revision || part.id != name(place) {
            return Whole::Mixed;
        }
        packed.extend_from_slice(&part.data);
        found += 1;
    }
    if found == count {
        Whole::Packed(packed, head.revision)
    } else {
        Whole::Mixed
    }
}

/// The sort key of a part.
fn name(place: usize) -> String {
    format!("{place:03}")
}

fn pack(record: &impl Serialize) -> Result<Vec<u8>, Error> {
    let json = serde_json::to_vec(record).map_err(Error::internal)?;
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(&json).map_err(Error::internal)?;
    encoder.finish().map_err(Error::internal)
}

fn unpack<T: DeserializeOwned>(packed: &[u8]) -> Result<T, Error> {
    let mut json = Vec::new();
    let mut decoder = DeflateDecoder::new(packed).take(MOST_BYTES);
    decoder.read_to_end(&mut json).map_err(Error::internal)?;
    serde_json::from_slice(&json).map_err(Error::internal)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test may fail loudly")]
mod tests {
    use super::*;

    fn part(place: usize, revision: u64, parts: Option<usize>) -> Part {
        Part {
            id: name(place),
            revision,
            parts,
            data: vec![u8::try_from(place).unwrap()],
        }
    }

    fn read(parts: &[Part]) -> Option<(Vec<u8>, u64)> {
        match whole(parts) {
            Whole::Packed(packed, revision) => Some((packed, revision)),
            Whole::Absent | Whole::Mixed => None,
        }
    }

    #[test]
    fn only_parts_of_one_write_are_a_record() {
        let head = || part(0, 7, Some(2));
        assert_eq!(read(&[head(), part(1, 7, None)]), Some((vec![0, 1], 7)));
        assert_eq!(
            read(&[head(), part(1, 7, None), part(2, 3, None)]),
            Some((vec![0, 1], 7))
        );
        for mixed in [
            vec![head(), part(1, 6, None)],
            vec![head(), part(1, 8, None)],
            vec![head(), part(2, 7, None)],
            vec![head()],
            vec![part(1, 7, None)],
        ] {
            assert_eq!(read(&mixed), None);
            assert!(matches!(whole(&mixed), Whole::Mixed));
        }
        assert!(matches!(whole(&[]), Whole::Absent));
    }

    #[test]
    fn what_is_packed_reads_back_and_what_is_too_large_is_refused() {
        let record: Vec<u64> = (0..200_000).collect();
        assert_eq!(unpack::<Vec<u64>>(&pack(&record).unwrap()).unwrap(), record);
        let parts = Parts::of("desk", &record, 1, Some(2)).unwrap();
        assert!(parts.items.len() > 1);
        assert!(parts.items.iter().all(|item| item.contains_key("expiresAt")));
        assert_eq!(parts.puts("table").unwrap().len(), parts_of(&record));
        // Hashes cannot be packed any smaller.
        let noise: Vec<u64> = (0..600_000_u64)
            .map(|n| n.wrapping_mul(0x9E37_79B9_7F4A_7C15).rotate_left(17))
            .collect();
        assert!(Parts::of("desk", &noise, 1, None).is_err());
    }

    fn parts_of(record: &Vec<u64>) -> usize {
        pack(record).unwrap().chunks(PART_BYTES).count()
    }
}
