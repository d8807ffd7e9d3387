//! `PATCH /clients/{id}`: change a client's record.

use axum::{
    extract::{self, FromRequest, Request},
    response::Response,
};
use domain::{Change, Client, Command, Error, Permission};
use runtime::{Caller, JsonBody, Problem};
use serde_json::{Map, Value};
use store::{ChangeOutcome, Changed};

use crate::{
    precondition::Precondition,
    request::{ClientPath, header, with_etag},
    state::State,
};

/// How often a change is put onto a record that others change at the same time.
const ATTEMPTS: usize = 5;

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
    let body = JsonBody::<Map<String, Value>>::from_request(request, &()).await;
    let client = state.store.existing_client(&id).await?;
    let (precondition, change) = (precondition?, Change::parse(body?.value)?);
    caller.may(change.permission())?;
    let client = apply(&state, &caller, client, precondition, &change).await?;
    Ok(with_etag(state.view(client)))
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
        command(change).check(client.status)?;
        let mut after = client.clone();
        change.clone().apply(&mut after);
        let changed = Changed::between(&client, &after)?;
        if changed.is_empty() {
            return Ok(client);
        }
        if let ChangeOutcome::Changed = write(state, caller, &client, &changed).await? {
            return state.fresh(&client.id).await;
        }
        client = state.store.existing_client(&client.id).await?;
    }
    Err(Error::busy("a client's record changed at every attempt to change it"))
}

/// Conditional on the revision also when the caller did not ask for it: the audit's "before" is then what was replaced.
async fn write(state: &State, caller: &Caller, client: &Client, changed: &Changed) -> Result<ChangeOutcome, Error> {
    let (before, after) = (
        Value::Object(changed.before.clone()),
        Value::Object(changed.after.clone()),
    );
    let audit = state.audit(caller, &client.id, "client.change", before, after);
    state
        .store
        .change_client(&client.id, changed, Some(client.revision), &audit)
        .await
}

fn command(change: &Change) -> Command {
    if change.permission() == Permission::ChangeBilling {
        Command::ChangeBilling
    } else {
        Command::Change
    }
}
