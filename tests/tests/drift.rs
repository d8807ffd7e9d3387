//! What changes at the providers behind our back is found, told once, and left as it is.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, missing_docs, reason = "tests")]

use reqwest::Method;
use serde_json::{Value, json};
use tests::{World, acme};

fn order(label: &str) -> Value {
    json!({"clientName": label, "contactEmail": "a@b.nl", "domain": label, "template": "blog"})
}

/// One round of the audit. It leaves everything outside as it was.
async fn audit(world: &World) -> Vec<Value> {
    let before = world.inventory().await;
    let answer = world.run("DriftAudit").await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    assert_eq!(world.inventory().await, before, "the audit changed something");
    findings(world).await
}

async fn findings(world: &World) -> Vec<Value> {
    let list = world.get("/drift").await;
    let docs = list["docs"].as_array().unwrap().clone();
    assert_eq!(list["totalDocs"], docs.len());
    docs
}

/// What is said of something: kind and id there, how often it was seen, and whether it was told.
type Told = (String, u64, bool);

fn told(findings: &[Value]) -> Vec<Told> {
    let told = findings.iter().map(|it| {
        let what = format!(
            "{} {}",
            it["kind"].as_str().unwrap(),
            it["externalId"].as_str().unwrap()
        );
        (
            what,
            it["sightings"].as_u64().unwrap(),
            it["reported"].as_bool().unwrap(),
        )
    });
    let mut told: Vec<Told> = told.collect();
    told.sort();
    told
}

/// The mails to the platform's own people.
async fn alerts(world: &World) -> Vec<Value> {
    let mut inbox = world.inbox(0).await;
    inbox.retain(|message| message["to"] == "alerts@localhost.example");
    inbox
}

/// The variable that marks a client's project goes.
async fn unmark(world: &World, project: &str) {
    let variables = world
        .at_vercel(Method::GET, &format!("/v10/projects/{project}/env"), None)
        .await;
    let variables = variables["envs"].as_array().unwrap();
    let mark = variables.iter().find(|it| it["key"] == "PLATFORM_CLIENT_ID").unwrap();
    let path = format!("/v9/projects/{project}/env/{}", mark["id"].as_str().unwrap());
    world.at_vercel(Method::DELETE, &path, None).await;
}

#[tokio::test]
async fn what_changes_behind_our_back_is_found_then_told_once_and_closes_by_itself() {
    let world = World::new().await;
    let acme = world.live_client(&acme()).await;
    let beta = world.live_client(&order("beta")).await;
    let gamma = world.live_client(&order("gamma")).await;
    assert_eq!(world.delete_client(&gamma).await["status"], "succeeded");
    // Not ours, and none of our business.
    world.project_at_vercel("client-stranger", None).await;
    assert_eq!(audit(&world).await, Vec::<Value>::new());

    let orphan = world.project_at_vercel("client-gamma-again", Some(&gamma)).await;
    let missing = acme["vercelProjectId"].as_str().unwrap().to_owned();
    let unmarked = beta["vercelProjectId"].as_str().unwrap().to_owned();
    world
        .at_vercel(Method::DELETE, &format!("/v9/projects/{missing}"), None)
        .await;
    unmark(&world, &unmarked).await;
    let wanted = |times: u64, reported: bool| {
        let things = [("missing", &missing), ("orphan", &orphan), ("unmarked", &unmarked)];
        things.map(|(kind, id)| (format!("{kind} {id}"), times, reported))
    };
    assert_eq!(told(&audit(&world).await), wanted(1, false));
    assert_eq!(alerts(&world).await, Vec::<Value>::new());

    let found = audit(&world).await;
    assert_eq!(told(&found), wanted(2, true));
    for finding in &found {
        assert_eq!(finding["provider"], "vercel");
        assert!(finding["remedy"].as_str().unwrap().contains("closes by itself"));
        assert!(!finding.to_string().contains("stranger"));
    }
    let mails = alerts(&world).await;
    assert_eq!(mails.len(), 3, "{mails:#?}");
    for (id, name) in [(&orphan, "gamma"), (&missing, "Acme Corp"), (&unmarked, "beta")] {
        let about: Vec<&Value> = mails
            .iter()
            .filter(|mail| mail["body"].as_str().unwrap().contains(id.as_str()))
            .collect();
        assert_eq!(about.len(), 1, "{id}");
        let body = about[0]["body"].as_str().unwrap();
        assert!(
            body.contains("Vercel") && body.contains(name) && body.contains("/api/platform/drift"),
            "{body}"
        );
    }

    assert_eq!(told(&audit(&world).await), wanted(3, true));
    assert_eq!(alerts(&world).await.len(), 3, "told once");

    // Somebody does what the mails say.
    world
        .at_vercel(Method::DELETE, &format!("/v9/projects/{orphan}"), None)
        .await;
    assert_eq!(world.delete_client(&acme).await["status"], "succeeded");
    let mark = json!([{"key": "PLATFORM_CLIENT_ID", "value": beta["id"], "type": "plain", "target": ["production"]}]);
    world
        .at_vercel(Method::POST, &format!("/v10/projects/{unmarked}/env"), Some(&mark))
        .await;
    assert_eq!(audit(&world).await, Vec::<Value>::new());
    assert_eq!(alerts(&world).await.len(), 3);
}

#[tokio::test]
async fn a_client_on_which_something_moves_is_left_alone() {
    let world = World::new().await;
    // The project is made, and its maker hears of it late: the ledger knows the intent only.
    for fault in [
        json!({"service": "vercel", "operation": "create_project", "mode": "lost_response"}),
        json!({"service": "vercel", "operation": "get_project", "mode": "slow", "seconds": 4, "skip": 1}),
    ] {
        world.fault(fault).await;
    }
    let (client, operation) = world.add_client(&acme()).await;
    let begun = std::time::Instant::now();
    while world.counts().await[0] == 0 {
        assert!(begun.elapsed().as_secs() < 60, "no project was made");
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    let twin = world.project_at_vercel("client-acme-twin", Some(&client)).await;
    assert_eq!(world.run("DriftAudit").await.status, 200);
    assert_eq!(findings(&world).await, Vec::<Value>::new());
    assert_eq!(world.ended(&operation).await["status"], "succeeded");

    // Seen before, and then nothing is said of it as long as an operation stands still.
    assert_eq!(told(&audit(&world).await), [(format!("orphan {twin}"), 1, false)]);
    let freeze = |frozen: bool| json!({"frozen": frozen});
    world.api(Method::PUT, "/freeze", Some(&freeze(true))).await.expect(200);
    let path = format!("/clients/{}/suspend", client["id"].as_str().unwrap());
    let suspend = world.api(Method::POST, &path, None).await.expect(202)["operation"].clone();
    world.parked_for(&suspend, "freeze").await;
    for _ in 0..2 {
        assert_eq!(told(&audit(&world).await), [(format!("orphan {twin}"), 1, false)]);
    }
    world
        .api(Method::PUT, "/freeze", Some(&freeze(false)))
        .await
        .expect(200);
    assert_eq!(world.ended(&suspend).await["status"], "succeeded");
    assert_eq!(told(&audit(&world).await), [(format!("orphan {twin}"), 2, true)]);
    assert_eq!(alerts(&world).await.len(), 1);
}

#[tokio::test]
async fn a_provider_that_cannot_be_asked_has_its_findings_as_they_were() {
    let world = World::with(&["--parameter", "DriftConfirmSeconds=86400"]).await;
    let client = world.live_client(&acme()).await;
    let mark = format!("provision:{}", client["id"].as_str().unwrap());
    world.project_at_railway("client-stranger", "my own").await;
    let database = world.project_at_railway("client-acme-twin", &mark).await;
    let project = world.project_at_vercel("client-acme-twin", Some(&client)).await;
    let seen = |databases: u64, projects: u64| {
        let mut seen = [
            (format!("orphan {database}"), databases, false),
            (format!("orphan {project}"), projects, false),
        ];
        seen.sort();
        seen
    };
    assert_eq!(told(&audit(&world).await), seen(1, 1));
    for (service, operation, databases, projects) in [("vercel", "list_projects", 2, 1), ("railway", "projects", 2, 2)]
    {
        world
            .fault(json!({"service": service, "operation": operation, "mode": "error"}))
            .await;
        assert_eq!(
            world.run("DriftAudit").await.status,
            502,
            "a run that is not whole has failed"
        );
        assert_eq!(told(&findings(&world).await), seen(databases, projects));
    }
    // What is missing is proven, and a failed look proves nothing.
    let live = format!("/v9/projects/{}", client["vercelProjectId"].as_str().unwrap());
    world.at_vercel(Method::DELETE, &live, None).await;
    world
        .fault(json!({"service": "vercel", "operation": "get_project", "mode": "error"}))
        .await;
    assert_eq!(world.run("DriftAudit").await.status, 502);
    assert_eq!(told(&findings(&world).await), seen(3, 2));
    assert_eq!(audit(&world).await.len(), 3);
    assert_eq!(
        alerts(&world).await,
        Vec::<Value>::new(),
        "no two sightings are a day apart"
    );
}

#[tokio::test]
async fn rounds_at_the_same_moment_tell_once_and_without_an_address_nobody_is_told() {
    let world = World::new().await;
    let client = world.live_client(&acme()).await;
    world.project_at_vercel("client-acme-twin", Some(&client)).await;
    audit(&world).await;
    let round = || world.run("DriftAudit");
    let (first, second, third) = tokio::join!(round(), round(), round());
    for answer in [first, second, third] {
        assert_eq!(answer.status, 200, "{}", answer.text);
    }
    assert_eq!(alerts(&world).await.len(), 1);
    drop(world);

    let world = World::with(&["--parameter", "AlertEmail="]).await;
    let client = world.live_client(&acme()).await;
    world.project_at_vercel("client-acme-twin", Some(&client)).await;
    audit(&world).await;
    assert_eq!(audit(&world).await[0]["reported"], true);
    assert_eq!(world.inbox(1).await.len(), 1, "the welcome mail only");
}

#[tokio::test]
async fn whoever_may_read_may_read_what_was_found() {
    let world = World::new().await;
    let anonymous = world.api_with(Method::GET, "/drift", &[], None).await;
    assert_eq!(anonymous.status, 401);
    let key = json!({"name": "reader", "role": "viewer"});
    let key = world.api(Method::POST, "/keys", Some(&key)).await.expect(201);
    let bearer = format!("Bearer {}", key["key"].as_str().unwrap());
    let answer = world
        .api_with(Method::GET, "/drift", &[("authorization", &bearer)], None)
        .await;
    assert_eq!(answer.expect(200), json!({"docs": [], "totalDocs": 0}));
}
