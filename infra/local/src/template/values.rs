//! Plain values: texts and numbers.

use serde_json::{Map, Value};

use super::TemplateError;

/// The name and argument of an intrinsic function, when this object is one.
pub fn function(members: &Map<String, Value>) -> Option<(&str, &Value)> {
    let mut all = members.iter();
    match (all.next(), all.next()) {
        (Some((name, argument)), None) if name == "Ref" || name.starts_with("Fn::") => Some((name, argument)),
        _ => None,
    }
}

/// A plain value as text, as CloudFormation passes it on.
pub fn text(place: &str, value: &Value) -> Result<String, TemplateError> {
    match value {
        Value::String(text) => Ok(text.clone()),
        Value::Number(number) => Ok(number.to_string()),
        Value::Bool(truth) => Ok(truth.to_string()),
        other => Err(TemplateError::malformed(place, format!("{other} is not a text"))),
    }
}

/// A whole number, also when it is written as a text: parameters are.
pub fn number(place: &str, value: &Value) -> Result<u64, TemplateError> {
    text(place, value)?
        .parse()
        .map_err(|_| TemplateError::malformed(place, format!("{value} is not a whole number")))
}

/// Refuses members that this stack does not know: what it cannot do must not pass in silence.
pub fn only(place: &str, value: Option<&Value>, known: &[&str]) -> Result<(), TemplateError> {
    let mut names = value.and_then(Value::as_object).into_iter().flat_map(Map::keys);
    match names.find(|name| !known.contains(&name.as_str())) {
        Some(name) => Err(TemplateError::unknown(place, format!("the property {name}"))),
        None => Ok(()),
    }
}

/// Refuses a value other than the one way in which this stack does it.
pub fn exactly(place: &str, value: &Value, pointer: &str, expected: &Value) -> Result<(), TemplateError> {
    if value.pointer(pointer) == Some(expected) {
        return Ok(());
    }
    Err(TemplateError::unknown(
        place,
        format!("{pointer} other than {expected}"),
    ))
}
