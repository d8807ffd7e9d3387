//! `GET|PUT /freeze`: the emergency brake.

use axum::{
    Json,
    extract::{self, FromRequest, Request},
};
use domain::{Error, Freeze, FreezeBody, Permission, parse_reason};
use runtime::{Caller, JsonBody, Problem};
use serde_json::json;

use crate::state::State;

/// Is the platform frozen?
pub async fn read(caller: Caller, extract::State(state): extract::State<State>) -> Result<Json<Freeze>, Problem> {
    caller.may(Permission::Read)?;
    Ok(Json(state.store.freeze().await?))
}

/// Freezes: every operation stands still before its next step. Or thaws: all of them go on.
pub async fn set(
    caller: Caller,
    extract::State(state): extract::State<State>,
    request: Request,
) -> Result<Json<Freeze>, Problem> {
    caller.may(Permission::Operate)?;
    let body = JsonBody::<FreezeBody>::from_request(request, &()).await?.value;
    let before = state.store.freeze().await?;
    let freeze = Freeze {
        frozen: body.frozen,
        reason: parse_reason(body.reason)?,
        changed_by: Some(caller.principal.name.clone()),
        changed_at: Some(state.clock.now()),
    };
    let audit = state.audit(
        &caller,
        "platform".to_owned(),
        if freeze.frozen {
            "platform.freeze"
        } else {
            "platform.thaw"
        },
        json!(before),
        json!(freeze),
    );
    state.store.set_freeze(&freeze, &audit).await?;
    if !freeze.frozen
        && let Err(error) = wake(&state).await
    {
        tracing::warn!(error = %error.chain(), "not every operation was woken; the reconciler will do it");
    }
    Ok(Json(freeze))
}

/// Gives every operation that is due its turn, without waiting for the reconciler's minute.
async fn wake(state: &State) -> Result<(), Error> {
    for id in state.store.due_operations(state.clock.now()).await? {
        if let Some(operation) = state.store.operation(&id).await?.filter(|it| !it.status.is_final()) {
            state.send(&operation).await;
        }
    }
    Ok(())
}
