//! `POST /clients/{id}/suspend|activate|redeploy|rollback`: operations on a client that is live (or was, until it was suspended).

use axum::{
    extract::{self, FromRequest, Request},
    http::{HeaderMap, StatusCode, Uri},
    response::Response,
};
use domain::{
    Asked, Client, ClientAccepted, ClientId, Code, Command, Deployment, Error, Operation, OperationKind,
    OperationSummary, ReasonBody, RedeployBody, RollbackBody, start,
};
use runtime::{Caller, Idempotency, OptionalJsonBody, Problem, answer_again};
use serde_json::json;
use store::{Changed, Started};

use crate::{
    recording::{OwnEnvironment, secret_of, send},
    request::{ClientPath, accepted, location_of},
    state::State,
};

/// How often recording is tried while the client's record changes.
const ATTEMPTS: usize = 5;

/// `POST /clients/{id}/suspend`.
pub async fn suspend(
    extract::State(state): extract::State<State>,
    caller: Caller,
    ClientPath(id): ClientPath,
    request: Request,
) -> Result<Response, Problem> {
    caller.may(Command::Suspend.permission())?;
    let (asked, idempotency) = read(request, ReasonBody::parse).await?;
    let order = Order::new(Command::Suspend, OperationKind::Suspend, asked);
    Ok(operate(&state, &caller, &id, order, &idempotency).await?)
}

/// `POST /clients/{id}/activate`.
pub async fn activate(
    extract::State(state): extract::State<State>,
    caller: Caller,
    ClientPath(id): ClientPath,
    request: Request,
) -> Result<Response, Problem> {
    caller.may(Command::Activate.permission())?;
    let (asked, idempotency) = read(request, ReasonBody::parse).await?;
    let order = Order::new(Command::Activate, OperationKind::Activate, asked);
    Ok(operate(&state, &caller, &id, order, &idempotency).await?)
}

/// `POST /clients/{id}/redeploy`.
pub async fn redeploy(
    extract::State(state): extract::State<State>,
    caller: Caller,
    ClientPath(id): ClientPath,
    request: Request,
) -> Result<Response, Problem> {
    caller.may(Command::Redeploy.permission())?;
    let (asked, idempotency) = read(request, RedeployBody::parse).await?;
    let order = Order::new(Command::Redeploy, OperationKind::Redeploy, asked);
    Ok(operate(&state, &caller, &id, order, &idempotency).await?)
}

/// `POST /clients/{id}/rollback`.
pub async fn rollback(
    extract::State(state): extract::State<State>,
    caller: Caller,
    ClientPath(id): ClientPath,
    request: Request,
) -> Result<Response, Problem> {
    caller.may(Command::Rollback.permission())?;
    let (asked, idempotency) = read(request, RollbackBody::parse).await?;
    let order = Order::new(Command::Rollback, OperationKind::Rollback, asked);
    Ok(operate(&state, &caller, &id, order, &idempotency).await?)
}

/// What is to be done to a client.
pub struct Order {
    /// The command that was given.
    pub command: Command,
    /// The operation that carries it out.
    pub kind: OperationKind,
    /// The details.
    pub asked: Asked,
    /// New values of the client's own variables.
    pub values: OwnEnvironment,
}

impl Order {
    const fn new(command: Command, kind: OperationKind, asked: Asked) -> Self {
        Self {
            command,
            kind,
            asked,
            values: Vec::new(),
        }
    }
}

async fn read<B: serde::de::DeserializeOwned + Default>(
    request: Request,
    parse: impl FnOnce(B) -> Result<Asked, Error>,
) -> Result<(Asked, Idempotency), Problem> {
    let (uri, headers): (Uri, HeaderMap) = (request.uri().clone(), request.headers().clone());
    let OptionalJsonBody(body) = OptionalJsonBody::<B>::from_request(request, &()).await?;
    let idempotency = Idempotency::new(&headers, &[uri.path().as_bytes(), &body.bytes])?;
    Ok((parse(body.value)?, idempotency))
}

async fn operate(
    state: &State,
    caller: &Caller,
    id: &ClientId,
    mut order: Order,
    idempotency: &Idempotency,
) -> Result<Response, Error> {
    if let Some(known) = idempotency.known(&state.store, caller, state.clock.now()).await? {
        idempotency.same_request(&known)?;
        return Ok(answer_again(known));
    }
    for _ in 0..ATTEMPTS {
        let client = state.store.existing_client(id).await?;
        is_free(state, &client, order.command).await?;
        if order.kind == OperationKind::Rollback {
            order.asked.target = Some(target(state, &client, &order.asked).await?.id);
        }
        match begin(state, caller, &client, &order, None, idempotency).await? {
            Begin::Accepted(answer) => return Ok(accepted(StatusCode::ACCEPTED, *answer)),
            Begin::Repeated(known) => {
                idempotency.same_request(&known)?;
                return Ok(answer_again(*known));
            }
            Begin::Overtaken => {}
        }
    }
    Err(Error::busy(
        "a client's record changed at every attempt to begin an operation",
    ))
}

/// How beginning came out.
pub enum Begin {
    /// The operation is recorded and has its first turn.
    Accepted(Box<ClientAccepted>),
    /// The same Idempotency-Key was used before.
    Repeated(Box<store::IdempotentRequest>),
    /// The client's record changed meanwhile; read again.
    Overtaken,
}

/// Records an operation on a client as it was read, with what changes in its record, and gives it its first turn.
///
/// # Errors
/// DynamoDB fails.
pub async fn begin(
    state: &State,
    caller: &Caller,
    client: &Client,
    order: &Order,
    changed: Option<&Changed>,
    idempotency: &Idempotency,
) -> Result<Begin, Error> {
    let (clock, entropy) = (&*state.clock, &*state.entropy);
    let request = state.request(caller);
    let operation = start::new_change(client, order.kind, order.asked.clone(), request, clock, entropy);
    let answer = ClientAccepted {
        client: state.view(Client {
            current_operation: Some(operation.id.clone()),
            last_operation: operation.id.clone(),
            revision: client.revision + 1,
            updated_at: clock.now(),
            ..after(client, changed)?
        }),
        operation: OperationSummary::from(&operation),
    };
    let record = idempotency.record(caller, clock.now(), &answer, location_of(&answer.operation))?;
    let action = format!("client.{}", order.command.name());
    let after = json!({
        "operation": operation.id,
        "reason": order.asked.reason,
        "ref": order.asked.reference,
        "deployment": order.asked.target,
        "changed": changed.map(|changed| &changed.after),
    });
    let before = json!({"status": client.status, "changed": changed.map(|changed| &changed.before)});
    let audit = state.audit(caller, &client.id, &action, before, after);
    let started = state
        .store
        .start(client, &operation, changed, record.as_ref(), &audit)
        .await?;
    match started {
        Started::Recorded => {}
        Started::Overtaken => return Ok(Begin::Overtaken),
        Started::Repeated(known) => return Ok(Begin::Repeated(known)),
    }
    if !order.values.is_empty() {
        // The operation waits for them; only it can add to the client's secret.
        let values = secret_of(&order.values);
        state.secrets.stage(&client.id, &operation.id, values).await?;
    }
    send(state, &operation.id).await;
    state.fresh(&client.id).await?;
    Ok(Begin::Accepted(Box::new(answer)))
}

/// The client as it is once the changes are written.
fn after(client: &Client, changed: Option<&Changed>) -> Result<Client, Error> {
    match changed {
        Some(changed) => changed.applied_to(client),
        None => Ok(client.clone()),
    }
}

/// Lets a command pass that the client's state allows and that no running operation stands in the way of.
///
/// # Errors
/// One of the two is not so.
pub async fn is_free(state: &State, client: &Client, command: Command) -> Result<(), Error> {
    if let Some(running) = running(state, client).await? {
        return Err(command.refused_while_running(running.kind, &running.id));
    }
    command.check(client.status)
}

/// The operation that holds a client.
///
/// # Errors
/// DynamoDB fails.
pub async fn running(state: &State, client: &Client) -> Result<Option<Operation>, Error> {
    let Some(id) = &client.current_operation else {
        return Ok(None);
    };
    let operation = state.store.operation(id).await?;
    Ok(operation.filter(|operation| !operation.status.is_final()))
}

/// The deployment to go back to: the one asked for, else the newest that was live before the one that is.
async fn target(state: &State, client: &Client, asked: &Asked) -> Result<Deployment, Error> {
    let all = state.store.deployments(&client.id).await?;
    let live = client
        .live_deployment
        .clone()
        .or_else(|| all.iter().find(|it| it.can_be_live_again()).map(|it| it.id.clone()));
    let refused = |message: String| Error::new(Code::WrongState, message).at("deploymentId");
    let Some(id) = &asked.target else {
        let earlier = all
            .into_iter()
            .find(|it| it.can_be_live_again() && live.as_ref().is_none_or(|live| it.id < *live));
        return earlier.ok_or_else(|| {
            refused(format!(
                "The client has no earlier deployment to go back to. {}",
                Command::possible_in(client.status)
            ))
        });
    };
    let found = all.into_iter().find(|it| it.id == *id);
    match found {
        None => Err(refused(format!(
            "The deployment {id} is not one of this client's. GET /clients/{{id}}/deployments lists them. {}",
            Command::possible_in(client.status)
        ))),
        Some(it) if live.as_ref() == Some(&it.id) => Err(refused(format!(
            "The deployment {id} is the one that is live. {}",
            Command::possible_in(client.status)
        ))),
        Some(it) if !it.can_be_live_again() => Err(refused(format!(
            "The deployment {id} was never live; only one that was can be put live again. {}",
            Command::possible_in(client.status)
        ))),
        Some(it) => Ok(it),
    }
}
