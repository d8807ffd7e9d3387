//! The outbox.

use aws_sdk_dynamodb::types::{AttributeValue, Put};
use domain::{Error, Instant, Notice, NoticeState};

use crate::{
    Item, SaveOutcome, Store, error,
    expression::{key, text},
    transaction::{Committed, Transaction, put_new_item},
};

/// How long a row is kept after it was written, in seconds.
const KEPT_SECONDS: i64 = 90 * 24 * 3600;

impl Store {
    /// A row of the outbox.
    ///
    /// # Errors
    /// DynamoDB fails.
    pub async fn notice(&self, id: &str) -> Result<Option<Notice>, Error> {
        self.read(self.outbox_table()?, key([("id", id)])).await
    }

    /// Writes a notice if it is still pending and had been tried `attempts` times, so that of two who read the same row one
    /// is told to stop.
    ///
    /// # Errors
    /// DynamoDB fails.
    pub async fn save_notice(&self, notice: &Notice, attempts: u32) -> Result<SaveOutcome, Error> {
        let pending = serde_dynamo::to_attribute_value(NoticeState::Pending).map_err(error::shape)?;
        let sent = self
            .db
            .put_item()
            .table_name(self.outbox_table()?)
            .set_item(Some(self.notice_item(notice)?))
            .condition_expression("#attempts = :attempts AND #state = :pending")
            .expression_attribute_names("#attempts", "attempts")
            .expression_attribute_names("#state", "state")
            .expression_attribute_values(":attempts", AttributeValue::N(attempts.to_string()))
            .expression_attribute_values(":pending", pending)
            .send()
            .await;
        match sent {
            Ok(_) => Ok(SaveOutcome::Saved),
            // Also when the answer to our own write was lost and the SDK sent it again: then the notice is due again after
            // its pause, and goes out once all the same.
            Err(failure) if error::is_unmet(&failure) => Ok(SaveOutcome::Overtaken),
            Err(failure) => Err(error::aws(failure)),
        }
    }

    /// Writes a notice unless its event has one; `false` when it has.
    ///
    /// # Errors
    /// DynamoDB fails.
    pub async fn put_notice_if_new(&self, notice: &Notice) -> Result<bool, Error> {
        let put = self
            .db
            .put_item()
            .table_name(self.outbox_table()?)
            .set_item(Some(self.notice_item(notice)?))
            .condition_expression("attribute_not_exists(id)");
        match put.send().await {
            Ok(_) => Ok(true),
            Err(failure) if error::is_unmet(&failure) => Ok(false),
            Err(failure) => Err(error::aws(failure)),
        }
    }

    /// Writes a notice as [`Store::save_notice`] does, together with the deliveries that come of it. One that is there already
    /// stays as it is: whoever wrote it knows more of it.
    ///
    /// # Errors
    /// DynamoDB fails.
    pub async fn spread_notice(
        &self,
        notice: &Notice,
        attempts: u32,
        deliveries: &[Notice],
    ) -> Result<SaveOutcome, Error> {
        let table = self.outbox_table()?;
        let mut deliveries: Vec<&Notice> = deliveries.iter().collect();
        loop {
            let mut transaction = Transaction::default();
            transaction.put(self.pending_put(notice, attempts)?);
            for delivery in &deliveries {
                transaction.put(put_new_item(table, "id", self.notice_item(delivery)?)?);
            }
            match self.commit(transaction).await? {
                Committed::Yes => return Ok(SaveOutcome::Saved),
                Committed::Refused(places) if places.contains(&0) => return Ok(SaveOutcome::Overtaken),
                Committed::Refused(places) => {
                    let mut place = 0;
                    deliveries.retain(|_| {
                        place += 1;
                        !places.contains(&place)
                    });
                }
            }
        }
    }

    fn pending_put(&self, notice: &Notice, attempts: u32) -> Result<Put, Error> {
        let pending = serde_dynamo::to_attribute_value(NoticeState::Pending).map_err(error::shape)?;
        Put::builder()
            .table_name(self.outbox_table()?)
            .set_item(Some(self.notice_item(notice)?))
            .condition_expression("#attempts = :attempts AND #state = :pending")
            .expression_attribute_names("#attempts", "attempts")
            .expression_attribute_names("#state", "state")
            .expression_attribute_values(":attempts", AttributeValue::N(attempts.to_string()))
            .expression_attribute_values(":pending", pending)
            .build()
            .map_err(error::build)
    }

    /// Notices that should have gone out by now.
    ///
    /// # Errors
    /// DynamoDB fails.
    pub async fn due_notices(&self, before: Instant) -> Result<Vec<String>, Error> {
        self.due(self.outbox_table()?, "id", before).await
    }

    pub(crate) fn notice_item(&self, notice: &Notice) -> Result<Item, Error> {
        let mut item: Item = serde_dynamo::to_item(notice).map_err(error::shape)?;
        if notice.state == NoticeState::Pending {
            item.insert("open".to_owned(), text("open"));
        }
        let expires = notice.created_at.epoch_seconds().saturating_add(KEPT_SECONDS);
        item.insert("expiresAt".to_owned(), AttributeValue::N(expires.to_string()));
        Ok(item)
    }
}
