//! The directory of clients in memory: DynamoDB cannot search, sort or count.
//!
//! Every client, refreshed before each use by what changed since. The feed is an index, so it lags by
//! a moment (well under a second); a function's own writes are put in at once.

use std::{collections::HashMap, time::Duration};

use domain::{Client, ClientId, Error, Instant};
use tokio::sync::Mutex;

use crate::{
    Store,
    clients::{FEED, all},
    expression::text,
};

/// Changes this long before the newest known are read again: clocks differ and indexes lag.
const OVERLAP: Duration = Duration::from_secs(10);

/// All clients.
pub struct Directory {
    store: Store,
    known: Mutex<Known>,
}

#[derive(Default)]
struct Known {
    clients: HashMap<ClientId, Client>,
    newest: Option<Instant>,
}

impl Directory {
    /// An empty directory; the first use fills it.
    #[must_use]
    pub fn new(store: Store) -> Self {
        Self {
            store,
            known: Mutex::default(),
        }
    }

    /// Reads what changed, then looks at all clients, deleted ones included.
    ///
    /// # Errors
    /// DynamoDB fails.
    pub async fn look<T>(&self, look: impl FnOnce(&mut dyn Iterator<Item = &Client>) -> T) -> Result<T, Error> {
        let mut known = self.known.lock().await;
        let since = known
            .newest
            .map_or(Instant::from_milliseconds(0), |newest| newest.before(OVERLAP));
        for client in self.store.clients_changed_since(since).await? {
            known.learn(client);
        }
        Ok(look(&mut known.clients.values()))
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
            Some(known) if known.revision > client.revision => {}
            _ => {
                self.clients.insert(client.id.clone(), client);
            }
        }
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
