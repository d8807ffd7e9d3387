use serde_json::{Value, json};
use tokio_postgres::NoTls;

use crate::world::World;

async fn connects(url: &str) -> bool {
    tokio_postgres::connect(url, NoTls).await.is_ok()
}

#[tokio::test]
async fn a_database_lives_from_template_to_deletion() {
    let world = World::with_postgres().await;
    let made = world.database("client-acme", "a-password-of-ours").await;
    assert!(
        made.database_url.contains(":a-password-of-ours@127.0.0.1:"),
        "{}",
        made.database_url
    );
    assert!(connects(&made.database_url).await);
    assert!(!connects(&made.database_url.replace("a-password-of-ours", "wrong")).await);
    let other = world.database("client-other", "a-password-of-ours").await;
    let database = made.database_url.rsplit('/').next().unwrap();
    let crossed = format!("{}/{database}", other.database_url.rsplit_once('/').unwrap().0);
    assert!(
        !connects(&crossed).await,
        "a client's role must not reach another client's database"
    );

    let listed = json!({"workspaceId": "ws", "first": 1});
    let page = world.railway("02_projects_by_workspace", None, listed).await["data"]["projects"].clone();
    assert_eq!(
        (
            page["edges"].as_array().unwrap().len(),
            &page["pageInfo"]["hasNextPage"]
        ),
        (1, &json!(true))
    );
    let next = json!({"workspaceId": "ws", "first": 1, "after": page["pageInfo"]["endCursor"]});
    let page = world.railway("02_projects_by_workspace", None, next).await["data"]["projects"].clone();
    assert_eq!(page["pageInfo"]["hasNextPage"], false);

    let service = json!({"serviceId": made.service, "environmentId": made.environment});
    let latest = world.railway("15_latest_deployment", None, service.clone()).await;
    let deployment = latest["data"]["serviceInstance"]["latestDeployment"].clone();
    assert_eq!(deployment["status"], "SUCCESS");
    world
        .railway("17_deployment_remove", None, json!({"id": deployment["id"]}))
        .await;
    assert!(!connects(&made.database_url).await, "a stopped database lets nobody in");
    world.railway("14_service_instance_deploy_v2", None, service).await;
    assert!(connects(&made.database_url).await);

    assert_eq!(world.inventory().await["databases"].as_array().unwrap().len(), 2);
    let deleted = world
        .railway("19_project_delete", None, json!({"id": made.railway}))
        .await;
    assert_eq!(deleted["data"]["projectDelete"], true);
    assert!(!connects(&made.database_url).await);
    let absent = world
        .railway("07_project_detail", None, json!({"id": made.railway}))
        .await;
    assert_eq!(absent["errors"][0]["message"], "Project not found");
    let scheduled = world
        .railway(
            "20_project_schedule_delete",
            Some("ProjectScheduleDelete"),
            json!({"id": other.railway}),
        )
        .await;
    assert_eq!(scheduled["data"]["projectScheduleDelete"], true);
    assert_eq!(world.inventory().await["databases"], json!([]));
}

#[tokio::test]
async fn every_document_of_the_contract_is_answered() {
    let world = World::simulated().await;
    let made = world.database("client-acme", "pw").await;
    let detail = world
        .railway("07_project_detail", None, json!({"id": made.railway}))
        .await["data"]["project"]
        .clone();
    let environment = &detail["environments"]["edges"][0]["node"];
    let volume = environment["volumeInstances"]["edges"][0]["node"].clone();
    assert_eq!(volume["mountPath"], "/var/lib/postgresql/data");
    let instance = json!({"serviceId": made.service, "environmentId": made.environment});
    let deployment = world.railway("15_latest_deployment", None, instance.clone()).await;
    let deployment = deployment["data"]["serviceInstance"]["latestDeployment"]["id"].clone();
    let template = world
        .railway("04_template_detail", None, json!({"code": "postgres"}))
        .await["data"]["template"]
        .clone();
    let variables = |document: &str| match document {
        "01_token_check" => json!({"workspaceId": "ws"}),
        "02_projects_by_workspace" | "02b_workspace_projects" => json!({"workspaceId": "ws", "first": 100}),
        "03_project_create" => json!({"input": {"name": "twin"}}),
        "04_template_detail" => json!({"code": "postgres"}),
        "05_template_deploy_v2" => json!({"input": {"projectId": made.railway, "templateId": template["id"],
            "serializedConfig": template["serializedConfig"]}}),
        "06_workflow_status" => json!({"workflowId": "none"}),
        "07_project_detail" | "19_project_delete" => json!({"id": made.railway}),
        "08_variables" => {
            json!({"projectId": made.railway, "environmentId": made.environment, "serviceId": made.service})
        }
        "10_environment_patch_commit" => json!({"environmentId": made.environment,
            "patch": {"services": {&made.service: {"networking": {"tcpProxies": {"5432": {}}}}}}}),
        "11_service_create" => {
            json!({"input": {"projectId": made.railway, "name": "cache", "source": {"image": "redis:8"}}})
        }
        "12_volume_create" => {
            json!({"input": {"projectId": made.railway, "serviceId": made.service, "mountPath": "/data"}})
        }
        "16_variable_collection_upsert" => {
            json!({"input": {"projectId": made.railway, "environmentId": made.environment,
            "serviceId": made.service, "variables": {"EXTRA": "1"}}})
        }
        "17_deployment_remove" => json!({"id": deployment}),
        "18_volume_backup_create" => json!({"volumeInstanceId": volume["id"], "name": "before"}),
        "21_deployment_logs" => json!({"deploymentId": deployment, "limit": 10}),
        "22_project_update" => json!({"id": made.railway, "input": {"description": "marked"}}),
        "09_tcp_proxies" | "14_service_instance_deploy_v2" | "15_latest_deployment" => instance.clone(),
        other => panic!("no variables for {other}"),
    };
    let mut documents: Vec<String> =
        std::fs::read_dir(format!("{}/contracts/railway/documents", env!("CARGO_MANIFEST_DIR")))
            .unwrap()
            .map(|entry| {
                entry
                    .unwrap()
                    .path()
                    .file_stem()
                    .unwrap()
                    .to_string_lossy()
                    .into_owned()
            })
            .collect();
    documents.sort();
    assert_eq!(documents.len(), 23);
    // Deleting comes last; the two that need a state of their own come after the loop.
    let special = [
        "13_tcp_proxy_create_deprecated",
        "20_project_schedule_delete",
        "19_project_delete",
    ];
    for document in documents
        .iter()
        .filter(|document| !special.contains(&document.as_str()))
    {
        let answer = world.railway(document, None, variables(document)).await;
        assert!(
            answer.get("errors").is_none() && answer["data"].is_object(),
            "{document}: {answer}"
        );
    }
    let twin = world
        .railway("07_project_detail", None, json!({"id": made.railway}))
        .await["data"]["project"]
        .clone();
    let names: Vec<&str> = twin["services"]["edges"]
        .as_array()
        .unwrap()
        .iter()
        .map(|edge| edge["node"]["name"].as_str().unwrap())
        .collect();
    assert!(
        names.iter().any(|name| name.starts_with("Postgres-")),
        "a second template deployment makes a twin: {names:?}"
    );
    let cache = twin["services"]["edges"].as_array().unwrap().last().unwrap()["node"]["id"].clone();
    let proxy = json!({"input": {"serviceId": cache, "environmentId": made.environment, "applicationPort": 6379}});
    let made_proxy = world.railway("13_tcp_proxy_create_deprecated", None, proxy).await;
    assert_eq!(made_proxy["data"]["tcpProxyCreate"]["applicationPort"], 6379);
    let logs = world
        .railway("19_project_delete", None, variables("19_project_delete"))
        .await;
    assert_eq!(logs["data"]["projectDelete"], true);
    let project = world
        .railway("03_project_create", None, variables("03_project_create"))
        .await;
    let id = json!({"id": project["data"]["projectCreate"]["id"]});
    let scheduled = world
        .railway("20_project_schedule_delete", Some("ProjectScheduleDelete"), id.clone())
        .await;
    assert_eq!(scheduled["data"]["projectScheduleDelete"], true);
    // At the fast pace there is no grace period to call it off in.
    let cancelled = world
        .railway("20_project_schedule_delete", Some("ProjectScheduleDeleteCancel"), id)
        .await;
    assert_eq!(cancelled["errors"][0]["message"], "Project not found");
}

#[tokio::test]
async fn errors_come_as_railway_sends_them() {
    let world = World::simulated().await;
    let ask = |query: &str, token: bool| {
        let request = world
            .http
            .post(format!("{}/railway/graphql/v2", world.url))
            .json(&json!({"query": query}));
        let request = if token { request.bearer_auth("token") } else { request };
        async { crate::world::said(request.send().await.unwrap()).await }
    };
    let (status, answer) = ask("{ projects(workspaceId: \"ws\") { edges { node { id } } } }", false).await;
    assert_eq!(
        (status, &answer["errors"][0]["message"], &answer["data"]),
        (200, &json!("Not Authorized"), &Value::Null)
    );
    let (status, answer) = ask("{ template(code: \"postgres\") { code } }", false).await;
    assert_eq!(
        (status, &answer["data"]["template"]),
        (200, &json!({"code": "postgres"}))
    );
    let (status, answer) = ask("{ noSuchField }", true).await;
    assert_eq!(
        (status, &answer["errors"][0]["extensions"]["code"]),
        (400, &json!("GRAPHQL_VALIDATION_FAILED"))
    );
    let (status, answer) = ask(
        "{ renamed: workspace(workspaceId: \"ws\") { __typename ...on Workspace { id } } }",
        true,
    )
    .await;
    assert_eq!(
        (status, &answer["data"]["renamed"]),
        (200, &json!({"__typename": "Workspace", "id": "ws"}))
    );
    let (status, answer) = ask("{ me { id } }", true).await;
    assert_eq!((status, answer["data"].is_null()), (200, true));
}
