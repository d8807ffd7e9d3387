//! The document of a running stack, and what fits it.

use std::{cell::RefCell, collections::BTreeSet};

use jsonschema::Validator;
use reqwest::Method;
use serde_json::{Map, Value, json};
use tests::{Answer, World};

/// The document, and which of its answers have been seen.
pub struct Document {
    pub whole: Value,
    pub seen: RefCell<BTreeSet<String>>,
}

impl Document {
    /// Of the running stack; an object that says what it holds may hold nothing else.
    pub async fn of(world: &World) -> Self {
        let answer = world.api_with(Method::GET, "/openapi.json", &[], None).await;
        let mut whole = answer.expect(200);
        let mut parts = BTreeSet::new();
        names_of_parts(&whole, false, &mut parts);
        for (name, schema) in whole["components"]["schemas"].as_object_mut().unwrap() {
            close(schema, parts.contains(&format!("#/components/schemas/{name}")));
        }
        let seen = RefCell::default();
        Self { whole, seen }
    }

    fn operation(&self, method: &str, path: &str) -> &Value {
        let operation = &self.whole["paths"][format!("/api/platform{path}")][method];
        assert!(operation.is_object(), "{method} {path} is not documented");
        operation
    }

    /// What is wrong with a value, according to a schema of the document.
    pub fn complaints(&self, schema: &Value, value: &Value) -> Vec<String> {
        let root = json!({
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "components": self.whole["components"],
            "allOf": [schema],
        });
        let validator = Validator::new(&root).unwrap();
        let complaints = validator.iter_errors(value);
        complaints
            .map(|error| format!("{}: {error}", error.instance_path()))
            .collect()
    }

    /// The body that is sent fits, or does not.
    pub fn takes(&self, method: &str, path: &str, body: &Value) -> bool {
        let schema = &self.operation(method, path)["requestBody"]["content"]["application/json"]["schema"];
        assert!(schema.is_object(), "{method} {path} takes no JSON");
        self.complaints(schema, body).is_empty()
    }

    /// An answer is one of those that the document names, and looks as it says.
    pub fn holds(&self, method: &str, path: &str, answer: &Answer) {
        let responses = &self.operation(method, path)["responses"];
        let status = answer.status.as_str();
        let known = responses[status]["content"].is_object() || answer.text.is_empty();
        let status = if responses[status].is_object() && known {
            status
        } else {
            "default"
        };
        self.seen.borrow_mut().insert(format!("{method} {path} {status}"));
        assert!(
            answer.status.is_success() != (status == "default"),
            "{method} {path}: {}",
            answer.status
        );
        if answer.text.is_empty() {
            assert!(
                responses[status]["content"].is_null(),
                "{method} {path} should answer a body"
            );
            return;
        }
        let kind = answer.headers["content-type"]
            .to_str()
            .unwrap()
            .split(';')
            .next()
            .unwrap();
        let schema = &responses[status]["content"][kind]["schema"];
        assert!(schema.is_object(), "{method} {path} {status}: {kind} is not documented");
        let body = if kind.ends_with("json") {
            answer.json()
        } else {
            json!(answer.text)
        };
        let complaints = self.complaints(schema, &body);
        assert!(
            complaints.is_empty(),
            "{method} {path} {status}: {complaints:#?}\n{body:#}"
        );
    }

    /// A body made of the examples of a request's fields.
    pub fn example(&self, schema: &str) -> Value {
        let fields = self.whole["components"]["schemas"][schema]["properties"]
            .as_object()
            .unwrap();
        let named = |(name, field): (&String, &Value)| Some((name.clone(), field.get("example")?.clone()));
        Value::Object(fields.iter().filter_map(named).collect::<Map<_, _>>())
    }

    /// Every documented answer, problems aside.
    pub fn promised(&self) -> BTreeSet<String> {
        let mut promised = BTreeSet::new();
        for (path, methods) in self.whole["paths"].as_object().unwrap() {
            for (method, operation) in methods.as_object().unwrap() {
                let path = path.strip_prefix("/api/platform").unwrap();
                let statuses = operation["responses"].as_object().unwrap().keys();
                promised.extend(
                    statuses
                        .filter(|status| status.starts_with('2'))
                        .map(|status| format!("{method} {path} {status}")),
                );
            }
        }
        promised
    }
}

/// The schemas that others are put together from: these are closed where they are used.
fn names_of_parts(value: &Value, inside: bool, found: &mut BTreeSet<String>) {
    match value {
        Value::Object(map) => {
            if let Some(reference) = map.get("$ref").and_then(Value::as_str).filter(|_| inside) {
                found.insert(reference.to_owned());
            }
            map.iter()
                .for_each(|(key, inner)| names_of_parts(inner, key == "allOf", found));
        }
        Value::Array(list) => list.iter().for_each(|inner| names_of_parts(inner, inside, found)),
        _ => {}
    }
}

/// Forbids what is not named, unless the schema is only a part of a larger one.
fn close(schema: &mut Value, is_part: bool) {
    match schema {
        Value::Object(map) => {
            if !is_part && (map.contains_key("properties") || map.contains_key("allOf")) {
                map.insert("unevaluatedProperties".to_owned(), json!(false));
            }
            for (key, inner) in map.iter_mut() {
                let inner_is_part = key == "allOf" || is_part && key == "oneOf";
                match inner {
                    Value::Object(properties) if key == "properties" => {
                        properties.values_mut().for_each(|property| close(property, false));
                    }
                    inner => close(inner, inner_is_part),
                }
            }
        }
        Value::Array(list) => list.iter_mut().for_each(|inner| close(inner, is_part)),
        _ => {}
    }
}
