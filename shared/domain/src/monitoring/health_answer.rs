//! What a site says of itself at `/api/health`.

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Without a limit, Node reports 2^64 bytes or so as its memory.
const LARGEST_MEMORY: u64 = 1 << 50;
/// No version is longer.
const LONGEST_VERSION: usize = 100;

/// How something is, in the site's own words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Claim {
    /// Well.
    Ok,
    /// Badly, but it works.
    Degraded,
    /// Not at all, or in words we do not know.
    Failing,
}

impl Claim {
    fn read(value: &Value) -> Option<Self> {
        let word = value.as_str()?.trim().to_ascii_lowercase();
        Some(match word.as_str() {
            "ok" | "healthy" | "up" | "pass" => Self::Ok,
            "degraded" | "slow" | "warn" | "warning" => Self::Degraded,
            _ => Self::Failing,
        })
    }
}

/// The facts in the answer's body.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct HealthFacts {
    /// The whole; `None` when it does not say.
    pub status: Option<Claim>,
    /// The database.
    pub database: Option<Claim>,
    /// Time of the site's own query, in milliseconds.
    pub database_latency_ms: Option<f64>,
    /// Memory in use, in bytes.
    pub memory_used_bytes: Option<u64>,
    /// Memory there is, in bytes.
    pub memory_total_bytes: Option<u64>,
    /// The version that runs.
    pub version: Option<String>,
}

impl HealthFacts {
    /// Reads the body; `None` when it is no JSON object. What it does not say, or says in the wrong type, is `None`.
    #[must_use]
    pub fn read(body: &[u8]) -> Option<Self> {
        Self::of(&serde_json::from_slice(body).ok()?)
    }

    /// The same, from JSON that was read already.
    #[must_use]
    pub fn of(body: &Value) -> Option<Self> {
        body.is_object().then(|| {
            let bytes = |pointer| {
                body.pointer(pointer)
                    .and_then(Value::as_u64)
                    .filter(|bytes| *bytes < LARGEST_MEMORY)
            };
            let database = body.get("database");
            Self {
                status: body.get("status").and_then(Claim::read),
                database: database.and_then(|said| Claim::read(said.get("status").unwrap_or(said))),
                database_latency_ms: body
                    .pointer("/database/latencyMs")
                    .and_then(Value::as_f64)
                    .filter(|latency| *latency >= 0.0),
                memory_used_bytes: bytes("/memory/used"),
                memory_total_bytes: bytes("/memory/total"),
                version: body
                    .get("version")
                    .and_then(Value::as_str)
                    .map(|version| version.chars().take(LONGEST_VERSION).collect()),
            }
        })
    }
}

/// The answer of `GET /api/health`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct HealthAnswer {
    /// The HTTP status.
    pub status: u16,
    /// Its body; `None` when that is no JSON object.
    pub facts: Option<HealthFacts>,
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_sites_own_answer_is_read_in_full() {
        let facts = HealthFacts::read(
            br#"{"status":"ok","database":{"status":"error","latencyMs":1.5},"memory":{"used":5,"total":10},"version":"1.2.0"}"#,
        )
        .unwrap();
        assert_eq!((facts.status, facts.database), (Some(Claim::Ok), Some(Claim::Failing)));
        assert_eq!(facts.database_latency_ms, Some(1.5));
        assert_eq!((facts.memory_used_bytes, facts.memory_total_bytes), (Some(5), Some(10)));
        assert_eq!(facts.version.as_deref(), Some("1.2.0"));
    }

    #[test]
    fn what_is_missing_or_of_another_type_is_unknown() {
        for body in [
            r"{}",
            r#"{"status":7,"database":[],"memory":{"used":-1,"total":18446744073709551615},"version":{}}"#,
        ] {
            let facts = HealthFacts::read(body.as_bytes()).unwrap();
            assert_eq!(
                (facts.status, facts.database, facts.version),
                (None, None, None),
                "{body}"
            );
            assert_eq!(
                (facts.memory_used_bytes, facts.memory_total_bytes),
                (None, None),
                "{body}"
            );
        }
    }

    #[test]
    fn what_is_no_json_object_is_no_answer() {
        for body in ["", "<html>", "[]", "\"ok\"", "{\"status\":", "\u{feff}{}"] {
            assert_eq!(HealthFacts::read(body.as_bytes()), None, "{body}");
        }
        assert_eq!(HealthFacts::read(&[0xff, 0xfe, b'{', b'}']), None);
    }

    proptest! {
        #[test]
        fn no_body_breaks_the_reader(body in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = HealthFacts::read(&body);
        }
    }
}
