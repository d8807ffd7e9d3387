//! Users of a site, in the client's own database; with simulated databases, in the sandbox.

use serde::{Deserialize, Serialize};
use tokio_postgres::{Row, types::Type};

use super::{Site, connections::Account};
use crate::{Sandbox, SandboxError, clock};

const TRIES: i32 = 5;
const LOCKED_MILLIS: i64 = 600_000;

#[derive(Debug, thiserror::Error)]
pub(crate) enum DatabaseError {
    #[error("DATABASE_URI names no user or database")]
    Uri,
    #[error("the database does not answer")]
    Postgres(#[from] tokio_postgres::Error),
    #[error("the database is gone or stopped, or every connection is in use")]
    Closed,
    #[error("the sandbox could not keep a user")]
    Sandbox(#[from] SandboxError),
}

#[derive(Clone, Debug)]
pub(super) struct User {
    pub id: i32,
    pub email: String,
    pub hash: String,
    pub attempts: i32,
    pub lock_until: i64,
    pub created_at: i64,
}

/// A user of a site without a real database.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct SimulatedUser {
    id: i32,
    email: String,
    hash: String,
    attempts: i32,
    lock_until: i64,
    created_at: i64,
}

impl From<&SimulatedUser> for User {
    fn from(user: &SimulatedUser) -> User {
        User {
            id: user.id,
            email: user.email.clone(),
            hash: user.hash.clone(),
            attempts: user.attempts,
            lock_until: user.lock_until,
            created_at: user.created_at,
        }
    }
}

pub(super) enum Registration {
    Done(User),
    /// Another one is being made at this moment.
    Busy,
    /// There is a user already.
    Taken,
}

fn now() -> i64 {
    i64::try_from(clock::now()).unwrap_or(i64::MAX)
}

fn user(row: &Row) -> Result<User, DatabaseError> {
    Ok(User {
        id: row.try_get(0)?,
        email: row.try_get(1)?,
        hash: row.try_get(2)?,
        attempts: row.try_get(3)?,
        lock_until: row.try_get(4)?,
        created_at: row.try_get(5)?,
    })
}

const COLUMNS: &str = "SELECT id, email, hash, attempts, lock_until, created_at FROM users";

/// The users of one site.
pub(super) struct Users<'a> {
    pub sandbox: &'a Sandbox,
    pub site: &'a Site,
}

impl Users<'_> {
    /// Whether the database is simulated.
    pub fn simulated(&self) -> bool {
        self.sandbox.cluster().is_none()
    }

    /// One round trip.
    pub async fn ping(&self) -> Result<(), DatabaseError> {
        if self.simulated() {
            return self.alive();
        }
        self.rows("SELECT 1", &[]).await.map(|_| ())
    }

    pub async fn first(&self) -> Result<Option<User>, DatabaseError> {
        if self.simulated() {
            self.alive()?;
            return Ok(self.stored()?.first().map(User::from));
        }
        self.rows(&format!("{COLUMNS} ORDER BY id LIMIT 1"), &[])
            .await?
            .first()
            .map(user)
            .transpose()
    }

    pub async fn by_email(&self, email: &str) -> Result<Option<User>, DatabaseError> {
        if self.simulated() {
            self.alive()?;
            return Ok(self.stored()?.iter().find(|user| user.email == email).map(User::from));
        }
        let rows = self
            .rows(&format!("{COLUMNS} WHERE email = $1"), &[(&email, Type::TEXT)])
            .await?;
        rows.first().map(user).transpose()
    }

    pub async fn by_id(&self, id: i32) -> Result<Option<User>, DatabaseError> {
        if self.simulated() {
            self.alive()?;
            return Ok(self.stored()?.iter().find(|user| user.id == id).map(User::from));
        }
        let rows = self
            .rows(&format!("{COLUMNS} WHERE id = $1"), &[(&id, Type::INT4)])
            .await?;
        rows.first().map(user).transpose()
    }

    /// Makes the first user, and the first only: an advisory lock keeps a second caller out, here or in another process.
    pub async fn register(&self, email: &str, hash: &str) -> Result<Registration, DatabaseError> {
        let Some(cluster) = self.sandbox.cluster() else {
            return self.register_simulated(email, hash);
        };
        let connections = &self.sandbox.inner.connections;
        let mut turn = connections
            .turn(cluster, &self.site.project, &self.site.database_uri)
            .await?;
        let open = turn.as_mut().ok_or(DatabaseError::Closed)?;
        let transaction = open.client.transaction().await?;
        let free: bool = transaction
            .query_typed_one("SELECT pg_try_advisory_xact_lock(3717)", &[])
            .await?
            .try_get(0)?;
        if !free {
            return Ok(Registration::Busy);
        }
        let taken: bool = transaction
            .query_typed_one("SELECT EXISTS (SELECT 1 FROM users)", &[])
            .await?
            .try_get(0)?;
        if taken {
            return Ok(Registration::Taken);
        }
        let insert = "INSERT INTO users (email, hash, created_at) VALUES ($1, $2, $3) \
            RETURNING id, email, hash, attempts, lock_until, created_at";
        let values: [(&(dyn tokio_postgres::types::ToSql + Sync), Type); 3] =
            [(&email, Type::TEXT), (&hash, Type::TEXT), (&now(), Type::INT8)];
        let made = user(&transaction.query_typed_one(insert, &values).await?)?;
        transaction.commit().await?;
        Ok(Registration::Done(made))
    }

    /// After a right password the count starts anew; after the fifth wrong one the user is locked for ten minutes.
    pub async fn note_login(&self, user: &User, right: bool) -> Result<(), DatabaseError> {
        let attempts = if right { 0 } else { user.attempts + 1 };
        let (attempts, lock_until) = if attempts >= TRIES {
            (0, now() + LOCKED_MILLIS)
        } else {
            (attempts, 0)
        };
        if right && user.attempts == 0 && user.lock_until == 0 {
            return Ok(());
        }
        if self.simulated() {
            let database = self.database()?;
            let mut world = self.sandbox.world();
            let mut users = world.users.get(&database).cloned().unwrap_or_default();
            for stored in users.iter_mut().filter(|stored| stored.id == user.id) {
                stored.attempts = attempts;
                stored.lock_until = lock_until;
            }
            return Ok(world.put_users(&database, users)?);
        }
        let update = "UPDATE users SET attempts = $1, lock_until = $2 WHERE id = $3";
        self.rows(
            update,
            &[
                (&attempts, Type::INT4),
                (&lock_until, Type::INT8),
                (&user.id, Type::INT4),
            ],
        )
        .await?;
        Ok(())
    }

    /// Tells the inventory who the first admin is.
    pub fn note_admin(&self, email: &str) -> Result<(), DatabaseError> {
        let database = self.database()?;
        Ok(self.sandbox.world().put_admin(&database, email)?)
    }

    pub fn locked(user: &User) -> bool {
        user.lock_until > now()
    }

    fn database(&self) -> Result<String, DatabaseError> {
        Ok(Account::parse(&self.site.database_uri)?.database)
    }

    async fn rows(
        &self,
        statement: &str,
        values: &[(&(dyn tokio_postgres::types::ToSql + Sync), Type)],
    ) -> Result<Vec<Row>, DatabaseError> {
        let cluster = self.sandbox.cluster().ok_or(DatabaseError::Closed)?;
        let connections = &self.sandbox.inner.connections;
        for last in [false, true] {
            let mut turn = connections
                .turn(cluster, &self.site.project, &self.site.database_uri)
                .await?;
            let open = turn.as_mut().ok_or(DatabaseError::Closed)?;
            match open.client.query_typed(statement, values).await {
                // The server may have ended the connection since it was last used.
                Err(error)
                    if !last && (error.is_closed() || open.client.is_closed() || error.code().is_some_and(ended)) =>
                {
                    *turn = None;
                }
                outcome => return Ok(outcome?),
            }
        }
        Err(DatabaseError::Closed)
    }

    fn alive(&self) -> Result<(), DatabaseError> {
        let database = self.database()?;
        let world = self.sandbox.world();
        let services = world
            .railway
            .values()
            .filter(|project| project.deleted_at.is_none())
            .flat_map(|project| &project.services);
        let mut serving = services.filter(|service| {
            service
                .postgres
                .as_ref()
                .is_some_and(|postgres| postgres.database == database)
                && service.deployments.last().is_some_and(|deployment| !deployment.removed)
        });
        serving.next().map(|_| ()).ok_or(DatabaseError::Closed)
    }

    fn stored(&self) -> Result<Vec<SimulatedUser>, DatabaseError> {
        let database = self.database()?;
        Ok(self.sandbox.world().users.get(&database).cloned().unwrap_or_default())
    }

    fn register_simulated(&self, email: &str, hash: &str) -> Result<Registration, DatabaseError> {
        self.alive()?;
        let database = self.database()?;
        let mut world = self.sandbox.world();
        if world.users.get(&database).is_some_and(|users| !users.is_empty()) {
            return Ok(Registration::Taken);
        }
        let made = SimulatedUser {
            id: 1,
            email: email.to_owned(),
            hash: hash.to_owned(),
            attempts: 0,
            lock_until: 0,
            created_at: now(),
        };
        let shown = User::from(&made);
        world.put_users(&database, vec![made])?;
        Ok(Registration::Done(shown))
    }
}

/// The server closed the connection: an admin's command, or a shutdown.
fn ended(state: &tokio_postgres::error::SqlState) -> bool {
    use tokio_postgres::error::SqlState;
    [
        SqlState::ADMIN_SHUTDOWN,
        SqlState::CRASH_SHUTDOWN,
        SqlState::IDLE_SESSION_TIMEOUT,
    ]
    .contains(state)
}
