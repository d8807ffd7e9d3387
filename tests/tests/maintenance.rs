//! Maintenance windows: made, changed and taken away by people, and opened by the platform's own operations.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, missing_docs, reason = "tests")]

use reqwest::Method;
use serde_json::{Value, json};
use tests::{World, acme};

async fn make(world: &World, body: &Value) -> Value {
    world.api(Method::POST, "/maintenance", Some(body)).await.expect(201)
}

fn path(window: &Value) -> String {
    format!("/maintenance/{}", window["id"].as_str().unwrap())
}

fn once(scope: &Value) -> Value {
    json!({"scope": scope, "once": {"from": "2031-03-30T00:30:00Z", "until": "2031-03-30T02:30:00Z"}, "reason": "a rack"})
}

#[tokio::test]
async fn windows_are_made_looked_at_changed_and_taken_away() {
    let world = World::new().await;
    let client = world
        .live_client(
            &json!({"clientName": "Acme", "contactEmail": "a@b.nl", "domain": "acme",
        "template": "blog", "tags": ["vip"]}),
        )
        .await;
    let id = client["id"].as_str().unwrap();
    let answer = world
        .api(Method::POST, "/maintenance", Some(&once(&json!({"client": id}))))
        .await;
    let location = answer.headers["location"].to_str().unwrap().to_owned();
    let of_client = answer.expect(201);
    assert_eq!(location, format!("/api/platform{}", path(&of_client)));
    assert_eq!(
        (&of_client["status"], &of_client["origin"]["kind"]),
        (&json!("upcoming"), &json!("person"))
    );
    assert_eq!(of_client["next"]["from"], "2031-03-30T00:30:00.000Z");
    let weekly = json!({"scope": {"tag": "vip"}, "weekly": {"zone": "Europe/Amsterdam", "days": ["sunday", "monday"],
        "from": "02:30", "until": "04:00", "firstDay": "2026-01-01"}});
    let of_tag = make(&world, &weekly).await;
    assert_eq!(of_tag["weekly"]["days"], json!(["monday", "sunday"]));
    assert_eq!(
        (&of_tag["once"], &of_tag["weekly"]["lastDay"]),
        (&Value::Null, &Value::Null)
    );
    assert!(of_tag["next"]["from"].is_string(), "{of_tag}");
    let of_others = make(&world, &once(&json!({"tag": "others"}))).await;
    let of_all = make(
        &world,
        &json!({"scope": {"all": true}, "once": {"from": "2020-01-01T00:00:00+01:00",
        "until": "2020-01-01T01:00:00+01:00"}}),
    )
    .await;
    assert_eq!(
        (&of_all["status"], &of_all["once"]["from"]),
        (&json!("over"), &json!("2019-12-31T23:00:00.000Z"))
    );

    let ids = |page: &Value| -> Vec<String> {
        let docs = page["docs"].as_array().unwrap().iter();
        docs.map(|doc| doc["id"].as_str().unwrap().to_owned()).collect()
    };
    let named = |windows: &[&Value]| -> Vec<String> {
        windows
            .iter()
            .map(|window| window["id"].as_str().unwrap().to_owned())
            .collect()
    };
    assert_eq!(
        ids(&world.get("/maintenance").await),
        named(&[&of_all, &of_others, &of_tag, &of_client])
    );
    let about = world.get(&format!("/maintenance?clientId={id}")).await;
    assert_eq!(ids(&about), named(&[&of_all, &of_tag, &of_client]));
    assert_eq!(
        ids(&world.get("/maintenance?status=over&limit=1").await),
        named(&[&of_all])
    );
    assert_eq!(world.get(&path(&of_tag)).await, of_tag);

    let patch = json!({"reason": null, "once": {"from": "2031-04-01T00:00:00Z", "until": "2031-04-02T00:00:00Z"}});
    let changed = world.api(Method::PATCH, &path(&of_tag), Some(&patch)).await.expect(200);
    assert_eq!(
        (&changed["weekly"], &changed["once"]["until"]),
        (&Value::Null, &json!("2031-04-02T00:00:00.000Z"))
    );
    assert_eq!(
        (&changed["scope"], &changed["createdAt"]),
        (&of_tag["scope"], &of_tag["createdAt"])
    );
    // What is shown can be sent back.
    let same = json!({"scope": changed["scope"], "once": changed["once"], "weekly": null, "reason": changed["reason"]});
    assert_eq!(
        world.api(Method::PATCH, &path(&of_tag), Some(&same)).await.expect(200),
        changed
    );
    let longer = json!({"once": {"from": "2031-04-01T00:00:00Z", "until": "2031-05-03T00:00:00Z"}});
    let refused = world
        .api(Method::PATCH, &path(&of_tag), Some(&longer))
        .await
        .expect(422);
    assert_eq!(refused["field"], "once.until");
    assert_eq!(world.get(&path(&of_tag)).await, changed);

    assert_eq!(world.api(Method::DELETE, &path(&of_tag), None).await.status, 204);
    for method in [Method::GET, Method::DELETE] {
        assert_eq!(world.api(method, &path(&of_tag), None).await.status, 404);
    }
    assert_eq!(world.get("/maintenance").await["totalDocs"], 3);
}

#[tokio::test]
async fn an_operation_is_a_window_of_its_client_that_ends_with_it() {
    let world = World::new().await;
    let client = world.live_client(&acme()).await;
    let id = client["id"].as_str().unwrap();
    let list = format!("/maintenance?clientId={id}");
    assert_eq!(
        world.get(&list).await["totalDocs"],
        0,
        "nothing is watched before a site is up"
    );
    let ended = world.operate(&client, "redeploy", &json!({})).await;
    let windows = world.get(&list).await;
    let window = &windows["docs"][0];
    assert_eq!(
        (&windows["totalDocs"], &window["reason"]),
        (&json!(1), &json!("redeploy"))
    );
    assert_eq!(window["origin"], json!({"kind": "operation", "value": ended["id"]}));
    assert_eq!(
        (&window["status"], &window["once"]["until"]),
        (&json!("over"), &ended["endedAt"])
    );
    for method in [Method::GET, Method::DELETE] {
        assert_eq!(
            world.api(method, &path(window), None).await.status,
            404,
            "it follows from the operation"
        );
    }
}

#[tokio::test]
async fn what_cannot_be_a_window_is_refused_with_its_field() {
    let world = World::new().await;
    let day = |from: &str, until: &str| json!({"scope": {"all": true}, "once": {"from": from, "until": until}});
    let weekly = |name: &str, value: Value| {
        let mut weekly = json!({"zone": "Europe/Amsterdam", "days": ["sunday"], "from": "02:00", "until": "04:00"});
        weekly[name] = value;
        json!({"scope": {"all": true}, "weekly": weekly})
    };
    for (body, field) in [
        (
            once(&json!({"client": "cl_01jdexmp1e0000000000000000"})),
            "scope.client",
        ),
        (once(&json!({"client": "acme"})), "scope.client"),
        (once(&json!({"tag": ""})), "scope.tag"),
        (once(&json!({})), "scope"),
        (once(&json!({"all": false})), "scope"),
        (once(&json!({"tag": "vip", "all": true})), "scope"),
        (once(&json!({"colour": "red"})), "colour"),
        (json!({"scope": {"all": true}}), "once"),
        (
            json!({"once": {"from": "2031-01-01T00:00:00Z", "until": "2031-01-02T00:00:00Z"}}),
            "scope",
        ),
        (day("tomorrow", "2031-01-02T00:00:00Z"), "once.from"),
        (day("2031-01-02T00:00:00Z", "2031-01-02T00:00:00Z"), "once.until"),
        (day("2031-01-02T00:00:00Z", "2031-03-02T00:00:00Z"), "once.until"),
        (weekly("zone", json!("Mars/Olympus")), "weekly.zone"),
        (weekly("days", json!([])), "weekly.days"),
        (weekly("from", json!("25:00")), "weekly.from"),
        (weekly("until", json!("4")), "weekly.until"),
        (weekly("firstDay", json!("2026-02-30")), "weekly.firstDay"),
    ] {
        let problem = world.api(Method::POST, "/maintenance", Some(&body)).await.expect(422);
        assert_eq!(problem["field"], field, "{body} {problem}");
    }
    let both = json!({"scope": {"all": true}, "once": day("2031-01-01T00:00:00Z", "2031-01-02T00:00:00Z")["once"],
        "weekly": weekly("from", json!("01:00"))["weekly"]});
    assert_eq!(
        world.api(Method::POST, "/maintenance", Some(&both)).await.expect(422)["field"],
        "weekly"
    );
    for (query, field) in [
        ("clientId=acme", "clientId"),
        ("status=shut", "status"),
        ("cursor=1", "cursor"),
    ] {
        let problem = world
            .api(Method::GET, &format!("/maintenance?{query}"), None)
            .await
            .expect(400);
        assert_eq!(problem["field"], field);
    }
    assert_eq!(world.get("/maintenance").await["totalDocs"], 0);
}

#[tokio::test]
async fn how_a_site_is_watched_is_set_field_by_field_and_at_once() {
    let world = World::new().await;
    let mut body = acme();
    body["monitoring"] = json!({"intervalMinutes": 60});
    let client = world.live_client(&body).await;
    let path = format!("/clients/{}", client["id"].as_str().unwrap());
    assert_eq!(client["monitoring"]["intervalMinutes"], 60);
    assert_eq!(
        client["monitoring"]["thresholds"]["certificateDays"],
        json!([21, 14, 7, 1])
    );
    let patch = json!({"monitoring": {"confirm": {"down": 3, "of": 4}, "thresholds": {"slowMs": 1500},
        "condition": {"kind": "json", "pointer": "/queue/length", "equals": 0}}});
    let changed = world.api(Method::PATCH, &path, Some(&patch)).await.expect(200);
    assert_eq!(changed["monitoring"]["confirm"], json!({"down": 3, "of": 4, "up": 2}));
    assert_eq!(
        (&changed["monitoring"]["intervalMinutes"], &changed["status"]),
        (&json!(60), &json!("active"))
    );
    let refused = json!({"monitoring": {"confirm": {"of": 2}}});
    let problem = world.api(Method::PATCH, &path, Some(&refused)).await.expect(422);
    assert_eq!(problem["field"], "monitoring.confirm.down");
    assert_eq!(world.get(&path).await["monitoring"], changed["monitoring"]);
    let usual = world
        .api(Method::PATCH, &path, Some(&json!({"monitoring": null})))
        .await
        .expect(200);
    assert_eq!(
        (
            &usual["monitoring"]["intervalMinutes"],
            &usual["monitoring"]["condition"]
        ),
        (&json!(5), &Value::Null)
    );
}
