//! The outbox.

use domain::{Error, Instant, Notice, NoticeState};

use crate::{
    Item, Store, error,
    expression::{key, text},
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

    /// Writes down what became of a notice.
    ///
    /// # Errors
    /// DynamoDB fails.
    pub async fn save_notice(&self, notice: &Notice) -> Result<(), Error> {
        let item = self.notice_item(notice)?;
        self.db
            .put_item()
            .table_name(self.outbox_table()?)
            .set_item(Some(item))
            .send()
            .await
            .map_err(error::aws)?;
        Ok(())
    }

    /// Notices that should have gone out by now.
    ///
    /// # Errors
    /// DynamoDB fails.
    pub async fn due_notices(&self, before: Instant) -> Result<Vec<String>, Error> {
        self.due(self.outbox_table()?, before).await
    }

    pub(crate) fn notice_item(&self, notice: &Notice) -> Result<Item, Error> {
        let mut item: Item = serde_dynamo::to_item(notice).map_err(error::shape)?;
        if notice.state == NoticeState::Pending {
            item.insert("open".to_owned(), text("open"));
        }
        let expires = notice.created_at.epoch_seconds().saturating_add(KEPT_SECONDS);
        item.insert(
            "expiresAt".to_owned(),
            aws_sdk_dynamodb::types::AttributeValue::N(expires.to_string()),
        );
        Ok(item)
    }
}
