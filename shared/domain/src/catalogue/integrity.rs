//! The data files, read and checked against each other.

use std::collections::BTreeSet;

use serde::de::DeserializeOwned;
use thiserror::Error;

use super::collection::{COLLECTIONS_JSON, CollectionRecord};
use super::feature::{FEATURES_JSON, FeatureRecord};
use super::template::{TEMPLATE_FILES, Template};
use super::{Feature, TemplateId};

/// A data file that contradicts itself or another one: a mistake of ours, never of a caller.
#[derive(Debug, Error)]
pub enum CatalogueError {
    /// The file is not JSON of the shape that is expected of it.
    #[error("{file} cannot be read")]
    Unreadable {
        /// The file's name in `shared/domain/templates`.
        file: &'static str,
        /// What is wrong, with line and column.
        #[source]
        source: serde_json::Error,
    },
    /// The file can be read, but what it says does not fit.
    #[error("{file}: {problem}")]
    Inconsistent {
        /// The file's name in `shared/domain/templates`.
        file: &'static str,
        /// What does not fit.
        problem: String,
    },
}

/// Reads every data file and checks it; called at start, so that a bad file stops the deployment and not a client's operation.
///
/// # Errors
/// The first file that is wrong, and what is wrong with it.
pub fn validate() -> Result<(), CatalogueError> {
    // Collections first: whatever names a collection is read against that list.
    check_collections(&parsed::<Vec<_>>("collections.json", COLLECTIONS_JSON)?)?;
    check_features(&parsed::<Vec<_>>("features.json", FEATURES_JSON)?)?;
    for ((file, json), id) in TEMPLATE_FILES.into_iter().zip(TemplateId::ALL) {
        check_template(file, id, &parsed(file, json)?)?;
    }
    Ok(())
}

/// An embedded file that [`validate`] has passed.
#[expect(
    clippy::panic,
    reason = "an embedded file that does not parse is a build that must not run; a test and `validate` say so first"
)]
pub(super) fn embedded<T: DeserializeOwned>(file: &'static str, json: &str) -> T {
    parsed(file, json).unwrap_or_else(|error| panic!("{error}: {:?}", std::error::Error::source(&error)))
}

fn parsed<T: DeserializeOwned>(file: &'static str, json: &str) -> Result<T, CatalogueError> {
    serde_json::from_str(json).map_err(|source| CatalogueError::Unreadable { file, source })
}

fn check_collections(collections: &[CollectionRecord]) -> Result<(), CatalogueError> {
    const FILE: &str = "collections.json";
    let slugs: Vec<&str> = collections.iter().map(|collection| collection.slug.as_str()).collect();
    check_words(FILE, "slugs", &slugs)?;
    for collection in collections {
        check(FILE, !collection.name.is_empty(), || {
            format!("{} has no name", collection.slug)
        })?;
        for relation in &collection.relations {
            check(FILE, slugs.contains(&relation.to.as_str()), || {
                format!(
                    "{}.{} points at {}, which is not listed",
                    collection.slug, relation.field, relation.to
                )
            })?;
        }
        let fields: Vec<&str> = collection
            .relations
            .iter()
            .map(|relation| relation.field.as_str())
            .collect();
        check(FILE, all_differ(&fields), || {
            format!("{} has a field twice", collection.slug)
        })?;
    }
    let always: BTreeSet<&str> = collections
        .iter()
        .filter(|collection| collection.always_present)
        .map(|collection| collection.slug.as_str())
        .collect();
    check(FILE, always == BTreeSet::from(["media", "pages", "users"]), || {
        "users, media and pages are the ones every site has".to_owned()
    })
}

fn check_features(features: &[FeatureRecord]) -> Result<(), CatalogueError> {
    const FILE: &str = "features.json";
    check(FILE, features.iter().map(|feature| feature.id).eq(Feature::ALL), || {
        "each feature stands there once, in the order of Feature::ALL".to_owned()
    })?;
    for feature in features {
        let slugs: Vec<&str> = feature
            .collections
            .iter()
            .map(|collection| collection.as_str())
            .collect();
        check_words(FILE, feature.id.as_str(), &slugs)?;
        check(
            FILE,
            !feature.name.is_empty() && !feature.description.is_empty(),
            || format!("{} has no name or no description", feature.id),
        )?;
        check_not_always_present(FILE, &feature.collections)?;
    }
    Ok(())
}

fn check_template(file: &'static str, id: TemplateId, template: &Template) -> Result<(), CatalogueError> {
    check(file, template.id == id, || {
        format!("its id is {}, not {id}", template.id)
    })?;
    check(
        file,
        !template.name.is_empty() && !template.description.is_empty(),
        || "no name or no description".to_owned(),
    )?;
    let slugs: Vec<&str> = template
        .collections
        .iter()
        .map(|collection| collection.as_str())
        .collect();
    check_words(file, "collections", &slugs)?;
    check_not_always_present(file, &template.collections)?;
    let lists = [
        ("blocks", &template.blocks),
        ("plugins", &template.plugins),
        ("globals", &template.globals),
    ];
    for (what, words) in lists {
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        check(file, !words.is_empty(), || format!("no {what}"))?;
        check_words(file, what, &words)?;
    }
    Ok(())
}

/// Words of a list: lower case with dashes (they end up in addresses and comma-separated variables), none of them twice.
fn check_words(file: &'static str, what: &str, words: &[&str]) -> Result<(), CatalogueError> {
    for word in words {
        let plain = word.starts_with(|c: char| c.is_ascii_lowercase())
            && word
                .chars()
                .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-');
        check(file, plain, || {
            format!("{what}: \"{word}\" is not lower case with dashes")
        })?;
    }
    check(file, all_differ(words), || format!("{what}: one stands there twice"))
}

fn check_not_always_present(file: &'static str, collections: &[super::Collection]) -> Result<(), CatalogueError> {
    collections.iter().try_for_each(|collection| {
        check(file, !collection.always_present(), || {
            format!("{collection} is always there and is not listed")
        })
    })
}

fn check(file: &'static str, holds: bool, problem: impl FnOnce() -> String) -> Result<(), CatalogueError> {
    if holds {
        Ok(())
    } else {
        Err(CatalogueError::Inconsistent {
            file,
            problem: problem(),
        })
    }
}

fn all_differ(words: &[&str]) -> bool {
    words.iter().collect::<BTreeSet<_>>().len() == words.len()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    /// `blog.json` with one thing changed.
    fn changed(pointer: &str, value: Value) -> Result<(), String> {
        let (file, text) = TEMPLATE_FILES[1];
        let mut json: Value = serde_json::from_str(text).unwrap();
        *json.pointer_mut(pointer).unwrap() = value;
        let template: Template =
            parsed(file, &json.to_string()).map_err(|error| std::error::Error::source(&error).unwrap().to_string())?;
        check_template(file, TemplateId::Blog, &template).map_err(|error| error.to_string())
    }

    #[test]
    fn the_files_of_this_build_are_sound() {
        validate().unwrap();
    }

    #[test]
    fn a_template_that_does_not_fit_is_refused_and_says_why() {
        let problems = [
            changed("/id", json!("b2b")),
            changed("/name", json!("")),
            changed("/collections", json!(["blog-posts", "podcasts"])),
            changed("/collections", json!(["blog-posts", "blog-posts"])),
            changed("/collections", json!(["blog-posts", "media"])),
            changed("/blocks", json!([])),
            changed("/plugins", json!(["SEO"])),
            changed("/features", json!({ "blog": true, "shop": true })),
            changed("/defaultSettings", json!([])),
        ];
        insta::assert_snapshot!(problems.map(Result::unwrap_err).join("\n"));
    }

    #[test]
    fn a_relation_to_a_collection_that_is_not_listed_is_refused() {
        let text = COLLECTIONS_JSON.replace(r#""to": "product-brands""#, r#""to": "brands""#);
        let collections: Vec<CollectionRecord> = parsed("collections.json", &text).unwrap();
        insta::assert_snapshot!(check_collections(&collections).unwrap_err().to_string());
    }

    #[test]
    fn a_missing_feature_is_refused() {
        let mut features: Vec<FeatureRecord> = parsed("features.json", FEATURES_JSON).unwrap();
        features.pop();
        insta::assert_snapshot!(check_features(&features).unwrap_err().to_string());
    }
}
