//! The desk: one record, however many sites are in trouble.

use domain::{AuditEntry, Error, monitoring::incident::DeskRecord};

use crate::{
    Store,
    parts::Parts,
    transaction::{Committed, Transaction},
};

/// Under which the desk is kept.
const SCOPE: &str = "desk";

impl Store {
    /// The desk as it is now, and its revision; `None` while it was never written.
    ///
    /// # Errors
    /// DynamoDB fails.
    pub async fn desk(&self) -> Result<(DeskRecord, Option<u64>), Error> {
        let read = self.read_parts(self.incidents_table()?, SCOPE).await?;
        Ok(read.map_or_else(Default::default, |(record, revision)| (record, Some(revision))))
    }

    /// Writes the desk if it still has the revision that was read; gives the new one, or `None` when somebody was faster.
    ///
    /// # Errors
    /// DynamoDB fails.
    pub async fn save_desk(
        &self,
        record: &DeskRecord,
        read: Option<u64>,
        audit: Option<&AuditEntry>,
    ) -> Result<Option<u64>, Error> {
        let table = self.incidents_table()?;
        let revision = read.unwrap_or_default().saturating_add(1);
        let mut transaction = Transaction::default();
        for put in Parts::of(SCOPE, record, revision, None)?.puts_after(table, read)? {
            transaction.put(put);
        }
        if let Some(audit) = audit {
            transaction.put(self.audit(audit)?);
        }
        match self.commit(transaction).await? {
            Committed::Yes => Ok(Some(revision)),
            // A write whose answer was lost and that was sent again finds itself already written.
            Committed::Refused(_) if self.desk().await? == (record.clone(), Some(revision)) => Ok(Some(revision)),
            Committed::Refused(_) => Ok(None),
        }
    }
}
