//! The runs of the health sweep: claimed by their moment, and written down with how many workers they had.

use std::time::Duration;

use aws_sdk_dynamodb::types::{AttributeValue, ReturnConsumedCapacity};
use domain::{Error, Instant, monitoring::PAGES_KEPT, random_text};
use serde::{Deserialize, Serialize};

use crate::{
    Item, Store, error,
    expression::{key, text},
    pages::{Shard, was_there},
};

const RUNS: &str = "runs";

/// A run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Sweep {
    /// Its moment.
    #[serde(rename = "id")]
    pub run: Instant,
    /// Until when whoever claimed it is at it; `None` when it is done.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub held_until: Option<Instant>,
    /// Who that is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub held_by: Option<String>,
    /// How many workers it has; 0 while it is not done.
    #[serde(default)]
    pub shards: u16,
    /// How many sites were due.
    #[serde(default)]
    pub sites: u32,
    /// How many sites there are.
    #[serde(default)]
    pub watched: u32,
}

impl Store {
    /// Claims a run: `false` when somebody else has done it, or is at it.
    ///
    /// # Errors
    /// DynamoDB fails.
    pub async fn claim_sweep(&self, run: Instant, hold: Duration, now: Instant) -> Result<bool, Error> {
        let claim = Sweep {
            run,
            held_until: Some(now.after(hold)),
            held_by: Some(random_text(&*self.entropy, 16)),
            shards: 0,
            sites: 0,
            watched: 0,
        };
        let put = self
            .db
            .put_item()
            .table_name(self.checks_table()?)
            .set_item(Some(item(&claim)?))
            .condition_expression("attribute_not_exists(id) OR heldUntil <= :now")
            .expression_attribute_values(":now", text(&now.to_string()))
            .return_consumed_capacity(ReturnConsumedCapacity::Total);
        match put.send().await {
            Ok(answer) => {
                self.meter.wrote(answer.consumed_capacity());
                Ok(true)
            }
            // It may be our own: the answer was lost, and the SDK has sent it again.
            Err(failure) if was_there(&failure) => {
                let key = key([("scope", RUNS), ("id", &run.to_string())]);
                let found: Option<Sweep> = self.read(self.checks_table()?, key).await?;
                Ok(found.is_some_and(|found| found.held_by == claim.held_by))
            }
            Err(failure) => Err(error::aws(failure)),
        }
    }

    /// The run is sent out.
    ///
    /// # Errors
    /// DynamoDB fails.
    pub async fn end_sweep(&self, sweep: &Sweep) -> Result<(), Error> {
        let put = self
            .db
            .put_item()
            .table_name(self.checks_table()?)
            .set_item(Some(item(sweep)?))
            .return_consumed_capacity(ReturnConsumedCapacity::Total);
        let answer = put.send().await.map_err(error::aws)?;
        self.meter.wrote(answer.consumed_capacity());
        Ok(())
    }

    /// The newest runs that were sent out, newest first. Few more are read than asked for.
    ///
    /// # Errors
    /// DynamoDB fails.
    pub async fn last_sweeps(&self, most: u16) -> Result<Vec<Sweep>, Error> {
        let query = self
            .db
            .query()
            .table_name(self.checks_table()?)
            .key_condition_expression("#scope = :scope")
            .expression_attribute_names("#scope", "scope")
            .expression_attribute_values(":scope", text(RUNS))
            .scan_index_forward(false)
            // One may be under way.
            .limit(i32::from(most.saturating_add(1)))
            .consistent_read(true);
        let answer = query.send().await.map_err(error::aws)?;
        let items = answer.items.unwrap_or_default();
        let runs = items
            .into_iter()
            .map(|item| serde_dynamo::from_item(item).map_err(error::shape))
            .collect::<Result<Vec<Sweep>, _>>()?;
        Ok(runs
            .into_iter()
            .filter(|run| run.shards > 0)
            .take(usize::from(most))
            .collect())
    }

    /// The runs from one moment up to another, in order.
    ///
    /// # Errors
    /// DynamoDB fails.
    pub async fn sweeps_between(&self, from: Instant, until: Instant) -> Result<Vec<Sweep>, Error> {
        if from >= until {
            return Ok(Vec::new());
        }
        let query = self
            .db
            .query()
            .table_name(self.checks_table()?)
            .key_condition_expression("#scope = :scope AND id BETWEEN :from AND :until")
            .expression_attribute_names("#scope", "scope")
            .expression_attribute_values(":scope", text(RUNS))
            .expression_attribute_values(":from", text(&from.to_string()))
            .expression_attribute_values(":until", text(&until.to_string()));
        let runs: Vec<Sweep> = crate::clients::all(query).await?;
        Ok(runs
            .into_iter()
            .filter(|run| run.shards > 0 && run.run < until)
            .collect())
    }

    /// The shards whose pages may hold a shard's sites between two moments.
    ///
    /// # Errors
    /// DynamoDB fails.
    pub async fn shards_between(&self, shard: Shard, from: Instant, until: Instant) -> Result<Vec<Shard>, Error> {
        let mut counts: Vec<u16> = self
            .sweeps_between(from, until)
            .await?
            .iter()
            .map(|run| run.shards)
            .collect();
        counts.sort_unstable();
        counts.dedup();
        Ok(counts.into_iter().flat_map(|of| shard.when_there_were(of)).collect())
    }
}

fn item(sweep: &Sweep) -> Result<Item, Error> {
    let mut item: Item = serde_dynamo::to_item(sweep).map_err(error::shape)?;
    item.insert("scope".to_owned(), text(RUNS));
    let expires = sweep.run.after(PAGES_KEPT).epoch_seconds();
    item.insert("expiresAt".to_owned(), AttributeValue::N(expires.to_string()));
    Ok(item)
}
