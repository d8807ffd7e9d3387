//! How a client's site is doing.

use axum::{
    Json,
    extract::{Path, State as Shared},
};
use domain::{Client, ClientId, Error, HealthReport, HealthStatus, Instant, Permission};
use runtime::{Caller, Problem};
use serde::Serialize;
use utoipa::ToSchema;

use crate::State;

/// How a client's site is doing.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ClientHealth {
    /// Whose.
    client_id: ClientId,
    /// The verdict.
    status: HealthStatus,
    /// When it was last looked at.
    last_health_check: Option<Instant>,
    /// Successful checks of the last 30 days, in percent.
    uptime_percentage: Option<f64>,
    /// The last look in full.
    current: Option<HealthReport>,
}

impl From<Client> for ClientHealth {
    fn from(client: Client) -> Self {
        Self {
            client_id: client.id,
            status: client.health_status,
            last_health_check: client.last_health_check,
            uptime_percentage: client.uptime_percentage,
            current: client.health,
        }
    }
}

pub async fn of_client(
    caller: Caller,
    Shared(state): Shared<State>,
    Path(id): Path<String>,
) -> Result<Json<ClientHealth>, Problem> {
    caller.may(Permission::Read)?;
    let id: ClientId = id.parse().map_err(|_| Error::not_found("client", &id))?;
    let client = state.store.existing_client(&id).await?;
    Ok(Json(client.into()))
}
