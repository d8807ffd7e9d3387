//! What a client should know about its configuration although nothing is wrong with it.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{Collection, Feature};

/// Something a configuration leaves out, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ConfigurationWarning {
    /// What happened, for programs.
    #[serde(flatten)]
    pub cause: WarningCause,
    /// The same in a sentence.
    pub message: String,
}

/// Why a configuration leaves something out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "code", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum WarningCause {
    /// A feature that the client enabled brings a collection that the client disabled: it stays disabled.
    DisabledWins {
        /// The feature.
        feature: Feature,
        /// The collection that stays away.
        collection: Collection,
    },
    /// A field points at a collection that the site does not have: the site leaves the field out.
    RelationPruned {
        /// The collection with the field.
        collection: Collection,
        /// The field's path.
        field: String,
        /// The collection that is absent.
        to: Collection,
    },
}

impl From<WarningCause> for ConfigurationWarning {
    fn from(cause: WarningCause) -> Self {
        let message = match &cause {
            WarningCause::DisabledWins { feature, collection } => {
                format!(
                    "The feature {feature} brings {collection}, but disabledCollections names it: it stays disabled."
                )
            }
            WarningCause::RelationPruned { collection, field, to } => {
                format!(
                    "{collection} has a field {field} that points at {to}; this site has no {to}, so the field is left out."
                )
            }
        };
        Self { cause, message }
    }
}

/// One warning for each collection that a feature would bring and the client does not want.
pub(super) fn disabled_wins(
    features: &BTreeSet<Feature>,
    disabled: &BTreeSet<Collection>,
) -> Vec<ConfigurationWarning> {
    features
        .iter()
        .flat_map(|&feature| {
            feature
                .collections()
                .iter()
                .map(move |&collection| (feature, collection))
        })
        .filter(|(_, collection)| disabled.contains(collection))
        .map(|(feature, collection)| WarningCause::DisabledWins { feature, collection }.into())
        .collect()
}

/// One warning for each field of a present collection that points at an absent one, in the catalogue's order.
pub(super) fn pruned_relations(present: &BTreeSet<Collection>) -> Vec<ConfigurationWarning> {
    Collection::all()
        .filter(|collection| present.contains(collection))
        .flat_map(|collection| collection.relations().map(move |relation| (collection, relation)))
        .filter(|(_, relation)| !present.contains(&relation.to))
        .map(|(collection, relation)| {
            WarningCause::RelationPruned {
                collection,
                field: relation.field.to_owned(),
                to: relation.to,
            }
            .into()
        })
        .collect()
}
