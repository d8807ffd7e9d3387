//! The client of a client's own site, against a server that answers as Payload does.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may fail loudly")]

use std::sync::{Arc, Mutex};

use providers::{
    ErrorKind, Http, HttpOptions,
    site::{Registration, Site},
};
use secrecy::SecretString;
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
};

const PASSWORD: &str = "marker-password-31dd";
const TOKEN: &str = "marker-token-8e20";

/// Method and path, status, body.
type Route = (&'static str, u16, Value);

/// A site with these routes, and the requests it got.
async fn site(routes: Vec<Route>) -> (Site, Arc<Mutex<Vec<String>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let asked = Arc::new(Mutex::new(Vec::new()));
    let seen = asked.clone();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut request = Vec::new();
            let text = loop {
                let mut part = [0; 4096];
                let count = stream.read(&mut part).await.unwrap();
                request.extend_from_slice(&part[..count]);
                let text = String::from_utf8_lossy(&request).into_owned();
                if count == 0
                    || text
                        .split_once("\r\n\r\n")
                        .is_some_and(|(head, body)| body.len() >= length(head))
                {
                    break text;
                }
            };
            let found = routes
                .iter()
                .find(|(route, ..)| text.starts_with(&format!("{route} HTTP")));
            let (status, body) = found.map_or((404, json!({})), |(_, status, body)| (*status, body.clone()));
            seen.lock().unwrap().push(text);
            let body = body.to_string();
            let head = format!(
                "HTTP/1.1 {status} x\r\ncontent-length: {}\r\nconnection: close\r\n",
                body.len()
            );
            // Payload's admin is a redirect on the same site.
            let answer = format!("{head}location: /welcome\r\n\r\n{body}");
            stream.write_all(answer.as_bytes()).await.unwrap();
        }
    });
    (Site::new(http(), url, SecretString::from(TOKEN)), asked)
}

fn length(head: &str) -> usize {
    let length = |line: &str| line.to_lowercase().strip_prefix("content-length:")?.trim().parse().ok();
    head.lines().find_map(length).unwrap_or(0)
}

fn http() -> Http {
    Http::new(HttpOptions::default()).unwrap()
}

const REGISTER: &str = "POST /api/users/first-register";
const LOGIN: &str = "POST /api/users/login";

#[tokio::test]
async fn the_first_admin_is_registered_with_the_platforms_token() {
    let (site, asked) = site(vec![(REGISTER, 200, json!({"user": {"id": 1}, "token": "t"}))]).await;
    let done = site
        .register_first_admin("a@b.example", &SecretString::from(PASSWORD), "Ada")
        .await
        .unwrap();
    assert_eq!(done, Registration::Registered);
    let asked = asked.lock().unwrap();
    let (head, body) = asked[0].split_once("\r\n\r\n").unwrap();
    assert!(
        head.to_lowercase().contains(&format!("authorization: bearer {TOKEN}")),
        "{head}"
    );
    let body: Value = serde_json::from_str(body).unwrap();
    assert_eq!(
        body,
        json!({"email": "a@b.example", "password": PASSWORD, "name": "Ada"})
    );
}

#[tokio::test]
async fn a_site_that_has_a_user_or_makes_one_is_no_failure() {
    for (status, expected) in [(403, Registration::AlreadyInitialized), (409, Registration::InProgress)] {
        let (site, asked) = site(vec![(REGISTER, status, json!({"errors": [{"message": "No."}]}))]).await;
        let done = site
            .register_first_admin("a@b.example", &SecretString::from(PASSWORD), "Ada")
            .await
            .unwrap();
        assert_eq!(done, expected);
        assert_eq!(asked.lock().unwrap().len(), 1);
    }
}

#[tokio::test]
async fn a_wrong_token_is_named_and_no_secret_is_repeated() {
    let repeated = format!("{PASSWORD} with {TOKEN} is refused");
    let (site, _) = site(vec![(REGISTER, 401, json!({"errors": [{"message": repeated}]}))]).await;
    let registered = site
        .register_first_admin("a@b.example", &SecretString::from(PASSWORD), "Ada")
        .await;
    let error = registered.unwrap_err();
    assert_eq!(error.kind(), &ErrorKind::Unauthorized);
    assert!(error.public().contains("PLATFORM_TOKEN"), "{error}");
    let shown = format!("{error} {error:?}");
    assert!(!shown.contains(PASSWORD) && !shown.contains(TOKEN), "{shown}");
}

#[tokio::test]
async fn whether_there_is_a_user() {
    for initialized in [true, false] {
        let (site, _) = site(vec![("GET /api/users/init", 200, json!({"initialized": initialized}))]).await;
        assert_eq!(site.initialized().await.unwrap(), initialized);
    }
    let (site, _) = site(vec![("GET /api/users/init", 500, json!({}))]).await;
    assert_eq!(site.initialized().await.unwrap_err().kind(), &ErrorKind::Unavailable);
}

#[tokio::test]
async fn one_sign_in_is_tried_once() {
    for (status, body, expected) in [
        (200, json!({"user": {"id": 1}}), true),
        (401, json!({"errors": []}), false),
    ] {
        let (site, asked) = site(vec![(LOGIN, status, body)]).await;
        assert_eq!(
            site.can_sign_in("a@b.example", &SecretString::from(PASSWORD))
                .await
                .unwrap(),
            expected
        );
        assert_eq!(asked.lock().unwrap().len(), 1);
    }
}

fn health(status: u16, database: &str) -> Route {
    let body = json!({"status": database, "database": {"status": database, "latencyMs": 1.5},
        "memory": {"used": 10, "total": 20}, "version": "1.2.3", "template": "shop"});
    ("GET /api/health", status, body)
}

#[tokio::test]
async fn a_site_that_works() {
    for status in [200, 307] {
        let (site, _) = site(vec![("GET /", status, json!({})), health(200, "ok")]).await;
        let seen = site.health().await.unwrap();
        assert!(seen.reachable && seen.health_ok);
        assert_eq!((seen.status_code, seen.problem), (Some(status), None));
        assert_eq!((seen.database_ok, seen.database_latency_ms), (Some(true), Some(1.5)));
        assert_eq!((seen.memory_used_bytes, seen.memory_total_bytes), (Some(10), Some(20)));
        assert_eq!(seen.version.as_deref(), Some("1.2.3"));
    }
}

#[tokio::test]
async fn a_failing_site_is_a_value() {
    let (down, _) = site(vec![("GET /", 503, json!({})), health(200, "ok")]).await;
    let seen = down.health().await.unwrap();
    assert_eq!((seen.reachable, seen.status_code), (false, Some(503)));
    assert!(seen.problem.unwrap().contains("503"));

    let (no_database, _) = site(vec![("GET /", 200, json!({})), health(503, "error")]).await;
    let seen = no_database.health().await.unwrap();
    assert_eq!(
        (seen.reachable, seen.health_ok, seen.database_ok),
        (true, false, Some(false))
    );
    assert!(seen.problem.unwrap().contains("database"));

    let nobody = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let gone = Site::new(http(), format!("http://{nobody}"), SecretString::from(TOKEN));
    let seen = gone.health().await.unwrap();
    assert_eq!((seen.reachable, seen.status_code, seen.health_ok), (false, None, false));
    assert!(seen.problem.is_some());
}
