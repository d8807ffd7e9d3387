//! What every handler works with: made once at the cold start.

use std::{sync::Arc, time::Duration};

use domain::start::{Grace, Request};
use domain::{Addresses, AuditEntry, Client, ClientId, ClientView, Clock, DatabaseProvider, Entropy, Error};
use runtime::{Caller, Context, SettingsError};
use serde_json::Value;
use store::{Directory, Observations, Queues, Secrets, Store};

use crate::limits::Limits;

/// Stores, sources and settings; cheap to clone.
#[derive(Clone)]
pub struct State {
    /// The records.
    pub store: Store,
    /// The queues.
    pub queues: Queues,
    /// The clients' secrets.
    pub secrets: Secrets,
    /// All clients in memory, for lists.
    pub directory: Arc<Directory>,
    /// What the monitor saw.
    pub observations: Arc<Observations>,
    /// Where sites are to be found.
    pub addresses: Arc<Addresses>,
    /// The clock.
    pub clock: Arc<dyn Clock>,
    /// The source of chance.
    pub entropy: Arc<dyn Entropy>,
    /// Who holds the databases of new clients.
    pub database_provider: DatabaseProvider,
    /// How long an operation may take.
    pub deadline: Duration,
    /// How long a delete can be called back.
    pub grace: Grace,
    /// How many clients there may be, and what they may cost.
    pub limits: Limits,
}

impl State {
    /// Reads the settings and makes the clients.
    ///
    /// # Errors
    /// A variable is missing or cannot be read.
    pub fn new(context: &Context) -> Result<Self, SettingsError> {
        let settings = context.settings();
        let store = context.store();
        let observations = Arc::new(Observations::new(store.clone(), context.clock()));
        Ok(Self {
            directory: Arc::new(Directory::with(store.clone(), Arc::clone(&observations))),
            observations,
            store,
            queues: context.queues(),
            secrets: context.secrets()?,
            addresses: Arc::new(Addresses {
                site_url: settings.text("SITE_URL")?,
            }),
            clock: context.clock(),
            entropy: context.entropy(),
            database_provider: settings.parsed("DATABASE_PROVIDER", "railway")?,
            deadline: Duration::from_secs(settings.parsed("OPERATION_DEADLINE_SECONDS", "a number of seconds")?),
            limits: Limits::read(settings)?,
            grace: Grace {
                lasts: settings
                    .parsed("DELETE_GRACE_SECONDS", "a number of seconds")
                    .map(Duration::from_secs)?,
                monthly_cost_cents: settings.parsed("DATABASE_COST_CENTS", "a number of cents")?,
            },
        })
    }

    /// A client as callers see it.
    pub fn view(&self, client: Client) -> ClientView {
        ClientView::new(client, &self.addresses)
    }

    /// Who asks for an operation, and how long it may take.
    pub fn request<'a>(&self, caller: &'a Caller) -> Request<'a> {
        Request {
            requested_by: &caller.principal.name,
            request_id: &caller.request_id,
            deadline: self.deadline,
        }
    }

    /// The audit's entry about what a caller does to a client.
    pub fn audit(&self, caller: &Caller, client: &ClientId, action: &str, before: Value, after: Value) -> AuditEntry {
        let sources = (&*self.clock, &*self.entropy);
        caller.audit(sources, client.to_string(), action.to_owned(), before, after)
    }

    /// A client as it is now and as the monitor saw it last, put into the directory, so that this function's lists show its own writes at once.
    ///
    /// # Errors
    /// There is none, or DynamoDB fails.
    pub async fn fresh(&self, id: &ClientId) -> Result<Client, Error> {
        let mut client = self.store.existing_client(id).await?;
        self.directory.learn(&client).await;
        // What was asked for is done: that nobody could say how the site is must not turn the answer into a failure.
        if let Err(error) = self.observations.apply(&mut client).await {
            tracing::warn!(error = %error.chain(), "a client is answered without what the monitor saw");
        }
        Ok(client)
    }
}
