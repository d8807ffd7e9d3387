//! `POST /rollouts`: write down who gets what in which order.

use std::collections::HashSet;

use axum::{
    extract::{self, FromRequest, Request},
    response::Response,
};
use domain::{
    ClientId, Code, Error, Permission, RolloutBody, RolloutClient, RolloutClientState, RolloutId, RolloutRequest,
    RolloutView,
};
use runtime::{Caller, Idempotency, JsonBody, Problem, answer_again};
use serde_json::json;
use store::RolloutRecorded;

use crate::state::{State, accepted, location_of};

/// Records the rollout and answers 202 with it.
pub async fn create(
    extract::State(state): extract::State<State>,
    caller: Caller,
    request: Request,
) -> Result<Response, Problem> {
    caller.may(Permission::Operate)?;
    let (path, headers) = (request.uri().path().to_owned(), request.headers().clone());
    // What is wrong with the key comes before what is wrong with the body.
    Idempotency::new(&headers, &[])?;
    let body = JsonBody::<RolloutBody>::from_request(request, &()).await?;
    let idempotency = Idempotency::new(&headers, &[path.as_bytes(), &body.bytes])?;
    let now = state.clock.now();
    if let Some(known) = idempotency.known(&state.store, &caller, now).await? {
        idempotency.same_request(&known)?;
        return Ok(answer_again(known));
    }
    let order = body.value.parse()?;
    let id = RolloutId::generate(&*state.clock, &*state.entropy);
    let request = RolloutRequest {
        id: &id,
        requested_by: &caller.principal.name,
        request_id: &caller.request_id,
        now,
    };
    let (rollout, clients) = state.directory.look(|all| order.plan(all, request)).await??;
    are_free(&state, &clients).await?;
    let view = RolloutView::from(rollout.clone());
    let record = idempotency.record(&caller, now, &view, location_of(&view))?;
    let audit = state.audit(&caller, &rollout, "create", json!(null), json!(view));
    let recorded = state
        .store
        .create_rollout(&rollout, &clients, record.as_ref(), &audit)
        .await?;
    match recorded {
        RolloutRecorded::New => {}
        RolloutRecorded::Repeated(known) => {
            idempotency.same_request(&known)?;
            return Ok(answer_again(*known));
        }
    }
    state.send(&rollout).await;
    Ok(accepted(view))
}

/// Refuses clients whose turn in another rollout is still to come: it would put an older commit over the newer one. (Two requests
/// in the same moment can both pass; their redeploys then wait for each other.)
async fn are_free(state: &State, clients: &[RolloutClient]) -> Result<(), Error> {
    use RolloutClientState as S;
    let ours: HashSet<&ClientId> = clients.iter().map(|client| &client.client_id).collect();
    for other in state.store.rollouts().await? {
        if other.status.is_final() {
            continue;
        }
        let theirs = state.store.rollout_clients(&other.id).await?;
        let waits = |client: &RolloutClient| matches!(client.state, S::Pending | S::Deploying | S::RollingBack);
        let both = theirs
            .iter()
            .find(|theirs| waits(theirs) && ours.contains(&theirs.client_id));
        if let Some(both) = both {
            let message = format!(
                "The rollout {id} is {status} and not through with {client}. Wait for its end, call it off with POST \
                 /api/platform/rollouts/{id}/cancel, or choose other clients.",
                id = other.id,
                status = other.status.name(),
                client = both.domain,
            );
            return Err(Error::new(Code::WrongState, message).at("filter"));
        }
    }
    Ok(())
}
