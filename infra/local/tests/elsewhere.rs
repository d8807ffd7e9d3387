//! The stack's binary over another AWS than its own: `AWS_ENDPOINT_URL`. What plays the other one is the embedded AWS,
//! started here; no second stack would do, for two of them would take each other's messages.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    reason = "tests"
)]

use std::{
    path::{Path, PathBuf},
    process::Stdio,
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use local::aws::{Embedded, bind};
use serde_json::{Value, json};
use tokio::process::{Child, Command};

/// How long anything may take on a busy machine; it is not a measurement.
const WITHIN: Duration = Duration::from_secs(120);

type Mails = Arc<Mutex<Vec<String>>>;

async fn other_aws() -> (Embedded, Mails) {
    let mails = Mails::default();
    let taken = Arc::clone(&mails);
    let outbox = Arc::new(move |mail: sandbox::Mail| taken.lock().unwrap().push(mail.to));
    (bind().await.unwrap().start(None, outbox).await.unwrap(), mails)
}

fn folder(name: &str) -> PathBuf {
    let folder = std::env::temp_dir().join(format!("tenantry-elsewhere-{name}-{}", std::process::id()));
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).unwrap();
    folder
}

fn command(endpoint: &str, folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_local"));
    for name in ["AWS_REGION", "AWS_DEFAULT_REGION", "AWS_PROFILE", "AWS_ACCESS_KEY_ID"] {
        command.env_remove(name);
    }
    command
        .args(["--port", "0", "--data"])
        .arg(folder.join("data"))
        .arg("--ready-file")
        .arg(folder.join("ready.json"))
        .env("AWS_ENDPOINT_URL", endpoint)
        .env("TENANTRY_TEST", "1")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .kill_on_drop(true);
    command
}

async fn ready(stack: &mut Child, folder: &Path) -> Value {
    let begun = Instant::now();
    loop {
        if let Ok(text) = std::fs::read_to_string(folder.join("ready.json")) {
            return serde_json::from_str(&text).unwrap();
        }
        assert!(
            stack.try_wait().unwrap().is_none(),
            "the stack ended before it was ready"
        );
        assert!(begun.elapsed() < WITHIN, "the stack is not ready");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

async fn stop(mut stack: Child) {
    let begun = Instant::now();
    let pid = stack.id().unwrap().to_string();
    assert!(
        Command::new("kill")
            .args(["-TERM", &pid])
            .status()
            .await
            .unwrap()
            .success()
    );
    let ended = tokio::time::timeout(Duration::from_secs(10), stack.wait()).await;
    assert!(
        ended.expect("it ends within ten seconds").unwrap().success(),
        "{:?}",
        begun.elapsed()
    );
}

async fn call(ready: &Value, path: &str, body: Option<Value>) -> Value {
    let url = format!("{}/api/platform{path}", ready["url"].as_str().unwrap());
    let http = reqwest::Client::new();
    let request = match &body {
        Some(body) => http.post(url).json(body),
        None => http.get(url),
    };
    let answer = request
        .bearer_auth(ready["apiKey"].as_str().unwrap())
        .send()
        .await
        .unwrap();
    let (status, text) = (answer.status(), answer.text().await.unwrap());
    assert!(status.is_success(), "{status} {text}");
    serde_json::from_str(&text).unwrap()
}

#[tokio::test]
async fn everything_is_brought_up_and_works_in_the_aws_of_the_callers_choice() {
    let (aws, mails) = other_aws().await;
    let folder = folder("works");
    let mut stack = command(&aws.endpoint_url, &folder).spawn().unwrap();
    let first = ready(&mut stack, &folder).await;
    assert_eq!(first["awsEndpointUrl"], aws.endpoint_url.as_str());

    let order = json!({"clientName": "Acme Corp", "contactEmail": "admin@acme.com", "domain": "acme",
        "template": "corporate"});
    let id = call(&first, "/clients", Some(order)).await["client"]["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let begun = Instant::now();
    let path = format!("/clients/{id}");
    loop {
        let client = call(&first, &path, None).await;
        if client["status"] == "active" {
            break;
        }
        assert!(begun.elapsed() < WITHIN, "still not active: {client:#}");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    while mails.lock().unwrap().is_empty() {
        assert!(begun.elapsed() < WITHIN, "no mail came to the other AWS");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    stop(stack).await;

    let tables = aws_sdk_dynamodb::Client::new(&aws.sdk);
    let listed = tables.list_tables().send().await.unwrap();
    assert_eq!(
        listed.table_names().len(),
        include_str!("../../../template.yaml")
            .matches("AWS::DynamoDB::Table\n")
            .count()
    );
    let item = tables.get_item().table_name("tenantry-local-ClientsTable");
    let item = item
        .key("id", aws_sdk_dynamodb::types::AttributeValue::S(id))
        .send()
        .await
        .unwrap();
    assert!(item.item().is_some(), "the client is not in that AWS");
    assert!(
        !folder.join("data/dynamodb.sqlite").exists(),
        "the embedded AWS was started as well"
    );

    // What is there is taken as it is.
    let mut stack = command(&aws.endpoint_url, &folder).spawn().unwrap();
    let second = ready(&mut stack, &folder).await;
    assert_eq!(second["apiKey"], first["apiKey"]);
    assert_eq!(call(&second, &path, None).await["status"], "active");
    stop(stack).await;
    aws.stop().await;
    std::fs::remove_dir_all(folder).unwrap();
}

#[tokio::test]
async fn an_aws_that_does_not_answer_is_named() {
    let folder = folder("silent");
    let free = std::net::TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    for (endpoint, says) in [
        (format!("http://{free}"), "unset it to use the embedded one"),
        ("here".to_owned(), "not an address"),
    ] {
        let ended = command(&endpoint, &folder).output().await.unwrap();
        let said = String::from_utf8(ended.stderr).unwrap();
        assert_eq!(ended.status.code(), Some(1), "{said}");
        assert!(
            said.contains("AWS_ENDPOINT_URL") && said.contains(&endpoint) && said.contains(says),
            "{said}"
        );
        println!("{said}");
    }
    std::fs::remove_dir_all(folder).unwrap();
}
