//! Where a value of a configuration comes from.

#![expect(
    unused_qualifications,
    reason = "utoipa's derive names the keys of a map a second time"
)]

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{ObjectBuilder, Schema, SchemaType, Type};
use utoipa::{PartialSchema, ToSchema};

use super::{Collection, Feature, UnknownName};

/// Who brought a value: `template`, `feature:blog` or `client`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub enum Origin {
    /// The template has it.
    Template,
    /// A feature that the client enabled brings it.
    Feature(Feature),
    /// The client says so itself.
    Client,
}

/// Where every value of a configuration comes from; holds exactly the values that the configuration has.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Origins {
    /// By slug.
    pub collections: BTreeMap<Collection, Origin>,
    /// By name.
    pub features: BTreeMap<Feature, Origin>,
    /// By dotted path (`checkout.guestCheckout`); a dot inside a key is written `\.`, a backslash `\\`.
    pub settings: BTreeMap<String, Origin>,
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Template => f.write_str("template"),
            Self::Feature(feature) => write!(f, "feature:{feature}"),
            Self::Client => f.write_str("client"),
        }
    }
}

impl From<Origin> for String {
    fn from(origin: Origin) -> Self {
        origin.to_string()
    }
}

impl FromStr for Origin {
    type Err = UnknownName;

    fn from_str(name: &str) -> Result<Self, UnknownName> {
        match (name, name.strip_prefix("feature:")) {
            ("template", _) => Ok(Self::Template),
            ("client", _) => Ok(Self::Client),
            (_, Some(feature)) => feature.parse().map(Self::Feature),
            (_, None) => Err(UnknownName::new("origin", name, ["template", "client", "feature:…"])),
        }
    }
}

impl TryFrom<String> for Origin {
    type Error = UnknownName;

    fn try_from(name: String) -> Result<Self, UnknownName> {
        name.parse()
    }
}

/// In JSON an origin is one word; the API's document lists them all.
impl PartialSchema for Origin {
    fn schema() -> RefOr<Schema> {
        let features = Feature::ALL.map(Self::Feature);
        let all = [Self::Template, Self::Client]
            .into_iter()
            .chain(features)
            .map(String::from);
        ObjectBuilder::new()
            .schema_type(SchemaType::new(Type::String))
            .description(Some(
                "Who brought a value: the template, a feature that the client enabled, or the client itself",
            ))
            .enum_values(Some(all))
            .into()
    }
}

impl ToSchema for Origin {}
