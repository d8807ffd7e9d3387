//! Looking a key up.

use std::{sync::Arc, time::Duration};

use domain::{ApiKey, Clock, Error, Instant, KeyRecord, Role};
use runtime::{Context, SettingsError};
use secrecy::ExposeSecret;
use store::{Secrets, Store};
use tokio::sync::OnceCell;

use crate::event::Verdict;

/// `lastUsedAt` is exact to this much, so that a busy key is not written at each call.
const USE_IS_NOTED_EVERY: Duration = Duration::from_secs(60);

/// What is needed to know who is calling.
pub struct Door {
    store: Store,
    secrets: Secrets,
    clock: Arc<dyn Clock>,
    first_key_arn: String,
    /// The hash of the platform's first key, once read.
    first_key_hash: OnceCell<String>,
}

impl Door {
    pub fn new(context: &Context) -> Result<Self, SettingsError> {
        Ok(Self {
            store: context.store(),
            secrets: context.secrets()?,
            clock: context.clock(),
            first_key_arn: context.settings().text("ADMIN_KEY_ARN")?,
            first_key_hash: OnceCell::new(),
        })
    }

    /// Lets the holder of a key in, or not.
    pub async fn open(&self, key: &ApiKey) -> Result<Verdict, Error> {
        let id = key.id();
        match self.store.key(&id).await? {
            Some(record) if admits(&record, key) => {
                self.note_use(&record).await;
                Ok(Verdict::admitted(&id, record.role))
            }
            Some(_) => Ok(Verdict::refused()),
            None => self.open_for_the_first_key(key).await,
        }
    }

    /// The key that CloudFormation made has no record before its first use. Once it has one it can be revoked like any other.
    async fn open_for_the_first_key(&self, key: &ApiKey) -> Result<Verdict, Error> {
        let hash = self
            .first_key_hash
            .get_or_try_init(|| self.read_first_key_hash())
            .await?;
        if !key.matches(hash) {
            return Ok(Verdict::refused());
        }
        let now = self.clock.now();
        let record = KeyRecord {
            id: key.id(),
            hash: key.hash(),
            name: "first key".to_owned(),
            role: Role::Owner,
            created_at: now,
            last_used_at: Some(now),
            revoked_at: None,
        };
        self.store.note_first_key(&record).await?;
        tracing::info!(key.id = %record.id, "the platform's first key is used for the first time");
        Ok(Verdict::admitted(&record.id, record.role))
    }

    async fn read_first_key_hash(&self) -> Result<String, Error> {
        let secret = self.secrets.read_platform(&self.first_key_arn).await?;
        let key = secret
            .get("key")
            .ok_or_else(|| Error::internal("the secret at ADMIN_KEY_ARN has no `key`"))?;
        Ok(ApiKey::from_secret_part(key.expose_secret()).hash())
    }

    /// That it cannot be written down keeps nobody out.
    async fn note_use(&self, record: &KeyRecord) {
        let now = self.clock.now();
        if !is_to_be_noted(record.last_used_at, now) {
            return;
        }
        if let Err(error) = self.store.note_use(&record.id, now).await {
            tracing::warn!(key.id = %record.id, error = %error.chain(), "the use of a key could not be written down");
        }
    }
}

fn admits(record: &KeyRecord, key: &ApiKey) -> bool {
    record.revoked_at.is_none() && key.matches(&record.hash)
}

fn is_to_be_noted(last: Option<Instant>, now: Instant) -> bool {
    last.is_none_or(|last| now.since(last) >= USE_IS_NOTED_EVERY)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Instant = Instant::from_milliseconds(1_762_939_800_000);

    fn record(key: &ApiKey) -> KeyRecord {
        KeyRecord {
            id: key.id(),
            hash: key.hash(),
            name: "test".to_owned(),
            role: Role::Viewer,
            created_at: NOW,
            last_used_at: None,
            revoked_at: None,
        }
    }

    #[test]
    fn a_key_opens_until_it_is_revoked() {
        let (key, other) = (ApiKey::from_secret_part("a"), ApiKey::from_secret_part("b"));
        let mut record = record(&key);
        assert!(admits(&record, &key));
        assert!(!admits(&record, &other));
        record.revoked_at = Some(NOW);
        assert!(!admits(&record, &key));
    }

    #[test]
    fn use_is_noted_at_most_once_a_minute() {
        assert!(is_to_be_noted(None, NOW));
        assert!(!is_to_be_noted(Some(NOW.before(Duration::from_secs(59))), NOW));
        assert!(is_to_be_noted(Some(NOW.before(Duration::from_secs(60))), NOW));
    }
}
