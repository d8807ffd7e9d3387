//! What is answered about a key.

use domain::{ApiKey, Instant, KeyRecord, Role};
use serde::Serialize;

/// A key as it is listed: never the key, never its hash.
#[derive(Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct KeyView {
    pub id: String,
    pub name: String,
    pub role: Role,
    pub created_at: Instant,
    pub last_used_at: Option<Instant>,
    pub revoked_at: Option<Instant>,
}

impl KeyView {
    pub fn of(record: KeyRecord) -> Self {
        Self {
            id: record.id,
            name: record.name,
            role: record.role,
            created_at: record.created_at,
            last_used_at: record.last_used_at,
            revoked_at: record.revoked_at,
        }
    }
}

/// A key that was just made, with the key itself. No `Debug`.
#[derive(Serialize)]
pub struct NewKeyView {
    #[serde(flatten)]
    view: KeyView,
    /// Shown this once.
    key: String,
}

impl NewKeyView {
    pub fn of(record: KeyRecord, key: &ApiKey) -> Self {
        Self {
            view: KeyView::of(record),
            key: key.reveal().to_owned(),
        }
    }
}

/// All keys, oldest first.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct KeyList {
    docs: Vec<KeyView>,
    total_docs: usize,
}

impl KeyList {
    pub fn of(mut records: Vec<KeyRecord>) -> Self {
        // The id breaks ties, so that the order never changes by itself.
        records.sort_by(|one, other| (one.created_at, &one.id).cmp(&(other.created_at, &other.id)));
        let docs: Vec<KeyView> = records.into_iter().map(KeyView::of).collect();
        Self {
            total_docs: docs.len(),
            docs,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(id: &str, made: i64) -> KeyRecord {
        KeyRecord {
            id: id.to_owned(),
            hash: "secret-hash".to_owned(),
            name: "CI".to_owned(),
            role: Role::Viewer,
            created_at: Instant::from_milliseconds(made),
            last_used_at: None,
            revoked_at: None,
        }
    }

    #[test]
    fn keys_are_listed_oldest_first_and_without_their_hashes() {
        let list = serde_json::to_value(KeyList::of(vec![record("b", 2), record("c", 1), record("a", 2)])).unwrap();
        let ids: Vec<&str> = list["docs"]
            .as_array()
            .unwrap()
            .iter()
            .map(|key| key["id"].as_str().unwrap())
            .collect();
        assert_eq!(ids, ["c", "a", "b"]);
        assert_eq!(list["totalDocs"], 3);
        assert!(!list.to_string().contains("secret-hash"));
        assert!(list["docs"][0].as_object().unwrap().contains_key("revokedAt"));
    }
}
