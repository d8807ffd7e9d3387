//! API keys.

use domain::{AuditEntry, Error, Instant, KeyRecord};

use crate::{
    Item, Store, error,
    expression::{Change, key},
    transaction::{Committed, Transaction, put_new, put_new_item},
};

impl Store {
    /// A key's record.
    ///
    /// # Errors
    /// DynamoDB fails.
    pub async fn key(&self, id: &str) -> Result<Option<KeyRecord>, Error> {
        self.read(self.keys_table()?, key([("id", id)])).await
    }

    /// All keys, in no order.
    ///
    /// # Errors
    /// DynamoDB fails.
    pub async fn keys(&self) -> Result<Vec<KeyRecord>, Error> {
        self.everything(self.keys_table()?).await
    }

    /// Records a key that somebody made.
    ///
    /// # Errors
    /// DynamoDB fails.
    pub async fn add_key(&self, record: &KeyRecord, audit: &AuditEntry) -> Result<(), Error> {
        let mut transaction = Transaction::default();
        transaction.put(put_new(self.keys_table()?, "id", record)?);
        transaction.put(self.audit(audit)?);
        match self.commit(transaction).await? {
            Committed::Yes => Ok(()),
            Committed::Refused(_) => Err(Error::internal("a new key's id is taken")),
        }
    }

    /// Records the first key at its first use. That it is there already is as good.
    ///
    /// # Errors
    /// DynamoDB fails.
    pub async fn note_first_key(&self, record: &KeyRecord) -> Result<(), Error> {
        let item: Item = serde_dynamo::to_item(record).map_err(error::shape)?;
        let mut transaction = Transaction::default();
        transaction.put(put_new_item(self.keys_table()?, "id", item)?);
        self.commit(transaction).await.map(drop)
    }

    /// Writes down that a key opened a door.
    ///
    /// # Errors
    /// DynamoDB fails.
    pub async fn note_use(&self, id: &str, now: Instant) -> Result<(), Error> {
        let change = Change::default().if_exists("id").set("lastUsedAt", &now)?;
        self.apply(change.on(self.keys_table()?, key([("id", id)]))?)
            .await
            .map(drop)
    }

    /// Withdraws a key; `false` when there is none, or it was withdrawn before.
    ///
    /// # Errors
    /// DynamoDB fails.
    pub async fn revoke_key(&self, id: &str, audit: &AuditEntry) -> Result<bool, Error> {
        let change = Change::default()
            .if_exists("id")
            .if_equal("revokedAt", &None::<Instant>)?
            .set("revokedAt", &audit.at)?;
        let mut transaction = Transaction::default();
        transaction.update(change.on(self.keys_table()?, key([("id", id)]))?);
        transaction.put(self.audit(audit)?);
        Ok(self.commit(transaction).await? == Committed::Yes)
    }

    /// One update by itself; `false` when its condition was unmet.
    async fn apply(&self, update: aws_sdk_dynamodb::types::Update) -> Result<bool, Error> {
        let sent = self
            .db
            .update_item()
            .set_table_name(Some(update.table_name))
            .set_key(Some(update.key))
            .set_update_expression(Some(update.update_expression))
            .set_condition_expression(update.condition_expression)
            .set_expression_attribute_names(update.expression_attribute_names)
            .set_expression_attribute_values(update.expression_attribute_values)
            .send()
            .await;
        match sent {
            Ok(_) => Ok(true),
            Err(failure)
                if failure.as_service_error().is_some_and(
                    aws_sdk_dynamodb::operation::update_item::UpdateItemError::is_conditional_check_failed_exception,
                ) =>
            {
                Ok(false)
            }
            Err(failure) => Err(error::aws(failure)),
        }
    }
}
