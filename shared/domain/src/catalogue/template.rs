//! The five starting points for a site.

use std::fmt;
use std::str::FromStr;
use std::sync::LazyLock;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;

use super::integrity::embedded;
use super::{Collection, Feature, UnknownName};

/// The name of a template.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum TemplateId {
    /// E-commerce Store.
    Ecommerce,
    /// Blog & Magazine.
    Blog,
    /// B2B Platform.
    B2b,
    /// Portfolio & Agency.
    Portfolio,
    /// Corporate Website.
    Corporate,
}

/// A template, as its file in `shared/domain/templates` says it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Template {
    /// The template's name in JSON and in the site's environment.
    pub id: TemplateId,
    /// The template as people read it.
    pub name: String,
    /// What it is best for.
    pub description: String,
    /// The collections a site starts with: exactly these, besides the ones that every site has.
    pub collections: Vec<Collection>,
    /// The blocks from which editors build pages.
    pub blocks: Vec<String>,
    /// The plugins that are active.
    pub plugins: Vec<String>,
    /// The settings that exist once per site.
    pub globals: Vec<String>,
    /// Which features are on.
    pub features: FeatureFlags,
    /// The settings a site starts with; a client may override each of them.
    pub default_settings: Map<String, Value>,
}

/// One switch per feature.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct FeatureFlags {
    /// A shop.
    pub ecommerce: bool,
    /// Posts with categories and authors.
    pub blog: bool,
    /// Forms that editors build.
    pub forms: bool,
    /// Visitors can sign in.
    pub authentication: bool,
    /// Content in more than one language.
    pub multi_language: bool,
    /// Help with writing.
    pub ai: bool,
}

/// The files, in the order of [`TemplateId::ALL`].
pub(super) const TEMPLATE_FILES: [(&str, &str); 5] = [
    ("ecommerce.json", include_str!("../../templates/ecommerce.json")),
    ("blog.json", include_str!("../../templates/blog.json")),
    ("b2b.json", include_str!("../../templates/b2b.json")),
    ("portfolio.json", include_str!("../../templates/portfolio.json")),
    ("corporate.json", include_str!("../../templates/corporate.json")),
];

static TEMPLATES: LazyLock<[Template; 5]> = LazyLock::new(|| TEMPLATE_FILES.map(|(file, json)| embedded(file, json)));

/// All templates, in the guide's order.
#[must_use]
pub fn templates() -> &'static [Template] {
    &*TEMPLATES
}

/// The template of that name.
#[must_use]
pub fn template(id: TemplateId) -> &'static Template {
    let [ecommerce, blog, b2b, portfolio, corporate] = &*TEMPLATES;
    match id {
        TemplateId::Ecommerce => ecommerce,
        TemplateId::Blog => blog,
        TemplateId::B2b => b2b,
        TemplateId::Portfolio => portfolio,
        TemplateId::Corporate => corporate,
    }
}

impl TemplateId {
    /// All templates, in the guide's order.
    pub const ALL: [Self; 5] = [Self::Ecommerce, Self::Blog, Self::B2b, Self::Portfolio, Self::Corporate];

    /// The template as it stands in JSON and in the site's environment.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Ecommerce => "ecommerce",
            Self::Blog => "blog",
            Self::B2b => "b2b",
            Self::Portfolio => "portfolio",
            Self::Corporate => "corporate",
        }
    }
}

impl fmt::Display for TemplateId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for TemplateId {
    type Err = UnknownName;

    fn from_str(name: &str) -> Result<Self, UnknownName> {
        Self::ALL
            .into_iter()
            .find(|template| template.as_str() == name)
            .ok_or_else(|| UnknownName::new("template", name, Self::ALL.map(Self::as_str)))
    }
}

impl FeatureFlags {
    /// Whether that feature is on.
    #[must_use]
    pub const fn has(&self, feature: Feature) -> bool {
        match feature {
            Feature::Ecommerce => self.ecommerce,
            Feature::Blog => self.blog,
            Feature::Forms => self.forms,
            Feature::Authentication => self.authentication,
            Feature::MultiLanguage => self.multi_language,
            Feature::Ai => self.ai,
        }
    }
}
