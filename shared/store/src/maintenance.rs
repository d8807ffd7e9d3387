//! Maintenance windows.

use std::time::Duration;

use aws_sdk_dynamodb::types::{AttributeValue, Delete, Put};
use domain::{AuditEntry, Error, Instant, monitoring::Maintenance};
use serde::{Deserialize, Serialize};

use crate::{
    Item, SaveOutcome, Store, error,
    expression::key,
    transaction::{Committed, Transaction},
};

/// How long a window is known after it was open for the last time.
const KEPT: Duration = Duration::from_secs(90 * 86_400);

/// A window with what is kept beside it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WindowRecord {
    /// The window.
    pub window: Maintenance,
    /// Counts the changes.
    pub revision: u64,
    /// When it was made.
    pub created_at: Instant,
}

/// What is kept beside a window.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Beside {
    revision: u64,
    created_at: Instant,
}

impl Store {
    /// All windows, those that are over too until they expire, in no order.
    ///
    /// # Errors
    /// DynamoDB fails.
    pub async fn maintenance(&self) -> Result<Vec<Maintenance>, Error> {
        self.everything(self.maintenance_table()?).await
    }

    /// The same, with what is kept beside them.
    ///
    /// # Errors
    /// DynamoDB fails.
    pub async fn windows(&self) -> Result<Vec<WindowRecord>, Error> {
        let scan = self
            .db
            .scan()
            .table_name(self.maintenance_table()?)
            .consistent_read(true);
        let (mut found, mut items) = (Vec::new(), scan.into_paginator().items().send());
        while let Some(item) = items.next().await {
            found.push(record(item.map_err(error::aws)?)?);
        }
        Ok(found)
    }

    /// A window as it is now.
    ///
    /// # Errors
    /// DynamoDB fails.
    pub async fn window(&self, id: &str) -> Result<Option<WindowRecord>, Error> {
        let answer = self
            .db
            .get_item()
            .table_name(self.maintenance_table()?)
            .set_key(Some(key([("id", id)])))
            .consistent_read(true)
            .send()
            .await
            .map_err(error::aws)?;
        answer.item.map(record).transpose()
    }

    /// Writes a window: a new one (its revision is 1), or one that still has the revision before this one.
    ///
    /// # Errors
    /// DynamoDB fails.
    pub async fn save_window(&self, record: &WindowRecord, audit: &AuditEntry) -> Result<SaveOutcome, Error> {
        let put = Put::builder()
            .table_name(self.maintenance_table()?)
            .set_item(Some(item(record)?));
        let put = match record.revision {
            0 | 1 => put.condition_expression("attribute_not_exists(id)"),
            revision => put
                .condition_expression("revision = :read")
                .expression_attribute_values(":read", AttributeValue::N((revision - 1).to_string())),
        };
        let mut transaction = Transaction::default();
        transaction.put(put.build().map_err(error::build)?);
        self.audited(transaction, audit).await
    }

    /// Removes a window, if it still has the revision that was read.
    ///
    /// # Errors
    /// DynamoDB fails.
    pub async fn delete_window(&self, record: &WindowRecord, audit: &AuditEntry) -> Result<SaveOutcome, Error> {
        let delete = Delete::builder()
            .table_name(self.maintenance_table()?)
            .set_key(Some(key([("id", record.window.id.as_str())])))
            .condition_expression("revision = :read")
            .expression_attribute_values(":read", AttributeValue::N(record.revision.to_string()));
        let mut transaction = Transaction::default();
        transaction.delete(delete.build().map_err(error::build)?);
        self.audited(transaction, audit).await
    }

    async fn audited(&self, mut transaction: Transaction, audit: &AuditEntry) -> Result<SaveOutcome, Error> {
        transaction.put(self.audit(audit)?);
        match self.commit(transaction).await? {
            Committed::Yes => Ok(SaveOutcome::Saved),
            Committed::Refused(_) => Ok(SaveOutcome::Overtaken),
        }
    }
}

fn record(item: Item) -> Result<WindowRecord, Error> {
    let Beside { revision, created_at } = serde_dynamo::from_item(item.clone()).map_err(error::shape)?;
    Ok(WindowRecord {
        window: serde_dynamo::from_item(item).map_err(error::shape)?,
        revision,
        created_at,
    })
}

fn item(record: &WindowRecord) -> Result<Item, Error> {
    let mut item: Item = serde_dynamo::to_item(&record.window).map_err(error::shape)?;
    let beside = Beside {
        revision: record.revision,
        created_at: record.created_at,
    };
    let beside: Item = serde_dynamo::to_item(beside).map_err(error::shape)?;
    item.extend(beside);
    if let Some(over) = record.window.over_at() {
        let expires = over.after(KEPT).epoch_seconds();
        item.insert("expiresAt".to_owned(), AttributeValue::N(expires.to_string()));
    }
    Ok(item)
}
