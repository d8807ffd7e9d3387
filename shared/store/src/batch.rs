//! Many records at once, by their keys.

use std::time::Duration;

use aws_sdk_dynamodb::types::KeysAndAttributes;
use domain::{Client, ClientId, Error, Notice};
use serde::de::DeserializeOwned;

use crate::{Item, Store, error, expression::key};

/// DynamoDB reads so many records at once.
const AT_ONCE: usize = 100;
/// How often keys that DynamoDB had no room for are asked again.
const ATTEMPTS: u32 = 8;

impl Store {
    /// These clients as they are now, as far as they exist, in no order.
    ///
    /// # Errors
    /// DynamoDB fails.
    pub async fn clients_of(&self, ids: &[ClientId]) -> Result<Vec<Client>, Error> {
        let ids: Vec<&str> = ids.iter().map(ClientId::as_str).collect();
        self.read_all(self.clients_table()?, &ids).await
    }

    /// These rows of the outbox as they are now, as far as they exist, in no order.
    ///
    /// # Errors
    /// DynamoDB fails.
    pub async fn notices_of(&self, ids: &[String]) -> Result<Vec<Notice>, Error> {
        let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
        self.read_all(self.outbox_table()?, &ids).await
    }

    /// Records with an `id`, read consistently.
    async fn read_all<T: DeserializeOwned>(&self, table: &str, ids: &[&str]) -> Result<Vec<T>, Error> {
        // DynamoDB refuses a key that comes twice.
        let mut ids = ids.to_vec();
        ids.sort_unstable();
        ids.dedup();
        let mut found = Vec::with_capacity(ids.len());
        for some in ids.chunks(AT_ONCE) {
            let mut left: Vec<Item> = some.iter().map(|id| key([("id", *id)])).collect();
            let mut attempt = 0;
            while !left.is_empty() {
                if attempt == ATTEMPTS {
                    return Err(Error::busy("DynamoDB had no room for the records of a batch"));
                }
                if attempt > 0 {
                    tokio::time::sleep(Duration::from_millis(50) * attempt).await;
                }
                attempt += 1;
                let keys = KeysAndAttributes::builder().set_keys(Some(left)).consistent_read(true);
                let keys = keys.build().map_err(error::build)?;
                let sent = self.db.batch_get_item().request_items(table, keys).send().await;
                let answer = sent.map_err(error::aws)?;
                let items = answer.responses.unwrap_or_default().remove(table).unwrap_or_default();
                for item in items {
                    found.push(serde_dynamo::from_item(item).map_err(error::shape)?);
                }
                let unread = answer.unprocessed_keys.unwrap_or_default().remove(table);
                left = unread.map(|unread| unread.keys).unwrap_or_default();
            }
        }
        Ok(found)
    }
}
