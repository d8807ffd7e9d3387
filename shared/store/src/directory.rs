//! The directory of clients in memory: DynamoDB cannot search, sort or count.
//!
//! Every client, refreshed before each use by what changed since. The feed is an index, so it lags by
//! a moment (well under a second); a function's own writes are put in at once.

use std::{collections::HashMap, sync::Arc, time::Duration};

use domain::{Client, ClientId, Error, HealthStatus, Instant, monitoring::SiteKey};
use tokio::sync::Mutex;

use crate::{
    Observations, Seen, Store,
    clients::{FEED, all},
    expression::text,
};

/// Changes this long before the newest known are read again: clocks differ and indexes lag.
const OVERLAP: Duration = Duration::from_secs(10);

/// All clients.
pub struct Directory {
    store: Store,
    observations: Option<Arc<Observations>>,
    known: Mutex<Known>,
}

#[derive(Default)]
struct Known {
    clients: HashMap<ClientId, Kept>,
    newest: Option<Instant>,
}

/// A client as it is shown, and what its record says where the monitor says more.
struct Kept {
    client: Client,
    key: SiteKey,
    last_health_check: Option<Instant>,
    health_status: HealthStatus,
    uptime_percentage: Option<f64>,
}

impl Directory {
    /// An empty directory; the first use fills it.
    #[must_use]
    pub fn new(store: Store) -> Self {
        Self {
            store,
            observations: None,
            known: Mutex::default(),
        }
    }

    /// The same, with what the monitor saw: filters and sorts see it too.
    #[must_use]
    pub fn with(store: Store, observations: Arc<Observations>) -> Self {
        Self {
            observations: Some(observations),
            ..Self::new(store)
        }
    }

    /// Reads what changed, then looks at all clients, deleted ones included.
    ///
    /// # Errors
    /// DynamoDB fails.
    pub async fn look<T>(&self, look: impl FnOnce(&mut dyn Iterator<Item = &Client>) -> T) -> Result<T, Error> {
        self.look_with(|clients, _| look(clients)).await
    }

    /// The same, beside all that the monitor saw; nothing in a directory without observations.
    ///
    /// # Errors
    /// DynamoDB fails.
    pub async fn look_with<T>(
        &self,
        look: impl FnOnce(&mut dyn Iterator<Item = &Client>, &Seen) -> T,
    ) -> Result<T, Error> {
        let mut known = self.known.lock().await;
        let since = known
            .newest
            .map_or(Instant::from_milliseconds(0), |newest| newest.before(OVERLAP));
        for client in self.store.clients_changed_since(since).await? {
            known.learn(client);
        }
        let seen = match &self.observations {
            Some(observations) => {
                let seen = observations
                    .seen(known.clients.values().map(|kept| &kept.client))
                    .await?;
                known.clients.values_mut().for_each(|kept| kept.see(&seen));
                seen
            }
            None => Arc::default(),
        };
        Ok(look(&mut known.clients.values().map(|kept| &kept.client), &seen))
    }

    /// Puts in what this function has just written.
    pub async fn learn(&self, client: &Client) {
        self.known.lock().await.learn(client.clone());
    }
}

impl Known {
    fn learn(&mut self, client: Client) {
        self.newest = self.newest.max(Some(client.updated_at));
        match self.clients.get(&client.id) {
            Some(known) if known.client.revision > client.revision => {}
            _ => {
                self.clients.insert(client.id.clone(), Kept::of(client));
            }
        }
    }
}

impl Kept {
    fn of(client: Client) -> Self {
        Self {
            key: SiteKey::of(&client.id),
            last_health_check: client.last_health_check,
            health_status: client.health_status,
            uptime_percentage: client.uptime_percentage,
            client,
        }
    }

    /// Shows what was seen on top of what the record says.
    fn see(&mut self, seen: &Seen) {
        self.client.last_health_check = self.last_health_check;
        self.client.health_status = self.health_status;
        self.client.uptime_percentage = self.uptime_percentage;
        seen.apply(self.key, &mut self.client);
    }
}

impl Store {
    async fn clients_changed_since(&self, since: Instant) -> Result<Vec<Client>, Error> {
        let query = self
            .db
            .query()
            .table_name(self.clients_table()?)
            .index_name("feed")
            .key_condition_expression("feed = :feed AND updatedAt >= :since")
            .expression_attribute_values(":feed", text(FEED))
            .expression_attribute_values(":since", text(&since.to_string()));
        all(query).await
    }
}
