//! Incidents as they are kept beside the desk: a summary per incident for the lists, and the whole of it in parts.
//!
//! **Invariant:** summary and whole are written together. What the desk writes carries the desk's revision; older revisions never
//! take the place of newer ones, so that it does not matter in which order two turns of the desk write what they found.

use aws_sdk_dynamodb::types::{AttributeValue, Put};
use domain::{
    AuditEntry, Error,
    monitoring::incident::{Incident, IncidentStatus, IncidentSummary},
};
use serde::{Deserialize, Serialize};

use crate::{
    Item, SaveOutcome, Store,
    clients::all,
    error,
    expression::text,
    parts::Parts,
    transaction::{Committed, Transaction},
};

/// The scope of the summaries.
const SCOPE: &str = "incident";
/// How long an incident is known after it was over, in seconds; as long as the audit.
const KEPT_SECONDS: i64 = 400 * 24 * 3600;

#[derive(Serialize, Deserialize)]
struct Row {
    scope: String,
    id: String,
    revision: u64,
    summary: IncidentSummary,
    #[serde(rename = "expiresAt", default, skip_serializing_if = "Option::is_none")]
    expires_at: Option<i64>,
}

impl Store {
    /// All incidents that are known, in no order.
    ///
    /// # Errors
    /// DynamoDB fails.
    pub async fn incidents(&self) -> Result<Vec<IncidentSummary>, Error> {
        let query = self
            .db
            .query()
            .table_name(self.incidents_table()?)
            .key_condition_expression("#scope = :scope")
            .expression_attribute_names("#scope", "scope")
            .expression_attribute_values(":scope", text(SCOPE))
            .consistent_read(true);
        let rows: Vec<Row> = all(query).await?;
        Ok(rows.into_iter().map(|row| row.summary).collect())
    }

    /// An incident as it is kept, and its revision.
    ///
    /// # Errors
    /// DynamoDB fails.
    pub async fn incident(&self, id: &str) -> Result<Option<(Incident, u64)>, Error> {
        self.read_parts(self.incidents_table()?, &scope_of(id)).await
    }

    /// Keeps an incident as the desk has it at this revision. What is newer stays.
    ///
    /// # Errors
    /// DynamoDB fails.
    pub async fn put_incident(&self, incident: &Incident, revision: u64) -> Result<(), Error> {
        let condition = "attribute_not_exists(id) OR revision <= :revision";
        self.write_incident(incident, revision, (condition, revision), None)
            .await
            .map(drop)
    }

    /// Changes an incident that is over, if it still has the revision that was read.
    ///
    /// # Errors
    /// DynamoDB fails.
    pub async fn change_incident(
        &self,
        incident: &Incident,
        read: u64,
        revision: u64,
        audit: &AuditEntry,
    ) -> Result<SaveOutcome, Error> {
        let condition = "revision = :revision";
        self.write_incident(incident, revision, (condition, read), Some(audit))
            .await
    }

    async fn write_incident(
        &self,
        incident: &Incident,
        revision: u64,
        (condition, value): (&str, u64),
        audit: Option<&AuditEntry>,
    ) -> Result<SaveOutcome, Error> {
        let table = self.incidents_table()?;
        let over = incident
            .resolved_at
            .filter(|_| incident.status == IncidentStatus::Resolved);
        let expires = over.map(|at| at.epoch_seconds().saturating_add(KEPT_SECONDS));
        let row = Row {
            scope: SCOPE.to_owned(),
            id: incident.id.clone(),
            revision,
            summary: IncidentSummary::of(incident),
            expires_at: expires,
        };
        let item: Item = serde_dynamo::to_item(row).map_err(error::shape)?;
        let put = Put::builder()
            .table_name(table)
            .set_item(Some(item))
            .condition_expression(condition)
            .expression_attribute_values(":revision", AttributeValue::N(value.to_string()));
        let mut transaction = Transaction::default();
        transaction.put(put.build().map_err(error::build)?);
        for put in Parts::of(&scope_of(&incident.id), incident, revision, expires)?.puts(table)? {
            transaction.put(put);
        }
        if let Some(audit) = audit {
            transaction.put(self.audit(audit)?);
        }
        match self.commit(transaction).await? {
            Committed::Yes => Ok(SaveOutcome::Saved),
            Committed::Refused(_) => Ok(SaveOutcome::Overtaken),
        }
    }
}

fn scope_of(id: &str) -> String {
    format!("{SCOPE}#{id}")
}
