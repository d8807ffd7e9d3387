//! What the desk has to know of clients, many at once.

use std::collections::BTreeMap;

use domain::{ClientId, Error, monitoring::incident::Observed};

use crate::{Store, error};

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
        for item in self.client_items(&ids, Observed::FIELDS.as_slice()).await? {
            let one: Observed = serde_dynamo::from_item(item).map_err(error::shape)?;
            found.insert(one.id.clone(), Some(one));
        }
        Ok(found)
    }
}
