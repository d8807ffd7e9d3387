//! Deployments.

use aws_sdk_dynamodb::types::Put;
use domain::{ClientId, Deployment, DeploymentId, Error};

use crate::{
    Item, Store,
    clients::all,
    error,
    expression::{key, text},
};

impl Store {
    /// A client's deployments, newest first.
    ///
    /// # Errors
    /// DynamoDB fails.
    pub async fn deployments(&self, client: &ClientId) -> Result<Vec<Deployment>, Error> {
        let query = self
            .db
            .query()
            .table_name(self.deployments_table()?)
            .key_condition_expression("clientId = :client")
            .expression_attribute_values(":client", text(client.as_str()))
            .scan_index_forward(false);
        all(query).await
    }

    /// One deployment.
    ///
    /// # Errors
    /// DynamoDB fails.
    pub async fn deployment(&self, client: &ClientId, id: &DeploymentId) -> Result<Option<Deployment>, Error> {
        self.read(
            self.deployments_table()?,
            key([("clientId", client.as_str()), ("id", id.as_str())]),
        )
        .await
    }

    /// Writes a deployment's new state.
    ///
    /// # Errors
    /// DynamoDB fails.
    pub async fn save_deployment(&self, deployment: &Deployment) -> Result<(), Error> {
        let item: Item = serde_dynamo::to_item(deployment).map_err(error::shape)?;
        self.db
            .put_item()
            .table_name(self.deployments_table()?)
            .set_item(Some(item))
            .send()
            .await
            .map_err(error::aws)?;
        Ok(())
    }

    /// A deployment's new state, as part of a checkpoint.
    pub(crate) fn deployment_put(&self, deployment: &Deployment) -> Result<Put, Error> {
        let item: Item = serde_dynamo::to_item(deployment).map_err(error::shape)?;
        Put::builder()
            .table_name(self.deployments_table()?)
            .set_item(Some(item))
            .build()
            .map_err(error::build)
    }
}
