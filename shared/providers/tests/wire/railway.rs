//! Databases at Railway come about.

use providers::{
    ErrorKind,
    database::{DatabaseState, Removal},
};
use secrecy::ExposeSecret;
use serde_json::{Value, json};

use super::{railway_shapes::*, vendor::*};

#[tokio::test]
async fn a_database_is_made_once_and_ready_when_it_accepts_connections() {
    let server = Vendor::new([]).await;
    let url = format!(
        "postgresql://postgres:marker-password@127.0.0.1:{}/railway",
        server.port()
    );
    let created = data(json!({"projectCreate": {"id": "p_1", "name": NAME, "primaryEnvironmentId": "env_1"}}));
    let vendor = Vendor::new([
        (LIST, vec![list(&[listed("p_9", "provision:cl_9", 1, true)])]),
        ("ProjectCreate", vec![created]),
        template(),
        (
            "TemplateDeployV2",
            vec![data(
                json!({"templateDeployV2": {"projectId": "p_1", "workflowId": null}}),
            )],
        ),
        ("ProjectDetail", vec![detail(true)]),
        ("Variables", vec![variables(&url)]),
    ])
    .await;
    let databases = databases(&vendor);
    for _ in 0..2 {
        let DatabaseState::Ready {
            external_id,
            url: found,
        } = ensure(&databases).await.unwrap()
        else {
            panic!("not ready");
        };
        assert_eq!((external_id.as_str(), found.expose_secret()), ("p_1", url.as_str()));
    }
    assert_eq!(
        (
            vendor.count("ProjectCreate"),
            vendor.count("TemplateDeployV2"),
            vendor.count(LIST)
        ),
        (1, 1, 1)
    );
    let input = &vendor.call("ProjectCreate").body["variables"]["input"];
    assert_eq!(input["description"], "provision:cl_1");
    assert_eq!(input["workspaceId"], "ws_1");
    let list = vendor.call(LIST);
    assert_eq!((list.key.as_str(), list.target.as_str()), (LIST, "/graphql/v2"));
    assert_eq!(list.authorization.as_deref(), Some("Bearer marker-key"));
    assert!(list.body["query"].as_str().unwrap().contains(LIST));
    let service =
        &vendor.call("TemplateDeployV2").body["variables"]["input"]["serializedConfig"]["services"]["postgres"];
    assert_eq!(service["variables"]["POSTGRES_PASSWORD"]["value"], "marker-password");
    assert_eq!(service["networking"]["tcpProxies"], json!({"5432": {}}));
    assert_eq!(
        service["volumeMounts"]["postgres"]["mountPath"],
        "/var/lib/postgresql/data"
    );
    assert_eq!(
        service["variables"]["DATABASE_PUBLIC_URL"]["value"],
        "postgresql://${{PGUSER}}:${{POSTGRES_PASSWORD}}@${{RAILWAY_TCP_PROXY_DOMAIN}}:${{RAILWAY_TCP_PROXY_PORT}}/${{PGDATABASE}}"
    );
}

#[tokio::test]
async fn lost_answers_are_settled_by_a_look() {
    let vendor = Vendor::new([
        (
            LIST,
            vec![list(&[]), list(&[listed("p_1", "provision:cl_1", 1, false)])],
        ),
        no_others(),
        ("ProjectCreate", vec![lost()]),
        ("ProjectDetail", vec![detail(false), detail(true)]),
        template(),
        ("TemplateDeployV2", vec![text_reply(200, "<html>")]),
        (
            "Variables",
            vec![variables("postgresql://u:p@simulated.localhost:5432/d")],
        ),
    ])
    .await;
    assert!(matches!(
        ensure(&databases(&vendor)).await.unwrap(),
        DatabaseState::Ready { .. }
    ));
}

#[tokio::test]
async fn an_address_with_references_left_in_it_is_no_address() {
    for url in [
        "postgresql://u:p@${{RAILWAY_TCP_PROXY_DOMAIN}}:1/d",
        "postgresql://u:p@:/d",
        "postgresql://u:p@host/d",
        // Nobody listens there.
        "postgresql://u:p@127.0.0.1:1/d",
        "",
    ] {
        let vendor = Vendor::new([
            ours(),
            ("ProjectDetail", vec![detail(true)]),
            ("Variables", vec![variables(url)]),
            latest("DEPLOYING"),
        ])
        .await;
        assert!(matches!(
            ensure(&databases(&vendor)).await.unwrap(),
            DatabaseState::Pending {
                external_id: Some(_),
                ..
            }
        ));
    }
}

#[tokio::test]
async fn a_missing_proxy_is_opened_and_a_failed_server_reported() {
    let script = |status: &str| {
        [
            ours(),
            ("ProjectDetail", vec![detail(true)]),
            ("Variables", vec![variables("postgresql://u:p@:/d")]),
            latest(status),
            ("TcpProxies", vec![data(json!({"tcpProxies": []}))]),
            (
                "EnvironmentPatchCommit",
                vec![data(json!({"environmentPatchCommit": "w_1"}))],
            ),
        ]
    };
    let vendor = Vendor::new(script("SUCCESS")).await;
    assert!(matches!(
        ensure(&databases(&vendor)).await.unwrap(),
        DatabaseState::Pending { .. }
    ));
    let patch = vendor.call("EnvironmentPatchCommit").body;
    assert_eq!(
        patch["variables"]["patch"],
        json!({"services": {"svc_1": {"networking": {"tcpProxies": {"5432": {}}}}}})
    );
    let vendor = Vendor::new(script("FAILED")).await;
    assert_eq!(
        *ensure(&databases(&vendor)).await.err().unwrap().kind(),
        ErrorKind::BuildFailed
    );
}

#[tokio::test]
async fn of_several_projects_the_oldest_with_something_in_it_stays() {
    let twins = [
        listed("p_0", "provision:cl_1", 1, false),
        listed("p_1", "provision:cl_1", 2, true),
        listed("p_2", "provision:cl_1", 3, true),
        listed("p_3", "provision:cl_2", 1, false),
    ];
    let vendor = Vendor::new([
        (LIST, vec![list(&twins)]),
        ("ProjectDelete", vec![data(json!({"projectDelete": true}))]),
        ("ProjectDetail", vec![detail(true)]),
        (
            "Variables",
            vec![variables("postgresql://u:p@simulated.localhost:5432/d")],
        ),
    ])
    .await;
    ensure(&databases(&vendor)).await.unwrap();
    assert_eq!(vendor.call("ProjectDelete").body["variables"]["id"], "p_0");
    assert_eq!(vendor.count("ProjectDelete"), 1);
    assert_eq!(vendor.call("ProjectDetail").body["variables"]["id"], "p_1");
}

#[tokio::test]
async fn a_list_that_does_not_come_to_its_end_is_no_list() {
    let page = |info: Value| data(json!({"projects": {"pageInfo": info, "edges": []}}));
    for replies in [
        vec![page(json!({"hasNextPage": true, "endCursor": null}))],
        vec![page(json!({"hasNextPage": true}))],
        vec![page(json!({}))],
        vec![data(json!({"projects": {"pageInfo": {"hasNextPage": false}}}))],
        // A cursor that leads back to its own page.
        vec![page(json!({"hasNextPage": true, "endCursor": "c"}))],
    ] {
        let vendor = Vendor::new([(LIST, replies)]).await;
        let error = ensure(&databases(&vendor)).await.err().unwrap();
        assert_eq!(*error.kind(), ErrorKind::Malformed);
        assert!(error.kind().retryable());
        assert!(!vendor.keys().contains(&"ProjectCreate".to_owned()), "a twin");
    }
}

#[tokio::test]
async fn a_marked_project_is_found_on_any_page() {
    let page = |project: Value, more: bool| {
        data(json!({"projects": {"pageInfo": {"hasNextPage": more, "endCursor": "c_1"}, "edges": [project]}}))
    };
    let vendor = Vendor::new([
        (
            LIST,
            vec![
                page(listed("p_9", "provision:cl_9", 1, true), true),
                page(listed("p_1", "provision:cl_1", 2, true), false),
            ],
        ),
        ("ProjectDetail", vec![detail(true)]),
        (
            "Variables",
            vec![variables("postgresql://u:p@simulated.localhost:5432/d")],
        ),
    ])
    .await;
    let DatabaseState::Ready { external_id, .. } = ensure(&databases(&vendor)).await.unwrap() else {
        panic!("not ready");
    };
    assert_eq!(external_id, "p_1");
    assert_eq!((vendor.count(LIST), vendor.count("ProjectCreate")), (2, 0));
    assert_eq!(vendor.call(LIST).body["variables"]["after"], "c_1");
}

#[tokio::test]
async fn a_project_of_the_same_name_without_our_mark_is_left_alone() {
    let foreign = [
        listed("p_7", "my own project", 1, true),
        listed("p_8", "provision:cl_11", 1, true),
    ];
    let vendor = Vendor::new([
        (LIST, vec![list(&foreign)]),
        ("ProjectCreate", vec![data(json!({"projectCreate": null}))]),
        ("ProjectDetail", vec![errors("Project not found")]),
    ])
    .await;
    ensure(&databases(&vendor)).await.err().unwrap();
    assert_eq!(vendor.count("ProjectCreate"), 1);
    let removed = databases(&vendor)
        .remove(NAME, &super::mark(), Some("p_1"))
        .await
        .unwrap();
    assert_eq!((removed, vendor.count("ProjectDelete")), (Removal::Gone, 0));
}
