//! The part of a change that alters what is deployed: template, features, collections, settings and the client's own variables.

use std::collections::BTreeMap;

use secrecy::SecretString;
use serde_json::{Map, Value};

use crate::{
    Client, Error, VariableName,
    catalogue::{ConfigurationInput, TemplateId, effective},
    new_client::parse_environment,
};

/// New settings; `None` = stays as it is.
#[derive(Debug, Default, Clone)]
pub struct NewSettings {
    /// What kind of site it is.
    pub template: Option<TemplateId>,
    /// Features beyond the template.
    pub enabled_features: Option<Vec<String>>,
    /// Collections that it does without.
    pub disabled_collections: Option<Vec<String>>,
    /// Settings that differ from the template's.
    pub custom_settings: Option<Map<String, Value>>,
    /// The client's own variables: values are set, `None` removes; the others stay.
    pub custom_environment: BTreeMap<VariableName, Option<SecretString>>,
}

impl NewSettings {
    /// Nothing is new.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.template.is_none()
            && self.enabled_features.is_none()
            && self.disabled_collections.is_none()
            && self.custom_settings.is_none()
            && self.custom_environment.is_empty()
    }

    /// The values of variables that are set.
    #[must_use]
    pub fn new_values(&self) -> Vec<(&VariableName, &SecretString)> {
        let values = self.custom_environment.iter();
        values
            .filter_map(|(name, value)| value.as_ref().map(|value| (name, value)))
            .collect()
    }

    /// Changes the record, if it can be deployed then.
    ///
    /// # Errors
    /// The template knows no such feature or collection, or a setting breaks its rule.
    pub fn apply(&self, client: &mut Client) -> Result<(), Error> {
        if self.is_empty() {
            return Ok(());
        }
        if let Some(template) = self.template {
            client.template = template;
        }
        if let Some(features) = &self.enabled_features {
            client.enabled_features.clone_from(features);
        }
        if let Some(collections) = &self.disabled_collections {
            client.disabled_collections.clone_from(collections);
        }
        if let Some(settings) = &self.custom_settings {
            client.custom_settings.clone_from(settings);
        }
        for (name, value) in &self.custom_environment {
            client.custom_environment.retain(|known| known != name);
            if value.is_some() {
                client.custom_environment.push(name.clone());
            }
        }
        client.custom_environment.sort();
        let names: Vec<String> = client.custom_environment.iter().map(ToString::to_string).collect();
        effective(&ConfigurationInput {
            template: client.template,
            enabled_features: &client.enabled_features,
            disabled_collections: &client.disabled_collections,
            custom_settings: &client.custom_settings,
            custom_environment: &names,
        })
        .map(drop)
        .map_err(Error::from)
    }
}

/// Reads the client's own variables with `null` for those that are to go.
///
/// # Errors
/// A name is not one, or a value is too long.
pub fn parse_new_environment(
    variables: BTreeMap<String, Option<String>>,
) -> Result<BTreeMap<VariableName, Option<SecretString>>, Error> {
    let (set, removed): (BTreeMap<_, _>, BTreeMap<_, _>) =
        variables.into_iter().partition(|(_, value)| value.is_some());
    let texts =
        |map: BTreeMap<String, Option<String>>| map.into_iter().map(|(name, value)| (name, value.unwrap_or_default()));
    let set = parse_environment(texts(set).collect())?;
    let removed = parse_environment(texts(removed).collect())?;
    let set = set.into_iter().map(|(name, value)| (name, Some(value)));
    Ok(set.chain(removed.into_keys().map(|name| (name, None))).collect())
}
