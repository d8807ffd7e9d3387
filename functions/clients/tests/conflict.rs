//! What the embedded DynamoDB never answers and the real one does: another transaction on the same record.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test may fail loudly"
)]

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::TcpListener,
    sync::{Arc, Mutex},
};

use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_sdk_dynamodb::config::{Credentials, SharedCredentialsProvider};
use lambda_runtime::{Context as LambdaContext, LambdaEvent};
use runtime::{Context, Settings};
use serde_json::{Value, json};
use tower::ServiceExt;

const ID: &str = "cl_01jdexmp1e0000000000000000";

/// A DynamoDB that holds one client and answers its transactions one after the other as it is told, then with success.
struct Tables {
    endpoint: String,
    sent: Arc<Mutex<Vec<Value>>>,
}

impl Tables {
    fn answering(answers: Vec<Value>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let endpoint = format!("http://{}", listener.local_addr().unwrap());
        let sent = Arc::new(Mutex::new(Vec::new()));
        let (log, mut answers) = (Arc::clone(&sent), answers.into_iter());
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let mut stream = stream.unwrap();
                let (target, body) = read(&mut BufReader::new(stream.try_clone().unwrap()));
                let answer = match target.split_once('.').unwrap().1 {
                    "GetItem" => json!({"Item": client()}),
                    // The monitor has seen nothing.
                    "Query" => json!({"Items": []}),
                    "TransactWriteItems" => {
                        log.lock().unwrap().push(body);
                        answers.next().unwrap_or_else(|| json!({}))
                    }
                    other => panic!("{other} was not expected"),
                };
                let status = if answer.get("__type").is_some() { 400 } else { 200 };
                let text = answer.to_string();
                let head = format!(
                    "HTTP/1.1 {status} Any\r\ncontent-type: application/x-amz-json-1.0\r\nconnection: close\r\ncontent-length: {}\r\n\r\n",
                    text.len()
                );
                stream.write_all(head.as_bytes()).unwrap();
                stream.write_all(text.as_bytes()).unwrap();
            }
        });
        Self { endpoint, sent }
    }

    async fn change(&self, headers: Value, body: Value) -> (u64, Value) {
        let sdk = SdkConfig::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::from_static("eu-west-1"))
            .credentials_provider(SharedCredentialsProvider::new(Credentials::new(
                "id", "secret", None, None, "test",
            )))
            .endpoint_url(&self.endpoint)
            .build();
        let variables = [
            ("SITE_URL", "https://{domain}.example.com"),
            ("SECRET_PREFIX", "tenantry/test"),
            ("DATABASE_PROVIDER", "railway"),
            ("OPERATION_DEADLINE_SECONDS", "3600"),
            ("DELETE_GRACE_SECONDS", "0"),
            ("DATABASE_COST_CENTS", "500"),
            ("PLATFORM_COST_CENTS", "2500"),
            ("MAXIMUM_CLIENTS", "0"),
            ("MONTHLY_BUDGET_CENTS", "0"),
            ("CLIENTS_TABLE", "Clients"),
            ("AUDIT_TABLE", "Audit"),
            ("CHECKS_TABLE", "Checks"),
        ];
        let settings = Settings::from_variables(variables.map(|(name, value)| (name.to_owned(), value.to_owned())));
        let path = format!("/api/platform/clients/{ID}");
        let event = json!({
            "version": "2.0", "routeKey": "$default", "rawPath": path, "rawQueryString": "",
            "headers": headers, "body": body.to_string(), "isBase64Encoded": false,
            "requestContext": {
                "accountId": "0", "apiId": "a", "domainName": "d", "domainPrefix": "d", "stage": "$default",
                "requestId": "r1", "routeKey": "$default", "time": "01/Jan/2026:00:00:00 +0000", "timeEpoch": 0,
                "http": {"method": "PATCH", "path": path, "protocol": "HTTP/1.1", "sourceIp": "127.0.0.1", "userAgent": "t"},
                "authorizer": {"lambda": {"principal": "key:test", "role": "owner"}},
            },
        });
        let function = clients::function(&Context::new(settings, sdk)).unwrap();
        let event = LambdaEvent::new(event, LambdaContext::default());
        let answer = function.oneshot(event).await.unwrap();
        let body = serde_json::from_str(answer["body"].as_str().unwrap()).unwrap();
        (answer["statusCode"].as_u64().unwrap(), body)
    }

    fn sent(&self) -> Vec<Value> {
        self.sent.lock().unwrap().clone()
    }
}

fn read(stream: &mut BufReader<std::net::TcpStream>) -> (String, Value) {
    let (mut target, mut length) = (String::new(), 0);
    loop {
        let mut line = String::new();
        stream.read_line(&mut line).unwrap();
        match line.trim().split_once(':') {
            Some((name, value)) if name.eq_ignore_ascii_case("x-amz-target") => target = value.trim().to_owned(),
            Some((name, value)) if name.eq_ignore_ascii_case("content-length") => {
                length = value.trim().parse().unwrap()
            }
            None if line.trim().is_empty() => break,
            _ => {}
        }
    }
    let mut body = vec![0; length];
    stream.read_exact(&mut body).unwrap();
    (target, serde_json::from_slice(&body).unwrap())
}

/// The client's record as DynamoDB answers it.
fn client() -> Value {
    let text = |value: &str| json!({"S": value});
    let (none, empty) = (json!({"NULL": true}), json!({"L": []}));
    json!({
        "id": text(ID), "revision": {"N": "7"}, "name": text("Acme"), "domain": text("acme"),
        "contactEmail": text("admin@acme.com"), "contactName": none, "contactPhone": none, "template": text("blog"),
        "enabledFeatures": empty, "disabledCollections": empty, "status": text("active"), "vercelProjectId": none,
        "databaseProvider": text("railway"), "databaseSecretArn": none, "customEnvironment": empty,
        "customSettings": {"M": {}}, "plan": text("starter"), "billingStatus": text("active"),
        "monthlyFeeCents": {"N": "2500"}, "nextBillingDate": none, "lastHealthCheck": none,
        "healthStatus": text("unknown"), "health": none, "uptimePercentage": none, "notes": none, "tags": empty,
        "currentOperation": none, "lastOperation": text("op_01jdexmp1e0000000000000000"), "activatedAt": none,
        "createdAt": text("2025-11-12T09:30:00Z"), "updatedAt": text("2025-11-12T09:30:00Z"), "deletedAt": none,
    })
}

fn cancelled(reason: &str) -> Value {
    json!({
        "__type": "com.amazonaws.dynamodb.v20120810#TransactionCanceledException",
        "Message": "Transaction cancelled",
        "CancellationReasons": [{"Code": reason}, {"Code": "None"}],
    })
}

fn json_body() -> Value {
    json!({"content-type": "application/json"})
}

#[tokio::test]
async fn meeting_another_transaction_is_tried_again_with_the_same_change() {
    let tables = Tables::answering(vec![cancelled("TransactionConflict"), cancelled("TransactionConflict")]);
    let (status, client) = tables.change(json_body(), json!({"notes": "x"})).await;
    assert_eq!((status, &client["revision"]), (200, &json!(7)), "{client}");
    let sent = tables.sent();
    assert_eq!(sent.len(), 3);
    assert!(
        sent.iter()
            .all(|transaction| transaction["TransactItems"] == sent[0]["TransactItems"])
    );

    let update = &sent[0]["TransactItems"][0]["Update"];
    let expression = update["UpdateExpression"].as_str().unwrap();
    assert!(expression.contains("#revision = #revision + "), "{expression}");
    let names: Vec<&str> = expression
        .split('#')
        .skip(1)
        .map(|rest| rest.split(' ').next().unwrap())
        .collect();
    assert_eq!(names, ["revision", "revision", "updatedAt", "notes"]);
    let condition = update["ConditionExpression"].as_str().unwrap();
    assert!(
        condition.starts_with("attribute_exists(#id) AND #status <> "),
        "{condition}"
    );
    assert!(
        !condition.contains("revision") && !condition.contains("notes"),
        "{condition}"
    );
    assert_eq!(sent[0]["TransactItems"][1]["Put"]["TableName"], "Audit");
}

#[tokio::test]
async fn only_a_fee_that_follows_its_plan_and_a_revision_that_was_sent_are_conditions() {
    let condition_of = |tables: &Tables| {
        let sent = tables.sent();
        sent[0]["TransactItems"][0]["Update"]["ConditionExpression"]
            .as_str()
            .unwrap()
            .to_owned()
    };
    let tables = Tables::answering(vec![cancelled("ConditionalCheckFailed")]);
    let (status, _) = tables.change(json_body(), json!({"plan": "enterprise"})).await;
    assert_eq!((status, tables.sent().len()), (200, 2));
    let condition = condition_of(&tables);
    assert!(
        condition.contains("#plan = ") && condition.contains("#monthlyFeeCents = "),
        "{condition}"
    );

    let tables = Tables::answering(vec![]);
    let headers = json!({"content-type": "application/json", "if-match": "\"7\""});
    let (status, _) = tables.change(headers, json!({"notes": "x"})).await;
    assert_eq!(status, 200);
    assert!(condition_of(&tables).contains("#revision = "));
}
