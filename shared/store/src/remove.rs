//! Starting a delete: it takes the client over from whatever runs.

use domain::{AuditEntry, Client, ClientStatus, Error, Operation};

use crate::{
    Store,
    expression::{Change, key},
    operations::operation_item,
    transaction::{Committed, Transaction, put_new_item},
};

/// How starting a delete came out.
#[derive(Debug, PartialEq, Eq)]
pub enum Removal {
    /// Recorded; whatever ran before is told to stop.
    Recorded,
    /// Client or running operation changed meanwhile; read again.
    Overtaken,
}

impl Store {
    /// Records a delete operation for a client as it was read, and tells the operation that runs to stop.
    ///
    /// # Errors
    /// DynamoDB fails.
    pub async fn start_delete(
        &self,
        client: &Client,
        running: Option<&Operation>,
        delete: &Operation,
        audit: &AuditEntry,
    ) -> Result<Removal, Error> {
        let mut transaction = Transaction::default();
        transaction.put(put_new_item(self.operations_table()?, "id", operation_item(delete)?)?);
        let takeover = Change::default()
            .if_equal("revision", &client.revision)?
            .count("revision")
            .set("status", &ClientStatus::Deleting)?
            .set("currentOperation", &delete.id)?
            .set("lastOperation", &delete.id)?
            .set("updatedAt", &audit.at)?;
        transaction.update(takeover.on(self.clients_table()?, key([("id", client.id.as_str())]))?);
        if let Some(running) = running {
            // Counting the generation up is what stops it: its next checkpoint finds itself overtaken.
            let stop = Change::default()
                .if_equal("generation", &running.generation)?
                .count("generation")
                .set("overtakenBy", &delete.id)?;
            transaction.update(stop.on(self.operations_table()?, key([("id", running.id.as_str())]))?);
        }
        transaction.put(self.audit(audit)?);
        Ok(match self.commit(transaction).await? {
            Committed::Yes => Removal::Recorded,
            Committed::Refused(_) => Removal::Overtaken,
        })
    }
}
