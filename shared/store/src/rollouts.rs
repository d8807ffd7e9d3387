//! Rollouts: the record under the sort key `#`, its clients beside it under `<batch>#<client>`, so that a turn reads one batch.

use std::time::Duration;

use aws_sdk_dynamodb::types::{AttributeValue, Put, PutRequest, WriteRequest};
use domain::{AuditEntry, Error, Instant, Rollout, RolloutClient, RolloutId};

use crate::{
    IdempotentRequest, Item, SaveOutcome, Store,
    clients::all,
    error,
    expression::{key, text},
    operations::OPEN,
    transaction::{Committed, Transaction, put_new_item},
};

/// The sort key of the record itself; it comes before all of its clients.
const RECORD: &str = "#";
/// The partition of the `all` index that holds every rollout's record.
const ALL: &str = "rollouts";
/// How long a rollout is known, in seconds; as long as the audit.
const KEPT_SECONDS: i64 = 400 * 24 * 3600;
/// DynamoDB takes so many items in one batch.
const ITEMS_AT_ONCE: usize = 25;
/// How often items that DynamoDB had no room for are sent again.
const ATTEMPTS: u32 = 8;

/// How recording a rollout came out.
#[derive(Debug)]
pub enum RolloutRecorded {
    /// Recorded.
    New,
    /// The same Idempotency-Key was used before, by this request.
    Repeated(Box<IdempotentRequest>),
}

impl Store {
    /// Records a rollout. Its clients are written first: without the record nobody finds them, and they expire.
    ///
    /// # Errors
    /// DynamoDB fails.
    pub async fn create_rollout(
        &self,
        rollout: &Rollout,
        clients: &[RolloutClient],
        request: Option<&IdempotentRequest>,
        audit: &AuditEntry,
    ) -> Result<RolloutRecorded, Error> {
        for some in clients.chunks(ITEMS_AT_ONCE) {
            self.put_all(some, rollout.created_at).await?;
        }
        let mut transaction = Transaction::default();
        let repeated = request
            .map(|request| self.remember(&mut transaction, request, audit.at))
            .transpose()?;
        transaction.put(put_new_item(self.rollouts_table()?, "rollout", record(rollout)?)?);
        transaction.put(self.audit(audit)?);
        match (self.commit(transaction).await?, request) {
            (Committed::Yes, _) => Ok(RolloutRecorded::New),
            (Committed::Refused(places), Some(request)) if repeated.is_some_and(|place| places.contains(&place)) => {
                Ok(RolloutRecorded::Repeated(Box::new(self.remembered(request).await?)))
            }
            (Committed::Refused(places), _) => Err(Error::internal(format!("a rollout is there already: {places:?}"))),
        }
    }

    async fn put_all(&self, clients: &[RolloutClient], created_at: Instant) -> Result<(), Error> {
        let table = self.rollouts_table()?;
        let write = |client: &RolloutClient| {
            let put = PutRequest::builder().set_item(Some(member(client, created_at)?));
            let put = put.build().map_err(error::build)?;
            Ok(WriteRequest::builder().put_request(put).build())
        };
        let mut left = clients.iter().map(write).collect::<Result<Vec<_>, Error>>()?;
        for attempt in 1..=ATTEMPTS {
            let sent = self.db.batch_write_item().request_items(table, left).send().await;
            let answer = sent.map_err(error::aws)?;
            left = answer
                .unprocessed_items
                .unwrap_or_default()
                .remove(table)
                .unwrap_or_default();
            if left.is_empty() {
                return Ok(());
            }
            tokio::time::sleep(Duration::from_millis(50) * attempt).await;
        }
        Err(Error::busy("DynamoDB had no room for a rollout's clients"))
    }

    /// A rollout as it is now.
    ///
    /// # Errors
    /// DynamoDB fails.
    pub async fn rollout(&self, id: &RolloutId) -> Result<Option<Rollout>, Error> {
        let key = key([("rollout", id.as_str()), ("client", RECORD)]);
        self.read(self.rollouts_table()?, key).await
    }

    /// All rollouts, newest first. The index may lag by a moment.
    ///
    /// # Errors
    /// DynamoDB fails.
    pub async fn rollouts(&self) -> Result<Vec<Rollout>, Error> {
        let query = self
            .db
            .query()
            .table_name(self.rollouts_table()?)
            .index_name("all")
            .key_condition_expression("#list = :list")
            .expression_attribute_names("#list", "list")
            .expression_attribute_values(":list", text(ALL))
            .scan_index_forward(false);
        all(query).await
    }
}

impl Store {
    /// All clients of a rollout.
    ///
    /// # Errors
    /// DynamoDB fails.
    pub async fn rollout_clients(&self, id: &RolloutId) -> Result<Vec<RolloutClient>, Error> {
        // A batch's number has digits only, and these come after the record's sign.
        self.rollout_members(id, "client > :which", RECORD).await
    }

    /// The clients of one batch.
    ///
    /// # Errors
    /// DynamoDB fails.
    pub async fn rollout_batch(&self, id: &RolloutId, batch: u32) -> Result<Vec<RolloutClient>, Error> {
        let which = format!("{}#", padded(batch));
        self.rollout_members(id, "begins_with(client, :which)", &which).await
    }

    /// Read consistently: what is decided must rest on what was written last.
    async fn rollout_members(&self, id: &RolloutId, condition: &str, which: &str) -> Result<Vec<RolloutClient>, Error> {
        let query = self
            .db
            .query()
            .table_name(self.rollouts_table()?)
            .key_condition_expression(format!("rollout = :rollout AND {condition}"))
            .expression_attribute_values(":rollout", text(id.as_str()))
            .expression_attribute_values(":which", text(which))
            .consistent_read(true);
        all(query).await
    }

    /// Writes a rollout with the clients that changed, if it still has the generation before this one. The caller has counted
    /// `rollout.generation` up.
    ///
    /// # Errors
    /// DynamoDB fails.
    pub async fn save_rollout(
        &self,
        rollout: &Rollout,
        changed: &[RolloutClient],
        audit: Option<&AuditEntry>,
    ) -> Result<SaveOutcome, Error> {
        let table = self.rollouts_table()?;
        let previous = AttributeValue::N(rollout.generation.saturating_sub(1).to_string());
        let mut transaction = Transaction::default();
        transaction.put(
            Put::builder()
                .table_name(table)
                .set_item(Some(record(rollout)?))
                .condition_expression("generation = :previous")
                .expression_attribute_values(":previous", previous)
                .build()
                .map_err(error::build)?,
        );
        for client in changed {
            let put = Put::builder().table_name(table);
            let put = put.set_item(Some(member(client, rollout.created_at)?));
            transaction.put(put.build().map_err(error::build)?);
        }
        if let Some(audit) = audit {
            transaction.put(self.audit(audit)?);
        }
        match self.commit(transaction).await? {
            Committed::Yes => Ok(SaveOutcome::Saved),
            // A write whose answer was lost and that was sent again finds itself already written.
            Committed::Refused(_) if self.rollout(&rollout.id).await?.as_ref() == Some(rollout) => {
                Ok(SaveOutcome::Saved)
            }
            Committed::Refused(_) => Ok(SaveOutcome::Overtaken),
        }
    }

    /// Rollouts that should have moved by now.
    ///
    /// # Errors
    /// DynamoDB fails.
    pub async fn due_rollouts(&self, before: Instant) -> Result<Vec<RolloutId>, Error> {
        let ids = self.due(self.rollouts_table()?, "rollout", before).await?;
        ids.iter().map(|id| id.parse().map_err(Error::internal)).collect()
    }
}

/// A rollout's record, in the `due` index while it has something to do.
fn record(rollout: &Rollout) -> Result<Item, Error> {
    let mut item: Item = serde_dynamo::to_item(rollout).map_err(error::shape)?;
    item.extend(key([
        ("rollout", rollout.id.as_str()),
        ("client", RECORD),
        ("list", ALL),
    ]));
    if rollout.due_at.is_some() {
        item.insert("open".to_owned(), text(OPEN));
    }
    item.insert("expiresAt".to_owned(), expiry(rollout.created_at));
    Ok(item)
}

fn member(client: &RolloutClient, created_at: Instant) -> Result<Item, Error> {
    let mut item: Item = serde_dynamo::to_item(client).map_err(error::shape)?;
    let sort = format!("{}#{}", padded(client.batch), client.client_id);
    item.insert("client".to_owned(), text(&sort));
    item.insert("expiresAt".to_owned(), expiry(created_at));
    Ok(item)
}

/// So that batches sort by their number.
fn padded(batch: u32) -> String {
    format!("{batch:010}")
}

fn expiry(created_at: Instant) -> AttributeValue {
    AttributeValue::N(created_at.epoch_seconds().saturating_add(KEPT_SECONDS).to_string())
}
