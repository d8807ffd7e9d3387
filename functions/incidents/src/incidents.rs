//! `GET /incidents` and `GET /incidents/{id}`.

use axum::{
    Json,
    extract::{self, Path},
    http::Uri,
};
use domain::{
    ClientId, Error, Permission,
    monitoring::incident::{IncidentDetail, IncidentPage, IncidentQuery, IncidentSummary},
};
use runtime::{Caller, Problem, parameters};

use crate::state::State;

/// Newest first, page by page, and how quickly somebody came.
pub async fn list(
    caller: Caller,
    extract::State(state): extract::State<State>,
    uri: Uri,
) -> Result<Json<IncidentPage>, Problem> {
    caller.may(Permission::Read)?;
    let query = IncidentQuery::parse(&parameters(&uri)?)?;
    let all = state.store.incidents().await?;
    let all = match &query.client {
        Some(client) => of_client(&state, all, client).await?,
        None => all,
    };
    Ok(Json(query.of(all, state.clock.now())))
}

/// One, with its sites and what happened.
pub async fn one(
    caller: Caller,
    extract::State(state): extract::State<State>,
    Path(id): Path<String>,
) -> Result<Json<IncidentDetail>, Problem> {
    caller.may(Permission::Read)?;
    let (incident, _) = state.kept(&id).await?;
    Ok(Json(state.detail(&incident).await?))
}

/// Those in which a client is. The few that are too large to name all their sites are read whole.
async fn of_client(state: &State, all: Vec<IncidentSummary>, client: &ClientId) -> Result<Vec<IncidentSummary>, Error> {
    let mut found = Vec::new();
    for summary in all {
        let is_member = match summary.names(client) {
            Some(named) => named,
            None => {
                let whole = state.store.incident(&summary.incident.id).await?;
                whole.is_some_and(|(incident, _)| incident.members.contains_key(client))
            }
        };
        if is_member {
            found.push(summary);
        }
    }
    Ok(found)
}
