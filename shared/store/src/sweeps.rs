//! The runs of the health sweep: claimed by their moment, and written down with how many workers they had.

use std::time::Duration;

use aws_sdk_dynamodb::types::AttributeValue;
use domain::{Error, Instant, monitoring::PAGES_KEPT, random_text};
use serde::{Deserialize, Serialize};

use crate::{
    Item, Store, error,
    expression::{key, text},
    pages::{Place, Shard},
};

const RUNS: &str = "runs";

/// A run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Sweep {
    /// Its moment.
    #[serde(rename = "id")]
    pub run: Instant,
    /// When it was sent out, up to five minutes after its moment: the schedule's clock begins when it was made.
    pub sent: Instant,
    /// How many workers it has.
    pub shards: u16,
    /// How many sites were due.
    pub sites: u32,
    /// How many sites there are.
    pub watched: u32,
}

impl Sweep {
    /// Checks of a run are made within this time, rechecks and messages that come twice among them: a later one does not count.
    pub const LONGEST: Duration = Duration::from_secs(600);
}

/// A run as it is written.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Claim {
    #[serde(flatten)]
    sweep: Sweep,
    /// Until when whoever claimed it is at it. After that it may be sent out once more: what is there already stays as it is.
    held_until: Instant,
    held_by: String,
}

impl Store {
    /// Claims a run: `false` when somebody else is at it. One write says all that there is to say of a run.
    ///
    /// # Errors
    /// DynamoDB fails.
    pub async fn claim_sweep(&self, sweep: &Sweep, hold: Duration, now: Instant) -> Result<bool, Error> {
        let claim = Claim {
            sweep: sweep.clone(),
            held_until: now.after(hold),
            held_by: random_text(&*self.entropy, 16),
        };
        let put = self
            .db
            .put_item()
            .table_name(self.checks_table()?)
            .set_item(Some(item(&claim)?))
            .condition_expression("attribute_not_exists(id) OR heldUntil <= :now")
            .expression_attribute_values(":now", text(&now.to_string()));
        match put.send().await {
            Ok(_) => Ok(true),
            // It may be our own: the answer was lost, and the SDK has sent it again.
            Err(failure) if error::is_unmet(&failure) => {
                let key = key([("scope", RUNS), ("id", &sweep.run.to_string())]);
                let found: Option<Claim> = self.read(self.checks_table()?, key).await?;
                Ok(found.is_some_and(|found| found.held_by == claim.held_by))
            }
            Err(failure) => Err(error::aws(failure)),
        }
    }

    /// A run that was sent out.
    ///
    /// # Errors
    /// DynamoDB fails.
    pub async fn sweep(&self, run: Instant) -> Result<Option<Sweep>, Error> {
        let key = key([("scope", RUNS), ("id", &run.to_string())]);
        self.read(self.checks_table()?, key).await
    }

    /// Has a worker of the run come to its end? A run without sites has nothing to come to.
    ///
    /// # Errors
    /// DynamoDB fails.
    pub async fn has_ended(&self, sweep: &Sweep) -> Result<bool, Error> {
        if sweep.sites == 0 {
            return Ok(true);
        }
        for number in 0..sweep.shards {
            let shard = Shard {
                number,
                of: sweep.shards,
            };
            let run = sweep.run;
            if self.page(Place { shard, run, stage: 0 }).await?.is_some() {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// The newest runs that were sent out, newest first.
    ///
    /// # Errors
    /// DynamoDB fails.
    pub async fn last_sweeps(&self, most: u16) -> Result<Vec<Sweep>, Error> {
        let query = self
            .scope(RUNS)?
            .scan_index_forward(false)
            .limit(i32::from(most))
            .consistent_read(true);
        let answer = query.send().await.map_err(error::aws)?;
        let items = answer.items.unwrap_or_default().into_iter();
        items
            .map(|item| serde_dynamo::from_item(item).map_err(error::shape))
            .collect()
    }

    /// The runs from one moment up to another, in order.
    ///
    /// # Errors
    /// DynamoDB fails.
    pub async fn sweeps_between(&self, from: Instant, until: Instant) -> Result<Vec<Sweep>, Error> {
        if from >= until {
            return Ok(Vec::new());
        }
        let query = self.scope_between(RUNS, &from.to_string(), &until.to_string())?;
        let runs: Vec<Sweep> = crate::clients::all(query).await?;
        Ok(runs.into_iter().filter(|run| run.run < until).collect())
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

fn item(claim: &Claim) -> Result<Item, Error> {
    let mut item: Item = serde_dynamo::to_item(claim).map_err(error::shape)?;
    item.insert("scope".to_owned(), text(RUNS));
    let expires = claim.sweep.run.after(PAGES_KEPT).epoch_seconds();
    item.insert("expiresAt".to_owned(), AttributeValue::N(expires.to_string()));
    Ok(item)
}
