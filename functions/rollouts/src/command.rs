//! `POST /rollouts/{id}/pause|resume|cancel`.

use axum::{
    extract::{self, Path},
    response::Response,
};
use domain::{Error, Permission, RolloutCommand};
use runtime::{Caller, Problem};
use serde_json::json;
use store::SaveOutcome;

use crate::state::{State, accepted};

/// How often it is tried while the rollout moves.
const ATTEMPTS: usize = 10;

/// No further redeploy begins; those that run come to their end.
pub async fn pause(
    caller: Caller,
    extract::State(state): extract::State<State>,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    obey(&state, &caller, &id, RolloutCommand::Pause).await
}

/// It goes on.
pub async fn resume(
    caller: Caller,
    extract::State(state): extract::State<State>,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    obey(&state, &caller, &id, RolloutCommand::Resume).await
}

/// It ends when what runs has ended; what is deployed stays deployed.
pub async fn cancel(
    caller: Caller,
    extract::State(state): extract::State<State>,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    obey(&state, &caller, &id, RolloutCommand::Cancel).await
}

async fn obey(state: &State, caller: &Caller, id: &str, command: RolloutCommand) -> Result<Response, Problem> {
    caller.may(Permission::Operate)?;
    for _ in 0..ATTEMPTS {
        let rollout = state.rollout_of(id).await?;
        let mut changed = rollout.clone();
        if !changed.obey(command, &caller.principal.name, state.clock.now())? {
            return Ok(accepted(rollout.into()));
        }
        let (before, after) = (
            json!({"status": rollout.status, "cancelledBy": rollout.cancelled_by}),
            json!({"status": changed.status, "cancelledBy": changed.cancelled_by}),
        );
        let audit = state.audit(caller, &rollout, command.name(), before, after);
        if state.store.save_rollout(&changed, &[], Some(&audit)).await? == SaveOutcome::Saved {
            state.send(&changed).await;
            return Ok(accepted(changed.into()));
        }
    }
    Err(Error::busy("a rollout moved at every attempt to change it").into())
}
