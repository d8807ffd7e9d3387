//! The outside world of Tenantry as one loopback HTTP server: **a stand-in**, not the real thing.
//!
//! It speaks the HTTP APIs of Vercel, Railway and GitHub in the shapes the real services answer (facts and their grade in
//! `contracts/` and README.md), takes in what is sent to Slack, PagerDuty, Twilio, webhooks and by mail, and hosts the
//! sites it "deploys", each with the environment its deployment was made with and its client's own PostgreSQL database.
//! What it cannot do like the real services is listed in README.md.
//!
//! **Invariant:** an effect is on disk before its answer (with [`Options::data`]); a SIGKILL loses nothing that was told.
//! **Invariant:** no port is stored: addresses are composed when they are read.
//! **Invariant:** a call, once its effect has begun, goes on to its end even when the caller hangs up.
//! **Invariant:** `/_sandbox/calls` and the log never hold a token, a password or the value of a variable.

mod calls;
mod chance;
mod clock;
mod control;
mod faults;
mod gate;
mod github;
mod inbox;
mod journal;
mod pace;
mod postgres;
mod railway;
mod service;
mod site;
mod vercel;
mod world;

use std::{
    collections::BTreeMap,
    path::PathBuf,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use crate::{
    calls::Calls, faults::Faults, journal::Journal, pace::Pace, postgres::Cluster, railway::contract::Contract,
    service::Service, site::connections::Connections, world::World,
};

/// How a sandbox is opened.
#[derive(Clone)]
pub struct Options {
    /// Directory of the state; `None` keeps it in memory only.
    pub data: Option<PathBuf>,
    /// Deployments and databases take minutes, as the real ones do, and not milliseconds.
    pub realistic: bool,
    /// What stands behind a client's database.
    pub databases: Databases,
}

/// What stands behind a client's database.
#[derive(Clone)]
pub enum Databases {
    /// A PostgreSQL cluster; `admin_url` is that of a role that may create roles and databases.
    Postgres {
        /// `postgresql://user:password@host:port/database`
        admin_url: String,
    },
    /// Nothing: users live in the sandbox, and `/api/health` of a site says `"simulated":true`.
    Simulated,
}

/// A mail that was handed over for delivery; it ends in the inbox.
#[derive(Clone)]
pub struct Mail {
    /// Address of the recipient.
    pub to: String,
    /// Subject line.
    pub subject: String,
    /// Text of the mail.
    pub body: String,
}

/// On the answer of a site that is `down`: whoever holds the TCP connection should drop it instead of answering.
///
/// The body of such an answer fails at its first byte, so a server that knows nothing of this extension drops the
/// connection too.
#[derive(Clone, Copy, Debug)]
pub struct ConnectionRefused;

/// Why a sandbox cannot be opened, or could not keep something.
#[derive(Debug, thiserror::Error)]
pub enum SandboxError {
    /// The data directory cannot be made.
    #[error("the sandbox cannot use the directory {path}")]
    Directory {
        /// The directory.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// SQLite refused.
    #[error("the sandbox cannot read or write its file")]
    File(#[from] rusqlite::Error),
    /// A row is not what this version wrote.
    #[error("the sandbox does not understand a row of its file")]
    Row(#[from] serde_json::Error),
    /// PostgreSQL refused or cannot be reached.
    #[error("the sandbox cannot work with its PostgreSQL cluster")]
    Postgres(#[from] tokio_postgres::Error),
    /// The admin URL lacks a part.
    #[error("the admin URL of the PostgreSQL cluster names no {0}")]
    AdminUrl(&'static str),
}

/// The outside world. Clones share it.
#[derive(Clone)]
pub struct Sandbox {
    inner: Arc<Inner>,
}

struct Inner {
    world: Mutex<World>,
    faults: Mutex<Faults>,
    calls: Mutex<Calls>,
    cluster: Option<Cluster>,
    connections: Connections,
    contract: Contract,
    pace: Pace,
}

impl Sandbox {
    /// Opens the world as it was left, and ends what a kill cut off.
    ///
    /// # Errors
    /// The directory, the file or the PostgreSQL cluster cannot be used.
    pub async fn open(options: Options) -> Result<Sandbox, SandboxError> {
        let world = World::open(Journal::open(options.data.as_deref())?)?;
        let cluster = match options.databases {
            Databases::Postgres { admin_url } => Some(Cluster::connect(&admin_url).await?),
            Databases::Simulated => None,
        };
        let inner = Inner {
            world: Mutex::new(world),
            faults: Mutex::default(),
            calls: Mutex::default(),
            cluster,
            connections: Connections::default(),
            contract: Contract::default(),
            pace: if options.realistic { Pace::Realistic } else { Pace::Fast },
        };
        let sandbox = Sandbox { inner: Arc::new(inner) };
        railway::databases::finish_what_was_cut_off(&sandbox).await?;
        Ok(sandbox)
    }

    /// Name of each outside service and the path under which [`Sandbox::router`] answers for it.
    pub fn services(&self) -> BTreeMap<String, String> {
        Service::ALL
            .iter()
            .filter_map(|service| {
                service
                    .prefix()
                    .map(|prefix| (service.name().to_owned(), prefix.to_owned()))
            })
            .collect()
    }

    /// All providers, and the control paths under `/_sandbox`.
    pub fn router(&self) -> axum::Router {
        axum::Router::new()
            .nest("/vercel", vercel::router(self))
            .nest("/railway", railway::router(self))
            .nest("/github", github::router(self))
            .merge(inbox::router(self))
            .nest("/_sandbox", control::router(self))
    }

    /// The hosted sites, chosen by the Host header.
    pub fn sites(&self) -> axum::Router {
        site::router(self)
    }

    /// Takes in a mail that was sent through SES.
    pub fn record_mail(&self, mail: Mail) {
        let message = inbox::Message::new("email", mail.to, mail.body).with_subject(mail.subject);
        if let Err(error) = self.world().receive(message) {
            tracing::error!(
                error = &error as &dyn std::error::Error,
                "A mail did not reach the sandbox's inbox"
            );
        }
    }

    fn world(&self) -> MutexGuard<'_, World> {
        self.inner.world.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn faults(&self) -> MutexGuard<'_, Faults> {
        self.inner.faults.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn calls(&self) -> MutexGuard<'_, Calls> {
        self.inner.calls.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn pace(&self) -> Pace {
        self.inner.pace
    }

    fn cluster(&self) -> Option<&Cluster> {
        self.inner.cluster.as_ref()
    }
}
