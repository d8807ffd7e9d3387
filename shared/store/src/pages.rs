//! What the monitor saw: packed pages of the checks table, one per worker and stage of a run.
//!
//! A worker's pages stand together, in the order of time, so that what it knows of its sites from before is one query.

use aws_sdk_dynamodb::{operation::query::builders::QueryFluentBuilder, primitives::Blob, types::AttributeValue};
use domain::{
    Error, Instant,
    monitoring::{PAGES_KEPT, RunPage},
};

use crate::{
    Item, Store, error,
    expression::{key, text},
};

/// One of the workers of a run: its number, and of how many.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Shard {
    /// From 0.
    pub number: u16,
    /// A power of two.
    pub of: u16,
}

impl Shard {
    pub(crate) fn scope(self) -> String {
        format!("{}/{}", self.of, self.number)
    }

    /// The shards that held this one's sites when there were so many of them: powers of two, so one contains the other.
    #[must_use]
    pub fn when_there_were(self, of: u16) -> Vec<Self> {
        let of = of.max(1);
        let all = if of <= self.of {
            vec![self.number % of]
        } else {
            (self.number..of).step_by(usize::from(self.of.max(1))).collect()
        };
        all.into_iter().map(|number| Self { number, of }).collect()
    }
}

/// Where a page stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    /// Whose.
    pub shard: Shard,
    /// The moment of the run.
    pub run: Instant,
    /// 0 is the scheduled check, then its rechecks.
    pub stage: u8,
}

impl Place {
    fn id(self) -> String {
        format!("{}#{}", self.run, self.stage)
    }
}

/// A page with the place where it stands.
#[derive(Debug, Clone, PartialEq)]
pub struct Placed {
    /// The moment of the run.
    pub run: Instant,
    /// The stage.
    pub stage: u8,
    /// The page.
    pub page: RunPage,
}

impl Store {
    /// A page, read consistently.
    ///
    /// # Errors
    /// DynamoDB fails, or the page cannot be read.
    pub async fn page(&self, place: Place) -> Result<Option<RunPage>, Error> {
        let key = key([("scope", &place.shard.scope()), ("id", &place.id())]);
        let bytes = self.bytes(key).await?;
        bytes
            .map(|bytes| RunPage::decode(&bytes).map_err(Error::internal))
            .transpose()
    }

    /// Writes a page; `false` when somebody else has written it before.
    ///
    /// # Errors
    /// DynamoDB fails.
    pub async fn put_page(&self, place: Place, page: &RunPage) -> Result<bool, Error> {
        let expires = place.run.after(PAGES_KEPT);
        let item = packed(&place.shard.scope(), &place.id(), page.encode(), Some(expires));
        let put = self
            .db
            .put_item()
            .table_name(self.checks_table()?)
            .set_item(Some(item))
            .condition_expression("attribute_not_exists(id)");
        match put.send().await {
            Ok(_) => Ok(true),
            Err(failure) if error::is_unmet(&failure) => Ok(false),
            Err(failure) => Err(error::aws(failure)),
        }
    }

    /// The newest pages of a shard before a place, newest first.
    ///
    /// # Errors
    /// DynamoDB fails, or a page cannot be read.
    pub async fn pages_before(&self, place: Place, most: u16) -> Result<Vec<Placed>, Error> {
        let query = self
            .scope(&place.shard.scope())?
            .key_condition_expression("#scope = :scope AND id < :id")
            .expression_attribute_values(":id", text(&place.id()))
            .scan_index_forward(false)
            .limit(i32::from(most))
            .consistent_read(true);
        let answer = query.send().await.map_err(error::aws)?;
        answer.items.unwrap_or_default().iter().map(placed).collect()
    }

    /// The pages of a shard from one moment up to another, in order.
    ///
    /// # Errors
    /// DynamoDB fails, or a page cannot be read.
    pub async fn pages_between(&self, shard: Shard, from: Instant, until: Instant) -> Result<Vec<Placed>, Error> {
        if from >= until {
            return Ok(Vec::new());
        }
        // The end sorts before every stage of the run at that moment.
        let query = self.scope_between(&shard.scope(), &from.to_string(), &until.to_string())?;
        let mut items = query.into_paginator().items().send();
        let mut found = Vec::new();
        while let Some(item) = items.next().await {
            found.push(placed(&item.map_err(error::aws)?)?);
        }
        Ok(found)
    }

    /// What stands in a scope of the checks table from one id to another, both included, in order.
    pub(crate) fn scope_between(&self, scope: &str, from: &str, until: &str) -> Result<QueryFluentBuilder, Error> {
        let query = self.scope(scope)?;
        Ok(query
            .key_condition_expression("#scope = :scope AND id BETWEEN :from AND :until")
            .expression_attribute_values(":from", text(from))
            .expression_attribute_values(":until", text(until)))
    }

    /// All that stands in a scope of the checks table, in order.
    pub(crate) fn scope(&self, scope: &str) -> Result<QueryFluentBuilder, Error> {
        let query = self.db.query().table_name(self.checks_table()?);
        Ok(query
            .key_condition_expression("#scope = :scope")
            .expression_attribute_names("#scope", "scope")
            .expression_attribute_values(":scope", text(scope)))
    }

    /// The packed bytes of an item of the checks table, read consistently.
    pub(crate) async fn bytes(&self, key: Item) -> Result<Option<Vec<u8>>, Error> {
        let get = self
            .db
            .get_item()
            .table_name(self.checks_table()?)
            .set_key(Some(key))
            .consistent_read(true);
        let answer = get.send().await.map_err(error::aws)?;
        answer.item.as_ref().map(unpacked).transpose()
    }
}

/// An item of the checks table that holds packed bytes.
pub fn packed(scope: &str, id: &str, bytes: Vec<u8>, expires: Option<Instant>) -> Item {
    let mut item = key([("scope", scope), ("id", id)]);
    item.insert("page".to_owned(), AttributeValue::B(Blob::new(bytes)));
    if let Some(expires) = expires {
        let seconds = AttributeValue::N(expires.epoch_seconds().to_string());
        item.insert("expiresAt".to_owned(), seconds);
    }
    item
}

pub fn unpacked(item: &Item) -> Result<Vec<u8>, Error> {
    let bytes = item.get("page").and_then(|page| page.as_b().ok());
    let bytes = bytes.ok_or_else(|| Error::internal("an item of the checks table holds no page"))?;
    Ok(bytes.clone().into_inner())
}

fn placed(item: &Item) -> Result<Placed, Error> {
    let id = item
        .get("id")
        .and_then(|id| id.as_s().ok())
        .and_then(|id| id.split_once('#'));
    let (run, stage) = id.ok_or_else(|| Error::internal("a page has no place"))?;
    Ok(Placed {
        run: Instant::parse(run).map_err(Error::internal)?,
        stage: stage.parse().map_err(Error::internal)?,
        page: RunPage::decode(&unpacked(item)?).map_err(Error::internal)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shard_is_found_again_among_fewer_and_among_more() {
        let shard = Shard { number: 5, of: 8 };
        let numbers = |of| -> Vec<u16> { shard.when_there_were(of).iter().map(|one| one.number).collect() };
        assert_eq!(numbers(8), [5]);
        assert_eq!(numbers(2), [1]);
        assert_eq!(numbers(1), [0]);
        assert_eq!(numbers(32), [5, 13, 21, 29]);
    }
}
