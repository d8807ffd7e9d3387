//! What the audit has found and is still so.

use aws_sdk_dynamodb::{
    error::SdkError,
    operation::{delete_item::DeleteItemError, put_item::PutItemError},
    types::{AttributeValue, Put},
};
use domain::{Error, Finding, Instant, Notice, Verdict};

use crate::{
    Item, SaveOutcome, Store, error,
    expression::key,
    transaction::{Committed, Transaction, put_new_item},
};

/// A finding is still as it was read.
const UNMOVED: &str = "sightings = :sightings AND lastSeen = :lastSeen";

impl Store {
    /// Everything that is open, the oldest first.
    ///
    /// # Errors
    /// DynamoDB fails.
    pub async fn findings(&self) -> Result<Vec<Finding>, Error> {
        let mut found: Vec<Finding> = self.everything(self.findings_table()?).await?;
        found.sort_by(|a, b| (a.first_seen, &a.id).cmp(&(b.first_seen, &b.id)));
        Ok(found)
    }

    /// Writes what a round says of a finding, if it is still as the round read it; with the notice of one that is confirmed,
    /// in one transaction. Gives that notice's id.
    ///
    /// # Errors
    /// DynamoDB fails.
    pub async fn write_verdict(&self, verdict: &Verdict, now: Instant) -> Result<(SaveOutcome, Option<String>), Error> {
        match (verdict, verdict.confirmed()) {
            (Verdict::Closed(finding), _) => Ok((self.close_finding(finding).await?, None)),
            (Verdict::Seen(before, finding), None) => {
                let sent = put(self.findings_table()?, finding, before.as_ref())?;
                Ok((self.put_finding(sent).await?, None))
            }
            (Verdict::Seen(before, _), Some(finding)) => {
                let notice = Notice::drift(finding, now);
                let mut transaction = Transaction::default();
                transaction.put(put(self.findings_table()?, finding, before.as_ref())?);
                transaction.put(put_new_item(self.outbox_table()?, "id", self.notice_item(&notice)?)?);
                match self.commit(transaction).await? {
                    Committed::Yes => Ok((SaveOutcome::Saved, Some(notice.id))),
                    Committed::Refused(_) => Ok((SaveOutcome::Overtaken, None)),
                }
            }
        }
    }

    async fn put_finding(&self, put: Put) -> Result<SaveOutcome, Error> {
        let sent = self
            .db
            .put_item()
            .table_name(put.table_name)
            .set_item(Some(put.item))
            .set_condition_expression(put.condition_expression)
            .set_expression_attribute_values(put.expression_attribute_values);
        outcome(sent.send().await, PutItemError::is_conditional_check_failed_exception)
    }

    async fn close_finding(&self, finding: &Finding) -> Result<SaveOutcome, Error> {
        let sent = self
            .db
            .delete_item()
            .table_name(self.findings_table()?)
            .set_key(Some(key([("id", finding.id.as_str())])))
            .condition_expression(UNMOVED)
            .set_expression_attribute_values(Some(as_read(finding)?));
        outcome(
            sent.send().await,
            DeleteItemError::is_conditional_check_failed_exception,
        )
    }
}

fn put(table: &str, finding: &Finding, before: Option<&Finding>) -> Result<Put, Error> {
    let put = Put::builder()
        .table_name(table)
        .set_item(Some(serde_dynamo::to_item(finding).map_err(error::shape)?));
    let put = match before {
        None => put.condition_expression("attribute_not_exists(id)"),
        Some(before) => put
            .condition_expression(UNMOVED)
            .set_expression_attribute_values(Some(as_read(before)?)),
    };
    put.build().map_err(error::build)
}

fn as_read(finding: &Finding) -> Result<Item, Error> {
    let last_seen = serde_dynamo::to_attribute_value(finding.last_seen).map_err(error::shape)?;
    Ok(Item::from([
        (
            ":sightings".to_owned(),
            AttributeValue::N(finding.sightings.to_string()),
        ),
        (":lastSeen".to_owned(), last_seen),
    ]))
}

fn outcome<T, E, R>(sent: Result<T, SdkError<E, R>>, unmet: fn(&E) -> bool) -> Result<SaveOutcome, Error>
where
    E: aws_sdk_dynamodb::error::ProvideErrorMetadata + std::error::Error + Send + Sync + 'static,
    R: std::fmt::Debug + Send + Sync + 'static,
{
    match sent {
        Ok(_) => Ok(SaveOutcome::Saved),
        Err(failure) if failure.as_service_error().is_some_and(unmet) => Ok(SaveOutcome::Overtaken),
        Err(failure) => Err(error::aws(failure)),
    }
}
