//! Channels, and the rows of the outbox that are theirs.

use aws_sdk_dynamodb::types::{AttributeValue, Delete, Put};
use domain::{
    AuditEntry, Error, Notice,
    channel::{Channel, ChannelId, DeliveryQuery},
};

use crate::{
    Item, SaveOutcome, Store, error,
    expression::{key, text},
    transaction::{Committed, Transaction, put_new, put_new_item},
};

impl Store {
    /// All channels that have a record, the oldest first.
    ///
    /// # Errors
    /// DynamoDB fails.
    pub async fn channels(&self) -> Result<Vec<Channel>, Error> {
        let mut channels: Vec<Channel> = self.everything(self.channels_table()?).await?;
        channels.sort_by(|one, other| (one.created_at, &one.id).cmp(&(other.created_at, &other.id)));
        Ok(channels)
    }

    /// A channel as it is now.
    ///
    /// # Errors
    /// DynamoDB fails.
    pub async fn channel(&self, id: &ChannelId) -> Result<Option<Channel>, Error> {
        self.read(self.channels_table()?, key([("id", id.as_str())])).await
    }

    /// Records a channel.
    ///
    /// # Errors
    /// DynamoDB fails.
    pub async fn add_channel(&self, channel: &Channel, audit: &AuditEntry) -> Result<(), Error> {
        let mut transaction = Transaction::default();
        transaction.put(put_new(self.channels_table()?, "id", channel)?);
        transaction.put(self.audit(audit)?);
        match self.commit(transaction).await? {
            Committed::Yes => Ok(()),
            Committed::Refused(_) => Err(Error::internal("a new channel's id is taken")),
        }
    }

    /// Writes a channel if it still has the revision before this one. The caller has counted `channel.revision` up.
    ///
    /// # Errors
    /// DynamoDB fails.
    pub async fn save_channel(&self, channel: &Channel, audit: &AuditEntry) -> Result<SaveOutcome, Error> {
        let item: Item = serde_dynamo::to_item(channel).map_err(error::shape)?;
        let put = Put::builder()
            .table_name(self.channels_table()?)
            .set_item(Some(item))
            .condition_expression("revision = :previous")
            .expression_attribute_values(":previous", revision(channel.revision.saturating_sub(1)));
        let mut transaction = Transaction::default();
        transaction.put(put.build().map_err(error::build)?);
        transaction.put(self.audit(audit)?);
        match self.commit(transaction).await? {
            Committed::Yes => Ok(SaveOutcome::Saved),
            // A write whose answer was lost and that was sent again finds itself already written.
            Committed::Refused(_) if self.channel(&channel.id).await?.as_ref() == Some(channel) => {
                Ok(SaveOutcome::Saved)
            }
            Committed::Refused(_) => Ok(SaveOutcome::Overtaken),
        }
    }

    /// Removes a channel if it still has this revision.
    ///
    /// # Errors
    /// DynamoDB fails.
    pub async fn remove_channel(&self, channel: &Channel, audit: &AuditEntry) -> Result<SaveOutcome, Error> {
        let delete = Delete::builder()
            .table_name(self.channels_table()?)
            .set_key(Some(key([("id", channel.id.as_str())])))
            .condition_expression("revision = :revision")
            .expression_attribute_values(":revision", revision(channel.revision));
        let mut transaction = Transaction::default();
        transaction.delete(delete.build().map_err(error::build)?);
        transaction.put(self.audit(audit)?);
        match self.commit(transaction).await? {
            Committed::Yes => Ok(SaveOutcome::Saved),
            Committed::Refused(_) if self.channel(&channel.id).await?.is_none() => Ok(SaveOutcome::Saved),
            Committed::Refused(_) => Ok(SaveOutcome::Overtaken),
        }
    }

    /// A part of what a channel delivered or is to deliver, newest first, and whether there is more. The index may lag by a
    /// moment.
    ///
    /// # Errors
    /// DynamoDB fails.
    pub async fn deliveries(&self, channel: &ChannelId, query: &DeliveryQuery) -> Result<(Vec<Notice>, bool), Error> {
        let start = query.after.as_ref().map(|(at, id)| {
            key([
                ("id", id.as_str()),
                ("channel", channel.as_str()),
                ("createdAt", &at.to_string()),
            ])
        });
        // One more than is asked for tells whether there is more.
        let limit = i32::try_from(query.limit + 1).map_err(Error::internal)?;
        let answer = self
            .db
            .query()
            .table_name(self.outbox_table()?)
            .index_name("byChannel")
            .key_condition_expression("#channel = :channel")
            .expression_attribute_names("#channel", "channel")
            .expression_attribute_values(":channel", text(channel.as_str()))
            .scan_index_forward(false)
            .limit(limit)
            .set_exclusive_start_key(start)
            .send()
            .await
            .map_err(error::aws)?;
        let items = answer.items.unwrap_or_default().into_iter();
        let read = |item: Item| serde_dynamo::from_item(item).map_err(error::shape);
        let mut notices = items.map(read).collect::<Result<Vec<Notice>, Error>>()?;
        let more = notices.len() > query.limit;
        notices.truncate(query.limit);
        Ok((notices, more))
    }

    /// Writes a delivery that somebody asked for.
    ///
    /// # Errors
    /// DynamoDB fails.
    pub async fn ask_delivery(&self, notice: &Notice, audit: &AuditEntry) -> Result<(), Error> {
        let mut transaction = Transaction::default();
        transaction.put(put_new_item(self.outbox_table()?, "id", self.notice_item(notice)?)?);
        transaction.put(self.audit(audit)?);
        match self.commit(transaction).await? {
            Committed::Yes => Ok(()),
            Committed::Refused(_) => Err(Error::internal("a new delivery's id is taken")),
        }
    }
}

fn revision(number: u64) -> AttributeValue {
    AttributeValue::N(number.to_string())
}
