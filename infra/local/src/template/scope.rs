//! Parameters, conditions and intrinsic functions.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::{
    Place, TemplateError,
    parameters::check,
    values::{function, text},
};

/// Resources refer to each other; deeper than this they do so in a circle.
pub(super) const DEEPEST: usize = 32;

/// What intrinsic functions can see.
pub struct Scope<'a> {
    pub(super) parameters: BTreeMap<String, String>,
    pub(super) conditions: Map<String, Value>,
    pub(super) resources: &'a Map<String, Value>,
    pub(super) place: &'a Place,
}

impl<'a> Scope<'a> {
    /// Parameters with their defaults and overrides; conditions are worked out when asked for.
    pub fn new(document: &'a Value, given: &BTreeMap<String, String>, place: &'a Place) -> Result<Self, TemplateError> {
        let section = |name: &str| document.get(name).and_then(Value::as_object);
        let declared = section("Parameters").cloned().unwrap_or_default();
        if let Some(name) = given.keys().find(|name| !declared.contains_key(*name)) {
            return Err(TemplateError::UnknownParameter(name.clone()));
        }
        let mut parameters = BTreeMap::new();
        for (name, declaration) in &declared {
            let value = match (given.get(name), declaration.get("Default")) {
                (Some(value), _) => value.clone(),
                (None, Some(default)) => text(name, default)?,
                (None, None) => return Err(TemplateError::MissingParameter(name.clone())),
            };
            check(name, &value, declaration)?;
            parameters.insert(name.clone(), value);
        }
        Ok(Self {
            parameters,
            conditions: section("Conditions").cloned().unwrap_or_default(),
            resources: section("Resources").ok_or_else(|| TemplateError::malformed("Resources", "there are none"))?,
            place,
        })
    }

    /// The value with every intrinsic function worked out; `None` is `AWS::NoValue`.
    pub fn evaluate(&self, place: &str, value: &Value) -> Result<Option<Value>, TemplateError> {
        self.at(place, value, 0)
    }

    /// Whether a condition holds.
    pub fn holds(&self, place: &str, condition: &str) -> Result<bool, TemplateError> {
        self.named(place, condition, 0)
    }

    pub(super) fn at(&self, place: &str, value: &Value, depth: usize) -> Result<Option<Value>, TemplateError> {
        if depth > DEEPEST {
            return Err(TemplateError::malformed(place, "it refers to itself"));
        }
        match value {
            Value::Array(items) => {
                let mut all = Vec::new();
                for item in items {
                    all.extend(self.at(place, item, depth + 1)?);
                }
                Ok(Some(Value::Array(all)))
            }
            Value::Object(members) => {
                if let Some((name, argument)) = function(members) {
                    return self.apply(place, name, argument, depth + 1);
                }
                let mut all = Map::new();
                for (key, member) in members {
                    if let Some(member) = self.at(place, member, depth + 1)? {
                        all.insert(key.clone(), member);
                    }
                }
                Ok(Some(Value::Object(all)))
            }
            plain => Ok(Some(plain.clone())),
        }
    }

    fn apply(&self, place: &str, name: &str, argument: &Value, depth: usize) -> Result<Option<Value>, TemplateError> {
        let wrong = || TemplateError::malformed(place, format!("{name} cannot take {argument}"));
        match (name, argument) {
            ("Ref", Value::String(target)) if target == "AWS::NoValue" => Ok(None),
            ("Ref", Value::String(target)) => self.reference(place, target, depth).map(Value::String).map(Some),
            ("Fn::GetAtt", Value::Array(parts)) => match parts.as_slice() {
                [Value::String(target), Value::String(attribute)] => self
                    .attribute(place, target, attribute, depth)
                    .map(Value::String)
                    .map(Some),
                _ => Err(wrong()),
            },
            ("Fn::Sub", Value::String(template)) => self.substitute(place, template, &Map::new(), depth).map(Some),
            ("Fn::Sub", Value::Array(parts)) => match parts.as_slice() {
                [Value::String(template), Value::Object(own)] => self.substitute(place, template, own, depth).map(Some),
                _ => Err(wrong()),
            },
            ("Fn::If", Value::Array(parts)) => match parts.as_slice() {
                [Value::String(condition), yes, no] => {
                    let branch = if self.named(place, condition, depth)? { yes } else { no };
                    self.at(place, branch, depth)
                }
                _ => Err(wrong()),
            },
            ("Fn::Join", Value::Array(parts)) => match parts.as_slice() {
                [Value::String(separator), list] => {
                    let list = self.at(place, list, depth)?;
                    let items = list.as_ref().and_then(Value::as_array).ok_or_else(wrong)?;
                    let items = items
                        .iter()
                        .map(|item| text(place, item))
                        .collect::<Result<Vec<_>, _>>()?;
                    Ok(Some(Value::String(items.join(separator))))
                }
                _ => Err(wrong()),
            },
            ("Ref" | "Fn::GetAtt" | "Fn::Sub" | "Fn::If" | "Fn::Join", _) => Err(wrong()),
            _ => Err(TemplateError::unknown(place, format!("the intrinsic function {name}"))),
        }
    }

    fn substitute(
        &self,
        place: &str,
        template: &str,
        own: &Map<String, Value>,
        depth: usize,
    ) -> Result<Value, TemplateError> {
        let mut out = String::new();
        let mut rest = template;
        while let Some((before, after)) = rest.split_once("${") {
            let (name, after) = after
                .split_once('}')
                .ok_or_else(|| TemplateError::malformed(place, format!("no end of ${{ in {template:?}")))?;
            out.push_str(before);
            if let Some(literal) = name.strip_prefix('!') {
                out.push_str(&format!("${{{literal}}}"));
            } else if let Some(value) = own.get(name) {
                let value = self.at(place, value, depth)?.unwrap_or_default();
                out.push_str(&text(place, &value)?);
            } else if let Some((target, attribute)) = name.split_once('.') {
                out.push_str(&self.attribute(place, target, attribute, depth)?);
            } else {
                out.push_str(&self.reference(place, name, depth)?);
            }
            rest = after;
        }
        out.push_str(rest);
        Ok(Value::String(out))
    }
}
