//! Resources into what the local stack brings up.

use std::{collections::BTreeMap, time::Duration};

use serde_json::{Map, Value};

use super::{
    TemplateError,
    model::{Queue, Secret, SecretValue, Stack, Table},
    scope::Scope,
    serverless,
    values::{number, only, text},
};

/// Need nothing locally: what a function says goes to the stack's own log, and nobody sleeps beside a stack on their own machine.
const NOT_HERE: &[&str] = &[
    "AWS::Logs::LogGroup",
    "AWS::CloudWatch::Alarm",
    "AWS::SNS::Topic",
    "AWS::SNS::Subscription",
];

/// Everything that the template brings up.
pub fn stack(document: &Value, scope: &Scope<'_>) -> Result<Stack, TemplateError> {
    let mut stack = Stack::default();
    let mut arns = BTreeMap::new();
    let mut resources = Vec::new();
    for (id, resource) in scope.resources {
        if let Some(condition) = resource.get("Condition").and_then(Value::as_str)
            && !scope.holds(id, condition)?
        {
            continue;
        }
        let kind = resource.get("Type").and_then(Value::as_str).unwrap_or_default();
        if NOT_HERE.contains(&kind) {
            continue;
        }
        let properties = match resource.get("Properties") {
            // What a function may do is enforced by IAM alone; nothing in a policy reaches the local stack.
            Some(Value::Object(all)) => {
                let mut all = all.clone();
                all.remove("Policies");
                scope.evaluate(id, &Value::Object(all))?
            }
            _ => None,
        };
        resources.push(Resource {
            id,
            kind,
            properties: properties.unwrap_or_default(),
        });
        if kind == "AWS::Serverless::Function" {
            arns.insert(scope.attribute(id, id, "Arn", 0)?, id.clone());
        }
    }
    let apis = resources.iter().filter(|one| one.kind == "AWS::Serverless::HttpApi");
    let api = serverless::Api::new(apis, &arns)?;
    let globals = serverless::Globals::new(document, scope)?;
    for resource in &resources {
        match resource.kind {
            "AWS::DynamoDB::Table" => stack.tables.push(table(resource, scope)?),
            "AWS::SQS::Queue" => stack.queues.push(queue(resource, scope)?),
            "AWS::SecretsManager::Secret" => stack.secrets.push(secret(resource, scope)?),
            "AWS::Serverless::Function" => serverless::function(resource, scope, &globals, &api, &mut stack)?,
            "AWS::Serverless::HttpApi" => {}
            other => {
                return Err(TemplateError::unknown(
                    resource.id,
                    format!("the resource type {other}"),
                ));
            }
        }
    }
    // A queue of dead letters must be there before the one that names it.
    stack.queues.sort_by_key(|queue| queue.redrive.is_some());
    Ok(stack)
}

/// A resource, its properties worked out.
pub struct Resource<'a> {
    /// Its name in the template.
    pub id: &'a str,
    /// Its type.
    pub kind: &'a str,
    /// Its properties.
    pub properties: Value,
}

impl Resource<'_> {
    /// A property.
    pub fn get(&self, pointer: &str) -> Option<&Value> {
        self.properties.pointer(pointer)
    }

    /// A property that must be there.
    pub fn need(&self, pointer: &str) -> Result<&Value, TemplateError> {
        self.get(pointer)
            .ok_or_else(|| TemplateError::malformed(self.id, format!("{pointer} is missing")))
    }

    /// A number of seconds, or what AWS takes when it is not given.
    pub fn seconds(&self, pointer: &str, default: u64) -> Result<Duration, TemplateError> {
        let seconds = self.get(pointer).map_or(Ok(default), |value| number(self.id, value))?;
        Ok(Duration::from_secs(seconds))
    }

    /// Refuses properties that this stack does not know.
    pub fn only(&self, known: &[&str]) -> Result<(), TemplateError> {
        only(self.id, Some(&self.properties), known)
    }
}

fn table(resource: &Resource<'_>, scope: &Scope<'_>) -> Result<Table, TemplateError> {
    const CREATED: [&str; 5] = [
        "AttributeDefinitions",
        "BillingMode",
        "GlobalSecondaryIndexes",
        "KeySchema",
        "LocalSecondaryIndexes",
    ];
    // Protection, copies and encryption mean nothing on one machine.
    const IGNORED: [&str; 5] = [
        "DeletionProtectionEnabled",
        "PointInTimeRecoverySpecification",
        "SSESpecification",
        "TableName",
        "TimeToLiveSpecification",
    ];
    resource.only(&[CREATED, IGNORED].concat())?;
    let name = scope.name_of(resource.id, resource.id, 0)?;
    let mut definition = Map::from_iter([("TableName".to_owned(), Value::String(name.clone()))]);
    for property in CREATED {
        if let Some(value) = resource.properties.get(property) {
            definition.insert(property.to_owned(), value.clone());
        }
    }
    let enabled = resource
        .get("/TimeToLiveSpecification/Enabled")
        .and_then(Value::as_bool)
        == Some(true);
    let attribute = resource
        .get("/TimeToLiveSpecification/AttributeName")
        .filter(|_| enabled);
    Ok(Table {
        name,
        definition: Value::Object(definition),
        ttl_attribute: attribute.map(|value| text(resource.id, value)).transpose()?,
    })
}

fn queue(resource: &Resource<'_>, scope: &Scope<'_>) -> Result<Queue, TemplateError> {
    resource.only(&[
        "DelaySeconds",
        "MessageRetentionPeriod",
        "QueueName",
        "RedrivePolicy",
        "SqsManagedSseEnabled",
        "VisibilityTimeout",
    ])?;
    let redrive = match resource.get("/RedrivePolicy") {
        None => None,
        Some(_) => {
            let target = text(resource.id, resource.need("/RedrivePolicy/deadLetterTargetArn")?)?;
            let times = number(resource.id, resource.need("/RedrivePolicy/maxReceiveCount")?)?;
            let times = u32::try_from(times).map_err(|_| TemplateError::malformed(resource.id, "too many receives"))?;
            Some((queue_of(resource.id, &target)?, times))
        }
    };
    Ok(Queue {
        logical_id: resource.id.to_owned(),
        name: scope.name_of(resource.id, resource.id, 0)?,
        visibility: resource.seconds("/VisibilityTimeout", 30)?,
        delay: resource.seconds("/DelaySeconds", 0)?,
        retention: resource.seconds("/MessageRetentionPeriod", 345_600)?,
        redrive,
    })
}

/// The name of the queue that this ARN means: its last part, whatever account and region AWS put before it.
pub fn queue_of(place: &str, arn: &str) -> Result<String, TemplateError> {
    let name = match arn.split(':').collect::<Vec<_>>().as_slice() {
        ["arn", _, "sqs", _, _, name] => Some((*name).to_owned()),
        _ => None,
    };
    name.ok_or_else(|| TemplateError::malformed(place, format!("{arn} is not the ARN of a queue")))
}

fn secret(resource: &Resource<'_>, scope: &Scope<'_>) -> Result<Secret, TemplateError> {
    resource.only(&["Description", "GenerateSecretString", "Name", "SecretString"])?;
    let value = match resource.get("/SecretString") {
        Some(value) => SecretValue::Text(text(resource.id, value)?),
        None => SecretValue::Generated {
            template: text(
                resource.id,
                resource.need("/GenerateSecretString/SecretStringTemplate")?,
            )?,
            key: text(resource.id, resource.need("/GenerateSecretString/GenerateStringKey")?)?,
            length: resource
                .get("/GenerateSecretString/PasswordLength")
                .map_or(Ok(32), |value| number(resource.id, value))
                .map(|length| usize::try_from(length).unwrap_or(32))?,
            exclude_punctuation: resource.get("/GenerateSecretString/ExcludePunctuation") == Some(&Value::Bool(true)),
        },
    };
    Ok(Secret {
        logical_id: resource.id.to_owned(),
        name: scope.name_of(resource.id, resource.id, 0)?,
        value,
    })
}
