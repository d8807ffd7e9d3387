//! A client's settings laid over a template's.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::{ConfigurationError, Origin};

/// A client's settings over a template's.
#[derive(Debug)]
pub(super) struct Settings {
    /// The values, keys in alphabetical order.
    pub(super) values: Map<String, Value>,
    /// Who each value comes from, by its dotted path.
    pub(super) origins: BTreeMap<String, Origin>,
}

/// Lays a client's settings over a template's.
///
/// # Errors
/// The dotted paths of the values take more than [`LONGEST_PATHS`] bytes together.
pub(super) fn laid_over(
    default: &Map<String, Value>,
    custom: &Map<String, Value>,
) -> Result<Settings, ConfigurationError> {
    let values = merged(default, custom);
    let mut trace = Trace {
        origins: BTreeMap::new(),
        room: LONGEST_PATHS,
    };
    match trace.object(&values, Some(custom), None) {
        Some(()) => Ok(Settings {
            values,
            origins: trace.origins,
        }),
        None => Err(ConfigurationError {
            field: "customSettings".to_owned(),
            message: format!(
                "has too many values under too long names: their paths may take {LONGEST_PATHS} bytes together"
            ),
        }),
    }
}

/// How many bytes all dotted paths together may take. One long name around thousands of values would otherwise turn a body of
/// 64 KB into more than 100 MB.
const LONGEST_PATHS: usize = 64 * 1024;

/// Lays `custom` over `default`: objects are merged, any other value replaces, `null` removes (RFC 7396).
///
/// The keys of the result are in alphabetical order, whatever order the input has.
fn merged(default: &Map<String, Value>, custom: &Map<String, Value>) -> Map<String, Value> {
    let mut settings = default.clone();
    lay_over(&mut settings, custom);
    // serde_json keeps the order of insertion if any crate of the build asks it to.
    let mut settings = Value::Object(settings);
    settings.sort_all_objects();
    match settings {
        Value::Object(sorted) => sorted,
        _ => Map::new(),
    }
}

fn lay_over(settings: &mut Map<String, Value>, custom: &Map<String, Value>) {
    for (key, value) in custom {
        match value {
            Value::Null => {
                settings.remove(key);
            }
            Value::Object(inner) => {
                let place = settings.entry(key.as_str()).or_insert(Value::Null);
                if !place.is_object() {
                    *place = Value::Object(Map::new());
                }
                if let Value::Object(place) = place {
                    lay_over(place, inner);
                }
            }
            Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => {
                settings.insert(key.clone(), value.clone());
            }
        }
    }
}

/// Walks through the settings and notes who each value comes from.
///
/// A value is whatever is not an object with something in it. A value that the client states is the client's, even if the template
/// says the same: it stays when the template changes.
struct Trace {
    origins: BTreeMap<String, Origin>,
    room: usize,
}

impl Trace {
    fn object(
        &mut self,
        settings: &Map<String, Value>,
        custom: Option<&Map<String, Value>>,
        parent: Option<&str>,
    ) -> Option<()> {
        for (key, value) in settings {
            let path = path(parent, key);
            let stated = custom.and_then(|custom| custom.get(key));
            match value {
                Value::Object(inner) if !inner.is_empty() => {
                    self.object(inner, stated.and_then(Value::as_object), Some(&path))?;
                }
                _ => {
                    self.room = self.room.checked_sub(path.len())?;
                    let origin = if stated.is_some() {
                        Origin::Client
                    } else {
                        Origin::Template
                    };
                    self.origins.insert(path, origin);
                }
            }
        }
        Some(())
    }
}

/// A dot inside a key is written `\.` and a backslash `\\`, so that two values never share a path.
fn path(parent: Option<&str>, key: &str) -> String {
    let key = key.replace('\\', r"\\").replace('.', r"\.");
    match parent {
        None => key,
        Some(parent) => format!("{parent}.{key}"),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn json_value() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            "[a-z]{0,4}".prop_map(Value::from),
        ];
        leaf.prop_recursive(4, 32, 4, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
                object(inner).prop_map(Value::from),
            ]
        })
    }

    /// Few different keys, so that two objects often meet; an empty one, dots and backslashes among them.
    fn object(inner: impl Strategy<Value = Value>) -> impl Strategy<Value = Map<String, Value>> {
        let key = prop::sample::select(vec!["a", "b", "c", "", "a.b", ".", "\\", "\\."]);
        prop::collection::vec((key.prop_map(str::to_owned), inner), 0..5).prop_map(Map::from_iter)
    }

    /// The pseudo-code of RFC 7396, section 2, word for word.
    fn merge_patch(target: Value, patch: &Value) -> Value {
        let Value::Object(patch) = patch else {
            return patch.clone();
        };
        let mut target = match target {
            Value::Object(target) => target,
            _ => Map::new(),
        };
        for (name, value) in patch {
            if value.is_null() {
                target.remove(name);
            } else {
                let before = target.remove(name).unwrap_or(Value::Null);
                target.insert(name.clone(), merge_patch(before, value));
            }
        }
        Value::Object(target)
    }

    proptest! {
        #[test]
        fn the_merge_is_that_of_rfc_7396(default in object(json_value()), custom in object(json_value())) {
            let expected = merge_patch(default.clone().into(), &custom.clone().into());
            prop_assert_eq!(Value::from(merged(&default, &custom)), expected);
        }

        #[test]
        fn laying_the_same_over_twice_is_laying_it_over_once(default in object(json_value()), custom in object(json_value())) {
            let once = merged(&default, &custom);
            prop_assert_eq!(merged(&once, &custom), once);
        }

        #[test]
        fn a_value_of_the_template_is_the_templates_own(default in object(json_value()), custom in object(json_value())) {
            let Settings { values: settings, origins } = laid_over(&default, &custom).unwrap();
            for (path, value) in leaves(&settings) {
                let key = path.iter().map(|key| key.replace('\\', r"\\").replace('.', r"\.")).collect::<Vec<_>>().join(".");
                let stated = find(&custom, &path);
                match origins.get(&key) {
                    Some(Origin::Template) => {
                        prop_assert_eq!(find(&default, &path), Some(&value));
                        prop_assert_eq!(stated, None);
                    }
                    Some(Origin::Client) => prop_assert!(stated.is_some(), "{} is not the client's", key),
                    other => prop_assert!(false, "{}: {:?}", key, other),
                }
            }
            prop_assert_eq!(leaves(&settings).len(), origins.len());
        }
    }

    fn leaves(settings: &Map<String, Value>) -> Vec<(Vec<String>, Value)> {
        let mut found = Vec::new();
        for (key, value) in settings {
            match value {
                Value::Object(inner) if !inner.is_empty() => {
                    for (mut path, leaf) in leaves(inner) {
                        path.insert(0, key.clone());
                        found.push((path, leaf));
                    }
                }
                _ => found.push((vec![key.clone()], value.clone())),
            }
        }
        found
    }

    fn find<'a>(settings: &'a Map<String, Value>, path: &[String]) -> Option<&'a Value> {
        let (first, rest) = path.split_first()?;
        let value = settings.get(first)?;
        if rest.is_empty() {
            Some(value)
        } else {
            find(value.as_object()?, rest)
        }
    }

    #[test]
    fn long_names_around_many_values_are_refused_before_they_fill_the_memory() {
        let many: Map<String, Value> = (0..5_000).map(|n| (n.to_string(), json!(1))).collect();
        let custom = Map::from_iter([("x".repeat(20_000), Value::from(many))]);
        let error = laid_over(&Map::new(), &custom).unwrap_err();
        assert_eq!(error.field, "customSettings");
    }
}
