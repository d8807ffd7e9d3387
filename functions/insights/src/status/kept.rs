//! Uptimes that were worked out a moment ago: these routes are open to everybody, and reading the past costs something.

use std::{collections::HashMap, time::Duration};

use domain::{
    Client, ClientId, Error, Instant,
    monitoring::{Day, Window},
};
use tokio::sync::Mutex;

use super::PublicUptime;
use crate::State;

/// As long as what is answered may be kept by others.
const FRESH: Duration = Duration::from_secs(60);
/// More than there are clients.
const MOST: usize = 20_000;

/// Uptimes by client, each with the moment when it was worked out.
#[derive(Default)]
pub struct KeptUptimes(Mutex<HashMap<ClientId, (Instant, PublicUptime)>>);

impl KeptUptimes {
    /// A client's uptime, at most a minute old.
    ///
    /// # Errors
    /// DynamoDB fails.
    pub async fn of(&self, state: &State, client: &Client) -> Result<PublicUptime, Error> {
        let now = state.clock.now();
        let kept = self.0.lock().await.get(&client.id).copied();
        if let Some((_, uptime)) = kept.filter(|(at, _)| *at <= now && now.since(*at) < FRESH) {
            return Ok(uptime);
        }
        let seen = state.observations.seen(std::iter::once(client)).await?;
        let (today, day) = (Day::of(now), Window::Day.length());
        let history = state.store.history(client, seen.counting(), today, day, now).await?;
        let uptime = PublicUptime {
            day: history.uptime(Window::Day).percentage,
            week: history.uptime(Window::Week).percentage,
            month: history.uptime(Window::Month).percentage,
            quarter: history.uptime(Window::Quarter).percentage,
        };
        let mut all = self.0.lock().await;
        if all.len() >= MOST {
            all.clear();
        }
        all.insert(client.id.clone(), (now, uptime));
        Ok(uptime)
    }
}
