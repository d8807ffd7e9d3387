//! The API's document is what happens: every route is called and what is sent and answered is held against it.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    reason = "tests"
)]

mod channels;
mod document;
mod health;
mod incidents;
mod maintenance;
mod rollouts;

use std::collections::BTreeMap;

use reqwest::Method;
use serde_json::{Value, json};
use tests::{Answer, World, acme};

use document::Document;

/// Calls every GET route; `ids` says what stands for `{id}` below which path.
async fn read_everything(world: &World, document: &Document, ids: &BTreeMap<&str, String>) {
    let reads: Vec<&String> = document.whole["paths"]
        .as_object()
        .unwrap()
        .iter()
        .filter(|(_, methods)| methods.get("get").is_some())
        .map(|(path, _)| path)
        // What everybody may know of a site is there while the site is: `health.rs` asks for it.
        .filter(|path| !path.contains("{domain}"))
        .collect();
    assert!(reads.len() >= 13, "{reads:?}");
    for path in reads {
        let path = path.strip_prefix("/api/platform").unwrap();
        let id = path.split('/').nth(1).and_then(|below| ids.get(below));
        let called = path.replace("{id}", id.map_or("none", String::as_str));
        let answer = world.api(Method::GET, &called, None).await;
        assert_eq!(answer.status, 200, "{called}: {}", answer.text);
        document.holds("get", path, &answer);
        if path.contains("{id}") {
            let absent = world.api(Method::GET, &path.replace("{id}", "nobody"), None).await;
            assert_eq!(absent.status, 404, "{path}");
            document.holds("get", path, &absent);
        }
    }
    for (path, query) in [
        ("/clients", "?status=deleted,active,failed&limit=1&sort=name"),
        ("/clients/export", "?format=csv"),
        ("/clients/export", "?status=deleted"),
        ("/clients", "?limit=0"),
        ("/clients/export", "?format=xml"),
    ] {
        document.holds(
            "get",
            path,
            &world.api(Method::GET, &format!("{path}{query}"), None).await,
        );
    }
}

/// Sends a JSON body to a route; the document must take it exactly if the platform does.
async fn send(world: &World, document: &Document, method: Method, path: &str, id: &str, body: &Value) -> Answer {
    let name = method.as_str().to_lowercase();
    let answer = world.api(method, &path.replace("{id}", id), Some(body)).await;
    assert_eq!(
        document.takes(&name, path, body),
        answer.status.is_success(),
        "{name} {path} {body}: {}",
        answer.text
    );
    document.holds(&name, path, &answer);
    answer
}

/// Asks everything of a live client and of its operations that can be asked.
async fn operate(world: &World, document: &Document, id: &str) {
    for (path, body) in [
        (
            "/clients/{id}/redeploy",
            json!({"ref": "main", "type": "hotfix", "ifChanged": false, "reason": "a mend"}),
        ),
        ("/clients/{id}/rollback", json!({"reason": "it was no mend"})),
        ("/clients/{id}/suspend", json!({"reason": "not paid"})),
        ("/clients/{id}/activate", json!({})),
        ("/clients/{id}/redeploy", json!({"branch": "main"})),
        ("/clients/{id}/suspend", json!({"reason": 1})),
    ] {
        let answer = send(world, document, Method::POST, path, id, &body).await;
        if answer.status == 202 {
            let ended = world.ended(&answer.json()["operation"]).await;
            assert_eq!(ended["status"], "succeeded", "{path} {ended:#}");
        }
    }
    let change = json!({"enabledFeatures": ["forms"], "customEnvironment": {"A": "1"}});
    let update = send(world, document, Method::PATCH, "/clients/{id}", id, &change)
        .await
        .expect(202);
    world.ended(&update["operation"]).await;

    // One that fails, is called off and ends, with the platform frozen in between.
    world
        .fault(json!({"service": "vercel", "operation": "create_deployment", "mode": "build_error"}))
        .await;
    let failed = send(world, document, Method::POST, "/clients/{id}/redeploy", id, &json!({}))
        .await
        .expect(202);
    let operation = failed["operation"]["id"].as_str().unwrap();
    world.ended(&failed["operation"]).await;
    let freeze = |frozen: bool| json!({"frozen": frozen, "reason": "a test"});
    send(world, document, Method::PUT, "/freeze", "", &freeze(true))
        .await
        .expect(200);
    send(
        world,
        document,
        Method::POST,
        "/operations/{id}/retry",
        operation,
        &json!({}),
    )
    .await
    .expect(202);
    world.parked_for(&failed["operation"], "freeze").await;
    let cancelled = world
        .api(Method::POST, &format!("/operations/{operation}/cancel"), None)
        .await;
    document.holds("post", "/operations/{id}/cancel", &cancelled);
    cancelled.expect(202);
    assert_eq!(world.ended(&failed["operation"]).await["status"], "cancelled");
    send(world, document, Method::PUT, "/freeze", "", &freeze(false))
        .await
        .expect(200);
    send(world, document, Method::PUT, "/freeze", "", &json!({"frozen": "yes"})).await;
}

#[tokio::test]
async fn every_route_answers_what_the_document_says() {
    let world = World::with(&["--parameter", "DeleteGraceSeconds=86400"]).await;
    let document = Document::of(&world).await;

    // The document's own example is a client.
    let body = document.example("NewClientBody");
    let made = send(&world, &document, Method::POST, "/clients", "", &body)
        .await
        .expect(202);
    let id = made["client"]["id"].as_str().unwrap();
    assert_eq!(world.ended(&made["operation"]).await["status"], "succeeded");
    let rollout = rollouts::roll_out(&world, &document).await;
    let incident = incidents::break_and_mend(&world, &document, id).await;
    let window = maintenance::make_and_change(&world, &document, id).await;
    let channel = channels::reach(&world, &document).await;
    let ids = |operation: &Value| {
        let operation = operation["id"].as_str().unwrap().to_owned();
        BTreeMap::from([
            ("channels", channel.clone()),
            ("rollouts", rollout["id"].as_str().unwrap().to_owned()),
            ("incidents", incident["id"].as_str().unwrap().to_owned()),
            ("maintenance", window["id"].as_str().unwrap().to_owned()),
            ("clients", id.to_owned()),
            ("operations", operation),
            ("templates", "blog".to_owned()),
        ])
    };
    read_everything(&world, &document, &ids(&made["operation"])).await;

    for body in [
        json!({"name": "Acme", "contactEmail": "b@acme.com", "contactName": "Anna", "contactPhone": "+31 20 555 0100"}),
        json!({"notes": "n", "tags": ["vip"], "plan": "enterprise", "monthlyFee": 12.5}),
        json!({"billingStatus": "trial", "nextBillingDate": "2031-01-01T00:00:00Z"}),
        json!({"contactName": null, "contactPhone": null, "notes": null, "nextBillingDate": null}),
        json!({"monitoring": {"intervalMinutes": 60, "timeoutMs": null, "confirm": {"up": 1}}}),
        json!({"monitoring": {"thresholds": {"slowMs": 1000, "certificateDays": [30, 20, 10, 1]}}}),
        json!({"monitoring": {"condition": {"kind": "keyword", "text": "Acme", "absent": false}}}),
        json!({"monitoring": {"condition": {"kind": "json", "pointer": "/status", "equals": {"a": [1, null]}}}}),
        json!({"monitoring": {"intervalMinutes": 0}}),
        json!({"monitoring": {"thresholds": {"slowMs": 1}}}),
        json!({"monitoring": {"condition": {"kind": "regex"}}}),
        json!({"monitoring": {"colour": "red"}}),
        json!({"billingStatus": "paid"}),
        json!({"name": null}),
        json!({"clientName": "Acme again"}),
        json!({"colour": "red"}),
    ] {
        send(&world, &document, Method::PATCH, "/clients/{id}", id, &body).await;
    }
    send(
        &world,
        &document,
        Method::POST,
        "/clients",
        "",
        &json!({"clientName": "Acme"}),
    )
    .await;
    send(&world, &document, Method::POST, "/keys", "", &json!({"name": "CI"})).await;
    send(
        &world,
        &document,
        Method::POST,
        "/keys",
        "",
        &json!({"name": "CI", "role": "king"}),
    )
    .await;
    let key = send(
        &world,
        &document,
        Method::POST,
        "/keys",
        "",
        &json!({"name": "CI", "role": "viewer"}),
    )
    .await;
    let key = format!("/keys/{}", key.json()["id"].as_str().unwrap());
    document.holds("delete", "/keys/{id}", &world.api(Method::DELETE, &key, None).await);

    let bearer = format!("Bearer {}", world.stack.field("apiKey"));
    let headers = [("authorization", bearer.as_str()), ("content-type", "text/csv")];
    let sheet = "clientName,contactEmail,domain,template\nB,b@beta.nl,beta,blog\nC,nobody,gamma,blog\n";
    for dry in ["?dryRun=true", ""] {
        let path = format!("/clients/import{dry}");
        let answer = world
            .api_with(Method::POST, &path, &headers, Some(sheet.to_owned()))
            .await;
        document.holds("post", "/clients/import", &answer);
        if let Some(operation) = answer.json()["rows"][0].get("operationId") {
            world.ended(&json!({"id": operation})).await;
        }
    }

    operate(&world, &document, id).await;
    health::look(&world, &document, id).await;
    let path = format!("/clients/{id}");
    let refused = world.api_also(Method::DELETE, &path, ("if-match", "\"1\""), None).await;
    assert_eq!(refused.status, 412);
    document.holds("delete", "/clients/{id}", &refused);
    let begun = world.api(Method::DELETE, &path, None).await;
    document.holds("delete", "/clients/{id}", &begun);
    world.parked_for(&begun.expect(202)["operation"], "grace").await;
    let back = world.api(Method::POST, &format!("{path}/restore"), None).await;
    document.holds("post", "/clients/{id}/restore", &back);
    world.ended(&back.expect(202)["operation"]).await;
    let begun = world.api(Method::DELETE, &format!("{path}?now=true"), None).await;
    document.holds("delete", "/clients/{id}", &begun);
    let operation = begun.expect(202)["operation"].clone();
    world.ended(&operation).await;
    document.holds("delete", "/clients/{id}", &world.api(Method::DELETE, &path, None).await);
    read_everything(&world, &document, &ids(&operation)).await;

    let seen = document.seen.borrow();
    let unseen: Vec<String> = document
        .promised()
        .into_iter()
        .filter(|promise| !seen.contains(promise))
        .collect();
    assert!(unseen.is_empty(), "never answered: {unseen:?}");
}

#[tokio::test]
async fn what_failed_looks_as_the_document_says_too() {
    let world = World::new().await;
    let document = Document::of(&world).await;
    world
        .fault(json!({"service": "vercel", "operation": "create_deployment", "mode": "build_error"}))
        .await;
    let (client, operation) = world.add_client(&acme()).await;
    let ended = world.ended(&operation).await;
    assert!(ended["error"].is_object(), "{ended:#}");
    // Something that the audit finds.
    world.project_at_vercel("client-acme-again", Some(&client)).await;
    assert_eq!(world.run("DriftAudit").await.status, 200);
    assert_eq!(world.get("/drift").await["totalDocs"], 1);
    let id = |record: &Value| record["id"].as_str().unwrap().to_owned();
    let live = world
        .live_client(&json!({"clientName": "B", "contactEmail": "b@beta.nl", "domain": "beta", "template": "blog"}))
        .await;
    let incident = incidents::break_and_mend(&world, &document, live["id"].as_str().unwrap()).await;
    let window = maintenance::make_and_change(&world, &document, live["id"].as_str().unwrap()).await;
    let ids = [
        ("channels", channels::reach(&world, &document).await),
        ("clients", id(&client)),
        ("operations", id(&operation)),
        ("rollouts", id(&rollouts::roll_out(&world, &document).await)),
        ("incidents", id(&incident)),
        ("maintenance", id(&window)),
        ("templates", "b2b".to_owned()),
    ];
    read_everything(&world, &document, &ids.into()).await;
}

#[tokio::test]
async fn a_field_too_many_or_too_few_would_be_noticed() {
    let world = World::new().await;
    let document = Document::of(&world).await;
    world.add_client(&acme()).await;
    let page = world.get("/clients").await;
    let schema = json!({"$ref": "#/components/schemas/ClientPage"});
    assert_eq!(document.complaints(&schema, &page), Vec::<String>::new());
    for (field, value) in [
        ("colour", json!("red")),
        ("notes", Value::Null),
        ("plan", json!("gold")),
    ] {
        let mut other = page.clone();
        let client = other["docs"][0].as_object_mut().unwrap();
        if value.is_null() {
            client.remove(field);
        } else {
            client.insert(field.to_owned(), value);
        }
        assert_eq!(document.complaints(&schema, &other).len(), 1, "{field}");
    }
}
