//! Recording a new client: client, operation, domain lock, ledger, deployment, idempotency record and audit in one transaction.

use aws_sdk_dynamodb::types::{AttributeValue, Put};
use domain::{AuditEntry, Client, Deployment, Error, Instant, Operation, Resource};
use serde::{Deserialize, Serialize};

use crate::{
    Item, Store,
    clients::client_item,
    error,
    expression::{key, text},
    operations::operation_item,
    transaction::{Committed, Transaction, put_new, put_new_item},
};

/// How long an idempotency record is kept, in seconds.
const REQUEST_KEPT_SECONDS: i64 = 24 * 3600;

/// Everything that comes into being with a client.
pub struct NewRecords<'a> {
    /// The client.
    pub client: &'a Client,
    /// The operation that brings it up.
    pub operation: &'a Operation,
    /// Its first deployment.
    pub deployment: &'a Deployment,
    /// The intent to make its secret, before anything else exists.
    pub secret: &'a Resource,
    /// Who asked.
    pub audit: &'a AuditEntry,
    /// The request, when it carried an Idempotency-Key.
    pub request: Option<&'a IdempotentRequest>,
}

/// A request that is to have its effect once.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct IdempotentRequest {
    /// `request#<who>#<Idempotency-Key>`.
    pub key: String,
    /// A fingerprint of the body.
    pub fingerprint: String,
    /// The answer's body.
    pub answer: String,
    /// The answer's Location.
    pub location: String,
    /// Until when a repetition gets the same answer, in epoch seconds.
    pub expires_at: i64,
}

impl IdempotentRequest {
    /// A request's record.
    #[must_use]
    pub fn new(principal: &str, idempotency_key: &str, fingerprint: String, now: Instant) -> Self {
        Self {
            key: Self::key_of(principal, idempotency_key),
            fingerprint,
            answer: String::new(),
            location: String::new(),
            expires_at: now.epoch_seconds() + REQUEST_KEPT_SECONDS,
        }
    }

    fn key_of(principal: &str, idempotency_key: &str) -> String {
        format!("request#{principal}#{idempotency_key}")
    }
}

/// How recording came out.
#[derive(Debug)]
pub enum Created {
    /// Everything is written.
    Recorded,
    /// The label belongs to another client (or rests after its deletion).
    DomainTaken,
    /// The same Idempotency-Key was used before, by this request.
    Repeated(Box<IdempotentRequest>),
}

impl Store {
    /// Records a new client and everything that comes with it, or nothing.
    ///
    /// # Errors
    /// DynamoDB fails.
    pub async fn create(&self, records: &NewRecords<'_>) -> Result<Created, Error> {
        let now = records.audit.at;
        let mut transaction = Transaction::default();
        let lock = transaction.put(self.domain_lock(records.client, now)?);
        let mut repeated = None;
        if let Some(request) = records.request {
            repeated = Some(self.remember(&mut transaction, request, now)?);
        }
        transaction.put(put_new_item(self.clients_table()?, "id", client_item(records.client)?)?);
        transaction.put(put_new_item(
            self.operations_table()?,
            "id",
            operation_item(records.operation)?,
        )?);
        transaction.put(put_new(self.deployments_table()?, "id", records.deployment)?);
        transaction.put(put_new(self.resources_table()?, "kind", records.secret)?);
        transaction.put(self.audit(records.audit)?);
        match (self.commit(transaction).await?, records.request) {
            (Committed::Yes, _) => Ok(Created::Recorded),
            // A repetition also finds its own label taken; that it is a repetition is the better answer.
            (Committed::Refused(places), Some(request)) if repeated.is_some_and(|place| places.contains(&place)) => {
                Ok(Created::Repeated(Box::new(self.remembered(request).await?)))
            }
            (Committed::Refused(places), _) if places.contains(&lock) => Ok(Created::DomainTaken),
            (Committed::Refused(places), _) => {
                Err(Error::internal(format!("new records are there already: {places:?}")))
            }
        }
    }

    /// Records a request as part of what it does; gives the place that is refused when it was there before.
    pub(crate) fn remember(
        &self,
        transaction: &mut Transaction,
        request: &IdempotentRequest,
        now: Instant,
    ) -> Result<usize, Error> {
        let item = serde_dynamo::to_item(request).map_err(error::shape)?;
        Ok(transaction.put(self.absent_or_expired(item, now)?))
    }

    /// The record of a request that was found to be there.
    pub(crate) async fn remembered(&self, request: &IdempotentRequest) -> Result<IdempotentRequest, Error> {
        let known = self.read(self.locks_table()?, key([("key", &request.key)])).await?;
        known.ok_or_else(|| Error::busy("an idempotency record vanished between two reads"))
    }

    /// The record of a request with this key that is not expired.
    ///
    /// # Errors
    /// DynamoDB fails.
    pub async fn known_request(
        &self,
        principal: &str,
        idempotency_key: &str,
        now: Instant,
    ) -> Result<Option<IdempotentRequest>, Error> {
        let lock = IdempotentRequest::key_of(principal, idempotency_key);
        let known: Option<IdempotentRequest> = self.read(self.locks_table()?, key([("key", &lock)])).await?;
        Ok(known.filter(|request| request.expires_at > now.epoch_seconds()))
    }

    /// Is the label free?
    ///
    /// # Errors
    /// DynamoDB fails.
    pub async fn label_is_free(&self, label: &str, now: Instant) -> Result<bool, Error> {
        let lock: Option<serde_json::Value> = self.read(self.locks_table()?, key([("key", &lock_key(label))])).await?;
        let expired = |lock: &serde_json::Value| {
            lock.get("expiresAt")
                .and_then(serde_json::Value::as_i64)
                .is_some_and(|at| at <= now.epoch_seconds())
        };
        Ok(lock.as_ref().is_none_or(expired))
    }

    fn domain_lock(&self, client: &Client, now: Instant) -> Result<Put, Error> {
        let mut item = key([("key", &lock_key(client.domain.as_str()))]);
        item.insert("clientId".to_owned(), text(client.id.as_str()));
        self.absent_or_expired(item, now)
    }

    /// DynamoDB removes expired items late, so a write takes an expired one for absent.
    fn absent_or_expired(&self, item: Item, now: Instant) -> Result<Put, Error> {
        Put::builder()
            .table_name(self.locks_table()?)
            .set_item(Some(item))
            .condition_expression("attribute_not_exists(#key) OR #expiresAt <= :now")
            .expression_attribute_names("#key", "key")
            .expression_attribute_names("#expiresAt", "expiresAt")
            .expression_attribute_values(":now", AttributeValue::N(now.epoch_seconds().to_string()))
            .build()
            .map_err(error::build)
    }
}

/// The key of the lock that makes a label unique.
pub fn lock_key(label: &str) -> String {
    format!("domain#{label}")
}
