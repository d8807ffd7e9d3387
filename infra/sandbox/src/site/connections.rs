//! Connections of the hosted sites to their own databases: one per site, opened on demand, closed when idle.

use std::{
    collections::HashMap,
    str::FromStr as _,
    sync::{Arc, Mutex, PoisonError, Weak},
    time::Duration,
};

use tokio::{
    sync::{Mutex as Turn, OwnedMutexGuard, OwnedSemaphorePermit, Semaphore},
    time::Instant,
};
use tokio_postgres::{Client, Config};

use super::users::DatabaseError;
use crate::postgres::{Cluster, connect};

/// Below PostgreSQL's usual hundred, with room for the admin and for tests.
const OPEN_AT_ONCE: usize = 40;
const IDLE: Duration = Duration::from_secs(20);
const LOOK_AGAIN: Duration = Duration::from_millis(5);
/// Then a site says that its database does not answer.
const PATIENCE: Duration = Duration::from_secs(10);

/// The same for every site: a table of users, once, whoever comes first.
const SCHEMA: &str = "SELECT pg_advisory_xact_lock(3716); CREATE TABLE IF NOT EXISTS users (\
    id serial PRIMARY KEY, email text NOT NULL UNIQUE, hash text NOT NULL, attempts integer NOT NULL DEFAULT 0, \
    lock_until bigint NOT NULL DEFAULT 0, created_at bigint NOT NULL)";

pub(crate) struct Open {
    pub client: Client,
    uri: String,
    used: Instant,
    _permit: OwnedSemaphorePermit,
}

type Slot = Arc<Turn<Option<Open>>>;

/// One slot per site.
pub(crate) struct Connections {
    slots: Mutex<HashMap<String, Slot>>,
    permits: Arc<Semaphore>,
}

impl Default for Connections {
    fn default() -> Connections {
        Connections {
            slots: Mutex::default(),
            permits: Arc::new(Semaphore::new(OPEN_AT_ONCE)),
        }
    }
}

/// What a site's DATABASE_URI names; host and port are those of the cluster now.
pub(super) struct Account {
    pub user: String,
    pub password: Vec<u8>,
    pub database: String,
}

impl Account {
    pub fn parse(uri: &str) -> Result<Account, DatabaseError> {
        let config = Config::from_str(uri).map_err(|_| DatabaseError::Uri)?;
        let user = config.get_user().ok_or(DatabaseError::Uri)?.to_owned();
        let database = config.get_dbname().ok_or(DatabaseError::Uri)?.to_owned();
        Ok(Account {
            user,
            password: config.get_password().unwrap_or_default().to_vec(),
            database,
        })
    }
}

impl Connections {
    /// The site's connection, in turn; a closed one is opened again.
    pub async fn turn(
        &self,
        cluster: &Cluster,
        project: &str,
        uri: &str,
    ) -> Result<OwnedMutexGuard<Option<Open>>, DatabaseError> {
        let slot = Arc::clone(self.lock().entry(project.to_owned()).or_default());
        let mut turn = Arc::clone(&slot).lock_owned().await;
        if let Some(open) = turn.as_mut()
            && !open.client.is_closed()
            && open.uri == uri
        {
            open.used = Instant::now();
            return Ok(turn);
        }
        *turn = None;
        let permit = self.permit().await?;
        let account = Account::parse(uri)?;
        let client = connect(&cluster.config(&account.user, &account.password, &account.database)).await?;
        client.batch_execute(SCHEMA).await?;
        *turn = Some(Open {
            client,
            uri: uri.to_owned(),
            used: Instant::now(),
            _permit: permit,
        });
        tokio::spawn(close_when_idle(Arc::downgrade(&slot)));
        Ok(turn)
    }

    /// Forgets a site that is gone; its connection closes.
    pub fn forget(&self, project: &str) {
        self.lock().remove(project);
    }

    /// Leave to open one more; when all are open, the idlest gives way.
    ///
    /// All may be in use at this moment and idle at the next, and an idle one gives its leave back only when it is closed.
    /// So a waiter looks again and again: whoever only waited would wait until the others are closed for idleness.
    async fn permit(&self) -> Result<OwnedSemaphorePermit, DatabaseError> {
        let give_up = Instant::now() + PATIENCE;
        loop {
            let leave = Arc::clone(&self.permits).acquire_owned();
            match tokio::time::timeout(LOOK_AGAIN, leave).await {
                Ok(permit) => return permit.map_err(|_| DatabaseError::Closed),
                Err(_) if Instant::now() >= give_up => return Err(DatabaseError::Closed),
                Err(_) => self.close_the_idlest(),
            }
        }
    }

    fn close_the_idlest(&self) {
        let slots: Vec<Slot> = self.lock().values().cloned().collect();
        let idle = slots
            .iter()
            .filter_map(|slot| slot.try_lock().ok().filter(|turn| turn.is_some()));
        if let Some(mut turn) = idle.min_by_key(|turn| turn.as_ref().map(|open| open.used)) {
            *turn = None;
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<String, Slot>> {
        self.slots.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn close_when_idle(slot: Weak<Turn<Option<Open>>>) {
    loop {
        tokio::time::sleep(IDLE / 2).await;
        let Some(slot) = slot.upgrade() else { return };
        let mut turn = slot.lock().await;
        if turn
            .as_ref()
            .is_none_or(|open| open.client.is_closed() || open.used.elapsed() >= IDLE)
        {
            *turn = None;
            return;
        }
    }
}
