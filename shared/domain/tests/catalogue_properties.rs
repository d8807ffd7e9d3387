//! Laws of the effective configuration, for any wishes of any client.

#![allow(clippy::unwrap_used)]

use std::collections::BTreeSet;

use domain::catalogue::{
    Collection, ConfigurationInput, EffectiveConfiguration, Feature, Origin, TemplateId, WarningCause, effective,
    template,
};
use proptest::prelude::*;
use proptest::sample::{Index, select, subsequence};
use serde_json::{Map, Value};

#[derive(Debug, Clone)]
struct Wishes {
    template: TemplateId,
    features: Vec<Feature>,
    disabled: Vec<Collection>,
    settings: Vec<(String, Value)>,
    environment: Vec<String>,
}

impl Wishes {
    fn granted(&self) -> EffectiveConfiguration {
        let enabled_features: Vec<String> = self.features.iter().map(ToString::to_string).collect();
        let disabled_collections: Vec<String> = self.disabled.iter().map(ToString::to_string).collect();
        effective(&ConfigurationInput {
            template: self.template,
            enabled_features: &enabled_features,
            disabled_collections: &disabled_collections,
            custom_settings: &self.settings.iter().cloned().collect(),
            custom_environment: &self.environment,
        })
        .unwrap()
    }

    /// The collections by the rule in one line: template and features, less what is disabled.
    fn expected_collections(&self) -> BTreeSet<Collection> {
        let features = self.features.iter().flat_map(|feature| feature.collections());
        let mut expected: BTreeSet<_> = template(self.template)
            .collections
            .iter()
            .chain(features)
            .copied()
            .collect();
        expected.retain(|collection| !self.disabled.contains(collection));
        expected
    }

    /// What is really there, users, media and pages included.
    fn present(&self) -> BTreeSet<Collection> {
        let mut present = self.expected_collections();
        present.extend(Collection::all().filter(|one| one.always_present()));
        present.retain(|collection| !self.disabled.contains(collection));
        present
    }
}

fn wishes() -> impl Strategy<Value = Wishes> {
    let features = subsequence(Feature::ALL.to_vec(), 0..=Feature::ALL.len());
    let may_go: Vec<Collection> = Collection::all().filter(|one| one.may_be_disabled()).collect();
    let disabled = subsequence(may_go.clone(), 0..=may_go.len());
    let environment = prop::collection::btree_set("[A-Z_][A-Z0-9_]{0,8}", 0..4);
    (
        select(TemplateId::ALL.to_vec()),
        features,
        disabled,
        settings(),
        environment,
    )
        .prop_map(|(template, features, disabled, settings, environment)| Wishes {
            template,
            features,
            disabled,
            settings,
            environment: environment.into_iter().collect(),
        })
}

/// Settings under names that the templates use and names that they do not.
fn settings() -> impl Strategy<Value = Vec<(String, Value)>> {
    let names: BTreeSet<String> = TemplateId::ALL
        .into_iter()
        .flat_map(|id| template(id).default_settings.keys().cloned())
        .chain(["guestCheckout", "own", "a.b", ""].map(str::to_owned))
        .collect();
    let name = select(names.into_iter().collect::<Vec<_>>());
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map_into(),
        any::<i32>().prop_map_into()
    ];
    let inner = prop::collection::btree_map(name.clone(), leaf.clone(), 0..3)
        .prop_map(|map| Value::Object(map.into_iter().collect()));
    prop::collection::btree_map(name, prop_oneof![leaf, inner], 0..6).prop_map(|map| map.into_iter().collect())
}

/// The same wishes in another order, some of them said twice.
fn shuffled(wishes: Wishes) -> impl Strategy<Value = (Wishes, Wishes)> {
    let orders = (
        Just(wishes.features.clone()).prop_shuffle(),
        Just(wishes.disabled.clone()).prop_shuffle(),
        Just(wishes.settings.clone()).prop_shuffle(),
        Just(wishes.environment.clone()).prop_shuffle(),
        any::<Index>(),
    );
    orders.prop_map(move |(mut features, mut disabled, settings, mut environment, again)| {
        say_again(&mut features, again);
        say_again(&mut disabled, again);
        say_again(&mut environment, again);
        let other = Wishes {
            template: wishes.template,
            features,
            disabled,
            settings,
            environment,
        };
        (wishes.clone(), other)
    })
}

fn say_again<T: Clone>(words: &mut Vec<T>, which: Index) {
    if !words.is_empty() {
        words.push(which.get(words).clone());
    }
}

proptest! {
    #[test]
    fn the_order_and_repetition_of_wishes_change_nothing(
        (one, other) in wishes().prop_flat_map(shuffled),
    ) {
        let one = serde_json::to_string(&one.granted()).unwrap();
        prop_assert_eq!(one, serde_json::to_string(&other.granted()).unwrap());
    }

    #[test]
    fn the_collections_are_template_plus_features_minus_disabled(wishes in wishes()) {
        let configuration = wishes.granted();
        let listed: BTreeSet<_> = configuration.collections.iter().copied().collect();
        prop_assert_eq!(listed.len(), configuration.collections.len(), "one stands there twice");
        prop_assert_eq!(listed, wishes.expected_collections());
    }

    #[test]
    fn no_disabled_collection_ever_appears(wishes in wishes()) {
        let configuration = wishes.granted();
        for collection in &wishes.disabled {
            prop_assert!(!configuration.collections.contains(collection));
            prop_assert!(!configuration.origins.collections.contains_key(collection));
        }
        for collection in &configuration.disabled_collections {
            prop_assert!(wishes.disabled.contains(collection));
        }
    }

    #[test]
    fn a_relation_is_warned_about_exactly_when_its_target_is_absent(wishes in wishes()) {
        let present = wishes.present();
        let expected: BTreeSet<_> = present
            .iter()
            .flat_map(|&from| from.relations().map(move |relation| (from, relation.field, relation.to)))
            .filter(|(_, _, to)| !present.contains(to))
            .collect();
        let configuration = wishes.granted();
        let warned: Vec<_> = configuration
            .warnings
            .iter()
            .filter_map(|warning| match &warning.cause {
                WarningCause::RelationPruned { collection, field, to } => {
                    Some((*collection, field.as_str(), *to))
                }
                WarningCause::DisabledWins { .. } => None,
            })
            .collect();
        prop_assert_eq!(warned.len(), expected.len());
        prop_assert_eq!(warned.into_iter().collect::<BTreeSet<_>>(), expected);
    }

    #[test]
    fn a_feature_loses_a_collection_only_with_a_warning(wishes in wishes()) {
        let configuration = wishes.granted();
        for &feature in &wishes.features {
            for &collection in feature.collections() {
                let cause = WarningCause::DisabledWins { feature, collection };
                let warned = configuration.warnings.iter().any(|warning| warning.cause == cause);
                prop_assert_eq!(warned, !configuration.collections.contains(&collection));
            }
        }
    }

    #[test]
    fn origins_cover_exactly_the_values(wishes in wishes()) {
        let configuration = wishes.granted();
        let origins = &configuration.origins;
        prop_assert!(origins.collections.keys().eq(&BTreeSet::from_iter(&configuration.collections).into_iter().copied().collect::<BTreeSet<_>>()));
        prop_assert!(origins.features.keys().eq(&BTreeSet::from_iter(configuration.features.iter().copied())));
        prop_assert_eq!(
            origins.settings.keys().cloned().collect::<BTreeSet<_>>(),
            paths(&configuration.settings),
        );
    }

    #[test]
    fn an_origin_is_true(wishes in wishes()) {
        let configuration = wishes.granted();
        let template = template(wishes.template);
        for (collection, origin) in &configuration.origins.collections {
            match origin {
                Origin::Template => prop_assert!(template.collections.contains(collection)),
                Origin::Feature(feature) => {
                    prop_assert!(wishes.features.contains(feature));
                    prop_assert!(feature.collections().contains(collection));
                    prop_assert!(!template.collections.contains(collection));
                }
                Origin::Client => prop_assert!(false, "no client names a collection to add"),
            }
        }
        for (feature, origin) in &configuration.origins.features {
            let expected =
                if template.features.has(*feature) { Origin::Template } else { Origin::Client };
            prop_assert_eq!(*origin, expected);
        }
    }

    #[test]
    fn a_stored_configuration_reads_back_the_same(wishes in wishes()) {
        let configuration = wishes.granted();
        let stored = serde_json::to_string(&configuration).unwrap();
        let read: EffectiveConfiguration = serde_json::from_str(&stored).unwrap();
        prop_assert_eq!(read, configuration);
    }
}

fn paths(settings: &Map<String, Value>) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for (key, value) in settings {
        let key = key.replace('\\', r"\\").replace('.', r"\.");
        match value {
            Value::Object(inner) if !inner.is_empty() => {
                found.extend(paths(inner).iter().map(|path| format!("{key}.{path}")));
            }
            _ => {
                found.insert(key);
            }
        }
    }
    found
}
