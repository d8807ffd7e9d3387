//! A look into AWS past the wire: records and secrets as they are stored, and what only a test may change in them.

use aws_sdk_dynamodb::types::AttributeValue;
use domain::{ClientId, Clock, Operation};
use runtime::Context;
use serde_json::Value;

use crate::world::{World, settings};

impl World {
    /// All records that an operation works with, as they are stored.
    pub async fn records(&self) -> Value {
        let db = aws_sdk_dynamodb::Client::new(&self.sdk);
        let mut tables = serde_json::Map::new();
        for (variable, table) in self.tables() {
            let items = db
                .scan()
                .table_name(table)
                .send()
                .await
                .unwrap()
                .items
                .unwrap_or_default();
            let items: Vec<Value> = serde_dynamo::from_items(items).unwrap();
            tables.insert(variable.to_owned(), items.into());
        }
        tables.into()
    }

    /// Stores records as they were stored once.
    pub async fn put_records(&self, records: &Value) {
        let db = aws_sdk_dynamodb::Client::new(&self.sdk);
        for (variable, table) in self.tables() {
            for record in records[variable].as_array().unwrap() {
                let item = serde_dynamo::to_item(record).unwrap();
                db.put_item()
                    .table_name(&table)
                    .set_item(Some(item))
                    .send()
                    .await
                    .unwrap();
            }
        }
    }

    fn tables(&self) -> Vec<(&'static str, String)> {
        let settings = settings(&self.parts, "provisioner");
        let names = [
            "CLIENTS_TABLE",
            "OPERATIONS_TABLE",
            "RESOURCES_TABLE",
            "DEPLOYMENTS_TABLE",
            "LOCKS_TABLE",
            "OUTBOX_TABLE",
        ];
        names.map(|name| (name, settings.optional(name).unwrap())).into()
    }

    /// All secrets that there are: their names with the texts in them.
    pub async fn secrets(&self) -> Vec<(String, String)> {
        let manager = aws_sdk_secretsmanager::Client::new(&self.sdk);
        let mut found = Vec::new();
        for listed in manager.list_secrets().send().await.unwrap().secret_list() {
            let name = listed.name().unwrap();
            let value = manager.get_secret_value().secret_id(name).send().await.unwrap();
            let value: Value = serde_json::from_str(value.secret_string().unwrap()).unwrap();
            for (member, text) in value.as_object().unwrap() {
                found.push((format!("{name} {member}"), text.as_str().unwrap().to_owned()));
            }
        }
        found
    }

    /// Does a secret of this name exist?
    pub async fn secret_exists(&self, client: &ClientId) -> bool {
        let context = Context::new(settings(&self.parts, "provisioner"), self.sdk.clone());
        context.secrets().unwrap().client_exists(client).await.unwrap()
    }

    /// Nobody remembers that a service was down.
    pub async fn forget_troubles(&self) {
        let settings = settings(&self.parts, "provisioner");
        let table = settings.optional("LOCKS_TABLE").unwrap();
        let db = aws_sdk_dynamodb::Client::new(&self.sdk);
        for service in ["vercel", "railway", "github"] {
            let key = AttributeValue::S(format!("breaker#{service}"));
            db.delete_item()
                .table_name(&table)
                .key("key", key)
                .send()
                .await
                .unwrap();
        }
    }

    /// Lets pass whatever an operation waits for: its pause, and the lease of a process that is dead.
    pub(crate) async fn make_due(&self, operation: &Operation) {
        let table = settings(&self.parts, "provisioner")
            .optional("OPERATIONS_TABLE")
            .unwrap();
        let db = aws_sdk_dynamodb::Client::new(&self.sdk);
        db.update_item()
            .table_name(table)
            .key("id", AttributeValue::S(operation.id.to_string()))
            .update_expression("SET #due = :now, #lease = :none")
            .expression_attribute_names("#due", "dueAt")
            .expression_attribute_names("#lease", "lease")
            .expression_attribute_values(":now", AttributeValue::S(runtime::SystemClock.now().to_string()))
            .expression_attribute_values(":none", AttributeValue::Null(true))
            .send()
            .await
            .unwrap();
        self.forget_troubles().await;
    }
}
