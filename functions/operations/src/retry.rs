//! `POST /operations/{id}/retry`: a failed operation goes again from the first step of which nothing is left; a blocked one goes
//! on taking down what it could not.

use std::collections::BTreeMap;

use axum::{
    Json,
    extract::{self, Path},
    http::StatusCode,
};
use domain::{
    Client, Code, Command, Deployment, DeploymentId, DeploymentType, Error, Operation, OperationKind, OperationStatus,
    OperationView, RetryBody, VariableName, consequence, start,
};
use runtime::{Caller, OptionalJsonBody, Problem};
use secrecy::SecretString;
use serde_json::json;
use store::{ClientSecret, Started};

use crate::{read::operation_of, state::State};

/// How often it is tried while the client's record changes.
const ATTEMPTS: usize = 5;

/// Answers 202 with the operation as it goes again.
pub async fn retry(
    caller: Caller,
    extract::State(state): extract::State<State>,
    Path(id): Path<String>,
    OptionalJsonBody(body): OptionalJsonBody<RetryBody>,
) -> Result<(StatusCode, Json<OperationView>), Problem> {
    caller.may(Command::Retry.permission())?;
    let environment = body.value.parse()?;
    for _ in 0..ATTEMPTS {
        let operation = operation_of(&state.store, &id).await?;
        let client = state.store.existing_client(&operation.client_id).await?;
        if operation.awaits_values() {
            // The first request may have ended between the record and the values.
            let values = values_of(&client, &environment)?;
            state.secrets.stage(&client.id, &operation.id, values).await?;
            state.send(&operation).await;
            return Ok((StatusCode::ACCEPTED, Json(operation.into())));
        }
        check(&state, &client, &operation).await?;
        let staged = staged(&client, &operation, &environment)?;
        if let Some(again) = reopen(&state, &caller, &client, &operation, staged.is_some()).await? {
            if let Some(values) = staged {
                state.secrets.stage(&client.id, &again.id, values).await?;
            }
            state.send(&again).await;
            return Ok((StatusCode::ACCEPTED, Json(again.into())));
        }
    }
    Err(Error::busy("a client's record changed at every attempt to try its operation again").into())
}

async fn check(state: &State, client: &Client, operation: &Operation) -> Result<(), Error> {
    if let Some(id) = &client.current_operation
        && let Some(running) = state.store.operation(id).await?.filter(|it| !it.status.is_final())
    {
        return Err(Command::Retry.refused_while_running(running.kind, &running.id));
    }
    Command::Retry.check(client.status)?;
    let refused = |message: String| {
        Error::new(
            Code::WrongState,
            format!("{message} {}", Command::possible_in(client.status)),
        )
    };
    if !matches!(operation.status, OperationStatus::Failed | OperationStatus::Blocked) {
        return Err(refused(format!(
            "The operation is {}; only one that failed or is blocked can be tried again.",
            operation.status.name()
        )));
    }
    if client.last_operation != operation.id {
        return Err(refused(format!(
            "The operation {} came after this one; only a client's last operation can be tried again.",
            client.last_operation
        )));
    }
    Ok(())
}

/// A new client's secret was taken down with everything else: the values of its own variables have to come again.
fn staged(
    client: &Client,
    operation: &Operation,
    environment: &BTreeMap<VariableName, SecretString>,
) -> Result<Option<ClientSecret>, Error> {
    let lost = operation.kind == OperationKind::Provision
        && operation.status == OperationStatus::Failed
        && !operation.has_gone_live()
        && !client.custom_environment.is_empty();
    if !lost {
        return if environment.is_empty() {
            Ok(None)
        } else {
            Err(Error::invalid(
                "customEnvironment",
                "The values are still there. Leave customEnvironment out; PATCH the client to change them.",
            ))
        };
    }
    values_of(client, environment).map(Some)
}

/// The value of every variable that the client has.
fn values_of(client: &Client, environment: &BTreeMap<VariableName, SecretString>) -> Result<ClientSecret, Error> {
    let mut values = ClientSecret::default();
    for name in &client.custom_environment {
        let value = environment.get(name).ok_or_else(|| {
            Error::invalid(
                format!("customEnvironment.{name}"),
                format!("The value of {name} was taken down with the rest. Send it again."),
            )
        })?;
        values.set(name.to_string(), value.clone());
    }
    match environment
        .keys()
        .find(|name| !client.custom_environment.contains(name))
    {
        Some(unknown) => Err(Error::invalid(
            format!("customEnvironment.{unknown}"),
            "The client has no such variable.",
        )),
        None => Ok(values),
    }
}

/// Writes the operation as it goes again; `None` when something moved meanwhile.
async fn reopen(
    state: &State,
    caller: &Caller,
    client: &Client,
    operation: &Operation,
    staged: bool,
) -> Result<Option<Operation>, Error> {
    let (clock, entropy) = (&*state.clock, &*state.entropy);
    let now = clock.now();
    let anew = operation.status == OperationStatus::Failed && !operation.has_gone_live();
    let id = (anew && operation.kind.deploys()).then(|| DeploymentId::generate(clock, entropy));
    let mut again = operation.clone();
    again.retry(id.clone(), state.deadline, now).map_err(Error::internal)?;
    again.asked.environment_staged_at = staged.then_some(now);
    again.generation += 1;
    // A client's first deployment is recorded with the client; the other kinds record theirs when there is something to do.
    let deployment: Option<Deployment> = id
        .filter(|_| operation.kind == OperationKind::Provision)
        .map(|id| start::new_deployment(id, &client.id, &again.id, DeploymentType::Initial, clock));
    let status = consequence::when_retried(client.status, operation).map_err(Error::internal)?;
    let (before, after) = (
        json!({"operation": operation.id, "status": operation.status}),
        json!({"operation": again.id, "status": again.status}),
    );
    let audit = state.audit(caller, client.id.to_string(), "operation.retry", before, after);
    let started = state
        .store
        .reopen(client, &again, deployment.as_ref(), status, &audit)
        .await?;
    Ok(match started {
        Started::Recorded => Some(again),
        Started::Overtaken | Started::Repeated(_) => None,
    })
}
