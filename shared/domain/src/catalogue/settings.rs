//! A client's settings laid over a template's.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::Origin;

/// Lays `custom` over `default`: objects are merged, any other value replaces, `null` removes (RFC 7396).
///
/// The keys of the result are in alphabetical order, whatever order the input has.
pub(super) fn merged(
    default: &Map<String, Value>,
    custom: &Map<String, Value>,
) -> Map<String, Value> {
    let mut settings = default.clone();
    lay_over(&mut settings, custom);
    // serde_json keeps the order of insertion if any crate of the build asks it to.
    for value in settings.values_mut() {
        value.sort_all_objects();
    }
    let mut sorted: Vec<_> = settings.into_iter().collect();
    sorted.sort_by(|(one, _), (other, _)| one.cmp(other));
    sorted.into_iter().collect()
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

/// Who each value of `settings` comes from, by its dotted path (`checkout.guestCheckout`).
///
/// A value is whatever is not an object with something in it. A value that the client states is the client's, even if the template
/// says the same: it stays when the template changes.
pub(super) fn origins(
    settings: &Map<String, Value>,
    custom: &Map<String, Value>,
) -> BTreeMap<String, Origin> {
    let mut origins = BTreeMap::new();
    trace(settings, Some(custom), "", &mut origins);
    origins
}

fn trace(
    settings: &Map<String, Value>,
    custom: Option<&Map<String, Value>>,
    parent: &str,
    origins: &mut BTreeMap<String, Origin>,
) {
    for (key, value) in settings {
        let path = path(parent, key);
        let stated = custom.and_then(|custom| custom.get(key));
        match value {
            Value::Object(inner) if !inner.is_empty() => {
                trace(inner, stated.and_then(Value::as_object), &path, origins)
            }
            _ => {
                let origin = if stated.is_some() {
                    Origin::Client
                } else {
                    Origin::Template
                };
                origins.insert(path, origin);
            }
        }
    }
}

/// A dot inside a key is written `\.` and a backslash `\\`, so that two values never share a path.
fn path(parent: &str, key: &str) -> String {
    let key = key.replace('\\', r"\\").replace('.', r"\.");
    if parent.is_empty() {
        key
    } else {
        format!("{parent}.{key}")
    }
}
