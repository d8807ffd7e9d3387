//! The source of a deployment.

use providers::{ErrorKind, github::Github};
use serde_json::json;

use super::{http, secret, vendor::*};

const COMMIT: &str = "GET /repos/tenantry/site/commits/main";
const TAGS: &str = "GET /repos/tenantry/site/tags";
const PACKAGE: &str = "GET /repos/tenantry/site/contents/infra/client-site/package.json";

fn sha() -> String {
    "0123456789abcdef0123456789abcdef01234567".to_owned()
}

fn github(vendor: &Vendor) -> Github {
    Github::new(http(), vendor.url(), Some(secret("marker-github")))
}

#[tokio::test]
async fn a_tag_on_the_commit_is_the_version() {
    let tags = json!([{"name": "v2", "commit": {"sha": "f".repeat(40)}}, {"name": "v1.0.0", "commit": {"sha": sha()}}]);
    for commit in [
        text_reply(200, sha()),
        json_reply(200, json!({"sha": sha(), "files": []})),
    ] {
        let vendor = Vendor::new([(COMMIT, vec![commit]), (TAGS, vec![json_reply(200, tags.clone())])]).await;
        let source = github(&vendor).resolve("tenantry/site", "main", "").await.unwrap();
        assert_eq!((source.commit, source.version), (sha(), "v1.0.0".to_owned()));
        assert_eq!(
            vendor.call(COMMIT).authorization.as_deref(),
            Some("Bearer marker-github")
        );
    }
}

#[tokio::test]
async fn without_a_tag_it_is_the_package_version_and_the_commit() {
    // {"version":"1.4.0"}, in lines as GitHub sends it.
    let file = json!({"encoding": "base64", "content": "eyJ2ZXJzaW9u\nIjoiMS40LjAifQ==\n"});
    let vendor = Vendor::new([
        (COMMIT, vec![text_reply(200, sha())]),
        (TAGS, vec![json_reply(200, json!([]))]),
        (PACKAGE, vec![json_reply(200, file)]),
    ])
    .await;
    let source = github(&vendor)
        .resolve("tenantry/site", "main", "infra/client-site/")
        .await
        .unwrap();
    assert_eq!(source.version, "1.4.0+0123456");
    assert!(vendor.call(PACKAGE).target.ends_with(&format!("?ref={}", sha())));
    let source = github(&vendor).resolve("tenantry/site", "main", "").await.unwrap();
    assert_eq!(source.version, "0123456");
}

#[tokio::test]
async fn an_unknown_reference_is_not_found_and_a_wrong_repository_named() {
    let unknown = json_reply(422, json!({"message": "No commit found for SHA: main"}));
    let vendor = Vendor::new([(COMMIT, vec![unknown])]).await;
    let error = github(&vendor).resolve("tenantry/site", "main", "").await.unwrap_err();
    assert!(error.is_not_found());
    let error = github(&vendor).resolve("site", "main", "").await.unwrap_err();
    assert_eq!(*error.kind(), ErrorKind::NotConfigured { setting: "GITHUB_REPO" });
}

#[tokio::test]
async fn a_used_up_allowance_is_a_rate_limit() {
    let used_up = json_reply(403, json!({"message": "API rate limit exceeded"})).with("x-ratelimit-remaining", "0");
    let vendor = Vendor::new([(COMMIT, vec![used_up])]).await;
    let error = github(&vendor).resolve("tenantry/site", "main", "").await.unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::RateLimited { .. }));
}
