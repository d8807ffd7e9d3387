//! What can be asked of a client, by whom and in which state: the one table behind the API's 403 and 409 answers.

use crate::{ClientStatus, Code, Error, IllegalTransition, Permission};

/// Something a caller can ask of a client.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Command {
    /// Record a new client and bring it up.
    Create,
    /// Change its record.
    Change,
    /// Change plan and billing only.
    ChangeBilling,
    /// Take it down.
    Delete,
}

impl Command {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Create, Self::Change, Self::ChangeBilling, Self::Delete];

    /// The name, as in JSON.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Create => "create",
            Self::Change => "change",
            Self::ChangeBilling => "change_billing",
            Self::Delete => "delete",
        }
    }

    /// What the caller's role must carry.
    #[must_use]
    pub const fn permission(self) -> Permission {
        match self {
            Self::Create => Permission::Create,
            Self::Change => Permission::ChangeSettings,
            Self::ChangeBilling => Permission::ChangeBilling,
            Self::Delete => Permission::Delete,
        }
    }

    /// Is it allowed for a client in this state? (`Create` has none before it.)
    #[must_use]
    pub const fn allowed_in(self, status: ClientStatus) -> bool {
        use ClientStatus as S;
        match (self, status) {
            (Self::Create, _) | (Self::Change | Self::ChangeBilling, S::Deleted | S::Deleting) => false,
            (
                Self::Change | Self::ChangeBilling,
                S::Pending | S::Provisioning | S::Deploying | S::Active | S::Failed | S::Suspended | S::Blocked,
            )
            // A delete of what is being deleted or gone answers the operation that does or did it.
            | (Self::Delete, _) => true,
        }
    }

    /// Lets the command pass, or says why not and what could be done instead.
    ///
    /// # Errors
    /// It is not allowed in this state.
    pub fn check(self, status: ClientStatus) -> Result<(), Error> {
        if self.allowed_in(status) {
            return Ok(());
        }
        let others: Vec<&str> = Self::ALL
            .into_iter()
            .filter(|command| command.allowed_in(status))
            .map(Self::name)
            .collect();
        Err(Error::new(
            Code::WrongState,
            format!(
                "The client is {}; {} is not possible. Possible: {}.",
                status.name(),
                self.name(),
                others.join(", ")
            ),
        ))
    }
}

/// What happens to a client.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ClientEvent {
    /// Its database is being made.
    ProvisionDatabase,
    /// Its site is being deployed.
    Deploy,
    /// Its site is live.
    Activate,
    /// Coming up failed and all is taken down.
    Fail,
    /// Something could not be taken down.
    Block,
    /// It is to be taken down.
    Delete,
    /// Nothing of it is left.
    Vanish,
}

impl ClientEvent {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::ProvisionDatabase,
        Self::Deploy,
        Self::Activate,
        Self::Fail,
        Self::Block,
        Self::Delete,
        Self::Vanish,
    ];
}

impl ClientStatus {
    /// The status after an event.
    ///
    /// # Errors
    /// The event cannot happen in this status.
    pub const fn after(self, event: ClientEvent) -> Result<Self, IllegalTransition> {
        use ClientEvent as E;
        match (self, event) {
            (Self::Pending | Self::Provisioning, E::ProvisionDatabase) => Ok(Self::Provisioning),
            (Self::Provisioning | Self::Deploying, E::Deploy) => Ok(Self::Deploying),
            (Self::Deploying | Self::Active, E::Activate) => Ok(Self::Active),
            (Self::Pending | Self::Provisioning | Self::Deploying, E::Fail) => Ok(Self::Failed),
            (Self::Pending | Self::Provisioning | Self::Deploying | Self::Deleting, E::Block) => Ok(Self::Blocked),
            (
                Self::Pending
                | Self::Provisioning
                | Self::Deploying
                | Self::Active
                | Self::Failed
                | Self::Suspended
                | Self::Deleting
                | Self::Blocked,
                E::Delete,
            ) => Ok(Self::Deleting),
            (Self::Deleting, E::Vanish) => Ok(Self::Deleted),
            (Self::Pending, E::Deploy | E::Activate | E::Vanish)
            | (Self::Provisioning, E::Activate | E::Vanish)
            | (Self::Deploying, E::ProvisionDatabase | E::Vanish)
            | (
                Self::Active | Self::Failed | Self::Suspended | Self::Blocked | Self::Deleting,
                E::ProvisionDatabase | E::Deploy,
            )
            | (Self::Active | Self::Failed | Self::Suspended | Self::Blocked, E::Fail | E::Block | E::Vanish)
            | (Self::Failed | Self::Suspended | Self::Blocked | Self::Deleting, E::Activate)
            | (Self::Deleting, E::Fail)
            | (Self::Deleted, _) => Err(IllegalTransition),
        }
    }
}
