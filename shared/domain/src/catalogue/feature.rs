//! What a site can do beyond showing pages.

use std::fmt;
use std::str::FromStr;
use std::sync::LazyLock;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::integrity::embedded;
use super::{Collection, UnknownName};

/// A feature of a site: a template switches some on, a client may add others.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub enum Feature {
    /// A shop.
    Ecommerce,
    /// Posts with categories and authors.
    Blog,
    /// Forms that editors build.
    Forms,
    /// Visitors can sign in.
    Authentication,
    /// Content in more than one language.
    MultiLanguage,
    /// Help with writing.
    Ai,
}

/// `features.json`.
pub(super) const FEATURES_JSON: &str = include_str!("../../templates/features.json");

static FEATURES: LazyLock<Vec<FeatureRecord>> = LazyLock::new(|| embedded("features.json", FEATURES_JSON));

/// One entry of `features.json`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct FeatureRecord {
    pub(super) id: Feature,
    pub(super) name: String,
    pub(super) description: String,
    pub(super) collections: Vec<Collection>,
}

impl Feature {
    /// All features, in the order in which they are always listed.
    pub const ALL: [Self; 6] = [
        Self::Ecommerce,
        Self::Blog,
        Self::Forms,
        Self::Authentication,
        Self::MultiLanguage,
        Self::Ai,
    ];

    /// The feature as it stands in JSON.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Ecommerce => "ecommerce",
            Self::Blog => "blog",
            Self::Forms => "forms",
            Self::Authentication => "authentication",
            Self::MultiLanguage => "multiLanguage",
            Self::Ai => "ai",
        }
    }

    /// The feature as people read it.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.record().map_or(self.as_str(), |record| record.name.as_str())
    }

    /// One sentence about the feature.
    #[must_use]
    pub fn description(self) -> &'static str {
        self.record().map_or("", |record| record.description.as_str())
    }

    /// The collections that a site gets when a client names this feature; empty for a feature that has none of its own.
    #[must_use]
    pub fn collections(self) -> &'static [Collection] {
        self.record().map_or(&[], |record| record.collections.as_slice())
    }

    /// Every feature is in the file; [`super::validate`] refuses to start otherwise.
    fn record(self) -> Option<&'static FeatureRecord> {
        FEATURES.iter().find(|record| record.id == self)
    }
}

impl fmt::Display for Feature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Feature {
    type Err = UnknownName;

    fn from_str(name: &str) -> Result<Self, UnknownName> {
        Self::ALL
            .into_iter()
            .find(|feature| feature.as_str() == name)
            .ok_or_else(|| UnknownName::new("feature", name, Self::ALL.map(Self::as_str)))
    }
}
