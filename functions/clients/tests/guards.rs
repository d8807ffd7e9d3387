//! What is refused before any record is read: no AWS is needed to prove it.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may fail loudly")]

use aws_config::{BehaviorVersion, Region, SdkConfig};
use lambda_runtime::{Context as LambdaContext, LambdaEvent};
use runtime::{Context, Function, Settings, SettingsError};
use serde_json::{Value, json};
use tower::ServiceExt;

const BASE: &str = "/api/platform/clients";

const VARIABLES: [(&str, &str); 9] = [
    ("SITE_URL", "https://{domain}.example.com"),
    ("SECRET_PREFIX", "tenantry/test"),
    ("DATABASE_PROVIDER", "railway"),
    ("OPERATION_DEADLINE_SECONDS", "3600"),
    ("DELETE_GRACE_SECONDS", "0"),
    ("DATABASE_COST_CENTS", "500"),
    ("PLATFORM_COST_CENTS", "2500"),
    ("MAXIMUM_CLIENTS", "0"),
    ("MONTHLY_BUDGET_CENTS", "0"),
];

fn function() -> Function {
    with(&VARIABLES).unwrap()
}

fn with(variables: &[(&str, &str)]) -> Result<Function, SettingsError> {
    let sdk = SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::from_static("eu-west-1"));
    let owned = variables
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    clients::function(&Context::new(Settings::from_variables(owned), sdk.build()))
}

async fn call(role: &str, method: &str, path_and_query: &str, headers: Value, body: &str) -> (u64, Value) {
    let (path, query) = path_and_query.split_once('?').unwrap_or((path_and_query, ""));
    let event = json!({
        "version": "2.0", "routeKey": "$default", "rawPath": path, "rawQueryString": query,
        "headers": headers, "body": body, "isBase64Encoded": false,
        "requestContext": {
            "accountId": "0", "apiId": "a", "domainName": "d", "domainPrefix": "d", "stage": "$default",
            "requestId": "r1", "routeKey": "$default", "time": "01/Jan/2026:00:00:00 +0000", "timeEpoch": 0,
            "http": {"method": method, "path": path, "protocol": "HTTP/1.1", "sourceIp": "127.0.0.1", "userAgent": "t"},
            "authorizer": {"lambda": {"principal": "key:test", "role": role}},
        },
    });
    let answer = function()
        .oneshot(LambdaEvent::new(event, LambdaContext::default()))
        .await
        .unwrap();
    let problem = serde_json::from_str(answer["body"].as_str().unwrap_or("null")).unwrap_or_default();
    (answer["statusCode"].as_u64().unwrap(), problem)
}

#[test]
fn a_variable_that_is_missing_is_named_at_the_cold_start() {
    for (missing, _) in VARIABLES {
        let others: Vec<_> = VARIABLES.into_iter().filter(|(name, _)| *name != missing).collect();
        let error = with(&others).err().unwrap();
        assert!(error.to_string().contains(missing), "{error}");
    }
}

#[tokio::test]
async fn a_viewer_changes_nothing_whatever_the_body() {
    let one = format!("{BASE}/cl_01jdexmp1e0000000000000000");
    for (method, path) in [
        ("POST", BASE),
        ("PATCH", &one),
        ("DELETE", &one),
        ("POST", &format!("{BASE}/import")),
    ] {
        let (status, problem) = call("viewer", method, path, json!({}), "{").await;
        assert_eq!(
            (status, &problem["code"]),
            (403, &json!("forbidden")),
            "{method} {path}"
        );
    }
}

#[tokio::test]
async fn what_is_no_client_id_names_no_client() {
    for path in [
        "/nonsense",
        "/cl_x",
        "/op_01jdexmp1e0000000000000000",
        "/%FF",
        "/x/export",
    ] {
        let (status, problem) = call("owner", "GET", &format!("{BASE}{path}"), json!({}), "").await;
        assert_eq!((status, &problem["code"]), (404, &json!("not_found")), "{path}");
    }
    let (status, _) = call("owner", "PUT", BASE, json!({}), "").await;
    assert_eq!(status, 405);
}

#[tokio::test]
async fn bad_queries_headers_and_bodies_are_named() {
    let json_type = json!({"content-type": "application/json"});
    let csv_type = json!({"content-type": "text/csv"});
    let bad_key = json!({"content-type": "application/json", "idempotency-key": "a b"});
    let long_key = json!({"content-type": "application/json", "idempotency-key": "k".repeat(256)});
    let import = format!("{BASE}/import");
    for (method, path, headers, body, status, field) in [
        ("GET", format!("{BASE}?limit=0"), json!({}), "", 400, json!("limit")),
        (
            "GET",
            format!("{BASE}/export?format=xml"),
            json!({}),
            "",
            400,
            json!("format"),
        ),
        (
            "GET",
            format!("{BASE}/export?page=2"),
            json!({}),
            "",
            400,
            json!("page"),
        ),
        ("POST", BASE.to_owned(), json_type.clone(), "{", 400, Value::Null),
        (
            "POST",
            BASE.to_owned(),
            json_type.clone(),
            "{}",
            422,
            json!("clientName"),
        ),
        ("POST", BASE.to_owned(), bad_key, "{}", 400, json!("Idempotency-Key")),
        ("POST", BASE.to_owned(), long_key, "{}", 400, json!("Idempotency-Key")),
        ("POST", import.clone(), json_type, "{}", 415, Value::Null),
        (
            "POST",
            import.clone(),
            csv_type.clone(),
            "clientName,colour\n",
            422,
            json!("colour"),
        ),
        (
            "POST",
            format!("{import}?dryRun=1"),
            csv_type.clone(),
            "",
            400,
            json!("dryRun"),
        ),
        ("POST", import, csv_type, &"x".repeat(1024 * 1024 + 1), 413, Value::Null),
    ] {
        let (got, problem) = call("owner", method, &path, headers, body).await;
        assert_eq!((got, &problem["field"]), (status, &field), "{method} {path}: {problem}");
    }
}

#[tokio::test]
async fn an_import_says_of_each_row_what_is_wrong() {
    let file = "clientName,contactEmail,domain,template\nA,nobody,acme,blog\nB,b@example.com,www,blog\n";
    let (status, report) = call(
        "admin",
        "POST",
        &format!("{BASE}/import"),
        json!({"content-type": "text/csv"}),
        file,
    )
    .await;
    assert_eq!(status, 200);
    assert_eq!(
        (&report["total"], &report["refused"], &report["created"]),
        (&json!(2), &json!(2), &json!(0))
    );
    assert_eq!(report["rows"][0]["problem"]["field"], "contactEmail");
    assert_eq!(report["rows"][1]["problem"]["field"], "domain");
}
