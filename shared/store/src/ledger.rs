//! The ledger of outside things.

use domain::{ClientId, Error, Resource, ResourceState};

use crate::{Item, Store, error, expression::text};

impl Store {
    /// Everything that was ever made for a client, read consistently.
    ///
    /// # Errors
    /// DynamoDB fails.
    pub async fn resources(&self, client: &ClientId) -> Result<Vec<Resource>, Error> {
        let answer = self
            .db
            .query()
            .table_name(self.resources_table()?)
            .key_condition_expression("clientId = :client")
            .expression_attribute_values(":client", text(client.as_str()))
            .consistent_read(true)
            .send()
            .await
            .map_err(error::aws)?;
        answer
            .items
            .unwrap_or_default()
            .into_iter()
            .map(|item| serde_dynamo::from_item(item).map_err(error::shape))
            .collect()
    }

    /// The whole ledger, of all clients, read consistently.
    ///
    /// # Errors
    /// DynamoDB fails.
    pub async fn ledger(&self) -> Result<Vec<Resource>, Error> {
        self.everything(self.resources_table()?).await
    }

    /// Is there no entry at all, so that nothing was ever made outside?
    ///
    /// # Errors
    /// DynamoDB fails.
    pub async fn ledger_is_empty(&self) -> Result<bool, Error> {
        let first = self.db.scan().table_name(self.resources_table()?).limit(1);
        let answer = first.send().await.map_err(error::aws)?;
        Ok(answer.items.unwrap_or_default().is_empty())
    }

    /// Writes an entry if it is still in the state it was read in (`None`: absent).
    ///
    /// # Errors
    /// Somebody else wrote first, or DynamoDB fails.
    pub async fn write_resource(&self, resource: &Resource, before: Option<ResourceState>) -> Result<(), Error> {
        let item: Item = serde_dynamo::to_item(resource).map_err(error::shape)?;
        let put = self
            .db
            .put_item()
            .table_name(self.resources_table()?)
            .set_item(Some(item));
        let put = match before {
            None => put.condition_expression("attribute_not_exists(kind)"),
            Some(state) => put
                .condition_expression("#state IN (:before, :now)")
                .expression_attribute_names("#state", "state")
                .expression_attribute_values(
                    ":before",
                    serde_dynamo::to_attribute_value(state).map_err(error::shape)?,
                )
                .expression_attribute_values(
                    ":now",
                    serde_dynamo::to_attribute_value(resource.state).map_err(error::shape)?,
                ),
        };
        match put.send().await {
            Ok(_) => Ok(()),
            Err(failure) if error::is_unmet(&failure) => Err(Error::busy(format!(
                "the ledger entry {} changed meanwhile",
                resource.kind.name()
            ))),
            Err(failure) => Err(error::aws(failure)),
        }
    }
}
