//! Whether the monitor sees: which runs were blind, and what was told of it.

use aws_sdk_dynamodb::types::AttributeValue;
use domain::{
    Error, Instant, Notice,
    monitoring::{MonitorNews, PAGES_KEPT, SightChange, Watch},
};

use crate::{
    Item, Store, error,
    expression::{key, text},
};

const BLIND: &str = "blind";
const ATTEMPTS: u32 = 8;

impl Store {
    /// Writes down that a worker of a run was blind.
    ///
    /// # Errors
    /// DynamoDB fails.
    pub async fn put_blind(&self, run: Instant) -> Result<(), Error> {
        let mut item = key([("scope", BLIND), ("id", &run.to_string())]);
        let expires = run.after(PAGES_KEPT).epoch_seconds();
        item.insert("expiresAt".to_owned(), AttributeValue::N(expires.to_string()));
        let put = self.db.put_item().table_name(self.checks_table()?).set_item(Some(item));
        put.send().await.map(drop).map_err(error::aws)
    }

    /// Was a worker of this run blind?
    ///
    /// # Errors
    /// DynamoDB fails.
    pub async fn was_blind(&self, run: Instant) -> Result<bool, Error> {
        let key = key([("scope", BLIND), ("id", &run.to_string())]);
        let found: Option<serde::de::IgnoredAny> = self.read(self.checks_table()?, key).await?;
        Ok(found.is_some())
    }

    /// What is known of the monitor's sight.
    ///
    /// # Errors
    /// DynamoDB fails.
    pub async fn sight(&self) -> Result<Watch, Error> {
        Ok(self.read(self.checks_table()?, place()).await?.unwrap_or_default())
    }

    /// Changes what is known of the monitor's sight; whoever else does at the same time comes after. What that leads to is told
    /// first: whoever dies in between leaves a row that is delivered once, and not a change that nobody hears of. Gives the row.
    ///
    /// # Errors
    /// DynamoDB fails, or too many write at once.
    pub async fn observe_sight(
        &self,
        now: Instant,
        observe: impl Fn(&mut Watch) -> Option<SightChange>,
    ) -> Result<Option<Notice>, Error> {
        for attempt in 1..=ATTEMPTS {
            let before = self.sight().await?;
            let mut watch = before;
            let notice = observe(&mut watch).map(|change| Notice::monitor(MonitorNews::Sight(change), now));
            if watch == before {
                return Ok(None);
            }
            if let Some(notice) = &notice {
                self.put_notice_if_new(notice).await?;
            }
            let mut item: Item = serde_dynamo::to_item(watch).map_err(error::shape)?;
            item.extend(place());
            let put = self.db.put_item().table_name(self.checks_table()?).set_item(Some(item));
            let put = match before.seen {
                None => put.condition_expression("attribute_not_exists(id)"),
                Some(seen) => put
                    .condition_expression("seen = :seen")
                    .expression_attribute_values(":seen", text(&seen.to_string())),
            };
            match put.send().await {
                Ok(_) => return Ok(notice),
                Err(failure) if error::is_unmet(&failure) => tokio::time::sleep(self.pause(attempt)).await,
                Err(failure) => return Err(error::aws(failure)),
            }
        }
        Err(Error::busy("too many workers write down that they are blind"))
    }
}

fn place() -> Item {
    key([("scope", "sight"), ("id", "watch")])
}
