//! Clients that nobody has provisioned: their records are put where a provisioned client's would stand.

use std::time::Duration;

use aws_sdk_dynamodb::types::{AttributeValue, PutRequest, WriteRequest};
use domain::{
    Client, ClientId, ClientStatus, Clock,
    monitoring::{Day, RunPage},
};
use serde_json::json;
use store::{Place, Placed, Shard};

use crate::World;

impl World {
    /// Puts so many live clients, site-0 and so on, into the records.
    pub async fn add_clients(&self, count: usize) -> Vec<ClientId> {
        self.add_clients_from(0, count).await
    }

    /// The same, numbered from one on.
    pub async fn add_clients_from(&self, from: usize, count: usize) -> Vec<ClientId> {
        let clients: Vec<Client> = (from..from + count).map(|number| self.client(number)).collect();
        for chunk in clients.chunks(25) {
            let writes = chunk.iter().map(|client| {
                let mut item: std::collections::HashMap<String, AttributeValue> =
                    serde_dynamo::to_item(client).unwrap();
                item.insert("feed".to_owned(), AttributeValue::S("clients".to_owned()));
                let put = PutRequest::builder().set_item(Some(item)).build().unwrap();
                WriteRequest::builder().put_request(put).build()
            });
            let table = self.table("CLIENTS_TABLE");
            self.db
                .batch_write_item()
                .request_items(table, writes.collect())
                .send()
                .await
                .unwrap();
        }
        clients.into_iter().map(|client| client.id).collect()
    }

    fn client(&self, number: usize) -> Client {
        let now = self.clock.now();
        serde_json::from_value(json!({
            "id": format!("cl_01jdexmp1e{number:016}"), "revision": 1, "name": format!("Client {number}"),
            "domain": label(number), "contactEmail": "someone@example.com", "contactName": null, "contactPhone": null,
            "template": "corporate", "enabledFeatures": [], "disabledCollections": [], "status": "active",
            "vercelProjectId": "prj_1", "databaseProvider": "railway", "databaseSecretArn": "arn:aws:secretsmanager:x",
            "customEnvironment": [], "customSettings": {}, "plan": "starter", "billingStatus": "active",
            "monthlyFeeCents": 2500, "nextBillingDate": null, "lastHealthCheck": now, "healthStatus": "healthy",
            "health": null, "uptimePercentage": null, "notes": null, "tags": [], "currentOperation": null,
            "lastOperation": "op_01jdexmp1e0000000000000000", "activatedAt": now, "createdAt": now, "updatedAt": now,
            "deletedAt": null,
        }))
        .unwrap()
    }

    pub async fn record(&self, id: &ClientId) -> Client {
        self.store.client(id).await.unwrap().unwrap()
    }

    pub async fn set_status(&self, id: &ClientId, status: ClientStatus) {
        self.set_attribute(id, "status", AttributeValue::S(status.name().to_owned()))
            .await;
    }

    /// Changes one attribute of a record, as an operation would.
    pub async fn set_attribute(&self, id: &ClientId, attribute: &str, value: AttributeValue) {
        self.db
            .update_item()
            .table_name(self.table("CLIENTS_TABLE"))
            .key("id", AttributeValue::S(id.to_string()))
            .update_expression("SET #attribute = :value")
            .expression_attribute_names("#attribute", attribute)
            .expression_attribute_values(":value", value)
            .send()
            .await
            .unwrap();
    }

    /// All pages of a shard.
    pub async fn pages(&self, shard: Shard) -> Vec<Placed> {
        let (from, until) = (
            domain::Instant::from_milliseconds(0),
            self.clock.now().after(Duration::from_secs(86_400)),
        );
        self.store.pages_between(shard, from, until).await.unwrap()
    }

    /// The page of the run that was last, at a stage.
    pub async fn page(&self, shard: Shard, run: domain::Instant, stage: u8) -> Option<RunPage> {
        self.store.page(Place { shard, run, stage }).await.unwrap()
    }

    pub fn today(&self) -> Day {
        Day::of(self.clock.now())
    }
}

/// The label of a client.
pub fn label(number: usize) -> String {
    format!("site-{number}")
}

impl World {
    /// The records of all clients.
    pub async fn all_clients(&self) -> Vec<Client> {
        let mut items = self
            .db
            .scan()
            .table_name(self.table("CLIENTS_TABLE"))
            .into_paginator()
            .items()
            .send();
        let mut all = Vec::new();
        while let Some(item) = items.next().await {
            all.push(serde_dynamo::from_item(item.unwrap()).unwrap());
        }
        all
    }

    /// The ids of what the desk has told.
    pub async fn alerts(&self) -> Vec<String> {
        let mut ids = self.notices().await;
        ids.retain(|id| id.starts_with("alert-"));
        ids.sort();
        ids
    }

    /// The ids of all rows of the outbox.
    pub async fn notices(&self) -> Vec<String> {
        let scan = self.db.scan().table_name(self.table("OUTBOX_TABLE"));
        let items = scan.send().await.unwrap().items.unwrap_or_default();
        items.iter().map(|item| item["id"].as_s().unwrap().clone()).collect()
    }
}
