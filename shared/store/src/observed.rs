//! What the desk has to know of clients, many at once.

use std::{
    collections::{BTreeMap, HashMap},
    time::Duration,
};

use aws_sdk_dynamodb::types::KeysAndAttributes;
use domain::{ClientId, Error, monitoring::incident::Observed};

use crate::{Item, Store, error, expression::key};

/// DynamoDB reads so many items in one batch.
const ITEMS_AT_ONCE: usize = 100;
/// How often items that DynamoDB had no room for are asked for again.
const ATTEMPTS: u32 = 8;

impl Store {
    /// What the records of these clients say now, read consistently; `None` of one that has no record.
    ///
    /// # Errors
    /// DynamoDB fails.
    pub async fn observed(
        &self,
        clients: impl IntoIterator<Item = ClientId>,
    ) -> Result<BTreeMap<ClientId, Option<Observed>>, Error> {
        let mut found: BTreeMap<ClientId, Option<Observed>> =
            clients.into_iter().map(|client| (client, None)).collect();
        let ids: Vec<ClientId> = found.keys().cloned().collect();
        for some in ids.chunks(ITEMS_AT_ONCE) {
            for item in self.batch(some).await? {
                let one: Observed = serde_dynamo::from_item(item).map_err(error::shape)?;
                found.insert(one.id.clone(), Some(one));
            }
        }
        Ok(found)
    }

    async fn batch(&self, ids: &[ClientId]) -> Result<Vec<Item>, Error> {
        let table = self.clients_table()?;
        // Some of the names are reserved words.
        let places: HashMap<String, String> = Observed::FIELDS
            .iter()
            .map(|name| (format!("#{name}"), (*name).to_owned()))
            .collect();
        let mut keys: Vec<Item> = ids.iter().map(|id| key([("id", id.as_str())])).collect();
        let mut found = Vec::new();
        for attempt in 1..=ATTEMPTS {
            let wanted = KeysAndAttributes::builder()
                .set_keys(Some(keys))
                .consistent_read(true)
                .projection_expression(Observed::FIELDS.map(|name| format!("#{name}")).join(", "))
                .set_expression_attribute_names(Some(places.clone()))
                .build()
                .map_err(error::build)?;
            let answer = self.db.batch_get_item().request_items(table, wanted).send().await;
            let answer = answer.map_err(error::aws)?;
            found.extend(answer.responses.unwrap_or_default().remove(table).unwrap_or_default());
            let left = answer.unprocessed_keys.unwrap_or_default().remove(table);
            keys = left.map(|left| left.keys).unwrap_or_default();
            if keys.is_empty() {
                return Ok(found);
            }
            tokio::time::sleep(Duration::from_millis(50) * attempt).await;
        }
        Err(Error::busy("DynamoDB had no room to read the clients of the desk"))
    }
}
