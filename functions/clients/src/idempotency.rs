//! Requests that are to have their effect once: `Idempotency-Key`.

use axum::{
    http::{
        HeaderMap, StatusCode,
        header::{CONTENT_TYPE, LOCATION},
    },
    response::{IntoResponse, Response},
};
use domain::{ClientAccepted, Code, Error, Operation, OperationId, hexadecimal};
use runtime::Caller;
use serde_json::Value;
use sha2::{Digest, Sha256};
use store::IdempotentRequest;

use crate::{
    request::{header, location_of},
    state::State,
};

/// What a request said about its repetition.
pub struct Idempotency {
    /// A fingerprint of what was asked for.
    pub fingerprint: String,
    key: Option<String>,
}

impl Idempotency {
    /// Reads the header; `asked` is everything that makes another request of this one.
    ///
    /// # Errors
    /// The key is not one.
    pub fn new(headers: &HeaderMap, asked: &[&[u8]]) -> Result<Self, Error> {
        let mut digest = Sha256::new();
        for part in asked {
            digest.update(part);
        }
        Ok(Self {
            fingerprint: hexadecimal(&digest.finalize()),
            key: key(headers)?,
        })
    }

    /// The same request as it was answered before.
    ///
    /// # Errors
    /// DynamoDB fails.
    pub async fn known(&self, state: &State, caller: &Caller) -> Result<Option<IdempotentRequest>, Error> {
        let Some(key) = &self.key else { return Ok(None) };
        let now = state.clock.now();
        state.store.known_request(&caller.principal.name, key, now).await
    }

    /// The record of this request with the answer that its repetitions get.
    ///
    /// # Errors
    /// The answer cannot be written as JSON.
    pub fn record(
        &self,
        state: &State,
        caller: &Caller,
        answer: &ClientAccepted,
    ) -> Result<Option<IdempotentRequest>, Error> {
        let Some(key) = &self.key else { return Ok(None) };
        let now = state.clock.now();
        let request = IdempotentRequest::new(&caller.principal.name, key, self.fingerprint.clone(), now);
        Ok(Some(IdempotentRequest {
            answer: serde_json::to_string(answer).map_err(Error::internal)?,
            location: location_of(&answer.operation),
            ..request
        }))
    }
}

/// Refuses a key that came with something else before.
///
/// # Errors
/// It did.
pub fn same_request(known: &IdempotentRequest, fingerprint: &str) -> Result<(), Error> {
    if known.fingerprint == fingerprint {
        return Ok(());
    }
    let message = "This Idempotency-Key came with another request before. Send a new key for a new request.";
    Err(Error::new(Code::IdempotencyKeyReused, message).at("Idempotency-Key"))
}

/// The operation that a request began when it came first.
///
/// # Errors
/// The stored answer names none, or DynamoDB fails.
pub async fn operation_of(state: &State, known: &IdempotentRequest) -> Result<Operation, Error> {
    let answer: Value = serde_json::from_str(&known.answer).map_err(Error::internal)?;
    let id = answer
        .pointer("/operation/id")
        .and_then(Value::as_str)
        .unwrap_or_default();
    let id: OperationId = id.parse().map_err(Error::internal)?;
    let operation = state.store.operation(&id).await?;
    operation.ok_or_else(|| Error::internal("an answer that was given before names no operation"))
}

/// The answer that was given before.
pub fn answer_again(known: IdempotentRequest) -> Response {
    let headers = [
        (LOCATION, known.location),
        (CONTENT_TYPE, "application/json".to_owned()),
    ];
    (StatusCode::ACCEPTED, headers, known.answer).into_response()
}

/// 1-255 visible ASCII characters.
fn key(headers: &HeaderMap) -> Result<Option<String>, Error> {
    const NAME: &str = "Idempotency-Key";
    let Some(key) = header(headers, NAME)? else {
        return Ok(None);
    };
    if (1..=255).contains(&key.len()) && key.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Ok(Some(key.to_owned()));
    }
    let message = "The Idempotency-Key is not one. Send 1-255 visible ASCII characters without blanks, e.g. a UUID.";
    Err(Error::new(Code::InvalidQuery, message).at(NAME))
}
