//! Databases at Railway go, and refusals mean what they say.

use providers::{
    ErrorKind,
    database::{Databases, Removal},
    railway::Railway,
};
use serde_json::{Value, json};

use super::{http, mark, railway_shapes::*, secret, vendor::*};

#[tokio::test]
async fn gone_is_what_a_fresh_look_does_not_find() {
    let there = || list(&[listed("p_1", "provision:cl_1", 1, true)]);
    let delete = || ("ProjectDelete", vec![lost()]);
    let gone = ("ProjectDetail", vec![errors("Not Authorized")]);
    let vendor = Vendor::new([(LIST, vec![there(), list(&[])]), no_others(), delete(), gone.clone()]).await;
    assert_eq!(
        databases(&vendor).remove(NAME, &mark(), Some("p_1")).await.unwrap(),
        Removal::Gone
    );
    let vendor = Vendor::new([
        (LIST, vec![there()]),
        ("ProjectDelete", vec![data(json!({"projectDelete": true}))]),
    ])
    .await;
    assert!(matches!(
        databases(&vendor).remove(NAME, &mark(), None).await.unwrap(),
        Removal::Pending { .. }
    ));
    let vendor = Vendor::new([(LIST, vec![there()]), delete()]).await;
    assert_eq!(
        *databases(&vendor).remove(NAME, &mark(), None).await.unwrap_err().kind(),
        ErrorKind::OutcomeUnknown
    );
    let vendor = Vendor::new([(LIST, vec![list(&[])]), no_others(), gone]).await;
    assert_eq!(
        databases(&vendor).remove(NAME, &mark(), Some("p_1")).await.unwrap(),
        Removal::Gone
    );
    assert!(!databases(&vendor).exists(NAME, &mark()).await.unwrap());
}

#[tokio::test]
async fn a_project_without_our_mark_is_not_removed() {
    let foreign = data(json!({"project": {"id": "p_1", "name": NAME, "description": "mine", "deletedAt": null}}));
    let vendor = Vendor::new([(LIST, vec![list(&[])]), no_others(), ("ProjectDetail", vec![foreign])]).await;
    let error = databases(&vendor).remove(NAME, &mark(), Some("p_1")).await.unwrap_err();
    assert_eq!(*error.kind(), ErrorKind::Foreign);
    assert!(!vendor.keys().contains(&"ProjectDelete".to_owned()));
}

#[tokio::test]
async fn a_200_with_errors_is_what_its_words_say() {
    for (message, kind) in [
        ("Not Authorized", ErrorKind::Unauthorized),
        ("Project Token not found", ErrorKind::Unauthorized),
        ("Two Factor Authentication Required", ErrorKind::Forbidden),
        (
            "Free plan resource provision limit exceeded. Please upgrade to provision more resources!",
            ErrorKind::QuotaExceeded,
        ),
        ("Project not found", ErrorKind::NotFound),
        ("Workspace not found", ErrorKind::NotFound),
        ("Invalid workspace", ErrorKind::Invalid),
        ("Problem processing request", ErrorKind::Unavailable),
    ] {
        let vendor = Vendor::new([(LIST, vec![errors(message)])]).await;
        let error = databases(&vendor).exists(NAME, &mark()).await.unwrap_err();
        assert_eq!(*error.kind(), kind, "{message}");
        let error = ensure(&databases(&vendor)).await.err().unwrap();
        assert_eq!(*error.kind(), kind, "{message}");
        assert_eq!(
            vendor.count("ProjectCreate"),
            0,
            "nothing is made on a list that failed"
        );
    }
    let vendor = Vendor::new([(LIST, vec![text_reply(429, "").with("retry-after", "3")])]).await;
    assert!(matches!(
        databases(&vendor).exists(NAME, &mark()).await.unwrap_err().kind(),
        ErrorKind::RateLimited { .. }
    ));
    let vendor = Vendor::new([(LIST, vec![data(Value::Null)])]).await;
    assert_eq!(
        *databases(&vendor).exists(NAME, &mark()).await.unwrap_err().kind(),
        ErrorKind::Malformed
    );
}

#[tokio::test]
async fn workspace_and_key_are_needed() {
    let vendor = Vendor::new([]).await;
    let railway = Databases::Railway(Railway::new(http(), vendor.url(), secret("marker-key"), None));
    let error = railway.exists(NAME, &mark()).await.unwrap_err();
    assert_eq!(
        *error.kind(),
        ErrorKind::NotConfigured {
            setting: "RAILWAY_WORKSPACE_ID"
        }
    );
    let workspace = Some("ws_1".to_owned());
    let railway = Databases::Railway(Railway::new(http(), vendor.url(), secret(""), workspace));
    let error = railway.exists(NAME, &mark()).await.unwrap_err();
    assert_eq!(
        *error.kind(),
        ErrorKind::NotConfigured {
            setting: "RAILWAY_API_KEY"
        }
    );
    assert!(vendor.keys().is_empty(), "nothing is sent");
}

#[tokio::test]
async fn every_project_of_the_client_goes() {
    let both = [
        listed("p_1", "provision:cl_1", 1, true),
        listed("p_2", "provision:cl_1", 2, false),
        listed("p_3", "provision:cl_2", 2, true),
    ];
    let vendor = Vendor::new([
        (LIST, vec![list(&both), list(&both[2..])]),
        ("ProjectDelete", vec![data(json!({"projectDelete": true}))]),
    ])
    .await;
    assert_eq!(
        databases(&vendor).remove(NAME, &mark(), None).await.unwrap(),
        Removal::Gone
    );
    assert_eq!(vendor.count("ProjectDelete"), 2);
    assert!(!databases(&vendor).exists(NAME, &mark()).await.unwrap());
}
