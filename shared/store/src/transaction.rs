//! Transactions: several writes that happen together or not at all.

use std::time::Duration;

use aws_sdk_dynamodb::{
    error::SdkError,
    operation::transact_write_items::TransactWriteItemsError,
    types::{Put, TransactWriteItem, Update},
};
use domain::{AuditEntry, Error};
use serde::Serialize;

use crate::{Item, Store, error};

/// How often a transaction that met another one is tried again.
const ATTEMPTS: u32 = 8;

/// How a transaction came out.
#[derive(Debug, PartialEq, Eq)]
pub enum Committed {
    /// All of it is written.
    Yes,
    /// Nothing is written: these writes (by their place) found their condition unmet.
    Refused(Vec<usize>),
}

/// A transaction being put together.
#[derive(Default)]
pub struct Transaction(Vec<TransactWriteItem>);

impl Transaction {
    /// Adds an item to be put; gives its place.
    pub fn put(&mut self, put: Put) -> usize {
        self.0.push(TransactWriteItem::builder().put(put).build());
        self.0.len() - 1
    }

    /// Adds an update; gives its place.
    pub fn update(&mut self, update: Update) -> usize {
        self.0.push(TransactWriteItem::builder().update(update).build());
        self.0.len() - 1
    }

    /// Adds a removal; gives its place.
    pub fn delete(&mut self, delete: aws_sdk_dynamodb::types::Delete) -> usize {
        self.0.push(TransactWriteItem::builder().delete(delete).build());
        self.0.len() - 1
    }
}

/// A put of a record that must not be there yet.
pub fn put_new(table: &str, key: &str, record: &impl Serialize) -> Result<Put, Error> {
    let item: Item = serde_dynamo::to_item(record).map_err(error::shape)?;
    put_new_item(table, key, item)
}

/// A put of an item that must not be there yet.
pub fn put_new_item(table: &str, key: &str, item: Item) -> Result<Put, Error> {
    Put::builder()
        .table_name(table)
        .set_item(Some(item))
        .condition_expression("attribute_not_exists(#key)")
        .expression_attribute_names("#key", key)
        .build()
        .map_err(error::build)
}

impl Store {
    /// Writes all of it or nothing. Meeting another transaction on the same items is not an answer: it is tried again.
    pub(crate) async fn commit(&self, transaction: Transaction) -> Result<Committed, Error> {
        let mut attempt = 0;
        loop {
            attempt += 1;
            let sent = self
                .db
                .transact_write_items()
                .set_transact_items(Some(transaction.0.clone()))
                .send()
                .await;
            let failure = match sent {
                Ok(_) => return Ok(Committed::Yes),
                Err(failure) => failure,
            };
            match refusals(&failure) {
                Some(places) if !places.is_empty() => return Ok(Committed::Refused(places)),
                Some(_) if attempt < ATTEMPTS => tokio::time::sleep(self.pause(attempt)).await,
                _ => return Err(error::aws(failure)),
            }
        }
    }

    /// Full jitter: anything up to 20 ms, doubled with each attempt, so that two losers do not meet again.
    pub(crate) fn pause(&self, attempt: u32) -> Duration {
        let mut chance = [0_u8; 2];
        self.entropy.fill(&mut chance);
        let most = 20_u64 << attempt.min(6);
        Duration::from_millis(most * u64::from(u16::from_be_bytes(chance)) / u64::from(u16::MAX))
    }

    /// An audit entry as part of a transaction.
    pub(crate) fn audit(&self, entry: &AuditEntry) -> Result<Put, Error> {
        const KEPT_SECONDS: i64 = 400 * 24 * 3600;
        let mut item: Item = serde_dynamo::to_item(entry).map_err(error::shape)?;
        let expires = entry.at.epoch_seconds().saturating_add(KEPT_SECONDS);
        item.insert(
            "expiresAt".to_owned(),
            aws_sdk_dynamodb::types::AttributeValue::N(expires.to_string()),
        );
        put_new_item(self.audit_table()?, "id", item)
    }
}

/// The places whose condition was unmet; `None` when the transaction failed for another reason; empty when it only met another.
fn refusals<R>(failure: &SdkError<TransactWriteItemsError, R>) -> Option<Vec<usize>> {
    let TransactWriteItemsError::TransactionCanceledException(cancelled) = failure.as_service_error()? else {
        return None;
    };
    let reasons = cancelled.cancellation_reasons();
    let places = |code: &str| -> Vec<usize> {
        reasons
            .iter()
            .enumerate()
            .filter(|(_, reason)| reason.code() == Some(code))
            .map(|(place, _)| place)
            .collect()
    };
    let refused = places("ConditionalCheckFailed");
    if !refused.is_empty() {
        return Some(refused);
    }
    (!places("TransactionConflict").is_empty()).then(Vec::new)
}
