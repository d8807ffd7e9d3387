//! What `Ref`, `GetAtt` and the names of conditions lead to.

use serde_json::Value;

use super::{TemplateError, names, scope::Scope, values::function, values::text};

impl Scope<'_> {
    /// What `!Ref` gives.
    pub(super) fn reference(&self, place: &str, target: &str, depth: usize) -> Result<String, TemplateError> {
        if let Some(value) = self.parameters.get(target) {
            return Ok(value.clone());
        }
        match target {
            "AWS::Region" => return Ok(self.place.region.clone()),
            "AWS::AccountId" => return Ok(self.place.account.clone()),
            "AWS::Partition" => return Ok(names::PARTITION.to_owned()),
            "AWS::StackName" => return Ok(names::STACK.to_owned()),
            _ => {}
        }
        match self.kind(place, target)? {
            "AWS::SQS::Queue" => {
                let name = self.name_of(place, target, depth)?;
                Ok(self.place.queue_url(&name))
            }
            "AWS::SecretsManager::Secret" => Ok(self.place.secret_arn(&self.name_of(place, target, depth)?)),
            "AWS::DynamoDB::Table"
            | "AWS::Serverless::Function"
            | "AWS::Serverless::HttpApi"
            | "AWS::Logs::LogGroup" => self.name_of(place, target, depth),
            other => Err(TemplateError::unknown(place, format!("a Ref to {other}"))),
        }
    }

    /// What `!GetAtt` gives.
    pub(super) fn attribute(
        &self,
        place: &str,
        target: &str,
        attribute: &str,
        depth: usize,
    ) -> Result<String, TemplateError> {
        let kind = self.kind(place, target)?;
        let name = self.name_of(place, target, depth)?;
        match (kind, attribute) {
            ("AWS::SQS::Queue", "Arn") => Ok(self.place.queue_arn(&name)),
            ("AWS::SQS::Queue", "QueueName") => Ok(name),
            ("AWS::DynamoDB::Table", "Arn") => Ok(self.place.arn("dynamodb", &format!("table/{name}"))),
            ("AWS::Serverless::Function", "Arn") => Ok(self.place.arn("lambda", &format!("function:{name}"))),
            ("AWS::Logs::LogGroup", "Arn") => Ok(self.place.arn("logs", &format!("log-group:{name}:*"))),
            _ => Err(TemplateError::unknown(
                place,
                format!("the attribute {attribute} of {kind}"),
            )),
        }
    }

    /// The name of a resource: its own, or one made from its name in the template.
    pub(super) fn name_of(&self, place: &str, logical_id: &str, depth: usize) -> Result<String, TemplateError> {
        let property = match self.kind(place, logical_id)? {
            "AWS::SQS::Queue" => "QueueName",
            "AWS::DynamoDB::Table" => "TableName",
            "AWS::Serverless::Function" => "FunctionName",
            "AWS::Logs::LogGroup" => "LogGroupName",
            "AWS::Serverless::HttpApi" => return Ok("local".to_owned()),
            _ => "Name",
        };
        let resource = self.resources.get(logical_id);
        let given = resource
            .and_then(|one| one.get("Properties"))
            .and_then(|properties| properties.get(property));
        let name = match given {
            Some(given) => self.at(place, given, depth + 1)?,
            None => None,
        };
        match name {
            Some(name) => text(place, &name),
            None => Ok(names::generated(logical_id)),
        }
    }

    fn kind(&self, place: &str, logical_id: &str) -> Result<&str, TemplateError> {
        let resource = self.resources.get(logical_id);
        resource
            .and_then(|one| one.get("Type"))
            .and_then(Value::as_str)
            .ok_or_else(|| TemplateError::unknown(place, format!("the name {logical_id}")))
    }

    pub(super) fn named(&self, place: &str, condition: &str, depth: usize) -> Result<bool, TemplateError> {
        let expression = self
            .conditions
            .get(condition)
            .ok_or_else(|| TemplateError::unknown(place, format!("the condition {condition}")))?;
        self.truth(condition, expression, depth + 1)
    }

    fn truth(&self, place: &str, expression: &Value, depth: usize) -> Result<bool, TemplateError> {
        let wrong = || TemplateError::malformed(place, format!("{expression} is not a condition"));
        if depth > super::scope::DEEPEST {
            return Err(TemplateError::malformed(place, "it refers to itself"));
        }
        if let Some(name) = expression.get("Condition").and_then(Value::as_str) {
            return self.named(place, name, depth);
        }
        let (name, argument) = expression.as_object().and_then(function).ok_or_else(wrong)?;
        let arguments = argument.as_array().ok_or_else(wrong)?;
        let all = |depth| arguments.iter().map(move |one| self.truth(place, one, depth));
        match (name, arguments.as_slice()) {
            ("Fn::Equals", [left, right]) => {
                let side = |one| match self.at(place, one, depth)? {
                    Some(value) => text(place, &value),
                    None => Err(wrong()),
                };
                Ok(side(left)? == side(right)?)
            }
            ("Fn::Not", [one]) => Ok(!self.truth(place, one, depth + 1)?),
            ("Fn::And", [_, _, ..]) => Ok(all(depth + 1)
                .collect::<Result<Vec<_>, _>>()?
                .into_iter()
                .all(|one| one)),
            ("Fn::Or", [_, _, ..]) => Ok(all(depth + 1)
                .collect::<Result<Vec<_>, _>>()?
                .into_iter()
                .any(|one| one)),
            ("Fn::Equals" | "Fn::Not" | "Fn::And" | "Fn::Or", _) => Err(wrong()),
            _ => Err(TemplateError::unknown(place, format!("the condition function {name}"))),
        }
    }
}
