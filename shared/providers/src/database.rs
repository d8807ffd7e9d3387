//! Which provider holds a client's database. One closed choice; what a provider must do is the same for each.

use std::time::Duration;

use secrecy::SecretString;

use crate::{ClientMark, Marked, Presence, ProviderError, railway::Railway};

/// The provider of databases.
#[derive(Clone)]
pub enum Databases {
    /// A Railway project for each client.
    Railway(Railway),
}

/// The database that a client should have.
pub struct DatabaseIntent<'a> {
    /// Its name at the provider, a function of the client: `client-acme-a1b2c3`.
    pub name: &'a str,
    /// Whose it is.
    pub mark: &'a ClientMark,
    /// Chosen and stored by us beforehand, so that no lost answer can lose it.
    pub password: &'a SecretString,
    /// What [`DatabaseState::Pending`] last said of the work that is under way. `None` when nothing was said, or what was
    /// said was lost: then whatever may be under way is given time to show itself before it is begun again.
    pub workflow_id: Option<&'a str>,
}

/// How far a database is.
pub enum DatabaseState {
    /// It accepts connections.
    Ready {
        /// Its id at the provider.
        external_id: String,
        /// `postgresql://…` with the password in it.
        url: SecretString,
    },
    /// It is being made.
    Pending {
        /// Its id at the provider, as soon as there is one.
        external_id: Option<String>,
        /// The work that is under way at the provider: to be remembered, and told the next call.
        workflow_id: Option<String>,
        /// When a look is worth while at the earliest. Railway's own clients look every second; longer waits scale with the
        /// time that has passed.
        again_in: Duration,
    },
}

/// How far a removal is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Removal {
    /// The provider does not list it any more.
    Gone,
    /// It still does.
    Pending {
        /// When a look is worth while at the earliest.
        again_in: Duration,
    },
}

impl Databases {
    /// The provider's name, as in the ledger.
    #[must_use]
    pub const fn provider(&self) -> &'static str {
        match self {
            Self::Railway(_) => "railway",
        }
    }

    /// Brings the database about as far as it goes without waiting. Needs nothing but name and mark to go on where an earlier
    /// call stopped; repeating it changes nothing. With the workflow's id it goes on sooner: without, it cannot tell a
    /// database that was never asked for from one that is not listed yet.
    ///
    /// # Errors
    /// Whatever the provider refuses; `BuildFailed` when its server could not be made or did not start.
    pub async fn ensure(&self, intent: &DatabaseIntent<'_>) -> Result<DatabaseState, ProviderError> {
        match self {
            Self::Railway(railway) => railway.ensure(intent).await,
        }
    }

    /// Removes every database with this name and mark, and the one with this id when it carries the mark. `Gone` is proven by
    /// a look-up after the removal.
    ///
    /// # Errors
    /// Whatever the provider refuses; `Foreign` when `external_id` exists without our mark.
    pub async fn remove(
        &self,
        name: &str,
        mark: &ClientMark,
        external_id: Option<&str>,
    ) -> Result<Removal, ProviderError> {
        match self {
            Self::Railway(railway) => railway.remove(name, mark, external_id).await,
        }
    }

    /// Is there a database with this name and mark?
    ///
    /// # Errors
    /// The provider cannot be asked.
    pub async fn exists(&self, name: &str, mark: &ClientMark) -> Result<bool, ProviderError> {
        match self {
            Self::Railway(railway) => railway.exists(name, mark).await,
        }
    }

    /// Every database that bears our mark, for whichever client. All pages or an error; nothing of what bears none.
    ///
    /// # Errors
    /// The provider cannot be asked, or its list does not come to its end.
    pub async fn own_databases(&self) -> Result<Vec<Marked>, ProviderError> {
        match self {
            Self::Railway(railway) => railway.own().await,
        }
    }

    /// Is the database with this id there, and does it bear this client's mark? To be asked right after
    /// [`Self::own_databases`] has worked: Railway says "not authorized" of what is not there.
    ///
    /// # Errors
    /// The provider cannot be asked.
    pub async fn presence(&self, external_id: &str, mark: &ClientMark) -> Result<Presence, ProviderError> {
        match self {
            Self::Railway(railway) => railway.presence(external_id, mark).await,
        }
    }
}
