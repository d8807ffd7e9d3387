//! `PATCH /clients/{id}`: change a client's record, field by field.

use axum::{
    extract::{self, FromRequest, Request},
    http::StatusCode,
    response::Response,
};
use domain::{Asked, Change, Client, Command, Error, OperationKind, Permission};
use runtime::{Caller, Idempotency, JsonBody, Problem, answer_again, header};
use serde_json::{Map, Value};
use store::{ChangeOutcome, Changed, Guard, IdempotentRequest};

use crate::{
    operate::{Begin, Order, begin, is_free},
    precondition::Precondition,
    recording::{OwnEnvironment, operation_of, secret_of, send_turn},
    request::{ClientPath, accepted, with_etag},
    state::State,
};

/// How often a change is tried whose outcome follows from what others change at the same time: a plan and its fee. Somebody
/// gets through each time. Any other change without If-Match is never in anybody's way, and one with it is refused at once.
const ATTEMPTS: usize = 32;

/// Changes what the body names and answers the client as it is then.
pub async fn change(
    extract::State(state): extract::State<State>,
    caller: Caller,
    ClientPath(id): ClientPath,
    request: Request,
) -> Result<Response, Problem> {
    // The least that any change needs; what this one needs is known when it is read.
    caller.may(Permission::ChangeBilling)?;
    let precondition = header(request.headers(), "If-Match").and_then(Precondition::parse);
    let (headers, uri) = (request.headers().clone(), request.uri().clone());
    let body = JsonBody::<Map<String, Value>>::from_request(request, &()).await;
    let client = state.store.existing_client(&id).await?;
    let body = body?;
    let idempotency = Idempotency::new(&headers, &[uri.path().as_bytes(), &body.bytes])?;
    let (precondition, change) = (precondition?, Change::parse(body.value)?);
    caller.may(change.permission())?;
    if change.settings.is_empty() {
        let client = apply(&state, &caller, client, precondition, &change).await?;
        return Ok(with_etag(state.view(client)));
    }
    if let Some(known) = idempotency.known(&state.store, &caller, state.clock.now()).await? {
        return Ok(repeated(&state, known, &idempotency, &change).await?);
    }
    update(&state, &caller, client, precondition, &change, &idempotency).await
}

/// The update was begun before; its first request may have ended between the record and the values.
async fn repeated(
    state: &State,
    known: IdempotentRequest,
    idempotency: &Idempotency,
    change: &Change,
) -> Result<Response, Error> {
    idempotency.same_request(&known)?;
    let operation = operation_of(state, &known).await?;
    if operation.awaits_values() {
        let values = values_of(change);
        state
            .secrets
            .stage(&operation.client_id, &operation.id, secret_of(&values))
            .await?;
        send_turn(state, &operation).await;
    }
    Ok(answer_again(known))
}

fn values_of(change: &Change) -> OwnEnvironment {
    let values = change.settings.new_values().into_iter();
    values.map(|(name, value)| (name.clone(), value.clone())).collect()
}

/// A change of what is deployed: the record and an update operation in one. 200 when nothing is different.
async fn update(
    state: &State,
    caller: &Caller,
    mut client: Client,
    precondition: Precondition,
    change: &Change,
    idempotency: &Idempotency,
) -> Result<Response, Problem> {
    for _ in 0..ATTEMPTS {
        precondition.check(&client)?;
        is_free(state, &client, Command::Update).await?;
        let mut after = client.clone();
        change.clone().apply(&mut after)?;
        let changed = Changed::between(&client, &after)?;
        let values = values_of(change);
        if changed.is_empty() && values.is_empty() {
            return Ok(with_etag(state.view(client)));
        }
        let asked = Asked {
            environment_staged_at: (!values.is_empty()).then(|| state.clock.now()),
            ..Asked::default()
        };
        let order = Order {
            command: Command::Update,
            kind: OperationKind::Update,
            asked,
            values,
        };
        match begin(state, caller, &client, &order, Some(&changed), idempotency).await? {
            Begin::Accepted(answer) => return Ok(accepted(StatusCode::ACCEPTED, *answer)),
            Begin::Repeated(known) => return Ok(repeated(state, *known, idempotency, change).await?),
            Begin::Overtaken => {}
        }
        client = state.store.existing_client(&client.id).await?;
    }
    Err(Error::busy("a client's record changed at every attempt to update it").into())
}

async fn apply(
    state: &State,
    caller: &Caller,
    mut client: Client,
    precondition: Precondition,
    change: &Change,
) -> Result<Client, Error> {
    for _ in 0..ATTEMPTS {
        precondition.check(&client)?;
        change.command().check(client.status)?;
        let mut after = client.clone();
        change.clone().apply(&mut after)?;
        let changed = Changed::between(&client, &after)?;
        if changed.is_empty() {
            state.observations.apply(&mut client).await?;
            return Ok(client);
        }
        let guard = Guard {
            command: change.command(),
            revision: precondition.revision(),
            unmoved: change.derived_from(&client),
        };
        if let ChangeOutcome::Changed = write(state, caller, &client, &changed, &guard).await? {
            return state.fresh(&client.id).await;
        }
        client = state.store.existing_client(&client.id).await?;
    }
    Err(Error::busy("what a change follows from changed at every attempt"))
}

/// The audit's "before" is what this caller found; where two write one field at the same moment, both say so.
async fn write(
    state: &State,
    caller: &Caller,
    client: &Client,
    changed: &Changed,
    guard: &Guard<'_>,
) -> Result<ChangeOutcome, Error> {
    let (before, after) = (
        Value::Object(changed.before.clone()),
        Value::Object(changed.after.clone()),
    );
    let audit = state.audit(caller, &client.id, "client.change", before, after);
    state.store.change_client(&client.id, changed, guard, &audit).await
}
