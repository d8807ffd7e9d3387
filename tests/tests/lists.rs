//! Lists, exports and imports.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, missing_docs, reason = "tests")]

use reqwest::Method;
use serde_json::{Value, json};
use tests::{World, acme};

const SHEET: &str = "clientName,contactEmail,domain,template,plan,tags\n\
    Alpha,a@alpha.nl,alpha,blog,starter,vip;nl\n\
    Beta,b@beta.nl,beta-site,portfolio,enterprise,\n\
    Gamma,nobody,gamma,blog,free,\n\
    Delta,d@delta.nl,alpha,blog,free,\n";

async fn import(world: &World, dry: bool) -> Value {
    let bearer = format!("Bearer {}", world.stack.field("apiKey"));
    let headers = [("authorization", bearer.as_str()), ("content-type", "text/csv")];
    world
        .api_with(
            Method::POST,
            &format!("/clients/import?dryRun={dry}"),
            &headers,
            Some(SHEET.to_owned()),
        )
        .await
        .json()
}

#[tokio::test]
async fn a_sheet_is_tried_imported_listed_and_exported() {
    let world = World::new().await;
    let statuses = |report: &Value| -> Vec<String> {
        report["rows"]
            .as_array()
            .unwrap()
            .iter()
            .map(|row| row["status"].as_str().unwrap().to_owned())
            .collect()
    };
    let tried = import(&world, true).await;
    assert_eq!(statuses(&tried), ["valid", "valid", "refused", "refused"], "{tried:#}");
    assert_eq!(world.get("/clients").await["totalDocs"], 0);

    let done = import(&world, false).await;
    assert_eq!(
        statuses(&done),
        ["created", "created", "refused", "refused"],
        "{done:#}"
    );
    for row in done["rows"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|row| row["status"] == "created")
    {
        assert_eq!(
            world.ended(&json!({"id": row["operationId"]})).await["status"],
            "succeeded"
        );
    }
    assert_eq!(world.counts().await, [2, 2, 2, 2]);

    let page = world.get("/clients?sort=name&limit=1").await;
    for (field, value) in [
        ("totalDocs", json!(2)),
        ("limit", json!(1)),
        ("page", json!(1)),
        ("totalPages", json!(2)),
        ("hasNextPage", json!(true)),
        ("hasPrevPage", json!(false)),
        ("nextPage", json!(2)),
        ("prevPage", Value::Null),
    ] {
        assert_eq!(page[field], value, "{field}");
    }
    assert_eq!(page["docs"][0]["name"], "Alpha");
    for (query, name) in [
        ("template=portfolio", "Beta"),
        ("plan=enterprise", "Beta"),
        ("search=ALPHA.nl", "Alpha"),
        ("tag=vip", "Alpha"),
    ] {
        let found = world.get(&format!("/clients?{query}")).await;
        assert_eq!(
            (&found["totalDocs"], &found["docs"][0]["name"]),
            (&json!(1), &json!(name)),
            "{query}"
        );
    }
    let sheet = world.api(Method::GET, "/clients/export?format=csv", None).await;
    assert!(
        sheet.text.contains("Alpha,") && sheet.text.contains("beta-site"),
        "{}",
        sheet.text
    );
}

#[tokio::test]
async fn an_export_and_the_records_hold_no_secret() {
    let world = World::new().await;
    let mut body = acme();
    body["customEnvironment"] = json!({"STRIPE_KEY": "marker-of-a-secret"});
    let client = world.live_client(&body).await;
    assert_eq!(client["customEnvironment"], json!(["STRIPE_KEY"]));
    let path = format!("/clients/{}", client["id"].as_str().unwrap());
    let export = world.api(Method::GET, &format!("{path}/export"), None).await;
    let exported = export.expect(200);
    assert_eq!(exported["deployments"].as_array().unwrap().len(), 1);
    assert!(exported["deployments"][0]["environmentSnapshot"]["STRIPE_KEY"].is_string());
    assert!(
        exported["configuration"]["collections"]
            .as_array()
            .unwrap()
            .contains(&json!("products"))
    );
    let calls = world.sandbox(Method::GET, "calls", None).await.text;
    let operations = world.api(Method::GET, &format!("{path}/operations"), None).await.text;
    for text in [&export.text, &calls, &operations] {
        for secret in ["marker-of-a-secret", "postgresql://"] {
            assert!(!text.contains(secret), "{secret}");
        }
    }
}
