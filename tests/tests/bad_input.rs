//! Bad input changes nothing and is answered with the field and the remedy.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, missing_docs, reason = "tests")]

use reqwest::Method;
use serde_json::{Value, json};
use tests::{World, acme};

/// The guide's body with one field replaced (or, for `null`, left out).
fn with(field: &str, value: Value) -> String {
    let mut body = acme();
    if value.is_null() {
        body.as_object_mut().unwrap().remove(field);
    } else {
        body[field] = value;
    }
    body.to_string()
}

#[tokio::test]
async fn every_bad_body_of_a_create_is_refused_by_name() {
    let world = World::new().await;
    let bearer = format!("Bearer {}", world.stack.field("apiKey"));
    let long = "x".repeat(101);
    let cases: Vec<(String, u16, Option<&str>)> = vec![
        (String::new(), 400, None),
        ("{".to_owned(), 400, None),
        ("[]".to_owned(), 422, None),
        (with("clientName", Value::Null), 422, Some("clientName")),
        (with("clientName", json!(7)), 422, Some("clientName")),
        (with("clientName", json!(long)), 422, Some("clientName")),
        (with("clientName", json!("a\nb")), 422, Some("clientName")),
        (with("contactEmail", Value::Null), 422, Some("contactEmail")),
        (with("contactEmail", json!("nobody")), 422, Some("contactEmail")),
        (with("domain", Value::Null), 422, Some("domain")),
        (with("domain", json!("a_b")), 422, Some("domain")),
        (with("domain", json!("www")), 422, Some("domain")),
        (with("domain", json!("xn--acme")), 422, Some("domain")),
        (with("template", json!("shop")), 422, Some("template")),
        (with("plan", json!("gold")), 422, Some("plan")),
        (
            with("enabledFeatures", json!(["blog", "crypto"])),
            422,
            Some("enabledFeatures[1]"),
        ),
        (
            with("disabledCollections", json!(["unicorns"])),
            422,
            Some("disabledCollections[0]"),
        ),
        (with("customSettings", json!([])), 422, Some("customSettings")),
        (
            with("customEnvironment", json!({"PAYLOAD_SECRET": "x"})),
            422,
            Some("customEnvironment.PAYLOAD_SECRET"),
        ),
        (with("monthlyFee", json!(-1)), 422, Some("monthlyFee")),
        (with("colour", json!("red")), 422, Some("colour")),
        (with("notes", json!("n".repeat(70_000))), 413, None),
    ];
    for (body, status, field) in cases {
        let shown: String = body.chars().take(200).collect();
        let answer = world
            .api_with(Method::POST, "/clients", &[("authorization", &bearer)], Some(body))
            .await;
        assert_eq!(answer.headers["content-type"], "application/problem+json", "{shown}");
        let problem = answer.expect(status);
        if field.is_some() {
            assert_eq!(problem["field"].as_str(), field, "{shown}: {problem}");
        }
        assert!(problem["detail"].as_str().unwrap().len() > 10, "{problem}");
    }
    assert_eq!(
        world
            .get("/clients?status=pending,provisioning,deploying,active,failed,deleted")
            .await["totalDocs"],
        0
    );
    assert_eq!(world.counts().await, [0, 0, 0, 0]);
}

#[tokio::test]
async fn bad_queries_paths_and_methods_are_refused() {
    let world = World::new().await;
    for query in [
        "limit=0",
        "limit=101",
        "limit=x",
        "page=0",
        "page=-1",
        "sort=colour",
        "status=happy",
        "colour=red",
        "template=shop",
    ] {
        let problem = world
            .api(Method::GET, &format!("/clients?{query}"), None)
            .await
            .expect(400);
        assert_eq!(problem["field"].as_str().unwrap(), query.split('=').next().unwrap());
    }
    for path in [
        "/clients/nobody",
        "/clients/cl_01jdexmp1e0000000000000000",
        "/operations/op_01jdexmp1e0000000000000000",
        "/templates/shop",
    ] {
        assert_eq!(
            world.api(Method::GET, path, None).await.expect(404)["code"],
            "not_found",
            "{path}"
        );
    }
    assert_eq!(
        world.api(Method::GET, "/nowhere", None).await.expect(404)["message"],
        "Not Found"
    );
    assert_eq!(
        world.api(Method::PUT, "/clients", None).await.expect(404)["message"],
        "Not Found"
    );
}

#[tokio::test]
async fn a_changed_record_is_not_overwritten_unseen() {
    let world = World::new().await;
    let client = world.live_client(&acme()).await;
    let path = format!("/clients/{}", client["id"].as_str().unwrap());
    let etag = format!("\"{}\"", client["revision"]);
    let change = json!({"plan": "enterprise", "notes": "called"});
    let changed = world
        .api_also(Method::PATCH, &path, ("if-match", &etag), Some(&change))
        .await
        .expect(200);
    assert_eq!(
        (&changed["plan"], &changed["monthlyFee"], &changed["notes"]),
        (&json!("enterprise"), &json!(99.0), &json!("called"))
    );
    let stale = world
        .api_also(
            Method::PATCH,
            &path,
            ("if-match", &etag),
            Some(&json!({"notes": "lost"})),
        )
        .await;
    assert_eq!(stale.expect(412)["code"], "revision_mismatch");
    let unseen = world
        .api(Method::PATCH, &path, Some(&json!({"tags": ["vip"]})))
        .await
        .expect(200);
    assert_eq!((&unseen["notes"], &unseen["tags"]), (&json!("called"), &json!(["vip"])));
    for (body, field) in [
        (json!({"domain": "other"}), "domain"),
        (json!({"template": "shop"}), "template"),
        (json!({"status": "active"}), "status"),
    ] {
        assert_eq!(
            world.api(Method::PATCH, &path, Some(&body)).await.expect(422)["field"],
            field
        );
    }
}

#[tokio::test]
async fn what_the_owner_does_not_allow_is_refused_before_anything_is_made() {
    for limit in ["MaximumClients=1", "MonthlyBudgetCents=3000"] {
        let world = World::with(&["--parameter", limit]).await;
        world.live_client(&acme()).await;
        let mut second = acme();
        second["domain"] = json!("beta");
        let refused = world.api(Method::POST, "/clients", Some(&second)).await.expect(422);
        assert_eq!(refused["code"], "not_available");
        let name = limit.split('=').next().unwrap();
        assert!(refused["detail"].as_str().unwrap().contains(name), "{refused:#}");
        assert_eq!(world.counts().await, [1, 1, 1, 1]);
        assert_eq!(world.get("/clients").await["totalDocs"], 1);
    }
}

#[tokio::test]
async fn a_provider_without_a_token_is_named_and_not_called() {
    let world = World::new().await;
    let empty = json!({"SecretId": "tenantry/local/provider-tokens", "SecretString": "{}"});
    world.aws("secretsmanager.PutSecretValue", &empty).await;
    let (client, operation) = world.add_client(&acme()).await;
    let ended = world.ended(&operation).await;
    assert_eq!(ended["status"], "failed", "{ended:#}");
    assert_eq!(ended["error"]["code"], "not_configured");
    assert!(
        ended["error"]["message"].as_str().unwrap().contains("RAILWAY_API_KEY"),
        "{ended:#}"
    );
    let calls = world.sandbox(Method::GET, "calls", None).await.expect(200);
    assert_eq!(calls, json!([]));
    assert_eq!(world.delete_client(&client).await["status"], "succeeded");
}
