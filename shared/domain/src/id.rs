//! Identifiers: a prefix that says what it names, and a ULID, so that they sort by the time they were made.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};

use crate::{Clock, Entropy, Instant};

/// The text is not an identifier of the expected kind.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not an identifier of the form {prefix}<26 characters>")]
pub struct InvalidId {
    prefix: &'static str,
}

impl InvalidId {
    /// Of the kind with this prefix.
    pub(crate) const fn of(prefix: &'static str) -> Self {
        Self { prefix }
    }
}

macro_rules! identifiers {
    ($($(#[$doc:meta])* $name:ident = $prefix:literal;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(String);

        impl $name {
            /// Makes a new one, unlike any other.
            pub fn generate(clock: &dyn Clock, entropy: &dyn Entropy) -> Self {
                Self(format!("{}{}", $prefix, new_ulid(clock, entropy)))
            }

            /// The text form.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }

            /// When it was made, by the clock of who made it.
            #[must_use]
            pub fn made_at(&self) -> Instant {
                let encoded = self.0.strip_prefix($prefix).unwrap_or_default();
                let milliseconds = ulid::Ulid::from_string(encoded).map_or(0, |ulid| ulid.timestamp_ms());
                Instant::from_milliseconds(i64::try_from(milliseconds).unwrap_or(0))
            }
        }

        impl FromStr for $name {
            type Err = InvalidId;
            fn from_str(text: &str) -> Result<Self, InvalidId> {
                let invalid = InvalidId::of($prefix);
                let encoded = text.strip_prefix($prefix).ok_or_else(|| invalid.clone())?;
                let lower = !encoded.bytes().any(|byte| byte.is_ascii_uppercase());
                match ulid::Ulid::from_string(encoded) {
                    Ok(_) if lower => Ok(Self(text.to_owned())),
                    _ => Err(invalid),
                }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(&self.0)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                String::deserialize(deserializer)?.parse().map_err(D::Error::custom)
            }
        }

        impl utoipa::PartialSchema for $name {
            fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::Schema> {
                utoipa::openapi::ObjectBuilder::new()
                    .schema_type(utoipa::openapi::schema::Type::String)
                    .pattern(Some(concat!("^", $prefix, "[0-9a-z]{26}$")))
                    .into()
            }
        }

        impl utoipa::ToSchema for $name {}
    )*};
}

identifiers! {
    /// A client: one tenant of the platform.
    ClientId = "cl_";
    /// An operation: one change to a client.
    OperationId = "op_";
    /// A deployment: one version put live.
    DeploymentId = "dp_";
    /// An audit entry.
    AuditId = "au_";
    /// A rollout: one commit for many clients.
    RolloutId = "ro_";
}

impl ClientId {
    /// The last six characters, which make the names of outside things unique: `client-acme-x1y2z3`.
    #[must_use]
    pub fn suffix(&self) -> &str {
        self.0.get(self.0.len().saturating_sub(6)..).unwrap_or_default()
    }
}

/// A new ULID in lower case; also the tail of request ids and lease owners.
pub fn new_ulid(clock: &dyn Clock, entropy: &dyn Entropy) -> String {
    let mut random = [0_u8; 16];
    entropy.fill(&mut random);
    let milliseconds = u64::try_from(clock.now().milliseconds()).unwrap_or(0);
    ulid::Ulid::from_parts(milliseconds, u128::from_be_bytes(random))
        .to_string()
        .to_ascii_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_identifier_knows_its_kind() {
        let text = "cl_01jdexmp1e0000000000000000";
        assert_eq!(text.parse::<ClientId>().unwrap().as_str(), text);
        assert_eq!(text.parse::<ClientId>().unwrap().suffix(), "000000");
        assert!(text.parse::<OperationId>().is_err());
        assert!("cl_01JDEXMP1E0000000000000000".parse::<ClientId>().is_err());
        assert!("cl_".parse::<ClientId>().is_err());
        assert!("cl_é".parse::<ClientId>().is_err());
    }
}
