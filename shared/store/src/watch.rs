//! The sites to be watched, and what their records say of them.

use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use domain::{
    ClientId, Error, HealthReport, HealthStatus, Instant,
    monitoring::{Site, Watched},
};

use crate::{
    SaveOutcome, Store,
    clients::FEED,
    error,
    expression::{Change, key, text},
};

impl Store {
    /// All sites, those that are not watched too: the index lags by a moment.
    ///
    /// # Errors
    /// DynamoDB fails.
    pub async fn sites(&self) -> Result<Vec<Site>, Error> {
        let query = self
            .db
            .query()
            .table_name(self.clients_table()?)
            .index_name("watch")
            .key_condition_expression("feed = :feed")
            .expression_attribute_values(":feed", text(FEED));
        crate::clients::all(query).await
    }

    /// Writes what has become certain of a site, unless something newer is written already. The revision stays: nobody's change
    /// of the record is to fail because a site went down.
    ///
    /// # Errors
    /// DynamoDB fails.
    pub async fn save_watch(
        &self,
        client: &ClientId,
        watch: &Watched,
        status: HealthStatus,
        report: Option<&HealthReport>,
        now: Instant,
    ) -> Result<SaveOutcome, Error> {
        let mut change = Change::default()
            .if_exists("id")
            .set("watch", watch)?
            .set("healthStatus", &status)?
            .set("updatedAt", &now)?
            .unless_later("watch", "at", &watch.at)?;
        if let Some(report) = report {
            change = change.set("health", report)?;
        }
        let update = change.alone(
            self.db.update_item(),
            self.clients_table()?,
            key([("id", client.as_str())]),
        );
        match update.send().await {
            Ok(_) => Ok(SaveOutcome::Saved),
            Err(failure)
                if failure
                    .as_service_error()
                    .is_some_and(UpdateItemError::is_conditional_check_failed_exception) =>
            {
                Ok(SaveOutcome::Overtaken)
            }
            Err(failure) => Err(error::aws(failure)),
        }
    }
}
