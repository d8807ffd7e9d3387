//! What is left of the pages: digests by the hour, months by the day, and a client's days for 400 days.

use std::time::Duration;

use aws_sdk_dynamodb::types::{AttributeValue, PutRequest, WriteRequest};
use domain::{
    ClientId, Error,
    monitoring::{Day, DayRollUp, Digest, Month, PAGES_KEPT, ROLL_UPS_KEPT},
};

use crate::{
    Item, Store,
    clients::all,
    error,
    expression::{key, text},
    pages::{Shard, packed, unpacked},
};

const DIGEST: &str = "digest";
const MONTH: &str = "month";
/// `BatchWriteItem` takes so many.
const AT_ONCE: usize = 25;
/// How often what DynamoDB had no room for is tried again.
const ATTEMPTS: u32 = 8;

impl Store {
    /// A shard's digest; `None` when it has none yet.
    ///
    /// # Errors
    /// DynamoDB fails, or the digest cannot be read.
    pub async fn digest(&self, shard: Shard) -> Result<Option<Digest>, Error> {
        let bytes = self.bytes(key([("scope", DIGEST), ("id", &shard.scope())])).await?;
        bytes
            .map(|bytes| Digest::decode(&bytes).map_err(Error::internal))
            .transpose()
    }

    /// All digests, also of shards that are no more.
    ///
    /// # Errors
    /// DynamoDB fails, or one cannot be read.
    pub async fn digests(&self) -> Result<Vec<Digest>, Error> {
        let all = self.all_packed(DIGEST).await?;
        all.iter()
            .map(|bytes| Digest::decode(bytes).map_err(Error::internal))
            .collect()
    }

    /// Writes a shard's digest.
    ///
    /// # Errors
    /// DynamoDB fails.
    pub async fn put_digest(&self, shard: Shard, digest: &Digest) -> Result<(), Error> {
        // As long as the pages from which the days since can be worked out.
        let expires = digest.through.after(PAGES_KEPT);
        self.put_packed(packed(DIGEST, &shard.scope(), digest.encode(), Some(expires)))
            .await
    }

    /// A shard's month; `None` when it has none yet.
    ///
    /// # Errors
    /// DynamoDB fails, or the month cannot be read.
    pub async fn month(&self, shard: Shard) -> Result<Option<Month>, Error> {
        let bytes = self.bytes(key([("scope", MONTH), ("id", &shard.scope())])).await?;
        bytes
            .map(|bytes| Month::decode(&bytes).map_err(Error::internal))
            .transpose()
    }

    /// All months, also of shards that are no more.
    ///
    /// # Errors
    /// DynamoDB fails, or one cannot be read.
    pub async fn months(&self) -> Result<Vec<Month>, Error> {
        let all = self.all_packed(MONTH).await?;
        all.iter()
            .map(|bytes| Month::decode(bytes).map_err(Error::internal))
            .collect()
    }

    /// Writes a shard's month.
    ///
    /// # Errors
    /// DynamoDB fails.
    pub async fn put_month(&self, shard: Shard, month: &Month, today: Day) -> Result<(), Error> {
        let expires = today.start().after(Duration::from_secs(40 * 86_400));
        self.put_packed(packed(MONTH, &shard.scope(), month.encode(), Some(expires)))
            .await
    }

    /// Writes clients' days; writing one again changes nothing.
    ///
    /// # Errors
    /// DynamoDB fails, or has no room for them for long.
    pub async fn put_days(&self, days: &[(ClientId, DayRollUp)]) -> Result<(), Error> {
        let table = self.checks_table()?;
        for chunk in days.chunks(AT_ONCE) {
            let mut left = chunk
                .iter()
                .map(|(client, day)| write(client, day))
                .collect::<Result<Vec<_>, Error>>()?;
            let mut attempt = 0;
            while !left.is_empty() {
                attempt += 1;
                if attempt > ATTEMPTS {
                    return Err(Error::busy("DynamoDB had no room for the roll-ups of a day"));
                }
                let sent = self
                    .db
                    .batch_write_item()
                    .request_items(table, left)
                    .send()
                    .await
                    .map_err(error::aws)?;
                left = sent
                    .unprocessed_items
                    .unwrap_or_default()
                    .remove(table)
                    .unwrap_or_default();
                if !left.is_empty() {
                    tokio::time::sleep(Duration::from_millis(50) * attempt).await;
                }
            }
        }
        Ok(())
    }

    /// A client's days from one on, in order.
    ///
    /// # Errors
    /// DynamoDB fails.
    pub async fn days(&self, client: &ClientId, from: Day) -> Result<Vec<DayRollUp>, Error> {
        let query = self
            .scope(client.as_str())?
            .key_condition_expression("#scope = :scope AND id >= :from")
            .expression_attribute_values(":from", text(&from.to_string()));
        all(query).await
    }

    async fn put_packed(&self, item: Item) -> Result<(), Error> {
        let put = self.db.put_item().table_name(self.checks_table()?).set_item(Some(item));
        put.send().await.map(drop).map_err(error::aws)
    }

    async fn all_packed(&self, scope: &str) -> Result<Vec<Vec<u8>>, Error> {
        let mut items = self.scope(scope)?.into_paginator().items().send();
        let mut found = Vec::new();
        while let Some(item) = items.next().await {
            found.push(unpacked(&item.map_err(error::aws)?)?);
        }
        Ok(found)
    }
}

fn write(client: &ClientId, day: &DayRollUp) -> Result<WriteRequest, Error> {
    let mut item: Item = serde_dynamo::to_item(day).map_err(error::shape)?;
    item.extend(key([("scope", client.as_str()), ("id", &day.day.to_string())]));
    let expires = day.day.start().after(ROLL_UPS_KEPT).epoch_seconds();
    item.insert("expiresAt".to_owned(), AttributeValue::N(expires.to_string()));
    let put = PutRequest::builder()
        .set_item(Some(item))
        .build()
        .map_err(error::build)?;
    Ok(WriteRequest::builder().put_request(put).build())
}
