//! Who may come in, and what they may do there.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, missing_docs, reason = "tests")]

use reqwest::Method;
use serde_json::{Value, json};
use tests::{World, acme};

#[tokio::test]
async fn without_a_key_only_the_open_routes_answer() {
    let world = World::new().await;
    let document = world
        .api_with(Method::GET, "/openapi.json", &[], None)
        .await
        .expect(200);
    assert_eq!(
        world.api_with(Method::GET, "/health", &[], None).await.expect(200)["status"],
        "ok"
    );
    let open = [
        "/api/platform/health",
        "/api/platform/openapi.json",
        "/api/platform/status/{domain}",
        "/api/platform/status/{domain}/badge.svg",
    ];
    let mut guarded = 0;
    for (path, methods) in document["paths"].as_object().unwrap() {
        for method in methods
            .as_object()
            .unwrap()
            .keys()
            .filter(|_| !open.contains(&path.as_str()))
        {
            let method: Method = method.to_uppercase().parse().unwrap();
            let path = path
                .strip_prefix("/api/platform")
                .unwrap()
                .replace("{id}", "cl_01jdexmp1e0000000000000000");
            let none = world.api_with(method.clone(), &path, &[], None).await;
            assert_eq!(none.expect(401)["message"], "Unauthorized", "{method} {path}");
            for bad in [
                "Bearer tnt_wrong",
                &format!("Bearer tnt_{}", "a".repeat(43)),
                "Basic YTpi",
            ] {
                let refused = world
                    .api_with(method.clone(), &path, &[("authorization", bad)], None)
                    .await;
                assert_eq!(refused.expect(403)["message"], "Forbidden", "{method} {path}");
            }
            guarded += 1;
        }
    }
    assert!(guarded >= 18, "{guarded}");
}

#[tokio::test]
async fn a_viewer_reads_and_changes_nothing() {
    let world = World::new().await;
    let client = world.live_client(&acme()).await;
    let made = world
        .api(Method::POST, "/keys", Some(&json!({"name": "Vera", "role": "viewer"})))
        .await
        .expect(201);
    let bearer = format!("Bearer {}", made["key"].as_str().unwrap());
    let headers = [("authorization", bearer.as_str())];
    let path = format!("/clients/{}", client["id"].as_str().unwrap());
    world.api_with(Method::GET, &path, &headers, None).await.expect(200);
    for (method, path, body) in [
        (Method::POST, "/clients", Some(acme())),
        (Method::PATCH, &path, Some(json!({"notes": "x"}))),
        (Method::PATCH, &path, Some(json!({"plan": "free"}))),
        (Method::DELETE, &path, None),
        (Method::GET, "/keys", None),
    ] {
        let answer = world
            .api_with(method, path, &headers, body.as_ref().map(Value::to_string))
            .await;
        assert_eq!(answer.expect(403)["code"], "forbidden", "{path}");
    }
    assert_eq!(world.get(&path).await["revision"], client["revision"]);
    let listed = world.get("/keys").await;
    assert!(
        listed["docs"]
            .as_array()
            .unwrap()
            .iter()
            .all(|key| key.get("hash").is_none() && key.get("key").is_none())
    );

    let id = made["id"].as_str().unwrap();
    assert_eq!(
        world.api(Method::DELETE, &format!("/keys/{id}"), None).await.status,
        204
    );
    assert_eq!(
        world.api(Method::DELETE, &format!("/keys/{id}"), None).await.status,
        404
    );
}
