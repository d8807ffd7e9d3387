//! The PostgreSQL cluster behind the simulated Railway: one database and one role per service "Postgres".

use std::{
    str::FromStr as _,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use tokio::sync::Semaphore;
use tokio_postgres::{Client, Config, NoTls, config::Host, error::SqlState};

use crate::SandboxError;

/// Few: CREATE DATABASE is bound by the disk, and every connection costs the cluster memory.
const ADMINS: usize = 3;
const TRIES: u64 = 5;

/// A cluster and a small pool of connections as its admin.
pub(crate) struct Cluster {
    admin: Config,
    host: String,
    port: u16,
    permits: Semaphore,
    idle: Mutex<Vec<Client>>,
}

/// Opens a connection and drives it in a task of its own until it ends.
pub(crate) async fn connect(config: &Config) -> Result<Client, tokio_postgres::Error> {
    let (client, connection) = config.connect(NoTls).await?;
    tokio::spawn(async move {
        // A connection that ends is opened again by the next call; there is nobody to tell.
        let _ended = connection.await;
    });
    Ok(client)
}

impl Cluster {
    pub async fn connect(admin_url: &str) -> Result<Cluster, SandboxError> {
        let mut admin = Config::from_str(admin_url)?;
        admin
            .connect_timeout(Duration::from_secs(5))
            .application_name("sandbox");
        let host = match admin.get_hosts().first() {
            Some(Host::Tcp(host)) => host.clone(),
            _ => return Err(SandboxError::AdminUrl("TCP host")),
        };
        let port = admin.get_ports().first().copied().unwrap_or(5432);
        let client = connect(&admin).await?;
        let permits = Semaphore::new(ADMINS);
        Ok(Cluster {
            admin,
            host,
            port,
            permits,
            idle: Mutex::new(vec![client]),
        })
    }

    /// Host and port at which the cluster answers now.
    pub fn address(&self) -> (&str, u16) {
        (&self.host, self.port)
    }

    /// The cluster as the owner of a database sees it.
    pub fn config(&self, user: &str, password: &[u8], database: &str) -> Config {
        let mut config = Config::new();
        config
            .host(&self.host)
            .port(self.port)
            .user(user)
            .password(password)
            .dbname(database)
            .application_name("stand-in site")
            .connect_timeout(Duration::from_secs(3));
        config
    }

    /// Makes role and database; what is already there stays. Names are the sandbox's own, the password is anybody's.
    pub async fn create(&self, database: &str, role: &str, password: &str) -> Result<(), SandboxError> {
        let password = password.replace('\'', "''");
        let role_now = self
            .run(
                &format!("CREATE ROLE \"{role}\" LOGIN PASSWORD '{password}'"),
                &[SqlState::DUPLICATE_OBJECT],
            )
            .await?;
        if !role_now {
            self.run(&format!("ALTER ROLE \"{role}\" LOGIN PASSWORD '{password}'"), &[])
                .await?;
        }
        if !self.superuser().await? {
            // An admin that is not a superuser has to belong to a role before it gives that role a database.
            self.run(&format!("GRANT \"{role}\" TO CURRENT_USER"), &[]).await?;
        }
        // template0: nobody ever connects to it, so several databases can be made at once.
        self.run(
            &format!("CREATE DATABASE \"{database}\" OWNER \"{role}\" TEMPLATE template0 ENCODING 'UTF8'"),
            &[SqlState::DUPLICATE_DATABASE],
        )
        .await?;
        self.run(&format!("REVOKE ALL ON DATABASE \"{database}\" FROM PUBLIC"), &[])
            .await?;
        Ok(())
    }

    /// Ends the connections and drops database and role; what is already gone stays gone.
    pub async fn drop(&self, database: &str, role: &str) -> Result<(), SandboxError> {
        self.run(&format!("DROP DATABASE IF EXISTS \"{database}\" WITH (FORCE)"), &[])
            .await?;
        self.run(&format!("DROP ROLE IF EXISTS \"{role}\""), &[]).await?;
        Ok(())
    }

    /// A stopped service lets nobody in; its data stay.
    pub async fn set_login(&self, role: &str, login: bool) -> Result<(), SandboxError> {
        let word = if login { "LOGIN" } else { "NOLOGIN" };
        self.run(&format!("ALTER ROLE \"{role}\" {word}"), &[]).await?;
        if !login {
            let end = format!("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = '{role}'");
            self.run(&end, &[]).await?;
        }
        Ok(())
    }

    async fn superuser(&self) -> Result<bool, SandboxError> {
        let _permit = self.permits.acquire().await;
        let client = self.client().await?;
        let superuser: bool = client
            .query_one("SELECT rolsuper FROM pg_roles WHERE rolname = current_user", &[])
            .await?
            .get(0);
        self.give_back(client);
        Ok(superuser)
    }

    /// Runs one statement; false when it failed with a state that says it was done before.
    async fn run(&self, statement: &str, done_before: &[SqlState]) -> Result<bool, SandboxError> {
        // Held over the tries: waiting elsewhere would only move the crowd.
        let _permit = self.permits.acquire().await;
        let mut tries = 0;
        loop {
            let client = self.client().await?;
            let outcome = client.batch_execute(statement).await;
            let closed = client.is_closed();
            if !closed {
                self.give_back(client);
            }
            let Err(error) = outcome else { return Ok(true) };
            tries += 1;
            let passing = closed
                || error.code().is_some_and(|state| {
                    // "tuple concurrently updated" has no state of its own.
                    [
                        SqlState::OBJECT_IN_USE,
                        SqlState::INTERNAL_ERROR,
                        SqlState::UNIQUE_VIOLATION,
                    ]
                    .contains(state)
                });
            match error.code() {
                Some(state) if done_before.contains(state) => return Ok(false),
                _ if passing && tries < TRIES => tokio::time::sleep(Duration::from_millis(20 << tries)).await,
                _ => return Err(error.into()),
            }
        }
    }

    async fn client(&self) -> Result<Client, tokio_postgres::Error> {
        let idle = || self.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
        while let Some(client) = idle() {
            if !client.is_closed() {
                return Ok(client);
            }
        }
        connect(&self.admin).await
    }

    fn give_back(&self, client: Client) {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner).push(client);
    }
}
