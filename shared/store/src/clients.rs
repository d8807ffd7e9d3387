//! Clients: reading one, changing one.

use aws_sdk_dynamodb::{operation::query::builders::QueryFluentBuilder, types::AttributeValue};
use domain::{AuditEntry, Client, ClientId, ClientStatus, Command, Error};
use serde_json::{Map, Value};

use crate::{
    Item, Store, error,
    expression::{Change, key},
    transaction::{Committed, Transaction},
};

/// The partition of the `feed` index that holds every client by the time of its last change.
pub const FEED: &str = "clients";

/// How a change of a client's record came out.
#[derive(Debug)]
pub enum ChangeOutcome {
    /// Written.
    Changed,
    /// Nothing is written: the record is not as the guard says any more, or is gone.
    Stale,
}

/// What must hold at the moment of a change.
#[derive(Debug)]
pub struct Guard<'a> {
    /// The client's status allows this.
    pub command: Command,
    /// The record still has this revision, when the caller holds one.
    pub revision: Option<u64>,
    /// Of what changes, these fields still have their old values.
    pub unmoved: &'a [&'static str],
}

/// What changed in a record: before and after, by attribute.
#[derive(Debug, Default)]
pub struct Changed {
    /// The old values.
    pub before: Map<String, Value>,
    /// The new values.
    pub after: Map<String, Value>,
}

impl Changed {
    /// What is different between two states of a client.
    ///
    /// # Errors
    /// A state cannot be written as JSON.
    pub fn between(before: &Client, after: &Client) -> Result<Self, Error> {
        let (before, after) = (object(before)?, object(after)?);
        let mut changed = Self::default();
        for (name, value) in after {
            let old = before.get(&name).cloned().unwrap_or(Value::Null);
            if old != value {
                changed.before.insert(name.clone(), old);
                changed.after.insert(name, value);
            }
        }
        Ok(changed)
    }

    /// A client with the new values.
    ///
    /// # Errors
    /// They are not those of a client.
    pub fn applied_to(&self, client: &Client) -> Result<Client, Error> {
        let mut record = object(client)?;
        record.extend(self.after.clone());
        serde_json::from_value(Value::Object(record)).map_err(Error::internal)
    }

    /// Nothing is different.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.after.is_empty()
    }
}

fn object(client: &Client) -> Result<Map<String, Value>, Error> {
    match serde_json::to_value(client).map_err(Error::internal)? {
        Value::Object(map) => Ok(map),
        _ => Err(Error::internal("a client is not an object")),
    }
}

impl Store {
    /// A client as it is now.
    ///
    /// # Errors
    /// DynamoDB fails.
    pub async fn client(&self, id: &ClientId) -> Result<Option<Client>, Error> {
        self.read(self.clients_table()?, key([("id", id.as_str())])).await
    }

    /// A client as it is now, or "there is no such client".
    ///
    /// # Errors
    /// There is none, or DynamoDB fails.
    pub async fn existing_client(&self, id: &ClientId) -> Result<Client, Error> {
        self.client(id)
            .await?
            .ok_or_else(|| Error::not_found("client", id.as_str()))
    }

    /// Writes the changed attributes and no others, so that what somebody else changed in the meantime stands.
    ///
    /// # Errors
    /// DynamoDB fails.
    pub async fn change_client(
        &self,
        id: &ClientId,
        changed: &Changed,
        guard: &Guard<'_>,
        audit: &AuditEntry,
    ) -> Result<ChangeOutcome, Error> {
        let change = update(changed, guard, audit)?;
        let mut transaction = Transaction::default();
        transaction.update(change.on(self.clients_table()?, key([("id", id.as_str())]))?);
        transaction.put(self.audit(audit)?);
        match self.commit(transaction).await? {
            Committed::Yes => Ok(ChangeOutcome::Changed),
            Committed::Refused(_) => Ok(ChangeOutcome::Stale),
        }
    }

    /// A record by its key, read consistently.
    pub(crate) async fn read<T: serde::de::DeserializeOwned>(
        &self,
        table: &str,
        key: Item,
    ) -> Result<Option<T>, Error> {
        let answer = self
            .db
            .get_item()
            .table_name(table)
            .set_key(Some(key))
            .consistent_read(true)
            .send()
            .await
            .map_err(error::aws)?;
        answer
            .item
            .map(|item| serde_dynamo::from_item(item).map_err(error::shape))
            .transpose()
    }

    /// Every record of a table, read consistently, in no order. For what is small, or read once a day.
    pub(crate) async fn everything<T: serde::de::DeserializeOwned>(&self, table: &str) -> Result<Vec<T>, Error> {
        let mut found = Vec::new();
        let scan = self.db.scan().table_name(table).consistent_read(true);
        let mut items = scan.into_paginator().items().send();
        while let Some(item) = items.next().await {
            found.push(serde_dynamo::from_item(item.map_err(error::aws)?).map_err(error::shape)?);
        }
        Ok(found)
    }
}

fn update(changed: &Changed, guard: &Guard<'_>, audit: &AuditEntry) -> Result<Change, Error> {
    let mut change = Change::default()
        .if_exists("id")
        .count("revision")
        .set("updatedAt", &audit.at)?;
    for status in ClientStatus::ALL {
        if !guard.command.allowed_in(status) {
            change = change.unless_equal("status", &status)?;
        }
    }
    for (name, value) in &changed.after {
        change = change.set(name, value)?;
    }
    for name in guard.unmoved {
        if let Some(old) = changed.before.get(*name) {
            change = change.if_equal(name, old)?;
        }
    }
    if let Some(revision) = guard.revision {
        change = change.if_equal("revision", &revision)?;
    }
    Ok(change)
}

/// Every record of a query, page after page.
pub async fn all<T: serde::de::DeserializeOwned>(query: QueryFluentBuilder) -> Result<Vec<T>, Error> {
    let mut found = Vec::new();
    let mut items = query.into_paginator().items().send();
    while let Some(item) = items.next().await {
        found.push(serde_dynamo::from_item(item.map_err(error::aws)?).map_err(error::shape)?);
    }
    Ok(found)
}

/// A client as an item, with the attribute that puts it into the feed.
pub fn client_item(client: &Client) -> Result<Item, Error> {
    let mut item: Item = serde_dynamo::to_item(client).map_err(error::shape)?;
    item.insert("feed".to_owned(), AttributeValue::S(FEED.to_owned()));
    Ok(item)
}
