//! Scheduled runs: a schedule may fire twice, and a run that failed comes again.

use domain::{Error, Instant};
use serde::Serialize;

use crate::{Item, Store, error, expression::text};

/// How long a run is remembered, in seconds.
const KEPT_SECONDS: i64 = 8 * 24 * 3600;

/// A claim as it is written. While the run is under way it names its end; once it is done it names none, and nobody runs it again.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Claim {
    #[serde(skip_serializing_if = "Option::is_none")]
    held_until: Option<Instant>,
    expires_at: i64,
}

impl Store {
    /// Claims a run: `false` when somebody else has done it, or is at it.
    ///
    /// # Errors
    /// DynamoDB fails.
    pub async fn claim_run(&self, run: &str, until: Instant, now: Instant) -> Result<bool, Error> {
        let claim = self
            .db
            .put_item()
            .table_name(self.locks_table()?)
            .set_item(Some(item(run, Some(until), now)?))
            .condition_expression("attribute_not_exists(#key) OR heldUntil <= :now")
            .expression_attribute_names("#key", "key")
            .expression_attribute_values(":now", text(&now.to_string()));
        match claim.send().await {
            Ok(_) => Ok(true),
            Err(failure) if error::is_unmet(&failure) => Ok(false),
            Err(failure) => Err(error::aws(failure)),
        }
    }

    /// The run is done; or it failed, and whoever is called for it again may have it.
    ///
    /// # Errors
    /// DynamoDB fails.
    pub async fn end_run(&self, run: &str, done: bool, now: Instant) -> Result<(), Error> {
        let held_until = (!done).then_some(now);
        let put = self.db.put_item().table_name(self.locks_table()?);
        put.set_item(Some(item(run, held_until, now)?))
            .send()
            .await
            .map(drop)
            .map_err(error::aws)
    }
}

fn item(run: &str, held_until: Option<Instant>, now: Instant) -> Result<Item, Error> {
    let expires_at = now.epoch_seconds().saturating_add(KEPT_SECONDS);
    let mut item: Item = serde_dynamo::to_item(Claim { held_until, expires_at }).map_err(error::shape)?;
    item.insert("key".to_owned(), text(&format!("run#{run}")));
    Ok(item)
}
