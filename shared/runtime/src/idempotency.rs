//! Requests that are to have their effect once: `Idempotency-Key`.

use axum::{
    http::{
        HeaderMap, StatusCode,
        header::{CONTENT_TYPE, LOCATION},
    },
    response::{IntoResponse, Response},
};
use domain::{Code, Error, Instant, hexadecimal};
use serde::Serialize;
use sha2::{Digest, Sha256};
use store::{IdempotentRequest, Store};

use crate::{Caller, header};

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
    pub async fn known(
        &self,
        store: &Store,
        caller: &Caller,
        now: Instant,
    ) -> Result<Option<IdempotentRequest>, Error> {
        let Some(key) = &self.key else { return Ok(None) };
        store.known_request(&caller.principal.name, key, now).await
    }

    /// The record of this request with the answer and the Location that its repetitions get.
    ///
    /// # Errors
    /// The answer cannot be written as JSON.
    pub fn record(
        &self,
        caller: &Caller,
        now: Instant,
        answer: &impl Serialize,
        location: String,
    ) -> Result<Option<IdempotentRequest>, Error> {
        let Some(key) = &self.key else { return Ok(None) };
        let request = IdempotentRequest::new(&caller.principal.name, key, self.fingerprint.clone(), now);
        Ok(Some(IdempotentRequest {
            answer: serde_json::to_string(answer).map_err(Error::internal)?,
            location,
            ..request
        }))
    }

    /// Refuses a key that came with something else before.
    ///
    /// # Errors
    /// It did.
    pub fn same_request(&self, known: &IdempotentRequest) -> Result<(), Error> {
        if known.fingerprint == self.fingerprint {
            return Ok(());
        }
        let message = "This Idempotency-Key came with another request before. Send a new key for a new request.";
        Err(Error::new(Code::IdempotencyKeyReused, message).at("Idempotency-Key"))
    }
}

/// The answer that was given before.
#[must_use]
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
