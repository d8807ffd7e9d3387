//! What is ours at a provider, for whichever client, and nothing else.

use providers::{ErrorKind, Marked, Presence};
use serde_json::{Value, json};

use super::{
    mark,
    railway_shapes::{LIST, OTHER_LIST, databases, detail, errors, list, listed, no_others},
    vendor::*,
    vercel,
};

const PROJECTS: &str = "GET /v10/projects";

fn project(id: &str, name: &str, env: Value) -> Value {
    let mut project = json!({"id": id, "name": name, "accountId": "team_1"});
    if !env.is_null() {
        project["env"] = env;
    }
    project
}

#[allow(clippy::needless_pass_by_value, reason = "reads better where a script is written")]
fn variables(value: Value) -> Value {
    json!([{"id": "e0", "key": "OTHER", "value": "x", "type": "plain"},
        {"id": "e1", "key": "PLATFORM_CLIENT_ID", "value": value, "type": "plain"}])
}

#[allow(clippy::needless_pass_by_value, reason = "reads better where a script is written")]
fn page(projects: &[Value], next: Value) -> Reply {
    json_reply(
        200,
        json!({"projects": projects, "pagination": {"count": projects.len(), "next": next, "prev": 9}}),
    )
}

fn told(found: &[Marked]) -> Vec<(&str, &str, &str)> {
    found
        .iter()
        .map(|it| (it.external_id.as_str(), it.external_name.as_str(), it.mark.as_str()))
        .collect()
}

#[tokio::test]
async fn marked_projects_are_found_on_every_page_and_no_others_are_looked_into() {
    let vendor = Vendor::new([
        (
            PROJECTS,
            vec![
                page(
                    &[
                        project("prj_1", "client-acme", variables(json!("cl_1"))),
                        project("prj_2", "client-like", json!([{"id": "e", "key": "A", "value": "b"}])),
                        project("prj_3", "my-own", Value::Null),
                    ],
                    json!(1_700_000_000_000_u64),
                ),
                page(
                    &[
                        project("prj_1", "client-acme", variables(json!("cl_1"))),
                        project("prj_4", "renamed", variables(json!("cl_4"))),
                    ],
                    json!("token"),
                ),
                page(
                    &[
                        project("prj_5", "client-silent", Value::Null),
                        project("prj_6", "client-coy", variables(Value::Null)),
                        project("prj_7", "client-vanished", Value::Null),
                    ],
                    Value::Null,
                ),
            ],
        ),
        (
            "GET /v10/projects/prj_5/env",
            vec![json_reply(200, json!({"envs": variables(json!("cl_5"))}))],
        ),
        (
            "GET /v10/projects/prj_6/env",
            vec![json_reply(200, json!({"envs": []}))],
        ),
    ])
    .await;
    let found = vercel(&vendor).own_projects().await.unwrap();
    assert_eq!(
        told(&found),
        [
            ("prj_1", "client-acme", "cl_1"),
            ("prj_4", "renamed", "cl_4"),
            ("prj_5", "client-silent", "cl_5")
        ]
    );
    let lists: Vec<String> = vendor
        .targets()
        .into_iter()
        .filter(|target| target.contains("limit="))
        .collect();
    assert_eq!(lists[0], "/v10/projects?limit=20&teamId=team_1");
    assert_eq!(lists[1], "/v10/projects?limit=20&from=1700000000000&teamId=team_1");
    assert_eq!(lists[2], "/v10/projects?limit=20&from=token&teamId=team_1");
    // The silent, the coy and the vanished one; nothing that has a name of somebody else's.
    assert_eq!(vendor.targets().len(), 3 + 3);
    assert!(
        vendor.keys().iter().all(|key| key.starts_with("GET ")),
        "nothing was written"
    );
}

#[tokio::test]
async fn a_list_that_breaks_off_or_is_not_the_teams_is_none() {
    let foreign = json!({"id": "prj_1", "name": "x", "accountId": "user_9"});
    for (replies, kind) in [
        (vec![json_reply(200, json!({"pagination": {}}))], ErrorKind::Malformed),
        (vec![page(&[], json!(1)), page(&[], json!(1))], ErrorKind::Malformed),
        (
            vec![page(&[], json!(1)), json_reply(500, json!({}))],
            ErrorKind::Unavailable,
        ),
        (vec![page(&[json!({"name": "x"})], Value::Null)], ErrorKind::Malformed),
        (
            vec![page(&[foreign], Value::Null)],
            ErrorKind::NotConfigured {
                setting: "VERCEL_TEAM_ID",
            },
        ),
    ] {
        let vendor = Vendor::new([(PROJECTS, replies)]).await;
        let error = vercel(&vendor).own_projects().await.unwrap_err();
        assert_eq!(*error.kind(), kind);
    }
}

#[tokio::test]
async fn a_project_is_absent_marked_or_unmarked() {
    const FIND: &str = "GET /v9/projects/prj_1";
    const VARIABLES: &str = "GET /v10/projects/prj_1/env";
    let envs = |value: &str| json_reply(200, json!({"envs": variables(json!(value))}));
    let there = || json_reply(200, project("prj_1", "client-acme", Value::Null));
    for (script, presence) in [
        (
            [(FIND, vec![there()]), (VARIABLES, vec![envs("cl_1")])],
            Presence::Marked,
        ),
        (
            [(FIND, vec![there()]), (VARIABLES, vec![envs("cl_2")])],
            Presence::Unmarked,
        ),
        ([("-", Vec::new()), (VARIABLES, vec![envs("cl_1")])], Presence::Absent),
    ] {
        let vendor = Vendor::new(script).await;
        assert_eq!(vercel(&vendor).presence("prj_1", &mark()).await.unwrap(), presence);
    }
    let vendor = Vendor::new([(FIND, vec![json_reply(500, json!({}))])]).await;
    assert!(
        vercel(&vendor).presence("prj_1", &mark()).await.is_err(),
        "a failure proves nothing"
    );
}

#[tokio::test]
async fn marked_databases_are_found_whoever_they_are_for() {
    let mut deleted = listed("p_3", "provision:cl_3", 3, true);
    deleted["node"]["deletedAt"] = json!("2026-11-01");
    let edges = [
        listed("p_1", "provision:cl_1", 1, true),
        listed("p_2", "my own project", 2, true),
        deleted,
        listed("p_4", "provision:cl_4", 4, false),
    ];
    let vendor = Vendor::new([(LIST, vec![list(&edges)])]).await;
    let found = databases(&vendor).own_databases().await.unwrap();
    assert_eq!(
        told(&found),
        [("p_1", "client-acme", "cl_1"), ("p_4", "client-acme", "cl_4")]
    );

    // An account token sees them in the other list only.
    let nested = json!({"workspace": {"projects": {"pageInfo": {"hasNextPage": false}, "edges": edges}}});
    let vendor = Vendor::new([
        (LIST, vec![list(&[])]),
        (OTHER_LIST, vec![json_reply(200, json!({"data": nested}))]),
    ])
    .await;
    assert_eq!(databases(&vendor).own_databases().await.unwrap().len(), 2);
    let vendor = Vendor::new([(LIST, vec![list(&[])]), no_others()]).await;
    assert!(databases(&vendor).own_databases().await.unwrap().is_empty());
    let vendor = Vendor::new([(LIST, vec![errors("Problem processing request")])]).await;
    assert!(databases(&vendor).own_databases().await.is_err());
}

#[tokio::test]
async fn a_database_is_absent_marked_or_unmarked() {
    for (reply, client, presence) in [
        (detail(true), "cl_1", Presence::Marked),
        (detail(true), "cl_2", Presence::Unmarked),
        (errors("Not Authorized"), "cl_1", Presence::Absent),
        (errors("Project not found"), "cl_1", Presence::Absent),
    ] {
        let vendor = Vendor::new([("ProjectDetail", vec![reply])]).await;
        let looked = databases(&vendor)
            .presence("p_1", &providers::ClientMark::new(client))
            .await;
        assert_eq!(looked.unwrap(), presence);
    }
    let vendor = Vendor::new([("ProjectDetail", vec![errors("Problem processing request")])]).await;
    assert!(databases(&vendor).presence("p_1", &mark()).await.is_err());
}
