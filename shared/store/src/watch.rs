//! The sites to be watched, and what their records say of them.

use std::collections::HashMap;

use aws_sdk_dynamodb::{operation::update_item::UpdateItemError, types::KeysAndAttributes};
use domain::{
    Client, ClientId, Error, HealthReport, HealthStatus, Instant,
    monitoring::{Site, Watched},
};

use crate::{
    SaveOutcome, Store,
    clients::FEED,
    error,
    expression::{Change, key, text},
};

/// `BatchGetItem` takes so many.
const AT_ONCE: usize = 100;
const ATTEMPTS: u32 = 8;

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

    /// These clients, read consistently, those that there are, in no order.
    ///
    /// # Errors
    /// DynamoDB fails, or has no room for long.
    pub async fn clients_of(&self, ids: &[ClientId]) -> Result<Vec<Client>, Error> {
        let table = self.clients_table()?;
        let mut found = Vec::with_capacity(ids.len());
        for chunk in ids.chunks(AT_ONCE) {
            let keys: Vec<_> = chunk.iter().map(|id| key([("id", id.as_str())])).collect();
            let all = KeysAndAttributes::builder().set_keys(Some(keys)).consistent_read(true);
            let mut left = Some(all.build().map_err(error::build)?);
            let mut attempt = 0;
            while let Some(wanted) = left.take() {
                attempt += 1;
                if attempt > ATTEMPTS {
                    return Err(Error::busy("DynamoDB had no room for reading clients"));
                }
                if attempt > 1 {
                    tokio::time::sleep(self.pause(attempt)).await;
                }
                let get = self.db.batch_get_item().request_items(table, wanted);
                let answer = get.send().await.map_err(error::aws)?;
                let items = answer.responses.unwrap_or_default().remove(table).unwrap_or_default();
                for item in items {
                    found.push(serde_dynamo::from_item(item).map_err(error::shape)?);
                }
                let unread: HashMap<_, _> = answer.unprocessed_keys.unwrap_or_default();
                left = unread.into_iter().next().map(|(_, keys)| keys);
            }
        }
        Ok(found)
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
