//! What was read or worked out a moment ago: these routes are open to everybody, and reading costs something.

use std::{collections::HashMap, sync::Arc, time::Duration};

use domain::{
    Client, ClientId, Error, Instant,
    monitoring::{Day, Maintenance, Window},
};
use tokio::sync::Mutex;

use super::PublicUptime;
use crate::State;

/// As long as what is answered may be kept by others.
const FRESH: Duration = Duration::from_secs(60);
/// More than there are clients.
const MOST: usize = 20_000;

/// Windows are opened and closed by people: nobody waits longer than this to see it.
const WINDOWS_FRESH: Duration = Duration::from_secs(10);

/// What is kept.
#[derive(Default)]
pub struct Kept {
    /// By client, each with the moment when it was worked out.
    uptimes: Mutex<HashMap<ClientId, (Instant, PublicUptime)>>,
    /// All windows, with the moment when they were read.
    windows: Mutex<Option<(Instant, Arc<[Maintenance]>)>>,
}

impl Kept {
    /// All maintenance windows.
    ///
    /// # Errors
    /// DynamoDB fails.
    pub async fn windows(&self, state: &State) -> Result<Arc<[Maintenance]>, Error> {
        let now = state.clock.now();
        let mut kept = self.windows.lock().await;
        if let Some((at, windows)) = &*kept
            && *at <= now
            && now.since(*at) < WINDOWS_FRESH
        {
            return Ok(Arc::clone(windows));
        }
        let windows: Arc<[Maintenance]> = state.store.maintenance().await?.into();
        *kept = Some((now, Arc::clone(&windows)));
        Ok(windows)
    }

    /// A client's uptime, at most a minute old.
    ///
    /// # Errors
    /// DynamoDB fails.
    pub async fn of(&self, state: &State, client: &Client) -> Result<PublicUptime, Error> {
        let now = state.clock.now();
        let kept = self.uptimes.lock().await.get(&client.id).copied();
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
        let mut all = self.uptimes.lock().await;
        if all.len() >= MOST {
            all.clear();
        }
        all.insert(client.id.clone(), (now, uptime));
        Ok(uptime)
    }
}
