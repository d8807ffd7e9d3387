//! Operations on clients that exist: starting one, trying one again, calling one off, taking over from one.

use domain::{AuditEntry, Client, ClientStatus, Deployment, Error, Operation};

use crate::{
    IdempotentRequest, Store,
    clients::Changed,
    expression::{Change, key},
    operations::{checkpoint, operation_item},
    transaction::{Committed, Transaction, put_new, put_new_item},
};

/// How a change of who holds a client came out.
#[derive(Debug)]
pub enum Started {
    /// Recorded.
    Recorded,
    /// Client or operation changed meanwhile; read again.
    Overtaken,
    /// The same Idempotency-Key was used before, by this request.
    Repeated(Box<IdempotentRequest>),
}

impl Store {
    /// Records an operation on a client as it was read, with what changes in its record.
    ///
    /// # Errors
    /// DynamoDB fails.
    pub async fn start(
        &self,
        client: &Client,
        operation: &Operation,
        changed: Option<&Changed>,
        request: Option<&IdempotentRequest>,
        audit: &AuditEntry,
    ) -> Result<Started, Error> {
        let mut transaction = Transaction::default();
        let repeated = request
            .map(|request| self.remember(&mut transaction, request, audit.at))
            .transpose()?;
        transaction.put(put_new_item(
            self.operations_table()?,
            "id",
            operation_item(operation)?,
        )?);
        let mut hold = holding(client, operation, audit)?;
        for (name, value) in changed.into_iter().flat_map(|changed| &changed.after) {
            hold = hold.set(name, value)?;
        }
        transaction.update(hold.on(self.clients_table()?, key([("id", client.id.as_str())]))?);
        transaction.put(self.audit(audit)?);
        match (self.commit(transaction).await?, request) {
            (Committed::Yes, _) => Ok(Started::Recorded),
            (Committed::Refused(places), Some(request)) if repeated.is_some_and(|place| places.contains(&place)) => {
                Ok(Started::Repeated(Box::new(self.remembered(request).await?)))
            }
            (Committed::Refused(_), _) => Ok(Started::Overtaken),
        }
    }

    /// Records an operation that takes a client over from whatever runs, and tells that to stop.
    ///
    /// # Errors
    /// DynamoDB fails.
    pub async fn take_over(
        &self,
        client: &Client,
        running: Option<&Operation>,
        successor: &Operation,
        status: ClientStatus,
        audit: &AuditEntry,
    ) -> Result<Started, Error> {
        let mut transaction = Transaction::default();
        transaction.put(put_new_item(
            self.operations_table()?,
            "id",
            operation_item(successor)?,
        )?);
        let hold = holding(client, successor, audit)?.set("status", &status)?;
        transaction.update(hold.on(self.clients_table()?, key([("id", client.id.as_str())]))?);
        if let Some(running) = running {
            let stop = interrupt(running)?.set("overtakenBy", &successor.id)?;
            transaction.update(stop.on(self.operations_table()?, key([("id", running.id.as_str())]))?);
        }
        transaction.put(self.audit(audit)?);
        self.started(transaction).await
    }

    /// Writes a running operation's new orders (called off, or due now). Counting its generation up is what makes whoever
    /// works on it notice: the next checkpoint finds itself overtaken.
    ///
    /// # Errors
    /// DynamoDB fails.
    pub async fn redirect(
        &self,
        operation: &Operation,
        redirected: &Operation,
        audit: &AuditEntry,
    ) -> Result<Started, Error> {
        let change = interrupt(operation)?
            .set("cancelledBy", &redirected.cancelled_by)?
            .set("asked", &redirected.asked)?
            .set("dueAt", &redirected.due_at)?;
        let mut transaction = Transaction::default();
        transaction.update(change.on(self.operations_table()?, key([("id", operation.id.as_str())]))?);
        transaction.put(self.audit(audit)?);
        self.started(transaction).await
    }

    /// Writes an operation that goes again; it holds its client again. The caller has counted `operation.generation` up.
    ///
    /// # Errors
    /// DynamoDB fails.
    pub async fn reopen(
        &self,
        client: &Client,
        operation: &Operation,
        deployment: Option<&Deployment>,
        status: ClientStatus,
        audit: &AuditEntry,
    ) -> Result<Started, Error> {
        let mut transaction = Transaction::default();
        transaction.put(checkpoint(self.operations_table()?, operation)?);
        let hold = holding(client, operation, audit)?.set("status", &status)?;
        transaction.update(hold.on(self.clients_table()?, key([("id", client.id.as_str())]))?);
        if let Some(deployment) = deployment {
            transaction.put(put_new(self.deployments_table()?, "id", deployment)?);
        }
        transaction.put(self.audit(audit)?);
        self.started(transaction).await
    }

    async fn started(&self, transaction: Transaction) -> Result<Started, Error> {
        Ok(match self.commit(transaction).await? {
            Committed::Yes => Started::Recorded,
            Committed::Refused(_) => Started::Overtaken,
        })
    }
}

/// The client as it was read is held by this operation from now on.
fn holding(client: &Client, operation: &Operation, audit: &AuditEntry) -> Result<Change, Error> {
    Change::default()
        .if_equal("revision", &client.revision)?
        .count("revision")
        .set("currentOperation", &operation.id)?
        .set("lastOperation", &operation.id)?
        .set("updatedAt", &audit.at)
}

fn interrupt(running: &Operation) -> Result<Change, Error> {
    Ok(Change::default()
        .if_equal("generation", &running.generation)?
        .count("generation"))
}
