//! What is asked and answered about keys: never a hash, and the key itself once.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{ApiKey, Instant, KeyRecord, Role};

/// The body of `POST /keys`.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewKeyBody {
    /// What the key is for, 1-100 characters.
    #[schema(value_type = String, min_length = 1, max_length = 100, example = "CI")]
    pub name: Option<String>,
    /// What it allows.
    #[schema(value_type = Role)]
    pub role: Option<String>,
}

/// A key as it is listed: never the key, never its hash.
#[derive(Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct KeyView {
    /// Names it in lists and in the audit.
    pub id: String,
    /// What it is for.
    pub name: String,
    /// What it allows.
    pub role: Role,
    /// When it was made.
    pub created_at: Instant,
    /// When it last opened a door, to the minute.
    pub last_used_at: Option<Instant>,
    /// When it was revoked.
    pub revoked_at: Option<Instant>,
}

/// A key that was just made, with the key itself. No `Debug`.
#[derive(Serialize, ToSchema)]
pub struct NewKey {
    /// What stays known of it.
    #[schema(inline)]
    #[serde(flatten)]
    view: KeyView,
    /// The key, shown this once.
    #[schema(pattern = "^tnt_[0-9A-Za-z]{43}$")]
    key: String,
}

/// All keys, oldest first.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct KeyList {
    /// The keys.
    pub docs: Vec<KeyView>,
    /// How many there are.
    pub total_docs: usize,
}

impl From<KeyRecord> for KeyView {
    fn from(record: KeyRecord) -> Self {
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

impl NewKey {
    /// A key and its record.
    #[must_use]
    pub fn of(record: KeyRecord, key: &ApiKey) -> Self {
        Self {
            view: record.into(),
            key: key.reveal().to_owned(),
        }
    }
}

impl KeyList {
    /// Lists them, oldest first.
    #[must_use]
    pub fn of(mut records: Vec<KeyRecord>) -> Self {
        // The id breaks ties, so that the order never changes by itself.
        records.sort_by(|one, other| (one.created_at, &one.id).cmp(&(other.created_at, &other.id)));
        let docs: Vec<KeyView> = records.into_iter().map(KeyView::from).collect();
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
