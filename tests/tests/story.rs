//! The whole product on one machine: a client goes live and leaves nothing behind.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, missing_docs, reason = "tests")]

use reqwest::Method;
use serde_json::{Value, json};
use tests::{World, acme};

/// The first password, as the welcome mail tells it: the one word of 24 letters and digits.
fn password_in(mail: &Value) -> String {
    let words = mail["body"]
        .as_str()
        .unwrap()
        .split(|c: char| !c.is_ascii_alphanumeric());
    words.filter(|word| word.len() == 24).map(str::to_owned).next().unwrap()
}

#[tokio::test]
async fn acme_goes_live_signs_in_and_leaves_nothing_behind() {
    let world = World::new().await;
    let (client, operation) = world.add_client(&acme()).await;
    assert_eq!(client["name"], "Acme Corp");
    assert_eq!(client["status"], "pending");

    let ended = world.ended(&operation).await;
    assert_eq!(ended["status"], "succeeded", "{ended:#}");
    let steps: Vec<(&str, &str)> = ended["steps"]
        .as_array()
        .unwrap()
        .iter()
        .map(|step| (step["name"].as_str().unwrap(), step["state"].as_str().unwrap()))
        .collect();
    let names = [
        "validate",
        "load_template",
        "provision_database",
        "generate_environment",
        "deploy",
        "configure_domain",
        "create_admin_user",
        "activate",
        "health_check",
    ];
    assert_eq!(steps, names.map(|name| (name, "succeeded")));
    assert_eq!(world.counts().await, [1, 1, 1, 1]);

    let path = format!("/clients/{}", client["id"].as_str().unwrap());
    let live = world.get(&path).await;
    assert_eq!(live["status"], "active");
    assert_eq!(live["healthStatus"], "healthy");
    assert!(
        live["deploymentUrl"]
            .as_str()
            .unwrap()
            .starts_with("http://acme.localhost:")
    );
    assert_eq!(live["monthlyFee"], json!(49.0));
    assert_eq!(live["currentOperation"], Value::Null);
    assert!(live.get("databaseUrl").is_none());

    let page = world.site("acme", Method::GET, "/", None).await;
    assert_eq!(page.status, 200);
    for expected in ["Acme Corp", "products", "blog-categories", "authors"] {
        assert!(page.text.contains(expected), "{expected}");
    }

    let mail = &world.inbox(1).await[0];
    assert_eq!(
        (mail["channel"].as_str(), mail["to"].as_str()),
        (Some("email"), Some("admin@acme.com"))
    );
    let login = json!({"email": "admin@acme.com", "password": password_in(mail)});
    let token = world
        .site("acme", Method::POST, "/api/users/login", Some(&login))
        .await
        .expect(200)["token"]
        .clone();
    assert!(token.is_string());

    let deployments = world.get(&format!("{path}/deployments")).await;
    assert_eq!(deployments["docs"][0]["status"], "success");
    assert_eq!(deployments["docs"][0]["type"], "initial");
    assert_eq!(deployments["docs"][0]["healthCheckPassed"], true);
    assert_eq!(deployments["docs"][0]["gitCommit"].as_str().unwrap().len(), 40);

    let deleted = world.delete_client(&live).await;
    assert_eq!(deleted["status"], "succeeded", "{deleted:#}");
    assert_eq!(world.counts().await, [0, 0, 0, 0]);
    let resources = deleted["resources"].as_array().unwrap();
    assert_eq!(resources.len(), 6);
    for resource in resources {
        assert_eq!(resource["state"], "gone", "{resource}");
        assert!(resource["goneAt"].is_string(), "{resource}");
    }
    assert_eq!(world.get(&path).await["status"], "deleted");
    assert_eq!(world.site("acme", Method::GET, "/", None).await.status, 404);
    assert_eq!(world.get("/clients").await["totalDocs"], 0);
    assert_eq!(world.get("/clients?status=deleted").await["totalDocs"], 1);

    // The label is free again.
    world.live_client(&acme()).await;
}

#[tokio::test]
async fn all_five_templates_are_live_at_once_each_with_its_own_collections() {
    let world = World::new().await;
    let expected = [
        ("ecommerce", "product-brands"),
        ("blog", "authors"),
        ("b2b", "quotes"),
        ("portfolio", "cases"),
        ("corporate", "services"),
    ];
    let bodies = expected.map(|(template, _)| {
        json!({"clientName": template, "contactEmail": "a@b.nl", "domain": format!("the-{template}"), "template": template})
    });
    let [a, b, c, d, e] = &bodies;
    tokio::join!(
        world.live_client(a),
        world.live_client(b),
        world.live_client(c),
        world.live_client(d),
        world.live_client(e)
    );
    for (template, collection) in expected {
        let page = world.site(&format!("the-{template}"), Method::GET, "/", None).await;
        for (_, other) in expected {
            assert_eq!(page.text.contains(other), own(template, other), "{template} {other}");
        }
        assert!(page.text.contains(collection));
    }
    assert_eq!(world.counts().await, [5, 5, 5, 5]);
    let stats = world.get("/stats").await;
    assert_eq!(stats["byTemplate"]["b2b"], 1);
    assert_eq!(stats["monthlyRevenueCents"], 5 * 2500);
    assert_eq!(stats["monthlyCostCents"], 5 * 500 + 2500);
}

/// Which of the five telling collections a template has, from the guide.
fn own(template: &str, collection: &str) -> bool {
    matches!(
        (template, collection),
        ("ecommerce", "product-brands")
            | ("blog", "authors")
            | ("b2b", "quotes")
            | ("portfolio" | "corporate", "cases" | "services")
    )
}
