//! What statuses, headers and bodies mean, whoever sends them.

use std::time::Duration;

use providers::{ErrorKind, ProviderError, vercel::Vercel};
use serde_json::json;

use super::{http, secret, vendor::*, vercel};

const PROJECT: &str = "GET /v9/projects/acme";

async fn failure(reply: Reply) -> ProviderError {
    let vendor = Vendor::new([(PROJECT, vec![reply])]).await;
    vercel(&vendor).find_project("acme").await.unwrap_err()
}

fn limited(seconds: u64) -> ErrorKind {
    ErrorKind::RateLimited {
        retry_after: Some(Duration::from_secs(seconds)),
    }
}

#[tokio::test]
async fn every_status_has_its_meaning() {
    let error = json!({"error": {"code": "some_code", "message": "Some words."}});
    for (status, kind) in [
        (302, ErrorKind::Malformed),
        (400, ErrorKind::Invalid),
        (401, ErrorKind::Unauthorized),
        (402, ErrorKind::PaymentRequired),
        (403, ErrorKind::Forbidden),
        (408, ErrorKind::Unavailable),
        (409, ErrorKind::Conflict),
        (410, ErrorKind::NotFound),
        (422, ErrorKind::Invalid),
        (428, ErrorKind::Invalid),
        (429, limited(5)),
        (500, ErrorKind::Unavailable),
        (502, ErrorKind::Unavailable),
        (503, ErrorKind::Unavailable),
        (504, ErrorKind::Unavailable),
    ] {
        let failure = failure(json_reply(status, error.clone())).await;
        assert_eq!(*failure.kind(), kind, "{status}");
        assert!(failure.public().contains(&status.to_string()), "{failure}");
    }
}

#[tokio::test]
async fn a_known_code_says_more_than_the_status() {
    let links = json!({"error": {"code": "repo_links_exceeded_limit", "message": "A Git Repository cannot be connected to more \
        than 10 Projects.", "action": "x", "link": "y"}});
    assert_eq!(*failure(json_reply(400, links)).await.kind(), ErrorKind::QuotaExceeded);
    let token = json!({"error": {"code": "forbidden", "message": "Not authorized", "invalidToken": true}});
    assert_eq!(*failure(json_reply(403, token)).await.kind(), ErrorKind::Unauthorized);
}

#[tokio::test]
async fn words_are_found_under_error_and_err() {
    for body in [
        json!({"error": {"message": "Words"}}),
        json!({"err": {"message": "Words"}}),
        json!({"message": "Words"}),
    ] {
        assert!(failure(json_reply(400, body)).await.public().contains("Words"));
    }
    // Without any, the status has to do.
    assert!(failure(text_reply(400, "")).await.public().contains("HTTP 400"));
}

#[tokio::test]
async fn retry_after_is_seconds_or_a_date_and_is_bounded() {
    let with = |value: &str| json_reply(429, json!({})).with("retry-after", value);
    assert_eq!(*failure(with("7")).await.kind(), limited(7));
    assert_eq!(*failure(with("0")).await.kind(), limited(1));
    assert_eq!(*failure(with("3600")).await.kind(), limited(60));
    assert_eq!(*failure(with("soon")).await.kind(), limited(5));
    let dated = with("Tue, 24 Nov 2026 10:00:20 GMT").with("date", "Tue, 24 Nov 2026 10:00:00 GMT");
    assert_eq!(*failure(dated).await.kind(), limited(20));
    let past = with("Tue, 24 Nov 2026 09:00:00 GMT").with("date", "Tue, 24 Nov 2026 10:00:00 GMT");
    assert_eq!(*failure(past).await.kind(), limited(1));
    let busy = json_reply(503, json!({})).with("retry-after", "9");
    assert_eq!(*failure(busy).await.kind(), limited(9));
}

#[tokio::test]
async fn an_answer_that_is_not_json_is_malformed() {
    for body in ["<!doctype html><h1>Bad gateway</h1>", "", "{\"id\":"] {
        let failure = failure(text_reply(200, body)).await;
        assert_eq!(*failure.kind(), ErrorKind::Malformed);
        assert!(failure.kind().retryable());
    }
    assert_eq!(
        *failure(json_reply(200, json!({"name": "acme"}))).await.kind(),
        ErrorKind::Malformed
    );
}

#[tokio::test]
async fn an_answer_larger_than_any_we_understand_is_not_read() {
    let body = "x".repeat(1024 * 1024 + 1);
    assert_eq!(
        *failure(text_reply(200, body.clone())).await.kind(),
        ErrorKind::Malformed
    );
    // The status of a refusal counts all the same.
    assert_eq!(*failure(text_reply(502, body)).await.kind(), ErrorKind::Unavailable);
}

#[tokio::test]
async fn a_read_without_answer_is_unavailable_and_a_write_unknown() {
    assert_eq!(*failure(lost()).await.kind(), ErrorKind::Unavailable);
    let vendor = Vendor::new([("DELETE /v9/projects/acme", vec![lost()])]).await;
    let error = vercel(&vendor).delete_project("acme").await.unwrap_err();
    assert_eq!(*error.kind(), ErrorKind::OutcomeUnknown);
    // Nothing was sent where nobody listens.
    let nobody = Vercel::new(http(), "http://127.0.0.1:1".to_owned(), secret("marker-token"), None);
    assert_eq!(
        *nobody.delete_project("acme").await.unwrap_err().kind(),
        ErrorKind::Unavailable
    );
}

#[tokio::test]
async fn a_missing_setting_is_named_before_any_call() {
    let vercel = Vercel::new(http(), "https://api.vercel.com".to_owned(), secret(""), None);
    let error = vercel.find_project("acme").await.unwrap_err();
    assert_eq!(
        *error.kind(),
        ErrorKind::NotConfigured {
            setting: "VERCEL_TOKEN"
        }
    );
    let vercel = Vercel::new(http(), String::new(), secret("marker-token"), None);
    let error = vercel.find_project("acme").await.unwrap_err();
    assert_eq!(
        *error.kind(),
        ErrorKind::NotConfigured {
            setting: "VERCEL_API_URL"
        }
    );
}

#[tokio::test]
async fn a_name_with_the_local_suffix_is_this_machine() {
    let vendor = Vendor::new([(
        "GET /api/users/init",
        vec![json_reply(200, json!({"initialized": true}))],
    )])
    .await;
    let site = providers::site::Site::new(http(), vendor.url_of("acme.localhost"), secret("marker-platform"));
    assert!(site.initialized().await.unwrap());
}
