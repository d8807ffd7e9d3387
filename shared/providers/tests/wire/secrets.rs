//! No secret is in an error, whatever the other side repeats.

use providers::{ErrorKind, ProviderError, site::Site, vercel::Variable};
use serde_json::json;

use super::{http, secret, vendor::*, vercel};

/// All that a person or a log could see of an error.
fn seen(error: &ProviderError) -> String {
    let mut text = format!("{error} {error:?} {}", error.public());
    let mut source = std::error::Error::source(error);
    while let Some(cause) = source {
        text.push_str(&format!(" {cause} {cause:?}"));
        source = cause.source();
    }
    text
}

fn assert_clean(error: &ProviderError) {
    let text = seen(error);
    assert!(!text.contains("marker"), "{text}");
}

#[tokio::test]
async fn what_a_vendor_repeats_is_taken_out() {
    let echo = json!({"error": {"code": "bad", "message": "marker-token may not set marker-value"}});
    let vendor = Vendor::new([
        (
            "GET /v9/projects/acme",
            vec![json_reply(400, json!({"error": {"message": "marker-token is dead"}}))],
        ),
        ("POST /v10/projects/prj_1/env", vec![json_reply(400, echo)]),
        (
            "POST /api/users/first-register",
            vec![json_reply(
                400,
                json!({"errors": [{"message": "marker-password is weak"}]}),
            )],
        ),
        (
            "POST /api/users/login",
            vec![json_reply(500, json!({"message": "marker-password"}))],
        ),
    ])
    .await;
    let vercel = vercel(&vendor);
    assert_clean(&vercel.find_project("acme").await.unwrap_err());
    let variable = Variable {
        key: "KEY".to_owned(),
        value: secret("marker-value"),
        secret: true,
    };
    assert_clean(&vercel.set_environment("prj_1", &[variable]).await.unwrap_err());
    let site = Site::new(http(), vendor.url(), secret("marker-platform"));
    let password = secret("marker-password");
    assert_clean(
        &site
            .register_first_admin("a@acme.com", &password, "A")
            .await
            .unwrap_err(),
    );
    assert_clean(&site.can_sign_in("a@acme.com", &password).await.unwrap_err());
}

#[tokio::test]
async fn a_broken_connection_tells_nothing() {
    let vendor = Vendor::new([
        ("GET /v9/projects/acme", vec![lost()]),
        ("ProjectsByWorkspace", vec![lost()]),
    ])
    .await;
    assert_clean(&vercel(&vendor).find_project("acme").await.unwrap_err());
    let databases = super::railway_shapes::databases(&vendor);
    assert_clean(&databases.exists("client-acme", &super::mark()).await.unwrap_err());
}

#[tokio::test]
async fn an_unusable_token_is_named_by_its_setting() {
    let vendor = Vendor::new([]).await;
    let vercel = providers::vercel::Vercel::new(http(), vendor.url(), secret("marker\nbroken"), None);
    let error = vercel.find_project("acme").await.unwrap_err();
    assert_eq!(
        *error.kind(),
        ErrorKind::NotConfigured {
            setting: "VERCEL_TOKEN"
        }
    );
    assert_clean(&error);
}

#[tokio::test]
async fn a_public_text_is_bounded() {
    let words = json!({"error": {"message": "é".repeat(2000)}});
    let vendor = Vendor::new([("GET /v9/projects/acme", vec![json_reply(400, words)])]).await;
    let error = vercel(&vendor).find_project("acme").await.unwrap_err();
    assert_eq!(error.public().chars().count(), 500);
}

#[tokio::test]
async fn a_secret_at_the_bound_of_a_text_is_taken_out_too() {
    let variable = Variable {
        key: "PAYLOAD_SECRET".to_owned(),
        value: secret("marker-value-93ab"),
        secret: true,
    };
    for status in [400, 401, 402, 403, 404, 409, 429, 500] {
        for length in [380, 420, 440, 460] {
            let said = format!("{}marker-token and marker-value-93ab", "x".repeat(length));
            let words = json!({"err": {"code": "no", "message": said}});
            let vendor = Vendor::new([("POST /v10/projects/prj_1/env", vec![json_reply(status, words)])]).await;
            let variables = std::slice::from_ref(&variable);
            let error = vercel(&vendor).set_environment("prj_1", variables).await.unwrap_err();
            assert_clean(&error);
            assert!(error.public().chars().count() <= 500);
        }
    }
}
