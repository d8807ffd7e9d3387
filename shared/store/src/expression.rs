//! Update and condition expressions, put together so that no attribute name can collide with a reserved word.

use std::collections::HashMap;

use aws_sdk_dynamodb::{
    operation::update_item::builders::UpdateItemFluentBuilder,
    types::{AttributeValue, Update},
};
use domain::Error;
use serde::Serialize;

use crate::{Item, error};

/// One update of one item.
#[derive(Default)]
pub struct Change {
    sets: Vec<String>,
    conditions: Vec<String>,
    names: HashMap<String, String>,
    values: HashMap<String, AttributeValue>,
}

impl Change {
    /// Sets an attribute.
    pub fn set(mut self, name: &str, value: &impl Serialize) -> Result<Self, Error> {
        let value = serde_dynamo::to_attribute_value(value).map_err(error::shape)?;
        let (name, value) = (self.name(name), self.value(value));
        self.sets.push(format!("{name} = {value}"));
        Ok(self)
    }

    /// Adds one to a counter.
    pub fn count(mut self, name: &str) -> Self {
        let (name, one) = (self.name(name), self.value(AttributeValue::N("1".to_owned())));
        self.sets.push(format!("{name} = {name} + {one}"));
        self
    }

    /// Only if the attribute has this value.
    pub fn if_equal(mut self, name: &str, value: &impl Serialize) -> Result<Self, Error> {
        let value = serde_dynamo::to_attribute_value(value).map_err(error::shape)?;
        let (name, value) = (self.name(name), self.value(value));
        self.conditions.push(format!("{name} = {value}"));
        Ok(self)
    }

    /// Only if the attribute has another value or none.
    pub fn unless_equal(mut self, name: &str, value: &impl Serialize) -> Result<Self, Error> {
        let value = serde_dynamo::to_attribute_value(value).map_err(error::shape)?;
        let (name, value) = (self.name(name), self.value(value));
        self.conditions.push(format!("{name} <> {value}"));
        Ok(self)
    }

    /// Only if the item is there.
    pub fn if_exists(mut self, key: &str) -> Self {
        let key = self.name(key);
        self.conditions.push(format!("attribute_exists({key})"));
        self
    }

    /// Only if the part of an attribute is not later than this, or not there.
    pub fn unless_later(mut self, name: &str, part: &str, value: &impl Serialize) -> Result<Self, Error> {
        let value = serde_dynamo::to_attribute_value(value).map_err(error::shape)?;
        let (name, part, value) = (self.name(name), self.name(part), self.value(value));
        let null = self.value(AttributeValue::S("NULL".to_owned()));
        self.conditions.push(format!(
            "(attribute_not_exists({name}.{part}) OR attribute_type({name}.{part}, {null}) OR {name}.{part} <= {value})"
        ));
        Ok(self)
    }

    /// As an update of its own.
    pub fn alone(self, update: UpdateItemFluentBuilder, table: &str, key: Item) -> UpdateItemFluentBuilder {
        update
            .table_name(table)
            .set_key(Some(key))
            .update_expression(self.update_expression())
            .set_condition_expression(self.condition_expression())
            .set_expression_attribute_names(Some(self.names))
            .set_expression_attribute_values(Some(self.values))
    }

    /// As part of a transaction.
    pub fn on(self, table: &str, key: Item) -> Result<Update, Error> {
        let (update, condition) = (self.update_expression(), self.condition_expression());
        Update::builder()
            .table_name(table)
            .set_key(Some(key))
            .update_expression(update)
            .set_condition_expression(condition)
            .set_expression_attribute_names(Some(self.names))
            .set_expression_attribute_values(Some(self.values).filter(|values| !values.is_empty()))
            .build()
            .map_err(error::build)
    }

    fn update_expression(&self) -> String {
        format!("SET {}", self.sets.join(", "))
    }

    fn condition_expression(&self) -> Option<String> {
        (!self.conditions.is_empty()).then(|| self.conditions.join(" AND "))
    }

    fn name(&mut self, name: &str) -> String {
        let placeholder = format!("#{name}");
        self.names.insert(placeholder.clone(), name.to_owned());
        placeholder
    }

    fn value(&mut self, value: AttributeValue) -> String {
        let placeholder = format!(":v{}", self.values.len());
        self.values.insert(placeholder.clone(), value);
        placeholder
    }
}

/// A text attribute.
pub fn text(value: &str) -> AttributeValue {
    AttributeValue::S(value.to_owned())
}

/// A key of one or two text attributes.
pub fn key<const N: usize>(attributes: [(&str, &str); N]) -> Item {
    attributes
        .into_iter()
        .map(|(name, value)| (name.to_owned(), text(value)))
        .collect()
}
