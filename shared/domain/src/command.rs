//! What can be asked of a client, by whom and in which state: the one table behind the API's 403 and 409 answers.

use serde::Serialize;
use utoipa::ToSchema;

use crate::{ClientStatus, Code, Error, IllegalTransition, OperationId, OperationKind, Permission};

/// Something a caller can ask of a client or of its operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Command {
    /// Record a new client and bring it up.
    Create,
    /// Change its record.
    Change,
    /// Change plan and billing only.
    ChangeBilling,
    /// Change what is deployed, and deploy it.
    Update,
    /// Deploy a commit anew.
    Redeploy,
    /// Put an earlier deployment live again.
    Rollback,
    /// Take the site off the air.
    Suspend,
    /// Put it back on the air.
    Activate,
    /// Take it down.
    Delete,
    /// Take it down without the days of grace.
    DeleteNow,
    /// Call a delete back within its days of grace.
    Restore,
    /// Try its last operation again.
    Retry,
    /// Call its running operation off.
    Cancel,
}

impl Command {
    /// All of them.
    pub const ALL: [Self; 13] = [
        Self::Create,
        Self::Change,
        Self::ChangeBilling,
        Self::Update,
        Self::Redeploy,
        Self::Rollback,
        Self::Suspend,
        Self::Activate,
        Self::Delete,
        Self::DeleteNow,
        Self::Restore,
        Self::Retry,
        Self::Cancel,
    ];

    /// The name, as in JSON.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Create => "create",
            Self::Change => "change",
            Self::ChangeBilling => "change_billing",
            Self::Update => "update",
            Self::Redeploy => "redeploy",
            Self::Rollback => "rollback",
            Self::Suspend => "suspend",
            Self::Activate => "activate",
            Self::Delete => "delete",
            Self::DeleteNow => "delete_now",
            Self::Restore => "restore",
            Self::Retry => "retry",
            Self::Cancel => "cancel",
        }
    }

    /// What the caller's role must carry.
    #[must_use]
    pub const fn permission(self) -> Permission {
        match self {
            Self::Create => Permission::Create,
            Self::Change | Self::Update => Permission::ChangeSettings,
            Self::ChangeBilling => Permission::ChangeBilling,
            Self::Redeploy
            | Self::Rollback
            | Self::Suspend
            | Self::Activate
            | Self::Restore
            | Self::Retry
            | Self::Cancel => Permission::Operate,
            Self::Delete => Permission::Delete,
            Self::DeleteNow => Permission::DeleteNow,
        }
    }

    /// Is it allowed for a client in this state? (`Create` has none before it.)
    #[must_use]
    pub const fn allowed_in(self, status: ClientStatus) -> bool {
        use ClientStatus as S;
        match self {
            Self::Create => false,
            Self::Change | Self::ChangeBilling => !matches!(status, S::Deleted | S::Deleting),
            Self::Update | Self::Redeploy | Self::Rollback | Self::Suspend => matches!(status, S::Active),
            Self::Activate => matches!(status, S::Suspended),
            // A delete of what is being deleted or gone answers the operation that does or did it.
            Self::Delete | Self::DeleteNow => true,
            Self::Restore => matches!(status, S::Deleting),
            // Whether there is something to try again or to call off, the client's operation says.
            Self::Retry => matches!(status, S::Active | S::Suspended | S::Failed | S::Blocked),
            Self::Cancel => !matches!(status, S::Deleted | S::Deleting),
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
        Err(Error::new(
            Code::WrongState,
            format!(
                "The client is {}; {} is not possible. {}",
                status.name(),
                self.name(),
                Self::possible_in(status)
            ),
        ))
    }

    /// The sentence that names what is possible in a state.
    #[must_use]
    pub fn possible_in(status: ClientStatus) -> String {
        let names: Vec<&str> = Self::ALL
            .into_iter()
            .filter(|command| command.allowed_in(status))
            .map(Self::name)
            .collect();
        format!("Possible: {}.", names.join(", "))
    }

    /// The refusal while another operation has the client.
    #[must_use]
    pub fn refused_while_running(self, kind: OperationKind, running: &OperationId) -> Error {
        Error::new(
            Code::OperationRunning,
            format!(
                "The client's {} operation {running} is running; {} has to wait for its end. Possible: cancel, delete.",
                kind.name(),
                self.name()
            ),
        )
    }
}

/// What happens to a client.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ClientEvent {
    /// Its database is being made.
    ProvisionDatabase,
    /// Its site is being deployed.
    Deploy,
    /// Its site is live.
    Activate,
    /// Its site is off the air.
    Suspend,
    /// Coming up failed and all is taken down.
    Fail,
    /// Coming up is tried again.
    Retry,
    /// Something could not be taken down or put back.
    Block,
    /// It is to be taken down.
    Delete,
    /// Nothing of it is left.
    Vanish,
}

impl ClientEvent {
    /// All of them.
    pub const ALL: [Self; 9] = [
        Self::ProvisionDatabase,
        Self::Deploy,
        Self::Activate,
        Self::Suspend,
        Self::Fail,
        Self::Retry,
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
            // A live site is deployed anew while it serves.
            (Self::Provisioning | Self::Deploying | Self::Active, E::Deploy) => Ok(Self::Deploying),
            // Live again: after a pause, after a delete that was called back, after a mend.
            (Self::Deploying | Self::Active | Self::Suspended | Self::Deleting | Self::Blocked, E::Activate) => {
                Ok(Self::Active)
            }
            (Self::Active | Self::Suspended | Self::Deleting | Self::Blocked, E::Suspend) => Ok(Self::Suspended),
            (Self::Pending | Self::Provisioning | Self::Deploying | Self::Blocked, E::Fail) => Ok(Self::Failed),
            (Self::Failed, E::Retry) => Ok(Self::Pending),
            (
                Self::Pending
                | Self::Provisioning
                | Self::Deploying
                | Self::Active
                | Self::Suspended
                | Self::Deleting
                | Self::Blocked,
                E::Block,
            ) => Ok(Self::Blocked),
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
            (Self::Pending, E::Deploy | E::Activate | E::Suspend | E::Retry | E::Vanish)
            | (Self::Provisioning, E::Activate | E::Suspend | E::Retry | E::Vanish)
            | (Self::Deploying, E::ProvisionDatabase | E::Suspend | E::Retry | E::Vanish)
            | (Self::Active, E::ProvisionDatabase | E::Fail | E::Retry | E::Vanish)
            | (
                Self::Failed,
                E::ProvisionDatabase | E::Deploy | E::Activate | E::Suspend | E::Fail | E::Block | E::Vanish,
            )
            | (Self::Suspended, E::ProvisionDatabase | E::Deploy | E::Fail | E::Retry | E::Vanish)
            | (Self::Blocked, E::ProvisionDatabase | E::Deploy | E::Retry | E::Vanish)
            | (Self::Deleting, E::ProvisionDatabase | E::Deploy | E::Fail | E::Retry)
            | (Self::Deleted, _) => Err(IllegalTransition),
        }
    }
}
