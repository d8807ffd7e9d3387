//! Sites in trouble, as the monitor writes it into their clients' records.

use aws_sdk_dynamodb::types::AttributeValue;
use domain::{Client, ClientId, ClientStatus, Clock, DatabaseProvider, NewClient, OperationId};
use runtime::{Context, SystemEntropy};
use serde_json::json;
use store::Store;

use crate::world::{World, settings};

/// The site of a client.
pub struct Site {
    /// Whose.
    pub client: ClientId,
}

impl World {
    /// A client with a live site, put straight into the records.
    pub async fn site(&self, label: &str) -> Site {
        let body = json!({"clientName": label, "contactEmail": "a@b.nl", "domain": label, "template": "blog"});
        let new = NewClient::parse(serde_json::from_value(body).unwrap()).unwrap();
        let id = ClientId::generate(&*self.time, &SystemEntropy);
        let operation = OperationId::generate(&*self.time, &SystemEntropy);
        let now = self.time.now();
        let client = Client {
            status: ClientStatus::Active,
            activated_at: Some(now),
            current_operation: None,
            ..new.into_client(id.clone(), operation, DatabaseProvider::Railway, now)
        };
        let mut item: std::collections::HashMap<_, _> = serde_dynamo::to_item(client).unwrap();
        item.insert("feed".to_owned(), AttributeValue::S("clients".to_owned()));
        let db = aws_sdk_dynamodb::Client::new(&self.sdk);
        let put = db.put_item().table_name(self.table("CLIENTS_TABLE"));
        put.set_item(Some(item)).send().await.unwrap();
        Site { client: id }
    }

    /// What is certain of a site: it is down, or not.
    pub async fn is_down(&self, site: &Site, down: bool) {
        let troubles = if down {
            json!({"down": self.time.now()})
        } else {
            json!({})
        };
        let watch = serde_dynamo::to_attribute_value(json!({"troubles": troubles})).unwrap();
        let db = aws_sdk_dynamodb::Client::new(&self.sdk);
        db.update_item()
            .table_name(self.table("CLIENTS_TABLE"))
            .key("id", AttributeValue::S(site.client.to_string()))
            .update_expression("SET #watch = :watch")
            .expression_attribute_names("#watch", "watch")
            .expression_attribute_values(":watch", watch)
            .send()
            .await
            .unwrap();
    }

    /// The desk's records, past the wire.
    pub fn desk_store(&self) -> Store {
        Context::new(settings(&self.parts, "incident-desk"), self.sdk.clone()).store()
    }

    /// The ids of the alerts in the outbox that are about an incident.
    pub async fn alerts_of(&self, incident: &str) -> Vec<String> {
        let db = aws_sdk_dynamodb::Client::new(&self.sdk);
        let rows = db.scan().table_name(self.table("OUTBOX_TABLE")).send().await.unwrap();
        let ids = rows.items().iter().map(|row| row["id"].as_s().unwrap().clone());
        let mut ids: Vec<String> = ids.filter(|id| id.contains(incident)).collect();
        ids.sort();
        ids
    }

    fn table(&self, variable: &str) -> String {
        settings(&self.parts, "incident-desk").optional(variable).unwrap()
    }
}
