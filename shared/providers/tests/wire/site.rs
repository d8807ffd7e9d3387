//! The client's own site.

use providers::{
    ErrorKind,
    site::{Registration, Site},
};
use serde_json::json;

use super::{http, secret, vendor::*};

const INIT: &str = "GET /api/users/init";
const REGISTER: &str = "POST /api/users/first-register";
const LOGIN: &str = "POST /api/users/login";
const HEALTH: &str = "GET /api/health";

fn site(vendor: &Vendor) -> Site {
    Site::new(http(), vendor.url(), secret("marker-platform"))
}

#[tokio::test]
async fn whether_a_user_exists_is_asked_first() {
    for initialized in [true, false] {
        let vendor = Vendor::new([(INIT, vec![json_reply(200, json!({"initialized": initialized}))])]).await;
        assert_eq!(site(&vendor).initialized().await.unwrap(), initialized);
    }
    let failing = Vendor::new([(INIT, vec![json_reply(500, json!({}))])]).await;
    assert_eq!(
        *site(&failing).initialized().await.unwrap_err().kind(),
        ErrorKind::Unavailable
    );
    let early = Vendor::new([]).await;
    // The address does not lead to the site yet.
    assert_eq!(
        *site(&early).initialized().await.unwrap_err().kind(),
        ErrorKind::Unavailable
    );
    let broken = Vendor::new([(INIT, vec![text_reply(200, "<html>")])]).await;
    assert_eq!(
        *site(&broken).initialized().await.unwrap_err().kind(),
        ErrorKind::Malformed
    );
}

#[tokio::test]
async fn a_registration_ends_in_one_of_three_ways() {
    let done = json!({"message": "ok", "token": "t", "user": {"email": "a@acme.com"}});
    for (reply, expected) in [
        (json_reply(200, done), Registration::Registered),
        (
            json_reply(403, json!({"errors": [{"message": "You are not allowed."}]})),
            Registration::AlreadyInitialized,
        ),
        (json_reply(409, json!({})), Registration::InProgress),
    ] {
        let vendor = Vendor::new([(REGISTER, vec![reply])]).await;
        let password = secret("marker-password");
        assert_eq!(
            site(&vendor)
                .register_first_admin("a@acme.com", &password, "Ada")
                .await
                .unwrap(),
            expected
        );
        assert_eq!(vendor.count(REGISTER), 1);
        let call = vendor.call(REGISTER);
        assert_eq!(call.authorization.as_deref(), Some("Bearer marker-platform"));
        assert_eq!(
            call.body,
            json!({"email": "a@acme.com", "password": "marker-password", "name": "Ada"})
        );
    }
}

#[tokio::test]
async fn a_registration_without_a_readable_answer_is_unknown() {
    for reply in [
        lost(),
        text_reply(200, "<html>"),
        json_reply(200, json!({"user": null})),
    ] {
        let vendor = Vendor::new([(REGISTER, vec![reply])]).await;
        let error = site(&vendor)
            .register_first_admin("a@acme.com", &secret("marker-password"), "Ada")
            .await
            .unwrap_err();
        assert_eq!(*error.kind(), ErrorKind::OutcomeUnknown);
    }
    let repeated = json!({"errors": [{"message": "marker-password with marker-platform is refused"}]});
    let vendor = Vendor::new([(REGISTER, vec![json_reply(401, repeated)])]).await;
    let error = site(&vendor)
        .register_first_admin("a@acme.com", &secret("marker-password"), "Ada")
        .await
        .unwrap_err();
    assert_eq!(*error.kind(), ErrorKind::Unauthorized);
    assert!(error.public().contains("PLATFORM_TOKEN"), "{error}");
    assert!(!format!("{error} {error:?}").contains("marker-"), "{error}");
}

#[tokio::test]
async fn one_sign_in_tells_whose_user_it_is() {
    let user = json_reply(200, json!({"user": {"id": 1}, "token": "t"}));
    let vendor = Vendor::new([(LOGIN, vec![user, json_reply(401, json!({})), text_reply(500, "")])]).await;
    let site = site(&vendor);
    let password = secret("marker-password");
    assert!(site.can_sign_in("a@acme.com", &password).await.unwrap());
    assert!(!site.can_sign_in("a@acme.com", &password).await.unwrap());
    assert!(site.can_sign_in("a@acme.com", &password).await.is_err());
    // A second try could lock the user out.
    assert_eq!(vendor.count(LOGIN), 3);
}

#[tokio::test]
async fn a_healthy_site_says_how_it_is() {
    let body = json!({"status": "ok", "database": {"status": "ok", "latencyMs": 1.5}, "version": "v1.0.0",
        "memory": {"used": 1000, "total": 2000}});
    let vendor = Vendor::new([
        ("GET /", vec![text_reply(200, "<html>")]),
        (HEALTH, vec![json_reply(200, body)]),
    ])
    .await;
    let health = site(&vendor).health().await.unwrap();
    assert!(health.reachable && health.health_ok);
    assert_eq!(health.status_code, Some(200));
    assert_eq!(
        (health.database_ok, health.database_latency_ms),
        (Some(true), Some(1.5))
    );
    assert_eq!(
        (health.memory_used_bytes, health.memory_total_bytes),
        (Some(1000), Some(2000))
    );
    assert_eq!((health.version.as_deref(), health.problem), (Some("v1.0.0"), None));
}

#[tokio::test]
async fn a_failing_site_is_a_result_with_its_worst_problem() {
    let sick = json!({"status": "error", "database": {"status": "error", "latencyMs": null},
        "memory": {"used": 1, "total": 18446744073709551615_u64}});
    for (page, health, problem) in [
        (
            text_reply(200, ""),
            json_reply(503, sick),
            "The site cannot use its database",
        ),
        (
            text_reply(500, ""),
            text_reply(500, "<html>"),
            "The front page answers 500",
        ),
        (
            text_reply(200, ""),
            text_reply(200, "<html>"),
            "/api/health does not answer with JSON",
        ),
        (
            text_reply(200, ""),
            json_reply(200, json!({"version": "1"})),
            "/api/health does not say how the site is",
        ),
        (
            text_reply(200, ""),
            json_reply(200, json!({"status": "error"})),
            "The site says that it does not work",
        ),
        (text_reply(200, ""), text_reply(404, ""), "/api/health answers 404"),
        (
            text_reply(307, "").with("location", "https://vercel.com/sso"),
            lost(),
            "The front page leads away from the site",
        ),
        (
            text_reply(503, "").with("x-vercel-error", "DEPLOYMENT_PAUSED"),
            lost(),
            "The front page answers 503 (DEPLOYMENT_PAUSED)",
        ),
    ] {
        let vendor = Vendor::new([("GET /", vec![page]), (HEALTH, vec![health])]).await;
        let seen = site(&vendor).health().await.unwrap();
        assert_eq!(seen.problem.as_deref(), Some(problem));
        assert_eq!(seen.memory_total_bytes, None);
    }
    let nobody = Site::new(http(), "http://127.0.0.1:1".to_owned(), secret("marker-platform"));
    let seen = nobody.health().await.unwrap();
    assert!(!seen.reachable && seen.status_code.is_none() && seen.problem.is_some());
}

#[tokio::test]
async fn a_site_that_works_badly_works() {
    let body = json!({"status": "degraded", "database": {"status": "slow"}});
    let vendor = Vendor::new([
        ("GET /", vec![text_reply(200, "")]),
        (HEALTH, vec![json_reply(200, body)]),
    ])
    .await;
    let seen = site(&vendor).health().await.unwrap();
    assert_eq!((seen.problem, seen.database_ok), (None, Some(true)));
}

#[tokio::test]
async fn page_and_database_fail_by_themselves() {
    let well = || json_reply(200, json!({"status": "ok", "database": {"status": "ok"}}));
    let sick = json_reply(503, json!({"status": "error", "database": {"status": "error"}}));
    for (page, health, expected) in [
        (503, well(), (false, true, Some(true))),
        (200, sick, (true, false, Some(false))),
    ] {
        let vendor = Vendor::new([("GET /", vec![text_reply(page, "")]), (HEALTH, vec![health])]).await;
        let seen = site(&vendor).health().await.unwrap();
        assert_eq!(seen.status_code, Some(page));
        assert_eq!((seen.reachable, seen.health_ok, seen.database_ok), expected);
    }
}

#[tokio::test]
async fn a_redirect_on_the_site_is_fine() {
    let page = text_reply(307, "").with("location", "/nl");
    let vendor = Vendor::new([
        ("GET /", vec![page]),
        (HEALTH, vec![json_reply(200, json!({"status": "ok"}))]),
    ])
    .await;
    let seen = site(&vendor).health().await.unwrap();
    assert_eq!((seen.reachable, seen.problem), (true, None));
}
