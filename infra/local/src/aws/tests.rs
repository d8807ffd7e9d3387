//! The embedded AWS as the SDK sees it.

use std::{
    path::PathBuf,
    sync::{Arc, Mutex},
};

use aws_sdk_secretsmanager::Client;
use serde_json::json;

use super::{Embedded, bind};
use crate::{
    contents,
    deploy::{self, DeployError, Secrets},
    live::Live,
    parameters::{SENDER, parameters},
    template::{self, Place, names::REGION},
};

const TEMPLATE: &str = include_str!("../../../../template.yaml");

type Mails = Arc<Mutex<Vec<String>>>;

async fn start(data: Option<&PathBuf>) -> (Embedded, Place, Mails) {
    let mails = Mails::default();
    let taken = Arc::clone(&mails);
    let outbox =
        Arc::new(move |mail: sandbox::Mail| taken.lock().unwrap().push(format!("{} {}", mail.to, mail.subject)));
    let aws = bind()
        .await
        .unwrap()
        .start(data.map(PathBuf::as_path), outbox)
        .await
        .unwrap();
    let place = deploy(&aws).await.unwrap();
    (aws, place, mails)
}

async fn deploy(aws: &Embedded) -> Result<Place, DeployError> {
    let place = Place::new(&aws.endpoint_url, REGION);
    let parameters = parameters(8787, "http://127.0.0.1:1", &Live::default());
    let stack = template::resolve(TEMPLATE, &parameters, &place).unwrap();
    deploy::deploy(&stack, SENDER, &place, &aws.sdk, &contents::content).await
}

async fn ask(aws: &Embedded, operation: &str, body: serde_json::Value) -> serde_json::Value {
    let answer = aws.services.tables.call(operation, body.to_string().into()).await;
    assert_eq!(answer.status(), 200);
    let body = axum::body::to_bytes(answer.into_body(), 65_536).await.unwrap();
    serde_json::from_slice(&body).unwrap()
}

#[allow(clippy::disallowed_methods, reason = "a test of the address itself")]
fn secrets(aws: &Embedded) -> Client {
    Client::new(&aws.sdk)
}

#[tokio::test]
async fn secrets_live_die_and_are_made_anew() {
    let (aws, ..) = start(None).await;
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
    let (aws, ..) = start(Some(&data)).await;
    let name = "tenantry/local/admin-key";
    let key = Secrets::new(&aws.sdk).find(name).await.unwrap().unwrap();
    assert!(key.value.contains("\"role\":\"owner\""), "{}", key.value);
    let table = "tenantry-local-KeysTable";
    ask(&aws, "PutItem", json!({"TableName": table, "Item": {"id": {"S": "k"}}})).await;
    aws.stop().await;
    let (aws, ..) = start(Some(&data)).await;
    let again = Secrets::new(&aws.sdk).find(name).await.unwrap().unwrap();
    assert_eq!((again.value, again.arn), (key.value, key.arn));
    let kept = ask(&aws, "GetItem", json!({"TableName": table, "Key": {"id": {"S": "k"}}})).await;
    assert_eq!(kept["Item"]["id"]["S"], "k");
    aws.stop().await;
    std::fs::remove_dir_all(data).unwrap();
}

#[tokio::test]
async fn what_the_template_declares_is_made_once() {
    let (aws, place, _) = start(None).await;
    assert_eq!(place.account, "000000000000");
    let queue = &place.queues["tenantry-local-OperationsQueue"];
    assert_eq!(
        queue.arn,
        "arn:aws:sqs:eu-central-1:000000000000:tenantry-local-OperationsQueue"
    );
    assert!(queue.url.starts_with(&aws.endpoint_url), "{}", queue.url);
    assert_eq!(place.secrets.len(), 2);
    let described = ask(
        &aws,
        "DescribeTable",
        json!({"TableName": "tenantry-local-OutboxTable"}),
    )
    .await;
    assert_eq!(described["Table"]["GlobalSecondaryIndexes"][0]["IndexName"], "due");
    let expiry = ask(
        &aws,
        "DescribeTimeToLive",
        json!({"TableName": "tenantry-local-OutboxTable"}),
    )
    .await;
    assert_eq!(expiry["TimeToLiveDescription"]["AttributeName"], "expiresAt");
    let again = deploy(&aws).await.unwrap();
    assert_eq!((again.queues, again.secrets), (place.queues, place.secrets));
    aws.stop().await;
}

#[tokio::test]
async fn what_is_there_and_differs() {
    let (aws, place, _) = start(None).await;
    #[allow(clippy::disallowed_methods, reason = "a test of the address itself")]
    let client = aws_sdk_sqs::Client::new(&aws.sdk);
    let url = &place.queues["tenantry-local-OperationsQueue"].url;
    use aws_sdk_sqs::types::QueueAttributeName::{RedrivePolicy, VisibilityTimeout};
    let set = client.set_queue_attributes().queue_url(url);
    set.attributes(VisibilityTimeout, "7").send().await.unwrap();
    deploy(&aws).await.unwrap();
    let asked = client.get_queue_attributes().queue_url(url);
    let asked = asked.attribute_names(VisibilityTimeout).attribute_names(RedrivePolicy);
    let attributes = asked.send().await.unwrap().attributes.unwrap();
    assert_eq!(attributes[&VisibilityTimeout], "270");
    assert!(attributes[&RedrivePolicy].contains("OperationsDeadLetters"));

    let table = "tenantry-local-KeysTable";
    ask(&aws, "DeleteTable", json!({"TableName": table})).await;
    let other = json!({"TableName": table, "BillingMode": "PAY_PER_REQUEST",
        "AttributeDefinitions": [{"AttributeName": "other", "AttributeType": "S"}],
        "KeySchema": [{"AttributeName": "other", "KeyType": "HASH"}]});
    ask(&aws, "CreateTable", other).await;
    let refused = deploy(&aws).await.unwrap_err().to_string();
    assert!(refused.contains(table) && refused.contains("other keys"), "{refused}");

    let sdk = super::sdk("http://127.0.0.1:1");
    let secrets = Secrets::new(&sdk);
    let refused = secrets.find("one").await.err().unwrap().to_string();
    assert!(
        refused.contains("secret one") && refused.contains("refused"),
        "{refused}"
    );
    aws.stop().await;
}

#[tokio::test]
async fn messages_and_mails_arrive() {
    let (aws, place, mails) = start(None).await;
    #[allow(clippy::disallowed_methods, reason = "a test of the address itself")]
    let client = aws_sdk_sqs::Client::new(&aws.sdk);
    let url = &place.queues["tenantry-local-NoticesQueue"].url;
    client
        .send_message()
        .queue_url(url)
        .message_body("hello")
        .send()
        .await
        .unwrap();
    let got = client.receive_message().queue_url(url).send().await.unwrap();
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

#[tokio::test]
async fn what_has_expired_is_swept_while_the_stack_runs() {
    let data = std::env::temp_dir().join(format!("tenantry-aws-sweep-{}", std::process::id()));
    let (aws, ..) = start(Some(&data)).await;
    let table = "tenantry-local-LocksTable";
    for (key, expires) in [("old", "1000000000"), ("new", "4000000000")] {
        let item = json!({"TableName": table, "Item": {"key": {"S": key}, "expiresAt": {"N": expires}}});
        ask(&aws, "PutItem", item).await;
    }
    aws.stop().await;
    // The interval begins with a sweep, so that the test need not wait for a minute.
    let (aws, ..) = start(Some(&data)).await;
    for _ in 0..100 {
        let found = ask(&aws, "Scan", json!({"TableName": table})).await;
        if found["Count"] == 1 {
            assert_eq!(found["Items"][0]["key"]["S"], "new");
            aws.stop().await;
            std::fs::remove_dir_all(data).unwrap();
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    panic!("the old item is still there");
}
