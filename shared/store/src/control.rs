//! What all operations heed: the freeze, and the breakers of the outside services.

use domain::{AuditEntry, Breaker, Error, Freeze};
use serde::Serialize;

use crate::{
    Item, Store, error,
    expression::{key, text},
    transaction::{Committed, Transaction},
};

/// The key of the freeze among the locks.
const FREEZE: &str = "platform#freeze";

impl Store {
    /// Is the platform frozen?
    ///
    /// # Errors
    /// DynamoDB fails.
    pub async fn freeze(&self) -> Result<Freeze, Error> {
        let found = self.read(self.locks_table()?, key([("key", FREEZE)])).await?;
        Ok(found.unwrap_or_default())
    }

    /// Freezes or thaws the platform.
    ///
    /// # Errors
    /// DynamoDB fails.
    pub async fn set_freeze(&self, freeze: &Freeze, audit: &AuditEntry) -> Result<(), Error> {
        let mut transaction = Transaction::default();
        transaction.put(
            aws_sdk_dynamodb::types::Put::builder()
                .table_name(self.locks_table()?)
                .set_item(Some(keyed(FREEZE, freeze)?))
                .build()
                .map_err(error::build)?,
        );
        transaction.put(self.audit(audit)?);
        match self.commit(transaction).await? {
            Committed::Yes => Ok(()),
            Committed::Refused(places) => Err(Error::internal(format!("a freeze was refused: {places:?}"))),
        }
    }

    /// What is known of an outside service's health.
    ///
    /// # Errors
    /// DynamoDB fails.
    pub async fn breaker(&self, service: &str) -> Result<Breaker, Error> {
        let found = self
            .read(self.locks_table()?, key([("key", &breaker_key(service))]))
            .await?;
        Ok(found.unwrap_or_default())
    }

    /// Writes a breaker that was derived from the version before; `false` when somebody else wrote first.
    ///
    /// # Errors
    /// DynamoDB fails.
    pub async fn save_breaker(&self, service: &str, breaker: &Breaker) -> Result<bool, Error> {
        let previous = breaker.version.saturating_sub(1);
        let sent = self
            .db
            .put_item()
            .table_name(self.locks_table()?)
            .set_item(Some(keyed(&breaker_key(service), breaker)?))
            .condition_expression("attribute_not_exists(#key) OR #version = :previous")
            .expression_attribute_names("#key", "key")
            .expression_attribute_names("#version", "version")
            .expression_attribute_values(
                ":previous",
                aws_sdk_dynamodb::types::AttributeValue::N(previous.to_string()),
            )
            .send()
            .await;
        match sent {
            Ok(_) => Ok(true),
            Err(failure) if error::is_unmet(&failure) => Ok(false),
            Err(failure) => Err(error::aws(failure)),
        }
    }
}

fn breaker_key(service: &str) -> String {
    format!("breaker#{service}")
}

fn keyed(lock: &str, record: &impl Serialize) -> Result<Item, Error> {
    let mut item: Item = serde_dynamo::to_item(record).map_err(error::shape)?;
    item.insert("key".to_owned(), text(lock));
    Ok(item)
}
