//! `POST /clients`: record a client and bring it up.

use axum::{
    extract::{self, FromRequest, Request},
    http::StatusCode,
    response::Response,
};
use domain::{Command, Error, NewClient, NewClientBody, OperationStatus};
use runtime::{Caller, Idempotency, JsonBody, Problem, answer_again};
use store::IdempotentRequest;

use crate::{
    recording::{OwnEnvironment, Recorded, begin, environment_of, operation_of, record},
    request::accepted,
    state::State,
};

/// Records the client and answers 202 with the operation that brings it up.
pub async fn create(
    extract::State(state): extract::State<State>,
    caller: Caller,
    request: Request,
) -> Result<Response, Problem> {
    caller.may(Command::Create.permission())?;
    let headers = request.headers().clone();
    // What is wrong with the key comes before what is wrong with the body.
    Idempotency::new(&headers, &[])?;
    let body = JsonBody::<NewClientBody>::from_request(request, &()).await?;
    let idempotency = Idempotency::new(&headers, &[&body.bytes])?;
    if let Some(known) = idempotency.known(&state.store, &caller, state.clock.now()).await? {
        // The same body was accepted before.
        let environment = NewClient::parse(body.value)
            .map(|new| environment_of(&new))
            .unwrap_or_default();
        return Ok(repeated(&state, known, &idempotency, environment).await?);
    }
    let new = NewClient::parse(body.value)?;
    let environment = environment_of(&new);
    match record(&state, &caller, new, Some(&idempotency)).await? {
        Recorded::New(answer) => Ok(accepted(StatusCode::ACCEPTED, *answer)),
        Recorded::Repeated(known) => Ok(repeated(&state, *known, &idempotency, environment).await?),
    }
}

async fn repeated(
    state: &State,
    known: IdempotentRequest,
    idempotency: &Idempotency,
    environment: OwnEnvironment,
) -> Result<Response, Error> {
    idempotency.same_request(&known)?;
    if !environment.is_empty() {
        catch_up(state, &known, environment).await?;
    }
    Ok(answer_again(known))
}

/// The first request may have ended between the records and the secret. As long as nobody has begun to work, that is made up for.
async fn catch_up(state: &State, known: &IdempotentRequest, environment: OwnEnvironment) -> Result<(), Error> {
    let operation = operation_of(state, known).await?;
    let untouched = operation.status == OperationStatus::Queued && operation.generation == 0;
    // Once somebody works on it the secret holds more than this, and is left alone.
    if untouched {
        begin(state, &operation.client_id, &operation.id, environment).await?;
    }
    Ok(())
}
