//! Who may do what: roles, the callers that have them, and the keys they show.

use hmac::digest::Output;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;
use utoipa::ToSchema;

use crate::{Code, Entropy, Error, Instant, random_text};

/// What a caller may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Reads.
    Viewer,
    /// Reads everything, changes plan and billing.
    Billing,
    /// Reads and runs operations on existing clients.
    Operator,
    /// Also creates, deletes and changes settings.
    Admin,
    /// Also manages users and keys.
    Owner,
}

impl Role {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Viewer, Self::Billing, Self::Operator, Self::Admin, Self::Owner];

    /// The name, as in JSON.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Viewer => "viewer",
            Self::Billing => "billing",
            Self::Operator => "operator",
            Self::Admin => "admin",
            Self::Owner => "owner",
        }
    }

    /// Reads the name back.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.name() == name)
    }
}

/// Everything a caller can ask for that is guarded by a role.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Permission {
    /// Look at clients, operations, statistics.
    Read,
    /// Run an operation on a client that exists.
    Operate,
    /// Change what a client pays.
    ChangeBilling,
    /// Change a client's settings.
    ChangeSettings,
    /// Create or import clients.
    Create,
    /// Delete clients.
    Delete,
    /// Delete clients without the days of grace.
    DeleteNow,
    /// Change how alerts reach people.
    ManageChannels,
    /// Manage keys.
    ManageKeys,
}

impl Permission {
    /// All of them.
    pub const ALL: [Self; 9] = [
        Self::Read,
        Self::Operate,
        Self::ChangeBilling,
        Self::ChangeSettings,
        Self::Create,
        Self::Delete,
        Self::DeleteNow,
        Self::ManageChannels,
        Self::ManageKeys,
    ];

    /// The role x permission table.
    #[must_use]
    pub const fn granted_to(self, role: Role) -> bool {
        match (self, role) {
            (Self::Read, _) | (_, Role::Owner) => true,
            (Self::Operate, Role::Operator | Role::Admin) => true,
            (Self::ChangeBilling, Role::Billing | Role::Admin) => true,
            (Self::ChangeSettings | Self::Create | Self::Delete | Self::ManageChannels, Role::Admin) => true,
            (Self::Operate, Role::Viewer | Role::Billing)
            | (Self::ChangeBilling, Role::Viewer | Role::Operator)
            | (
                Self::ChangeSettings | Self::Create | Self::Delete | Self::ManageChannels,
                Role::Viewer | Role::Billing | Role::Operator,
            )
            | (Self::DeleteNow | Self::ManageKeys, Role::Viewer | Role::Billing | Role::Operator | Role::Admin) => {
                false
            }
        }
    }

    /// What it allows, to follow "may not".
    const fn verb(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Operate => "run operations",
            Self::ChangeBilling => "change plan and billing",
            Self::ChangeSettings => "change a client's settings",
            Self::Create => "create clients",
            Self::Delete => "delete clients",
            Self::DeleteNow => "delete clients without the days of grace",
            Self::ManageChannels => "change how alerts reach people",
            Self::ManageKeys => "manage keys",
        }
    }
}

/// A caller who has been let in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Principal {
    /// Who: `key:<id>`.
    pub name: String,
    /// What they may do.
    pub role: Role,
}

impl Principal {
    /// Lets the caller pass or says what is missing.
    ///
    /// # Errors
    /// The role does not carry the permission.
    pub fn may(&self, permission: Permission) -> Result<(), Error> {
        if permission.granted_to(self.role) {
            return Ok(());
        }
        let able: Vec<&str> = Role::ALL
            .into_iter()
            .filter(|role| permission.granted_to(*role))
            .map(Role::name)
            .collect();
        Err(Error::new(
            Code::Forbidden,
            format!(
                "A {} may not {}. Use a key with the role {}.",
                self.role.name(),
                permission.verb(),
                able.join(" or ")
            ),
        ))
    }
}

/// What is kept of an API key: never the key.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct KeyRecord {
    /// Names the key in lists and in the audit; the head of its hash.
    pub id: String,
    /// SHA-256 of the key, hexadecimal. The key has 256 random bits, so a slow hash would add nothing.
    pub hash: String,
    /// What it is for.
    pub name: String,
    /// What it allows.
    pub role: Role,
    /// When it was made.
    pub created_at: Instant,
    /// When it last opened a door, to the minute.
    pub last_used_at: Option<Instant>,
    /// When it was withdrawn.
    pub revoked_at: Option<Instant>,
}

/// An API key as its holder shows it: `tnt_` and 43 characters (256 bits).
pub struct ApiKey(SecretString);

/// Characters of a key after its prefix: 62^43 is just over 2^256.
const KEY_LENGTH: usize = 43;

impl ApiKey {
    /// Makes a new one.
    pub fn generate(entropy: &dyn Entropy) -> Self {
        Self::from_secret_part(&random_text(entropy, KEY_LENGTH))
    }

    /// Puts the prefix before a secret part that was generated elsewhere (by CloudFormation, for the first key).
    #[must_use]
    pub fn from_secret_part(secret: &str) -> Self {
        Self(format!("tnt_{secret}").into())
    }

    /// Reads the `Authorization` header; `None` when it is not a bearer token of ours.
    #[must_use]
    pub fn from_authorization(header: &str) -> Option<Self> {
        let (scheme, token) = header.split_once(' ')?;
        let secret = token.trim().strip_prefix("tnt_")?;
        let well_formed = secret.len() == KEY_LENGTH && secret.bytes().all(|byte| byte.is_ascii_alphanumeric());
        (scheme.eq_ignore_ascii_case("bearer") && well_formed).then(|| Self::from_secret_part(secret))
    }

    /// The key itself, to be shown once.
    #[must_use]
    pub fn reveal(&self) -> &str {
        self.0.expose_secret()
    }

    /// Names the key: the head of its hash, which gives nothing away.
    #[must_use]
    pub fn id(&self) -> String {
        self.hash().chars().take(16).collect()
    }

    /// SHA-256, hexadecimal.
    #[must_use]
    pub fn hash(&self) -> String {
        let digest: Output<Sha256> = Sha256::digest(self.reveal().as_bytes());
        hexadecimal(&digest)
    }

    /// Is this the key whose hash is `hash`? Takes the same time whatever the answer.
    #[must_use]
    pub fn matches(&self, hash: &str) -> bool {
        self.hash().as_bytes().ct_eq(hash.as_bytes()).into()
    }
}

/// Bytes as lower-case hexadecimal text.
#[must_use]
pub fn hexadecimal(bytes: &[u8]) -> String {
    bytes
        .iter()
        .flat_map(|byte| [byte >> 4, byte & 15])
        .filter_map(|digit| char::from_digit(u32::from(digit), 16))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_whole_table_of_roles_and_permissions() {
        let table: Vec<(Permission, Vec<&str>)> = Permission::ALL
            .into_iter()
            .map(|p| {
                (
                    p,
                    Role::ALL
                        .into_iter()
                        .filter(|role| p.granted_to(*role))
                        .map(Role::name)
                        .collect(),
                )
            })
            .collect();
        assert_eq!(
            table,
            [
                (
                    Permission::Read,
                    vec!["viewer", "billing", "operator", "admin", "owner"]
                ),
                (Permission::Operate, vec!["operator", "admin", "owner"]),
                (Permission::ChangeBilling, vec!["billing", "admin", "owner"]),
                (Permission::ChangeSettings, vec!["admin", "owner"]),
                (Permission::Create, vec!["admin", "owner"]),
                (Permission::Delete, vec!["admin", "owner"]),
                (Permission::DeleteNow, vec!["owner"]),
                (Permission::ManageChannels, vec!["admin", "owner"]),
                (Permission::ManageKeys, vec!["owner"]),
            ]
        );
    }

    #[test]
    fn a_key_is_read_from_a_bearer_header_only() {
        let secret = "a".repeat(KEY_LENGTH);
        let key = ApiKey::from_authorization(&format!("Bearer tnt_{secret}")).unwrap();
        assert!(key.matches(&ApiKey::from_secret_part(&secret).hash()));
        assert!(!key.matches(&ApiKey::from_secret_part(&"b".repeat(KEY_LENGTH)).hash()));
        for bad in [
            "",
            "Bearer",
            "Bearer ",
            "Bearer tnt_short",
            "Basic dG50Xw==",
            &format!("tnt_{secret}"),
            &format!("Bearer {secret}"),
        ] {
            assert!(ApiKey::from_authorization(bad).is_none(), "{bad}");
        }
    }
}
