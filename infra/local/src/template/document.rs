//! YAML into the long form of CloudFormation's JSON: `!Sub x` becomes `{"Fn::Sub": "x"}`.

use saphyr::{LoadableYamlNode, Scalar, Yaml};
use serde_json::{Map, Value, json};

use super::TemplateError;

/// The template as one object, intrinsic functions in their long form.
pub fn read(text: &str) -> Result<Value, TemplateError> {
    let documents = Yaml::load_from_str(text).map_err(|error| TemplateError::Syntax(error.to_string()))?;
    let [document] = documents.as_slice() else {
        return Err(TemplateError::Syntax("there must be exactly one document".to_owned()));
    };
    let value = value(document)?;
    if !value.is_object() {
        return Err(TemplateError::Syntax("it is not a mapping".to_owned()));
    }
    Ok(value)
}

fn value(node: &Yaml<'_>) -> Result<Value, TemplateError> {
    Ok(match node {
        Yaml::Value(scalar) => match scalar {
            Scalar::Null => Value::Null,
            Scalar::Boolean(truth) => json!(truth),
            Scalar::Integer(number) => json!(number),
            Scalar::FloatingPoint(number) => json!(number.into_inner()),
            Scalar::String(text) => json!(text),
        },
        Yaml::Sequence(nodes) => Value::Array(nodes.iter().map(value).collect::<Result<_, _>>()?),
        Yaml::Mapping(mapping) => {
            let mut object = Map::new();
            for (key, node) in mapping {
                object.insert(key_text(key)?, value(node)?);
            }
            Value::Object(object)
        }
        Yaml::Tagged(tag, node) => intrinsic(&tag.suffix, value(node)?),
        Yaml::Representation(..) | Yaml::Alias(_) | Yaml::BadValue => {
            return Err(TemplateError::Syntax(format!("unreadable value {node:?}")));
        }
    })
}

fn key_text(key: &Yaml<'_>) -> Result<String, TemplateError> {
    match value(key)? {
        Value::String(text) => Ok(text),
        Value::Number(number) => Ok(number.to_string()),
        other => Err(TemplateError::Syntax(format!("{other} cannot be a key"))),
    }
}

fn intrinsic(name: &str, argument: Value) -> Value {
    let (key, argument) = match name {
        "Ref" | "Condition" => (name.to_owned(), argument),
        "GetAtt" => ("Fn::GetAtt".to_owned(), parts(argument)),
        _ => (format!("Fn::{name}"), argument),
    };
    Value::Object(Map::from_iter([(key, argument)]))
}

/// `!GetAtt Queue.Arn` is short for `[Queue, Arn]`.
fn parts(argument: Value) -> Value {
    match argument.as_str().and_then(|text| text.split_once('.')) {
        Some((resource, attribute)) => json!([resource, attribute]),
        None => argument,
    }
}
