//! What a site can be: five templates, six features, the collections they bring, the plans, and how one client's wishes turn a
//! template into the configuration that is deployed.
//!
//! The data stand in `shared/domain/templates/*.json`, embedded here and read by the site as well.
//!
//! **Invariant:** nothing is named here that the data files do not have; [`validate`] proves it at start and in a test.
//! **Invariant:** a collection's slug is never taken out of `collections.json`: stored configurations of running sites name it.
//! **Invariant:** [`effective`] is a function of its input alone; the order in which a client lists things changes nothing.

mod collection;
mod configuration;
mod feature;
mod integrity;
mod names;
mod origin;
mod plan;
mod settings;
mod template;
mod warnings;

pub use collection::{Collection, Relation};
pub use configuration::{ConfigurationError, ConfigurationInput, EffectiveConfiguration, effective};
pub use feature::Feature;
pub use integrity::{CatalogueError, validate};
pub use names::UnknownName;
pub use origin::{Origin, Origins};
pub use plan::PlanId;
pub use template::{FeatureFlags, Template, TemplateId, template, templates};
pub use warnings::{ConfigurationWarning, WarningCause};
