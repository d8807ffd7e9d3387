//! What the client makes of Railway's answers.

use super::*;

/// Something that accepts connections, as a database does.
async fn database() -> (TcpListener, String) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    (
        listener,
        format!("postgresql://postgres:{PASSWORD}@db.localhost:{port}/railway"),
    )
}

fn pending(state: DatabaseState) -> Option<String> {
    match state {
        DatabaseState::Pending { external_id, .. } => external_id,
        DatabaseState::Ready { .. } => panic!("it cannot be ready"),
    }
}

fn ready(state: DatabaseState) -> (String, SecretString) {
    match state {
        DatabaseState::Ready { external_id, url } => (external_id, url),
        DatabaseState::Pending { .. } => panic!("it should be ready"),
    }
}

async fn until_ready(test: &Test) -> (String, SecretString) {
    for _ in 0..5 {
        if let state @ DatabaseState::Ready { .. } = test.ensure().await.unwrap() {
            return ready(state);
        }
    }
    panic!("not ready after five calls")
}

#[tokio::test]
async fn from_nothing_to_ready() {
    let (_listener, address) = database().await;
    let test = Test::new(|world| world.public_url = address.clone()).await;
    let (id, url) = until_ready(&test).await;
    assert_eq!((id.as_str(), url.expose_secret()), ("made", address.as_str()));
    assert_eq!((test.asked("ProjectCreate"), test.asked("TemplateDeployV2")), (1, 1));

    let world = test.world.lock().unwrap();
    assert_eq!(world.projects[0].2, "provision:c1");
    let service = world
        .deployed
        .pointer("/input/serializedConfig/services")
        .unwrap()
        .as_object()
        .unwrap();
    let service = service.values().next().unwrap();
    assert_eq!(service["variables"]["POSTGRES_PASSWORD"]["value"], PASSWORD);
    assert_eq!(service["networking"]["tcpProxies"], json!({"5432": {}}));
    assert_eq!(service["volumeMounts"].as_object().unwrap().len(), 1);
}

#[tokio::test]
async fn a_marked_project_is_adopted_from_any_page() {
    let (_listener, address) = database().await;
    let test = Test::new(|world| {
        world.public_url = address;
        world.page = 1;
        world.add("other", "client-other", "provision:c2", 1, true);
        world.add("ours", NAME, "provision:c1", 2, true);
    })
    .await;
    assert_eq!(until_ready(&test).await.0, "ours");
    assert_eq!((test.asked("ProjectCreate"), test.asked("TemplateDeployV2")), (0, 0));
}

#[tokio::test]
async fn a_project_of_the_same_name_without_our_mark_is_left_alone() {
    let (_listener, address) = database().await;
    let test = Test::new(|world| {
        world.public_url = address;
        world.add("foreign", NAME, "my own project", 1, true);
        world.add("neighbour", NAME, "provision:c11", 1, true);
    })
    .await;
    assert_eq!(until_ready(&test).await.0, "made");
    let removed = test
        .databases
        .remove(NAME, &ClientMark::new("c1"), Some("made"))
        .await
        .unwrap();
    assert_eq!(removed, Removal::Gone);
    assert_eq!(test.ids(), ["foreign", "neighbour"]);
}

#[tokio::test]
async fn of_several_the_oldest_with_a_service_stays_and_only_empty_ones_go() {
    let (_listener, address) = database().await;
    let test = Test::new(|world| {
        world.public_url = address;
        world.add("younger", NAME, "provision:c1", 3, true);
        world.add("empty", NAME, "provision:c1", 1, false);
        world.add("older", NAME, "provision:c1", 2, true);
    })
    .await;
    assert_eq!(until_ready(&test).await.0, "older");
    assert_eq!(test.ids(), ["younger", "older"]);
}

#[tokio::test]
async fn an_address_that_cannot_be_used_yet_is_not_ready() {
    let (listener, closed) = database().await;
    drop(listener);
    for url in [
        "postgresql://postgres:x@${{RAILWAY_TCP_PROXY_DOMAIN}}:${{RAILWAY_TCP_PROXY_PORT}}/railway",
        "postgresql://postgres:x@:/railway",
        "postgresql://postgres:x@db.localhost:/railway",
        "",
        &closed,
    ] {
        let test = Test::new(|world| {
            world.public_url = url.to_owned();
            world.add("ours", NAME, "provision:c1", 1, true);
        })
        .await;
        assert_eq!(pending(test.ensure().await.unwrap()).as_deref(), Some("ours"), "{url}");
    }
}

#[tokio::test]
async fn a_simulated_database_is_ready_without_a_connection() {
    let test = Test::new(|world| {
        world.public_url = "postgresql://postgres:x@simulated.localhost:5432/railway".to_owned();
        world.add("ours", NAME, "provision:c1", 1, true);
    })
    .await;
    assert_eq!(ready(test.ensure().await.unwrap()).0, "ours");
}

#[tokio::test]
async fn an_answer_of_200_can_be_an_error() {
    let said = |message: &str| (200, json!({"errors": [{"message": message}], "data": null}));
    let retry = ErrorKind::RateLimited {
        retry_after: Some(std::time::Duration::from_secs(5)),
    };
    for (answer, kind) in [
        (said("Not Authorized"), ErrorKind::Unauthorized),
        (said("Workspace not found"), ErrorKind::NotFound),
        (said("Invalid input"), ErrorKind::Invalid),
        (said("Problem processing request"), ErrorKind::Unavailable),
        ((429, json!("Too Many Requests")), retry),
    ] {
        let test = Test::new(|world| world.instead = Some(answer.clone())).await;
        let error = test.ensure().await.err().unwrap();
        assert_eq!(error.kind(), &kind, "{answer:?}");
        assert_eq!(test.asked("ProjectCreate"), 0, "nothing is made on a list that failed");
    }
}

#[tokio::test]
async fn what_is_removed_is_proven_gone() {
    let test = Test::new(|world| {
        world.add("one", NAME, "provision:c1", 1, true);
        world.add("two", NAME, "provision:c1", 2, false);
    })
    .await;
    let mark = ClientMark::new("c1");
    assert!(test.databases.exists(NAME, &mark).await.unwrap());
    assert_eq!(test.databases.remove(NAME, &mark, None).await.unwrap(), Removal::Gone);
    assert!(!test.databases.exists(NAME, &mark).await.unwrap());
    assert_eq!(
        test.databases.remove(NAME, &mark, Some("one")).await.unwrap(),
        Removal::Gone
    );
}

#[tokio::test]
async fn without_a_token_nothing_is_sent() {
    let token = SecretString::from("");
    let railway = Railway::new(http(), "http://127.0.0.1:9".to_owned(), token, Some("ws".to_owned()));
    let error = Databases::Railway(railway)
        .exists(NAME, &ClientMark::new("c1"))
        .await
        .unwrap_err();
    assert_eq!(
        error.kind(),
        &ErrorKind::NotConfigured {
            setting: "RAILWAY_API_KEY"
        }
    );
}
