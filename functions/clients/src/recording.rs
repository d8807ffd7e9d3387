//! Recording a new client, one by one or from a file.

use std::time::Duration;

use domain::{
    Client, ClientAccepted, ClientId, Code, DeploymentId, DeploymentType, Error, NewClient, Operation, OperationId,
    OperationSummary, VariableName, start,
};
use runtime::{Caller, Idempotency};
use secrecy::SecretString;
use serde_json::Value;
use store::{ClientSecret, Created, IdempotentRequest, NewRecords};

use crate::{request::location_of, state::State};

/// A client's own environment variables.
pub type OwnEnvironment = Vec<(VariableName, SecretString)>;

/// How recording came out.
pub enum Recorded {
    /// Recorded, and its operation has been given its turn.
    New(Box<ClientAccepted>),
    /// The same Idempotency-Key was used before.
    Repeated(Box<IdempotentRequest>),
}

/// Records a client and begins to bring it up.
///
/// # Errors
/// The domain is taken, or a service fails.
pub async fn record(
    state: &State,
    caller: &Caller,
    new: NewClient,
    idempotency: Option<&Idempotency>,
) -> Result<Recorded, Error> {
    state.limits.check(state).await?;
    let (clock, entropy) = (&*state.clock, &*state.entropy);
    let environment = environment_of(&new);
    let id = ClientId::generate(clock, entropy);
    let operation_id = OperationId::generate(clock, entropy);
    let deployment_id = DeploymentId::generate(clock, entropy);
    let client = new.into_client(id, operation_id.clone(), state.database_provider, clock.now());
    let operation = start::new_provision(
        operation_id,
        &client.id,
        deployment_id.clone(),
        state.request(caller),
        clock,
    );
    let answer = ClientAccepted {
        client: state.view(client.clone()),
        operation: OperationSummary::from(&operation),
    };
    let request = match idempotency {
        Some(idempotency) => idempotency.record(caller, clock.now(), &answer, location_of(&answer.operation))?,
        None => None,
    };
    match write(state, caller, &client, &operation, deployment_id, request.as_ref()).await? {
        Created::Recorded => {}
        Created::DomainTaken => return Err(domain_taken(client.domain.as_str())),
        Created::Repeated(known) => return Ok(Recorded::Repeated(known)),
    }
    state.directory.learn(&client).await;
    begin(state, &client.id, &operation.id, environment).await?;
    Ok(Recorded::New(Box::new(answer)))
}

/// A new client's own environment.
pub fn environment_of(new: &NewClient) -> OwnEnvironment {
    new.custom_environment
        .iter()
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect()
}

/// Writes the client's own environment into its secret, then gives the operation its first turn.
///
/// # Errors
/// Secrets Manager fails; the request may be repeated.
pub async fn begin(
    state: &State,
    client: &ClientId,
    operation: &OperationId,
    environment: OwnEnvironment,
) -> Result<(), Error> {
    if !environment.is_empty() {
        let mut secret = ClientSecret::default();
        for (name, value) in environment {
            secret.set(format!("CUSTOM_{name}"), value);
        }
        state.secrets.write_client(client, &secret).await?;
    }
    send(state, operation).await;
    Ok(())
}

/// The values by their names.
pub fn secret_of(environment: &OwnEnvironment) -> ClientSecret {
    let mut values = ClientSecret::default();
    for (name, value) in environment {
        values.set(name.to_string(), value.clone());
    }
    values
}

/// Gives a new operation its first turn.
pub async fn send(state: &State, operation: &OperationId) {
    turn(state, operation, 0).await;
}

/// Gives an operation a turn.
pub async fn send_turn(state: &State, operation: &Operation) {
    turn(state, &operation.id, operation.generation).await;
}

async fn turn(state: &State, operation: &OperationId, generation: u64) {
    if let Err(error) = state.queues.send_operation(operation, generation, Duration::ZERO).await {
        tracing::warn!(operation.id = %operation, error = %error.chain(), "a message was not sent; the reconciler will send it");
    }
}

/// The label belongs to somebody else.
pub fn domain_taken(label: &str) -> Error {
    Error::new(
        Code::DomainTaken,
        format!("The domain \"{label}\" is taken. Choose another label."),
    )
    .at("domain")
}

async fn write(
    state: &State,
    caller: &Caller,
    client: &Client,
    operation: &Operation,
    deployment: DeploymentId,
    request: Option<&IdempotentRequest>,
) -> Result<Created, Error> {
    let clock = &*state.clock;
    let deployment = start::new_deployment(deployment, &client.id, &operation.id, DeploymentType::Initial, clock);
    let secret = start::secret_intent(&client.id, &operation.id, state.secrets.name_of(&client.id), clock);
    let after = serde_json::to_value(client).map_err(Error::internal)?;
    let audit = state.audit(caller, &client.id, "client.create", Value::Null, after);
    let records = NewRecords {
        client,
        operation,
        deployment: &deployment,
        secret: &secret,
        audit: &audit,
        request,
    };
    state.store.create(&records).await
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
