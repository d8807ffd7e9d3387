//! How a client's site is doing, and how it has been.

mod current;
mod query;
mod view;

use std::time::Duration;

use axum::{
    Json,
    extract::{Path, State as Shared},
    http::Uri,
};
use domain::{
    Client, ClientId, Error, Instant, Permission,
    monitoring::{Day, Details, Latency, Maintenance, SiteKey, Span, Window, maintenance_spans},
};
use runtime::{Caller, Problem, parameters};
use store::{History, Past, Seen, Shard};

use crate::State;
use query::HealthQuery;
pub use view::ClientHealth;
use view::{DayHealth, PastCheck};

/// Percentiles are over this long, and nothing shorter is read.
const DAY: Duration = Duration::from_secs(86_400);
/// Maintenance is listed for as long as the uptime that it is left out of.
const MAINTENANCE_LISTED: Duration = Duration::from_secs(30 * 86_400);

pub async fn of_client(
    caller: Caller,
    Shared(state): Shared<State>,
    Path(id): Path<String>,
    uri: Uri,
) -> Result<Json<ClientHealth>, Problem> {
    caller.may(Permission::Read)?;
    let query = HealthQuery::parse(&parameters(&uri)?);
    let id: ClientId = id.parse().map_err(|_| Error::not_found("client", &id))?;
    let mut client = state.store.existing_client(&id).await?;
    let query = query?;
    let now = state.clock.now();
    let seen = state.observations.seen(std::iter::once(&client)).await?;
    let key = SiteKey::of(&client.id);
    let (history, maintenance, details) = tokio::try_join!(
        history(&state, &client, &seen, &query, now),
        maintenance(&state, &client, now),
        details(&state, key, &seen),
    )?;
    let details = details.as_ref();
    seen.apply(key, &mut client);
    // The history was read after what lists go by.
    let newest = history.checks.last().map(|past| past.at);
    let uptime = Window::ALL.map(|window| history.uptime(window));
    let latencies = history.last(DAY).filter(|past| past.raw.is_some());
    let latencies = latencies.filter_map(|past| past.latency_ms);
    let oldest = Day::of(now.before(DAY * u32::from(query.days)));
    let days = history.days.iter().filter(|one| one.day >= oldest);
    Ok(Json(ClientHealth {
        client_id: client.id.clone(),
        status: client.health_status,
        last_health_check: client.last_health_check.max(newest),
        uptime_percentage: history.uptime(Window::Month).percentage,
        current: current::look(client.health.as_ref(), history.checks.iter().rev(), details),
        certificate_expires_at: details.and_then(|details| details.certificate_expires_at),
        latency: Latency::of(latencies.collect()),
        history: history.last(query.length()).map(PastCheck::from).collect(),
        days: days.map(DayHealth::from).collect(),
        uptime,
        maintenance,
    }))
}

async fn history(
    state: &State,
    client: &Client,
    seen: &Seen,
    query: &HealthQuery,
    now: Instant,
) -> Result<History, Error> {
    // Two intervals: the last look at a site that is checked once a day is not older.
    let look = client.monitoring.interval_minutes.duration() * 2;
    let length = query.length().max(DAY).max(look);
    let from = Day::of(now.before(DAY * u32::from(query.days)));
    state.store.history(client, seen.counting(), from, length, now).await
}

/// What the site said of itself, as its worker's digest has it now.
async fn details(state: &State, key: SiteKey, seen: &Seen) -> Result<Option<Details>, Error> {
    let digest = match seen.sweep.as_ref().map(|sweep| sweep.shards) {
        Some(of) => {
            let number = key.shard(of);
            state.store.digest(Shard { number, of }).await?
        }
        None => None,
    };
    let sites = digest.into_iter().flat_map(|digest| digest.sites);
    let said = sites.filter(|one| one.site == key).find_map(|one| one.details);
    // Before the first digest of a new worker the last one's still holds.
    Ok(said.or_else(|| seen.digested(key)?.details.clone()))
}

/// When the client's site was in maintenance: windows of people, and those of its own operations.
pub async fn maintenance(state: &State, client: &Client, now: Instant) -> Result<Vec<Span>, Error> {
    let (mut windows, operations) = tokio::try_join!(state.store.maintenance(), state.store.operations_of(&client.id))?;
    windows.extend(Maintenance::of_operations(&operations, now).map(|(window, _)| window));
    let span = Span {
        from: now.before(MAINTENANCE_LISTED),
        until: now,
    };
    Ok(maintenance_spans(&windows, &client.id, &client.tags, span))
}

/// What a check that is over says of its site: nothing, when nothing was expected of it.
fn problem(past: &Past) -> Option<String> {
    past.finding.problem().filter(|_| !past.excused)
}
