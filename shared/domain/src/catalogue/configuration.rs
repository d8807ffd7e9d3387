//! One client's wishes laid over a template: what its site will be.

use std::collections::BTreeSet;
use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use thiserror::Error;
use utoipa::ToSchema;

use super::{
    Collection, ConfigurationWarning, Feature, Origin, Origins, Template, TemplateId, settings, template, warnings,
};

/// What a client asks for, as it stands in its record.
#[derive(Debug, Clone, Copy)]
pub struct ConfigurationInput<'a> {
    /// The template to start from.
    pub template: TemplateId,
    /// Features to add, by name.
    pub enabled_features: &'a [String],
    /// Collections to leave out, by slug.
    pub disabled_collections: &'a [String],
    /// Settings to lay over the template's.
    pub custom_settings: &'a Map<String, Value>,
    /// The names of the client's own environment variables; the values stay in its secret.
    pub custom_environment: &'a [String],
}

/// What is deployed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct EffectiveConfiguration {
    /// The template it started from.
    pub template: TemplateId,
    /// The collections of the site besides users, media and pages: the template's in its order, then the ones that features bring.
    pub collections: Vec<Collection>,
    /// What the client's `disabledCollections` took away, users, media and pages included.
    pub disabled_collections: Vec<Collection>,
    /// The blocks from which editors build pages.
    pub blocks: Vec<String>,
    /// The plugins that are active.
    pub plugins: Vec<String>,
    /// The settings that exist once per site.
    pub globals: Vec<String>,
    /// The features that are on.
    pub features: Vec<Feature>,
    /// The template's settings with the client's laid over them; keys in alphabetical order.
    pub settings: Map<String, Value>,
    /// The names of the client's own environment variables, in alphabetical order.
    pub environment: Vec<String>,
    /// Where each collection, feature and setting comes from.
    pub origins: Origins,
    /// What is left out, and why.
    pub warnings: Vec<ConfigurationWarning>,
}

/// A wish that cannot be granted.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{field}: {message}")]
pub struct ConfigurationError {
    /// The field of the client's record, with its place: `enabledFeatures[1]`.
    pub field: String,
    /// What is wrong and what would be right; safe to show.
    pub message: String,
}

/// The configuration that a client's wishes come to: template, minus what it disables, plus its features, settings and environment.
///
/// A collection that the client disables stays away even if a feature it enables brings it. Naming something twice, in another order,
/// or disabling a known collection that the site would not have anyway changes nothing.
///
/// # Errors
/// The first unknown feature or collection, `users` among the disabled ones, or settings whose names grow out of bounds.
pub fn effective(input: &ConfigurationInput<'_>) -> Result<EffectiveConfiguration, ConfigurationError> {
    let enabled = enabled_features(input.enabled_features)?;
    let disabled = disabled_collections(input.disabled_collections)?;
    let template = template(input.template);

    let always = Collection::all().filter(|collection| collection.always_present());
    let possible = possible_collections(template, &enabled);
    let (taken_away, kept): (Vec<_>, Vec<_>) = possible
        .into_iter()
        .partition(|(collection, _)| disabled.contains(collection));
    let (always_taken_away, always_kept): (Vec<_>, Vec<_>) =
        always.partition(|collection| disabled.contains(collection));
    let features: Vec<(Feature, Origin)> = Feature::ALL
        .into_iter()
        .filter_map(
            |feature| match (template.features.has(feature), enabled.contains(&feature)) {
                (true, _) => Some((feature, Origin::Template)),
                (false, true) => Some((feature, Origin::Client)),
                (false, false) => None,
            },
        )
        .collect();
    let settings = settings::laid_over(&template.default_settings, input.custom_settings)?;

    let present: BTreeSet<Collection> = slugs(&kept).chain(always_kept).collect();
    let mut warnings = warnings::disabled_wins(&enabled, &disabled);
    warnings.extend(warnings::pruned_relations(&present));

    Ok(EffectiveConfiguration {
        template: template.id,
        collections: slugs(&kept).collect(),
        disabled_collections: slugs(&taken_away).chain(always_taken_away).collect(),
        blocks: template.blocks.clone(),
        plugins: template.plugins.clone(),
        globals: template.globals.clone(),
        features: features.iter().map(|&(feature, _)| feature).collect(),
        environment: input
            .custom_environment
            .iter()
            .cloned()
            .collect::<BTreeSet<_>>()
            .into_iter()
            .collect(),
        origins: Origins {
            collections: kept.into_iter().collect(),
            features: features.into_iter().collect(),
            settings: settings.origins,
        },
        settings: settings.values,
        warnings,
    })
}

fn enabled_features(names: &[String]) -> Result<BTreeSet<Feature>, ConfigurationError> {
    names
        .iter()
        .enumerate()
        .map(|(place, name)| {
            name.parse()
                .map_err(|unknown| refused("enabledFeatures", place, &unknown))
        })
        .collect()
}

fn disabled_collections(names: &[String]) -> Result<BTreeSet<Collection>, ConfigurationError> {
    names
        .iter()
        .enumerate()
        .map(|(place, name)| {
            let collection: Collection = name
                .parse()
                .map_err(|unknown| refused("disabledCollections", place, &unknown))?;
            if collection.may_be_disabled() {
                Ok(collection)
            } else {
                let reason = format!("{collection} cannot be disabled: nobody could sign in to the site");
                Err(refused("disabledCollections", place, &reason))
            }
        })
        .collect()
}

/// Everything the site would have if the client disabled nothing: the template's own first, then what features add to it.
fn possible_collections(template: &Template, enabled: &BTreeSet<Feature>) -> Vec<(Collection, Origin)> {
    let mut possible: Vec<_> = template
        .collections
        .iter()
        .map(|&collection| (collection, Origin::Template))
        .collect();
    for &feature in enabled {
        for &collection in feature.collections() {
            if possible.iter().all(|&(known, _)| known != collection) {
                possible.push((collection, Origin::Feature(feature)));
            }
        }
    }
    possible
}

fn slugs(collections: &[(Collection, Origin)]) -> impl Iterator<Item = Collection> {
    collections.iter().map(|&(collection, _)| collection)
}

fn refused(list: &str, place: usize, reason: &dyn fmt::Display) -> ConfigurationError {
    ConfigurationError {
        field: format!("{list}[{place}]"),
        message: reason.to_string(),
    }
}
