//! A table as the template writes it, in the words of the SDK.

use aws_sdk_dynamodb::{
    error::BuildError,
    operation::create_table::builders::CreateTableFluentBuilder,
    types::{
        AttributeDefinition, BillingMode, GlobalSecondaryIndex, KeySchemaElement, KeyType, LocalSecondaryIndex,
        Projection, ProjectionType, ScalarAttributeType, TableDescription,
    },
};
use serde_json::Value;

use super::DeployError;
use crate::template::model::Table;

/// A table that can be made, and held against one that is there.
pub struct Definition {
    name: String,
    billing: Option<BillingMode>,
    attributes: Vec<AttributeDefinition>,
    keys: Vec<KeySchemaElement>,
    global: Vec<GlobalSecondaryIndex>,
    local: Vec<LocalSecondaryIndex>,
}

impl Definition {
    /// Reads what the template says.
    ///
    /// # Errors
    /// Something is missing.
    pub fn read(table: &Table) -> Result<Self, DeployError> {
        let whole = &table.definition;
        let built = || -> Result<Self, BuildError> {
            Ok(Self {
                name: table.name.clone(),
                billing: text(whole, "BillingMode").map(BillingMode::from),
                attributes: each(whole, "AttributeDefinitions", attribute)?,
                keys: each(whole, "KeySchema", key)?,
                global: each(whole, "GlobalSecondaryIndexes", global)?,
                local: each(whole, "LocalSecondaryIndexes", local)?,
            })
        };
        built().map_err(|error| DeployError::malformed(format!("table {}", table.name), error.to_string()))
    }

    /// The request that makes it.
    pub fn create(&self, request: CreateTableFluentBuilder) -> CreateTableFluentBuilder {
        request
            .table_name(&self.name)
            .set_billing_mode(self.billing.clone())
            .set_attribute_definitions(Some(self.attributes.clone()))
            .set_key_schema(Some(self.keys.clone()))
            .set_global_secondary_indexes(filled(&self.global))
            .set_local_secondary_indexes(filled(&self.local))
    }

    /// Whether a table that is there has the same keys, and indexes with the same keys: what cannot be changed later.
    pub fn fits(&self, there: &TableDescription) -> bool {
        let wanted = self
            .global
            .iter()
            .map(|one| (one.index_name.as_str(), one.key_schema.as_slice()));
        let wanted = wanted.chain(
            self.local
                .iter()
                .map(|one| (one.index_name.as_str(), one.key_schema.as_slice())),
        );
        let global = there.global_secondary_indexes();
        let found = global
            .iter()
            .map(|one| (one.index_name().unwrap_or_default(), one.key_schema()));
        let local = there.local_secondary_indexes();
        let found = found.chain(
            local
                .iter()
                .map(|one| (one.index_name().unwrap_or_default(), one.key_schema())),
        );
        there.key_schema() == self.keys && sorted(found) == sorted(wanted)
    }
}

fn sorted<'a>(all: impl Iterator<Item = (&'a str, &'a [KeySchemaElement])>) -> Vec<(&'a str, &'a [KeySchemaElement])> {
    let mut all: Vec<_> = all.collect();
    all.sort_by_key(|(name, _)| *name);
    all
}

fn attribute(value: &Value) -> Result<AttributeDefinition, BuildError> {
    AttributeDefinition::builder()
        .set_attribute_name(text(value, "AttributeName").map(str::to_owned))
        .set_attribute_type(text(value, "AttributeType").map(ScalarAttributeType::from))
        .build()
}

fn key(value: &Value) -> Result<KeySchemaElement, BuildError> {
    KeySchemaElement::builder()
        .set_attribute_name(text(value, "AttributeName").map(str::to_owned))
        .set_key_type(text(value, "KeyType").map(KeyType::from))
        .build()
}

fn global(value: &Value) -> Result<GlobalSecondaryIndex, BuildError> {
    GlobalSecondaryIndex::builder()
        .set_index_name(text(value, "IndexName").map(str::to_owned))
        .set_key_schema(Some(each(value, "KeySchema", key)?))
        .set_projection(value.get("Projection").map(projection))
        .build()
}

fn local(value: &Value) -> Result<LocalSecondaryIndex, BuildError> {
    LocalSecondaryIndex::builder()
        .set_index_name(text(value, "IndexName").map(str::to_owned))
        .set_key_schema(Some(each(value, "KeySchema", key)?))
        .set_projection(value.get("Projection").map(projection))
        .build()
}

fn projection(value: &Value) -> Projection {
    let attributes = value.get("NonKeyAttributes").and_then(Value::as_array);
    let names = attributes.map(|all| all.iter().filter_map(Value::as_str).map(str::to_owned).collect());
    Projection::builder()
        .set_projection_type(text(value, "ProjectionType").map(ProjectionType::from))
        .set_non_key_attributes(names)
        .build()
}

fn text<'a>(value: &'a Value, name: &str) -> Option<&'a str> {
    value.get(name).and_then(Value::as_str)
}

fn each<T>(value: &Value, name: &str, read: fn(&Value) -> Result<T, BuildError>) -> Result<Vec<T>, BuildError> {
    value
        .get(name)
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .map(read)
        .collect()
}

/// An empty list of indexes is refused; none is right.
fn filled<T: Clone>(all: &[T]) -> Option<Vec<T>> {
    (!all.is_empty()).then(|| all.to_vec())
}
