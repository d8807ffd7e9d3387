//! The identifiers of channels.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};

use crate::{Clock, Entropy, InvalidId, new_ulid};

const PREFIX: &str = "ch_";
const SLACK: &str = "ch_slack";
const EMAIL: &str = "ch_email";

/// A channel: `ch_` and 26 characters, or the name of one that comes with the settings.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ChannelId(String);

impl ChannelId {
    /// Makes a new one, unlike any other.
    pub fn generate(clock: &dyn Clock, entropy: &dyn Entropy) -> Self {
        Self(format!("{PREFIX}{}", new_ulid(clock, entropy)))
    }

    /// The Slack channel of the setting `SLACK_WEBHOOK_URL`.
    #[must_use]
    pub fn built_in_slack() -> Self {
        Self(SLACK.to_owned())
    }

    /// The mails to `ALERT_EMAIL`.
    #[must_use]
    pub fn built_in_email() -> Self {
        Self(EMAIL.to_owned())
    }

    /// Does it come with the settings, and not from a record?
    #[must_use]
    pub fn is_built_in(&self) -> bool {
        matches!(self.0.as_str(), SLACK | EMAIL)
    }

    /// The text form.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for ChannelId {
    type Err = InvalidId;
    fn from_str(text: &str) -> Result<Self, InvalidId> {
        if matches!(text, SLACK | EMAIL) {
            return Ok(Self(text.to_owned()));
        }
        let invalid = InvalidId::of(PREFIX);
        let encoded = text.strip_prefix(PREFIX).ok_or_else(|| invalid.clone())?;
        let lower = !encoded.bytes().any(|byte| byte.is_ascii_uppercase());
        match ulid::Ulid::from_string(encoded) {
            Ok(_) if lower => Ok(Self(text.to_owned())),
            _ => Err(invalid),
        }
    }
}

impl fmt::Display for ChannelId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for ChannelId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Serialize for ChannelId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for ChannelId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(D::Error::custom)
    }
}

impl utoipa::PartialSchema for ChannelId {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::Schema> {
        utoipa::openapi::ObjectBuilder::new()
            .schema_type(utoipa::openapi::schema::Type::String)
            .pattern(Some("^ch_(slack|email|[0-9a-z]{26})$"))
            .into()
    }
}

impl utoipa::ToSchema for ChannelId {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn those_of_the_settings_have_names_and_all_others_a_time() {
        for good in ["ch_slack", "ch_email", "ch_01jdexmp1e0000000000000000"] {
            let id: ChannelId = good.parse().unwrap();
            assert_eq!(id.to_string(), good);
            assert_eq!(id.is_built_in(), good.len() == 8);
        }
        for bad in [
            "",
            "ch_",
            "ch_sms",
            "cl_01jdexmp1e0000000000000000",
            "ch_01JDEXMP1E0000000000000000",
        ] {
            assert!(bad.parse::<ChannelId>().is_err(), "{bad}");
        }
    }
}
