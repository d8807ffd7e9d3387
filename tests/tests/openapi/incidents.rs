//! The routes of incidents, held against the document.

use reqwest::Method;
use serde_json::{Value, json};
use tests::World;

use crate::{document::Document, send};

/// An incident of this client, through all that can be asked of it; gives it.
pub async fn break_and_mend(world: &World, document: &Document, client: &str) -> Value {
    world.watched(client, &["down"]).await;
    world.desk(&[client.to_owned()]).await;
    let found = world.incidents("status=open", |docs| !docs.is_empty()).await;
    let id = found[0]["id"].as_str().unwrap().to_owned();
    for body in [
        json!({"text": "The host restarts its routers"}),
        json!({"text": ""}),
        json!({"note": "x"}),
        json!({}),
    ] {
        send(world, document, Method::POST, "/incidents/{id}/note", &id, &body).await;
    }
    let ack = world.api(Method::POST, &format!("/incidents/{id}/ack"), None).await;
    document.holds("post", "/incidents/{id}/ack", &ack);
    for query in ["", "?status=acknowledged&severity=critical&limit=1", "?status=shut"] {
        let page = world.api(Method::GET, &format!("/incidents{query}"), None).await;
        document.holds("get", "/incidents", &page);
    }
    world.watched(client, &[]).await;
    world.desk(&[]).await;
    world.incidents("status=resolved", |docs| !docs.is_empty()).await;
    let late = world.api(Method::POST, &format!("/incidents/{id}/ack"), None).await;
    assert_eq!(late.status, 409);
    document.holds("post", "/incidents/{id}/ack", &late);
    found[0].clone()
}
