//! Operations: reading, taking, checkpointing, ending.

use aws_sdk_dynamodb::types::{AttributeValue, Delete, Put};
use domain::{Client, ClientId, ClientStatus, Deployment, Error, Instant, Notice, Operation, OperationId};

use crate::{
    Item, Store,
    clients::all,
    create::lock_key,
    error,
    expression::{Change, key, text},
    transaction::{Committed, Transaction, put_new_item},
};

/// The partition of the `due` index that holds every operation that has not ended.
pub const OPEN: &str = "open";

/// How a conditional write of an operation came out.
#[derive(Debug, PartialEq, Eq)]
pub enum SaveOutcome {
    /// Written.
    Saved,
    /// Somebody else wrote first; read again.
    Overtaken,
}

/// What is written together with an operation's checkpoint.
#[derive(Default)]
pub struct Finish<'a> {
    /// The client, with what changes in it.
    pub client: Option<(&'a Client, ClientChange)>,
    /// New states of deployments.
    pub deployments: &'a [Deployment],
    /// A notice for the outbox.
    pub notice: Option<&'a Notice>,
    /// The label is free again, after this many seconds.
    pub release_label: Option<u64>,
}

/// What an operation changes in its client's record.
#[derive(Debug, Default)]
pub struct ClientChange {
    fields: Vec<(&'static str, serde_json::Value)>,
}

impl ClientChange {
    /// Nothing yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets a field.
    ///
    /// # Errors
    /// The value cannot be written as JSON.
    pub fn set(mut self, field: &'static str, value: &impl serde::Serialize) -> Result<Self, Error> {
        self.fields
            .push((field, serde_json::to_value(value).map_err(Error::internal)?));
        Ok(self)
    }

    /// The client's new status.
    ///
    /// # Errors
    /// Never in practice.
    pub fn status(self, status: ClientStatus) -> Result<Self, Error> {
        self.set("status", &status)
    }

    /// There is nothing to write.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.fields.is_empty()
    }
}

impl Store {
    /// An operation as it is now.
    ///
    /// # Errors
    /// DynamoDB fails.
    pub async fn operation(&self, id: &OperationId) -> Result<Option<Operation>, Error> {
        self.read(self.operations_table()?, key([("id", id.as_str())])).await
    }

    /// The operations of a client, newest first.
    ///
    /// # Errors
    /// DynamoDB fails.
    pub async fn operations_of(&self, client: &ClientId) -> Result<Vec<Operation>, Error> {
        let query = self
            .db
            .query()
            .table_name(self.operations_table()?)
            .index_name("byClient")
            .key_condition_expression("clientId = :client")
            .expression_attribute_values(":client", text(client.as_str()))
            .scan_index_forward(false);
        all(query).await
    }

    /// Operations that should have moved by now.
    ///
    /// # Errors
    /// DynamoDB fails.
    pub async fn due_operations(&self, before: Instant) -> Result<Vec<OperationId>, Error> {
        let ids = self.due(self.operations_table()?, "id", before).await?;
        ids.iter().map(|id| id.parse().map_err(Error::internal)).collect()
    }

    /// The keys in a table's `due` index up to an instant.
    pub(crate) async fn due(&self, table: &str, name: &str, before: Instant) -> Result<Vec<String>, Error> {
        let mut found = Vec::new();
        let mut pages = self
            .db
            .query()
            .table_name(table)
            .index_name("due")
            .key_condition_expression("#open = :open AND dueAt <= :before")
            .expression_attribute_names("#open", "open")
            .expression_attribute_values(":open", text(OPEN))
            .expression_attribute_values(":before", text(&before.to_string()))
            .into_paginator()
            .items()
            .send();
        while let Some(item) = pages.next().await {
            let item = item.map_err(error::aws)?;
            let id = item
                .get(name)
                .and_then(|id| id.as_s().ok())
                .ok_or_else(|| Error::internal("an item of the due index has no key"))?;
            found.push(id.clone());
        }
        Ok(found)
    }

    /// Writes an operation if it still has the generation before this one. The caller has counted `operation.generation` up.
    ///
    /// # Errors
    /// DynamoDB fails.
    pub async fn save(&self, operation: &Operation) -> Result<SaveOutcome, Error> {
        let sent = self
            .db
            .put_item()
            .table_name(self.operations_table()?)
            .set_item(Some(operation_item(operation)?))
            .condition_expression(UNMOVED)
            .expression_attribute_values(":previous", previous(operation))
            .send()
            .await;
        match sent {
            Ok(_) => Ok(SaveOutcome::Saved),
            Err(failure) if error::is_unmet(&failure) => self.was_ours(operation).await,
            Err(failure) => Err(error::aws(failure)),
        }
    }

    /// Writes an operation's checkpoint together with what follows from it.
    ///
    /// # Errors
    /// DynamoDB fails.
    pub async fn save_with(&self, operation: &Operation, finish: Finish<'_>) -> Result<SaveOutcome, Error> {
        let mut transaction = Transaction::default();
        let checkpoint = transaction.put(checkpoint(self.operations_table()?, operation)?);
        if let Some(seconds) = finish.release_label {
            self.release_label(&mut transaction, &finish, seconds)?;
        }
        if let Some((client, change)) = finish.client {
            let mut update = Change::default().if_exists("id").count("revision");
            for (field, value) in &change.fields {
                update = update.set(field, value)?;
            }
            transaction.update(update.on(self.clients_table()?, key([("id", client.id.as_str())]))?);
        }
        for deployment in finish.deployments {
            transaction.put(self.deployment_put(deployment)?);
        }
        if let Some(notice) = finish.notice {
            transaction.put(put_new_item(self.outbox_table()?, "id", self.notice_item(notice)?)?);
        }
        match self.commit(transaction).await? {
            Committed::Yes => Ok(SaveOutcome::Saved),
            Committed::Refused(places) if places.contains(&checkpoint) => self.was_ours(operation).await,
            Committed::Refused(places) => Err(Error::internal(format!(
                "a checkpoint's companions were refused: {places:?}"
            ))),
        }
    }

    /// A write whose answer was lost and that was sent again finds itself already written.
    async fn was_ours(&self, operation: &Operation) -> Result<SaveOutcome, Error> {
        let stored = self.operation(&operation.id).await?;
        Ok(if stored.as_ref() == Some(operation) {
            SaveOutcome::Saved
        } else {
            SaveOutcome::Overtaken
        })
    }

    fn release_label(&self, transaction: &mut Transaction, finish: &Finish<'_>, seconds: u64) -> Result<(), Error> {
        let Some((client, _)) = &finish.client else {
            return Err(Error::internal("a label is released with its client only"));
        };
        let lock = key([("key", &lock_key(client.domain.as_str()))]);
        if seconds == 0 {
            let delete = Delete::builder()
                .table_name(self.locks_table()?)
                .set_key(Some(lock))
                .condition_expression("attribute_not_exists(clientId) OR clientId = :client")
                .expression_attribute_values(":client", text(client.id.as_str()))
                .build()
                .map_err(error::build)?;
            transaction.delete(delete);
            return Ok(());
        }
        let until = client
            .updated_at
            .epoch_seconds()
            .saturating_add(i64::try_from(seconds).unwrap_or(i64::MAX));
        let rest = Change::default()
            .set("expiresAt", &until)?
            .if_equal("clientId", &client.id)?;
        transaction.update(rest.on(self.locks_table()?, lock)?);
        Ok(())
    }
}

/// Every write of an operation is conditional on the generation before.
const UNMOVED: &str = "generation = :previous";

fn previous(operation: &Operation) -> AttributeValue {
    AttributeValue::N(operation.generation.saturating_sub(1).to_string())
}

/// An operation's checkpoint as part of a transaction.
pub fn checkpoint(table: &str, operation: &Operation) -> Result<Put, Error> {
    Put::builder()
        .table_name(table)
        .set_item(Some(operation_item(operation)?))
        .condition_expression(UNMOVED)
        .expression_attribute_values(":previous", previous(operation))
        .build()
        .map_err(error::build)
}

/// An operation as an item, in the `due` index while it has not ended.
pub fn operation_item(operation: &Operation) -> Result<Item, Error> {
    let mut item: Item = serde_dynamo::to_item(operation).map_err(error::shape)?;
    if !operation.status.is_final() {
        item.insert("open".to_owned(), text(OPEN));
    }
    Ok(item)
}
