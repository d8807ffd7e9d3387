//! Many records at once, by their keys.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::KeysAndAttributes;
use domain::{Client, ClientId, Error, Notice};

use crate::{Item, Store, error, expression::key};

/// DynamoDB reads so many items in one batch.
const AT_ONCE: usize = 100;
/// How often items that DynamoDB had no room for are asked for again.
const ATTEMPTS: u32 = 8;

impl Store {
    /// These clients, read consistently, those that there are, in no order.
    ///
    /// # Errors
    /// DynamoDB fails, or has no room for long.
    pub async fn clients_of(&self, ids: &[ClientId]) -> Result<Vec<Client>, Error> {
        let items = self.client_items(ids, &[]).await?.into_iter();
        items
            .map(|item| serde_dynamo::from_item(item).map_err(error::shape))
            .collect()
    }

    /// These rows of the outbox as they are now, as far as they exist, in no order.
    ///
    /// # Errors
    /// DynamoDB fails, or has no room for long.
    pub async fn notices_of(&self, ids: &[String]) -> Result<Vec<Notice>, Error> {
        let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
        let items = self.items(self.outbox_table()?, ids, &[]).await?.into_iter();
        items
            .map(|item| serde_dynamo::from_item(item).map_err(error::shape))
            .collect()
    }

    /// The items of these clients, read consistently; only these attributes, or all when none is named.
    pub(crate) async fn client_items(&self, ids: &[ClientId], attributes: &[&str]) -> Result<Vec<Item>, Error> {
        let ids = ids.iter().map(ClientId::as_str).collect();
        self.items(self.clients_table()?, ids, attributes).await
    }

    /// Items with an `id`, read consistently.
    async fn items(&self, table: &str, mut ids: Vec<&str>, attributes: &[&str]) -> Result<Vec<Item>, Error> {
        // DynamoDB refuses a key that comes twice.
        ids.sort_unstable();
        ids.dedup();
        // Some of the names are reserved words.
        let places: HashMap<String, String> = attributes
            .iter()
            .map(|name| (format!("#{name}"), (*name).to_owned()))
            .collect();
        let projection = attributes
            .iter()
            .map(|name| format!("#{name}"))
            .collect::<Vec<_>>()
            .join(", ");
        let mut found = Vec::with_capacity(ids.len());
        for chunk in ids.chunks(AT_ONCE) {
            let mut keys: Vec<Item> = chunk.iter().map(|id| key([("id", *id)])).collect();
            let mut attempt = 0;
            while !keys.is_empty() {
                attempt += 1;
                if attempt > ATTEMPTS {
                    return Err(Error::busy("DynamoDB had no room for the records of a batch"));
                }
                if attempt > 1 {
                    tokio::time::sleep(self.pause(attempt)).await;
                }
                let wanted = KeysAndAttributes::builder()
                    .set_keys(Some(keys))
                    .consistent_read(true)
                    .set_projection_expression(Some(projection.clone()).filter(|all| !all.is_empty()))
                    .set_expression_attribute_names(Some(places.clone()).filter(|all| !all.is_empty()))
                    .build()
                    .map_err(error::build)?;
                let answer = self.db.batch_get_item().request_items(table, wanted).send().await;
                let answer = answer.map_err(error::aws)?;
                found.extend(answer.responses.unwrap_or_default().remove(table).unwrap_or_default());
                let left = answer.unprocessed_keys.unwrap_or_default().remove(table);
                keys = left.map(|left| left.keys).unwrap_or_default();
            }
        }
        Ok(found)
    }
}
