//! `POST /clients`: record a client and bring it up.

use axum::{
    extract::{self, FromRequest, Request},
    http::{
        HeaderMap, StatusCode,
        header::{CONTENT_TYPE, LOCATION},
    },
    response::{IntoResponse, Response},
};
use domain::{ClientId, Code, Command, Error, NewClient, NewClientBody, OperationId, OperationStatus, hexadecimal};
use runtime::{Caller, JsonBody, Problem};
use serde_json::Value;
use sha2::{Digest, Sha256};
use store::IdempotentRequest;

use crate::{
    recording::{OwnEnvironment, Recorded, begin, environment_of, record},
    request::{accepted, header},
    state::State,
};

/// Records the client and answers 202 with the operation that brings it up.
pub async fn create(
    extract::State(state): extract::State<State>,
    caller: Caller,
    request: Request,
) -> Result<Response, Problem> {
    caller.may(Command::Create.permission())?;
    let key = idempotency_key(request.headers())?;
    let body = JsonBody::<NewClientBody>::from_request(request, &()).await?;
    let fingerprint = hexadecimal(&Sha256::digest(&body.bytes));
    let mut asked = None;
    if let Some(key) = key {
        let now = state.clock.now();
        if let Some(known) = state.store.known_request(&caller.principal.name, &key, now).await? {
            return Ok(repeat(&state, known, &fingerprint, body.value).await?);
        }
        asked = Some(IdempotentRequest::new(
            &caller.principal.name,
            &key,
            fingerprint.clone(),
            now,
        ));
    }
    let new = NewClient::parse(body.value)?;
    let environment = environment_of(&new);
    match record(&state, &caller, new, asked).await? {
        Recorded::New(answer) => Ok(accepted(StatusCode::ACCEPTED, *answer)),
        Recorded::Repeated(known) => Ok(repeated(&state, *known, &fingerprint, environment).await?),
    }
}

/// 1-255 visible ASCII characters.
fn idempotency_key(headers: &HeaderMap) -> Result<Option<String>, Error> {
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

async fn repeat(
    state: &State,
    known: IdempotentRequest,
    fingerprint: &str,
    body: NewClientBody,
) -> Result<Response, Error> {
    // The same body was accepted before. Where it is another one, what is wrong with the key comes first.
    let environment = NewClient::parse(body)
        .map(|new| environment_of(&new))
        .unwrap_or_default();
    repeated(state, known, fingerprint, environment).await
}

async fn repeated(
    state: &State,
    known: IdempotentRequest,
    fingerprint: &str,
    environment: OwnEnvironment,
) -> Result<Response, Error> {
    if known.fingerprint != fingerprint {
        let message = "This Idempotency-Key came with another body before. Send a new key for a new request.";
        return Err(Error::new(Code::IdempotencyKeyReused, message).at("Idempotency-Key"));
    }
    if !environment.is_empty() {
        catch_up(state, &known, environment).await?;
    }
    let headers = [
        (LOCATION, known.location),
        (CONTENT_TYPE, "application/json".to_owned()),
    ];
    Ok((StatusCode::ACCEPTED, headers, known.answer).into_response())
}

/// The first request may have ended between the records and the secret. As long as nobody has begun to work, that is made up for.
async fn catch_up(state: &State, known: &IdempotentRequest, environment: OwnEnvironment) -> Result<(), Error> {
    let answer: Value = serde_json::from_str(&known.answer).map_err(Error::internal)?;
    let text = |pointer: &str| answer.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
    let client: ClientId = text("/client/id").parse().map_err(Error::internal)?;
    let operation: OperationId = text("/operation/id").parse().map_err(Error::internal)?;
    let record = state.store.operation(&operation).await?;
    let untouched = record.is_some_and(|it| it.status == OperationStatus::Queued && it.generation == 0);
    // Once somebody works on it the secret holds more than this, and is left alone.
    if untouched {
        begin(state, &client, &operation, environment).await?;
    }
    Ok(())
}
