//! What a parameter may be.

use regex_lite::Regex;
use serde_json::Value;

use super::{
    TemplateError,
    values::{number, only, text},
};

const KNOWN: [&str; 10] = [
    "AllowedPattern",
    "AllowedValues",
    "ConstraintDescription",
    "Default",
    "Description",
    "MaxLength",
    "MaxValue",
    "MinLength",
    "MinValue",
    "Type",
];

/// Checks a parameter's value, a default too, as CloudFormation does.
///
/// # Errors
/// The parameter cannot have this value, or its declaration says something that is not known here.
pub fn check(name: &str, value: &str, declaration: &Value) -> Result<(), TemplateError> {
    only(name, Some(declaration), &KNOWN)?;
    let refused = |why: String| TemplateError::Refused {
        name: name.to_owned(),
        value: value.to_owned(),
        why,
    };
    match declaration.get("Type").and_then(Value::as_str) {
        Some("String") => {}
        Some("Number") => {
            let number: f64 = value.parse().map_err(|_| refused("it is a number".to_owned()))?;
            let limit = |limit: &str| declaration.get(limit).and_then(Value::as_f64);
            if let Some(least) = limit("MinValue").filter(|least| number < *least) {
                return Err(refused(format!("it is at least {least}")));
            }
            if let Some(most) = limit("MaxValue").filter(|most| number > *most) {
                return Err(refused(format!("it is at most {most}")));
            }
        }
        other => return Err(TemplateError::unknown(name, format!("the parameter type {other:?}"))),
    }
    let limit = |limit: &str| declaration.get(limit).map(|value| number(name, value)).transpose();
    let length = u64::try_from(value.chars().count()).unwrap_or(u64::MAX);
    if let Some(least) = limit("MinLength")?.filter(|least| length < *least) {
        return Err(refused(format!("it has at least {least} characters")));
    }
    if let Some(most) = limit("MaxLength")?.filter(|most| length > *most) {
        return Err(refused(format!("it has at most {most} characters")));
    }
    if let Some(allowed) = declaration.get("AllowedValues").and_then(Value::as_array) {
        let allowed = allowed
            .iter()
            .map(|one| text(name, one))
            .collect::<Result<Vec<_>, _>>()?;
        if !allowed.iter().any(|one| one == value) {
            return Err(refused(format!("it is one of {}", allowed.join(", "))));
        }
    }
    if let Some(pattern) = declaration.get("AllowedPattern") {
        let pattern = text(name, pattern)?;
        // The whole value must fit, whether or not the pattern says so.
        let whole = Regex::new(&format!("^(?:{pattern})$"))
            .map_err(|error| TemplateError::malformed(name, format!("the pattern {pattern}: {error}")))?;
        if !whole.is_match(value) {
            let meant = declaration.get("ConstraintDescription").and_then(Value::as_str);
            let fits = format!("it fits the pattern {pattern}");
            return Err(refused(meant.map_or(fits, |meant| format!("it is {meant}"))));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn refusal(value: &str, declaration: &Value) -> Option<String> {
        check("One", value, declaration).err().map(|error| error.to_string())
    }

    #[test]
    fn the_whole_value_must_fit_the_pattern() {
        let domain = json!({"Type": "String", "AllowedPattern": "[a-z]+", "ConstraintDescription": "small letters"});
        assert_eq!(refusal("abc", &domain), None);
        let refused = refusal("abc.", &domain).unwrap();
        assert_eq!(refused, "parameter One cannot be \"abc.\": it is small letters");
        let either = json!({"Type": "String", "AllowedPattern": "a|b"});
        assert_eq!(refusal("b", &either), None);
        assert!(refusal("ab", &either).unwrap().contains("a|b"));
        assert!(
            refusal("a", &json!({"Type": "String", "AllowedPattern": "("}))
                .unwrap()
                .contains("pattern")
        );
    }

    #[test]
    fn lengths_values_and_limits_are_kept() {
        let text = json!({"Type": "String", "MinLength": 2, "MaxLength": "3"});
        assert_eq!(refusal("aé", &text), None);
        assert!(refusal("a", &text).unwrap().contains("at least 2 characters"));
        assert!(refusal("aaaa", &text).unwrap().contains("at most 3 characters"));
        let listed = json!({"Type": "Number", "AllowedValues": [1, 3]});
        assert_eq!(refusal("3", &listed), None);
        assert!(refusal("2", &listed).unwrap().contains("one of 1, 3"));
        assert!(refusal("x", &json!({"Type": "Number"})).unwrap().contains("a number"));
        assert!(
            refusal("x", &json!({"Type": "String", "NoEcho": true}))
                .unwrap()
                .contains("NoEcho")
        );
    }
}
