//! What every handler works with: made once at the cold start.

use std::{collections::HashMap, sync::Arc};

use domain::{
    AuditEntry, ClientId, Clock, DomainLabel, Entropy, Error, Name,
    monitoring::incident::{Incident, IncidentDetail},
};
use runtime::{Caller, Context};
use serde_json::Value;
use store::{Directory, Store, WindowRecord};

/// Three characters that say what it names, and a ULID; what is no id is not looked for.
const ID_LENGTH: usize = 29;

/// Stores and sources; cheap to clone.
#[derive(Clone)]
pub struct State {
    /// The records.
    pub store: Store,
    /// All clients in memory: what they are called.
    pub directory: Arc<Directory>,
    /// The clock.
    pub clock: Arc<dyn Clock>,
    /// The source of chance.
    pub entropy: Arc<dyn Entropy>,
}

impl State {
    /// Makes the clients.
    pub fn new(context: &Context) -> Self {
        let store = context.store();
        Self {
            directory: Arc::new(Directory::new(store.clone())),
            store,
            clock: context.clock(),
            entropy: context.entropy(),
        }
    }

    /// The incident that a path names, as it is kept beside the desk, and its revision.
    ///
    /// # Errors
    /// There is none, or DynamoDB fails.
    pub async fn kept(&self, id: &str) -> Result<(Incident, u64), Error> {
        let kept = match id.len() {
            ID_LENGTH => self.store.incident(id).await?,
            _ => None,
        };
        kept.ok_or_else(|| Error::not_found("incident", id))
    }

    /// The window that a path names.
    ///
    /// # Errors
    /// There is none, or DynamoDB fails.
    pub async fn window(&self, id: &str) -> Result<WindowRecord, Error> {
        let window = match id.len() {
            ID_LENGTH => self.store.window(id).await?,
            _ => None,
        };
        window.ok_or_else(|| Error::not_found("maintenance window", id))
    }

    /// An incident as it is shown, with what its clients are called now.
    ///
    /// # Errors
    /// DynamoDB fails.
    pub async fn detail(&self, incident: &Incident) -> Result<IncidentDetail, Error> {
        let named = self.directory.look(|clients| {
            let members = clients.filter(|client| incident.members.contains_key(&client.id));
            let named = members.map(|client| (client.id.clone(), (client.name.clone(), client.domain.clone())));
            named.collect::<HashMap<ClientId, (Name, DomainLabel)>>()
        });
        let named = named.await?;
        Ok(IncidentDetail::of(incident, |client| named.get(client).cloned()))
    }

    /// The audit's entry about what a caller does to an incident or a window.
    pub fn audit(&self, caller: &Caller, id: &str, action: &str, before: Value, after: Value) -> AuditEntry {
        let sources = (&*self.clock, &*self.entropy);
        caller.audit(sources, id.to_owned(), action.to_owned(), before, after)
    }
}
