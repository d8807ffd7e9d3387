//! Changes of one client's record that come at the same moment.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    missing_docs,
    reason = "tests"
)]

use std::{collections::BTreeMap, sync::Arc};

use reqwest::Method;
use serde_json::{Value, json};
use tests::{Answer, World, acme};

/// Three values for each of the ten fields that can be changed.
fn thirty_changes() -> Vec<(&'static str, Value)> {
    let values = |field, of: fn(usize) -> Value| (1..=3).map(move |n| (field, of(n)));
    values("name", |n| json!(format!("Acme {n}")))
        .chain(values("contactEmail", |n| json!(format!("admin{n}@acme.com"))))
        .chain(values("contactName", |n| json!(format!("Anna {n}"))))
        .chain(values("contactPhone", |n| json!(format!("+3120555010{n}"))))
        .chain(values("notes", |n| json!(format!("note {n}"))))
        .chain(values("tags", |n| json!([format!("tag-{n}")])))
        .chain(values("plan", |n| json!(["free", "starter", "enterprise"][n - 1])))
        .chain(values("monthlyFee", |n| json!(60.5 + n as f64)))
        .chain(values("billingStatus", |n| {
            json!(["trial", "past_due", "cancelled"][n - 1])
        }))
        .chain(values("nextBillingDate", |n| {
            json!(format!("2031-0{n}-01T00:00:00.000Z"))
        }))
        .collect()
}

/// Sends one change per task, all at once; every answer must be 200.
async fn all_at_once(world: &Arc<World>, path: &str, changes: &[(&'static str, Value)]) -> Vec<Answer> {
    let sent: Vec<_> = changes
        .iter()
        .map(|(field, value)| {
            let (world, path, body) = (Arc::clone(world), path.to_owned(), json!({*field: value}));
            tokio::spawn(async move { world.api(Method::PATCH, &path, Some(&body)).await })
        })
        .collect();
    let mut answers = Vec::new();
    for answer in sent {
        answers.push(answer.await.unwrap());
    }
    answers
}

/// What the audit holds about changes of this client: the names of the changed attributes, entry by entry.
async fn audited(world: &World, client: &str) -> Vec<Vec<String>> {
    let tables = world.aws("DynamoDB_20120810.ListTables", &json!({})).await;
    let mut names = tables["TableNames"].as_array().unwrap().iter();
    let audit = names.find(|name| name.as_str().unwrap().contains("Audit")).unwrap();
    let query = json!({
        "TableName": audit, "KeyConditionExpression": "#scope = :scope",
        "ExpressionAttributeNames": {"#scope": "scope"}, "ExpressionAttributeValues": {":scope": {"S": client}},
    });
    let entries = world.aws("DynamoDB_20120810.Query", &query).await;
    let changes = entries["Items"].as_array().unwrap().iter();
    changes
        .filter(|entry| entry["action"]["S"] == "client.change")
        .map(|entry| {
            let [before, after] = ["before", "after"].map(|side| {
                let names = entry[side]["M"].as_object().unwrap().keys();
                let mut names: Vec<String> = names.cloned().collect();
                names.sort();
                names
            });
            assert_eq!(before, after);
            after
        })
        .collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_thirty_changes_at_once_every_field_stands() {
    let world = Arc::new(World::new().await);
    let client = world.live_client(&acme()).await;
    let id = client["id"].as_str().unwrap();
    let path = format!("/clients/{id}");
    let changes = thirty_changes();
    assert_eq!(changes.len(), 30);

    let answers = all_at_once(&world, &path, &changes).await;
    for (answer, (field, _)) in answers.iter().zip(&changes) {
        let body = answer.expect(200);
        assert_eq!(
            answer.headers["etag"].to_str().unwrap(),
            format!("\"{}\"", body["revision"]),
            "{field}"
        );
        assert!(body["revision"].as_u64() > client["revision"].as_u64(), "{field}");
    }

    let now = world.get(&path).await;
    let mut sent: BTreeMap<&str, Vec<&Value>> = BTreeMap::new();
    for (field, value) in &changes {
        sent.entry(field).or_default().push(value);
    }
    for (field, values) in &sent {
        assert!(
            values.contains(&&now[field]),
            "{field} is {}, not one of {values:?}",
            now[field]
        );
    }
    // What nobody named is as it was.
    for field in [
        "domain",
        "template",
        "status",
        "enabledFeatures",
        "currentOperation",
        "createdAt",
    ] {
        assert_eq!(now[field], client[field], "{field}");
    }
    // Each change is audited once, with what it named; a plan may have taken its fee along.
    let mut audited: Vec<String> = audited(&world, id)
        .await
        .into_iter()
        .map(|names| match names.as_slice() {
            [one] => one.clone(),
            [fee, plan] if fee == "monthlyFeeCents" && plan == "plan" => plan.clone(),
            others => panic!("{others:?} in one entry"),
        })
        .collect();
    audited.sort();
    let mut asked: Vec<&str> = changes
        .iter()
        .map(|(field, _)| {
            if *field == "monthlyFee" {
                "monthlyFeeCents"
            } else {
                field
            }
        })
        .collect();
    asked.sort_unstable();
    assert_eq!(audited, asked);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_fee_follows_whichever_plan_stands_in_the_end() {
    let world = Arc::new(World::new().await);
    let client = world.live_client(&acme()).await;
    let path = format!("/clients/{}", client["id"].as_str().unwrap());
    let plans = ["free", "starter", "professional", "enterprise"];
    let changes: Vec<_> = (0..20).map(|n| ("plan", json!(plans[n % plans.len()]))).collect();
    for answer in all_at_once(&world, &path, &changes).await {
        answer.expect(200);
    }
    let now = world.get(&path).await;
    // The plan by itself, on a client made with it.
    let mut other = acme();
    other["domain"] = json!("other");
    other["plan"] = now["plan"].clone();
    let (other, _) = world.add_client(&other).await;
    assert_eq!(now["monthlyFeeCents"], other["monthlyFeeCents"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_many_changes_of_one_revision_exactly_one_is_made() {
    let world = Arc::new(World::new().await);
    let client = world.live_client(&acme()).await;
    let path = format!("/clients/{}", client["id"].as_str().unwrap());
    let etag = format!("\"{}\"", client["revision"]);
    let sent: Vec<_> = (0..10)
        .map(|n| {
            let (world, path, etag) = (Arc::clone(&world), path.clone(), etag.clone());
            let body = json!({"notes": format!("note {n}")});
            tokio::spawn(async move {
                world
                    .api_also(Method::PATCH, &path, ("if-match", &etag), Some(&body))
                    .await
                    .status
                    .as_u16()
            })
        })
        .collect();
    let mut statuses = Vec::new();
    for answer in sent {
        statuses.push(answer.await.unwrap());
    }
    statuses.sort_unstable();
    assert_eq!(statuses, [vec![200], vec![412; 9]].concat());

    // Who is not there has no revision either; what is gone cannot change.
    let nobody = "/clients/cl_01jdexmp1e0000000000000000";
    let body = json!({"notes": "x"});
    let absent = world
        .api_also(Method::PATCH, nobody, ("if-match", "nonsense"), Some(&body))
        .await;
    absent.expect(404);
    world.delete_client(&client).await;
    assert_eq!(
        world.api(Method::PATCH, &path, Some(&body)).await.expect(409)["code"],
        "wrong_state"
    );
}
