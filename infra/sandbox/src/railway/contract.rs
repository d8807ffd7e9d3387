//! The schema of Railway's GraphQL API, and a request checked against it.

use std::sync::OnceLock;

use apollo_compiler::{
    ExecutableDocument, Name, Node, Schema,
    ast::Value as Literal,
    collections::IndexMap,
    executable::{Field, Fragment, Operation, Selection, SelectionSet},
    request::coerce_variable_values,
    response::JsonMap,
    validation::Valid,
};
use serde_json::{Map, Value, json};

const SCHEMA: &str = include_str!("../../contracts/railway/schema.graphql");

/// The schema, read at the first call: a sandbox that is not asked for Railway does not pay for it.
#[derive(Default)]
pub(crate) struct Contract {
    schema: OnceLock<Result<Valid<Schema>, String>>,
}

/// A request that the schema allows: one operation with its variables.
pub(crate) struct Request {
    pub fields: Vec<Node<Field>>,
    fragments: IndexMap<Name, Node<Fragment>>,
    variables: Map<String, Value>,
}

/// Why a request is none: the text, and Railway's code for it.
pub(crate) struct Invalid {
    pub message: String,
    pub code: &'static str,
}

impl Contract {
    pub fn request(&self, body: &Value) -> Result<Request, Invalid> {
        let invalid = |message: String| Invalid {
            message,
            code: "GRAPHQL_VALIDATION_FAILED",
        };
        let schema = self
            .schema
            .get_or_init(|| Schema::parse_and_validate(SCHEMA, "schema.graphql").map_err(|errors| errors.to_string()))
            .as_ref()
            .map_err(|message| invalid(message.clone()))?;
        let query = body.get("query").and_then(Value::as_str).unwrap_or_default();
        let document = ExecutableDocument::parse_and_validate(schema, query, "request.graphql").map_err(|errors| {
            invalid(
                errors
                    .errors
                    .iter()
                    .map(|error| error.error.to_string())
                    .collect::<Vec<_>>()
                    .join("; "),
            )
        })?;
        let name = body
            .get("operationName")
            .and_then(Value::as_str)
            .filter(|name| !name.is_empty());
        let operation: &Node<Operation> = document
            .operations
            .get(name)
            .map_err(|error| invalid(error.message().to_string()))?;
        let given: JsonMap = body
            .get("variables")
            .filter(|variables| variables.is_object())
            .map_or_else(
                || Ok(JsonMap::new()),
                |variables| serde_json::from_value(variables.clone()),
            )
            .map_err(|error| invalid(error.to_string()))?;
        let variables = coerce_variable_values(schema, operation, &given).map_err(|error| Invalid {
            message: error.message().to_string(),
            code: "BAD_USER_INPUT",
        })?;
        let variables = match serde_json::to_value(variables.into_inner()) {
            Ok(Value::Object(variables)) => variables,
            _ => Map::new(),
        };
        let mut request = Request {
            fields: Vec::new(),
            fragments: document.fragments.clone(),
            variables,
        };
        request.fields = request.fields_of(&operation.selection_set);
        Ok(request)
    }
}

impl Request {
    /// The fields of a selection, fragments resolved.
    pub fn fields_of(&self, selection: &SelectionSet) -> Vec<Node<Field>> {
        let mut fields = Vec::new();
        for selected in &selection.selections {
            match selected {
                Selection::Field(field) => fields.push(field.clone()),
                Selection::InlineFragment(fragment) => fields.extend(self.fields_of(&fragment.selection_set)),
                Selection::FragmentSpread(spread) => {
                    if let Some(fragment) = self.fragments.get(&spread.fragment_name) {
                        fields.extend(self.fields_of(&fragment.selection_set));
                    }
                }
            }
        }
        fields
    }

    /// The arguments of a field, variables filled in.
    pub fn arguments(&self, field: &Field) -> Value {
        let arguments = field
            .arguments
            .iter()
            .map(|argument| (argument.name.to_string(), self.value(&argument.value)));
        Value::Object(arguments.collect())
    }

    fn value(&self, literal: &Literal) -> Value {
        match literal {
            Literal::Null => Value::Null,
            Literal::Enum(name) => json!(name.as_str()),
            Literal::Variable(name) => self.variables.get(name.as_str()).cloned().unwrap_or_default(),
            Literal::String(text) => json!(text),
            Literal::Float(number) => number.try_to_f64().map_or(Value::Null, |number| json!(number)),
            Literal::Int(number) => number.try_to_i32().map_or(Value::Null, |number| json!(number)),
            Literal::Boolean(flag) => json!(flag),
            Literal::List(items) => items.iter().map(|item| self.value(item)).collect(),
            Literal::Object(fields) => Value::Object(
                fields
                    .iter()
                    .map(|(name, value)| (name.to_string(), self.value(value)))
                    .collect(),
            ),
        }
    }

    /// What was asked for of a value, under the names it was asked for; what the sandbox does not know is null.
    pub fn project(&self, value: &Value, selection: &SelectionSet) -> Value {
        match value {
            Value::Array(items) => items.iter().map(|item| self.project(item, selection)).collect(),
            Value::Object(known) if !selection.selections.is_empty() => {
                let mut answer = Map::new();
                for field in self.fields_of(selection) {
                    let value = if field.name == "__typename" {
                        json!(selection.ty.as_str())
                    } else {
                        self.project(
                            known.get(field.name.as_str()).unwrap_or(&Value::Null),
                            &field.selection_set,
                        )
                    };
                    answer.insert(field.response_key().to_string(), value);
                }
                Value::Object(answer)
            }
            value => value.clone(),
        }
    }
}
