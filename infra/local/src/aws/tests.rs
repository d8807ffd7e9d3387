//! The embedded AWS as the SDK sees it.

use std::{
    collections::BTreeMap,
    path::PathBuf,
    sync::{Arc, Mutex},
};

use aws_sdk_secretsmanager::Client;
use serde_json::json;

use super::{Embedded, bind};
use crate::template::{self, Stack};

const TEMPLATE: &str = include_str!("../../../../template.yaml");

fn stack(endpoint: &str) -> Stack {
    let names = [
        "Stage",
        "PlatformDomain",
        "PlatformUrl",
        "SenderEmail",
        "SenderIdentity",
        "GithubRepo",
    ];
    let parameters: BTreeMap<_, _> = names.map(|name| (name.to_owned(), "local".to_owned())).into();
    template::resolve(TEMPLATE, &parameters, endpoint).unwrap()
}

async fn start(data: Option<&PathBuf>) -> (Embedded, Stack, Arc<Mutex<Vec<String>>>) {
    let mails = Arc::new(Mutex::new(Vec::new()));
    let taken = Arc::clone(&mails);
    let bound = bind().await.unwrap();
    let stack = stack(&bound.endpoint_url);
    let outbox =
        Arc::new(move |mail: sandbox::Mail| taken.lock().unwrap().push(format!("{} {}", mail.to, mail.subject)));
    let aws = bound.start(data.map(PathBuf::as_path), outbox).await.unwrap();
    aws.create(&stack).await.unwrap();
    (aws, stack, mails)
}

#[allow(clippy::disallowed_methods, reason = "a test of the address itself")]
fn secrets(aws: &Embedded) -> Client {
    Client::new(&aws.sdk)
}

#[tokio::test]
async fn secrets_live_die_and_are_made_anew() {
    let (aws, _, _) = start(None).await;
    let client = secrets(&aws);
    let name = "tenantry/local/client/one";
    let arn = client
        .create_secret()
        .name(name)
        .secret_string("a")
        .send()
        .await
        .unwrap()
        .arn
        .unwrap();
    let again = client
        .create_secret()
        .name(name)
        .secret_string("b")
        .send()
        .await
        .unwrap_err();
    assert!(again.into_service_error().is_resource_exists_exception());
    client
        .put_secret_value()
        .secret_id(&arn)
        .secret_string("c")
        .send()
        .await
        .unwrap();
    let read = client.get_secret_value().secret_id(&arn).send().await.unwrap();
    assert_eq!(read.secret_string(), Some("c"));
    client.delete_secret().secret_id(name).send().await.unwrap();
    let marked = client.get_secret_value().secret_id(name).send().await.unwrap_err();
    assert!(marked.into_service_error().is_invalid_request_exception());
    client
        .delete_secret()
        .secret_id(name)
        .force_delete_without_recovery(true)
        .send()
        .await
        .unwrap();
    let gone = client.describe_secret().secret_id(name).send().await.unwrap_err();
    assert!(gone.into_service_error().is_resource_not_found_exception());
    client
        .create_secret()
        .name(name)
        .secret_string("d")
        .send()
        .await
        .unwrap();
    let all = client.list_secrets().send().await.unwrap();
    assert_eq!(all.secret_list().len(), 3);
    aws.stop().await;
}

#[tokio::test]
async fn tables_and_secrets_outlive_the_stack() {
    let data = std::env::temp_dir().join(format!("tenantry-aws-{}", std::process::id()));
    let (aws, stack, _) = start(Some(&data)).await;
    let key = aws.read_secret("tenantry/local/admin-key").unwrap().unwrap();
    assert!(key.contains("\"role\":\"owner\""), "{key}");
    let table = stack.tables.iter().find(|table| table.name.contains("Keys")).unwrap();
    let item = json!({"TableName": table.name, "Item": {"id": {"S": "k"}}});
    aws.services.tables.ask("PutItem", &item).unwrap();
    aws.stop().await;
    let (aws, ..) = start(Some(&data)).await;
    assert_eq!(aws.read_secret("tenantry/local/admin-key").unwrap(), Some(key));
    let asked = json!({"TableName": table.name, "Key": {"id": {"S": "k"}}});
    assert_eq!(
        aws.services.tables.ask("GetItem", &asked).unwrap()["Item"]["id"]["S"],
        "k"
    );
    aws.stop().await;
    std::fs::remove_dir_all(data).unwrap();
}

#[tokio::test]
async fn messages_and_mails_arrive() {
    let (aws, stack, mails) = start(None).await;
    #[allow(clippy::disallowed_methods, reason = "a test of the address itself")]
    let client = aws_sdk_sqs::Client::new(&aws.sdk);
    let queue = stack
        .queues
        .iter()
        .find(|queue| queue.logical_id == "NoticesQueue")
        .unwrap();
    let url = template::names::queue_url(&aws.endpoint_url, &queue.name);
    client
        .send_message()
        .queue_url(&url)
        .message_body("hello")
        .send()
        .await
        .unwrap();
    let got = client.receive_message().queue_url(&url).send().await.unwrap();
    assert_eq!(got.messages()[0].body(), Some("hello"));
    let form = b"Action=SendEmail&Source=a%40b.nl&Destination.ToAddresses.member.1=c%40d.nl\
        &Message.Subject.Data=Hi&Message.Body.Text.Data=There";
    assert_eq!(super::mail::call(form, "one", &aws.services.outbox).status(), 200);
    assert_eq!(
        super::mail::call(b"Action=SendRawEmail", "one", &aws.services.outbox).status(),
        400
    );
    assert_eq!(*mails.lock().unwrap(), ["c@d.nl Hi"]);
    aws.stop().await;
}
