//! The Vercel client against a server that answers as Vercel has been seen to.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may fail loudly")]

use std::{
    collections::VecDeque,
    error::Error,
    sync::{Arc, Mutex},
    time::Duration,
};

use providers::{
    ClientMark, ErrorKind, Http, HttpOptions,
    vercel::{DeploymentState, Variable, Vercel},
};
use secrecy::SecretString;
use serde_json::json;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
};

const TOKEN: &str = "marker-token-5f1c";
const VALUE: &str = "marker-value-93ab";

/// Status, further header lines, body.
type Scripted = (u16, &'static str, String);

/// Answers in the order of the script and notes what was asked; one connection for each call.
struct Server {
    asked: Arc<Mutex<Vec<String>>>,
    left: Arc<Mutex<VecDeque<Scripted>>>,
    vercel: Vercel,
}

impl Server {
    async fn new(script: Vec<Scripted>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://api.localhost:{}", listener.local_addr().unwrap().port());
        let asked = Arc::new(Mutex::new(Vec::new()));
        let left = Arc::new(Mutex::new(VecDeque::from(script)));
        tokio::spawn(serve(listener, asked.clone(), left.clone()));
        let http = Http::new(HttpOptions {
            loopback_hosts: Some(".localhost".to_owned()),
        })
        .unwrap();
        let vercel = Vercel::new(http, base, SecretString::from(TOKEN), Some("team_1".to_owned()));
        Self { asked, left, vercel }
    }

    /// The methods and paths that were asked, when the whole script was used and each call named the team.
    fn asked(&self) -> Vec<String> {
        assert!(self.left.lock().unwrap().is_empty(), "answers are left over");
        let asked = self.asked.lock().unwrap();
        assert!(asked.iter().all(|line| line.contains("teamId=team_1")), "{asked:?}");
        asked
            .iter()
            .map(|line| line.split('?').next().unwrap().to_owned())
            .collect()
    }
}

async fn serve(listener: TcpListener, asked: Arc<Mutex<Vec<String>>>, left: Arc<Mutex<VecDeque<Scripted>>>) {
    while let Ok((mut stream, _)) = listener.accept().await {
        let mut request = Vec::new();
        while !whole(&request) {
            let mut part = [0; 4096];
            match stream.read(&mut part).await.unwrap() {
                0 => break,
                count => request.extend_from_slice(&part[..count]),
            }
        }
        if request.is_empty() {
            continue;
        }
        let line = String::from_utf8_lossy(&request)
            .lines()
            .next()
            .unwrap()
            .replace(" HTTP/1.1", "");
        asked.lock().unwrap().push(line);
        let (status, headers, body) =
            left.lock()
                .unwrap()
                .pop_front()
                .unwrap_or((418, "", "not in the script".to_owned()));
        let length = body.len();
        let answer =
            format!("HTTP/1.1 {status} x\r\ncontent-length: {length}\r\nconnection: close\r\n{headers}\r\n{body}");
        stream.write_all(answer.as_bytes()).await.unwrap();
    }
}

fn whole(request: &[u8]) -> bool {
    let text = String::from_utf8_lossy(request);
    let Some((head, body)) = text.split_once("\r\n\r\n") else {
        return false;
    };
    let length = head.lines().find_map(|line| {
        line.to_ascii_lowercase()
            .strip_prefix("content-length:")?
            .trim()
            .parse()
            .ok()
    });
    body.len() >= length.unwrap_or(0)
}

fn answer(status: u16, body: &serde_json::Value) -> Scripted {
    (status, "", body.to_string())
}

fn project() -> Scripted {
    answer(
        200,
        &json!({"id": "prj_1", "name": "client-acme", "accountId": "team_1"}),
    )
}

fn missing() -> Scripted {
    answer(
        404,
        &json!({"error": {"code": "not_found", "message": "Project not found."}}),
    )
}

fn marked(client: &str) -> Scripted {
    answer(
        200,
        &json!({"envs": [{"id": "e1", "key": "PLATFORM_CLIENT_ID", "value": client, "type": "plain"}]}),
    )
}

fn mark() -> ClientMark {
    ClientMark::new("client-1")
}

fn variables() -> Vec<Variable> {
    vec![Variable {
        key: "PAYLOAD_SECRET".to_owned(),
        value: SecretString::from(VALUE),
        secret: true,
    }]
}

#[tokio::test]
async fn a_project_with_our_mark_is_adopted() {
    let server = Server::new(vec![project(), marked("client-1")]).await;
    assert_eq!(
        server.vercel.ensure_project("client-acme", &mark()).await.unwrap().id,
        "prj_1"
    );
    assert_eq!(server.asked().len(), 2);
}

#[tokio::test]
async fn a_project_without_our_mark_is_never_adopted() {
    for envs in [marked("client-2"), answer(200, &json!({"envs": []}))] {
        let server = Server::new(vec![project(), envs]).await;
        let error = server.vercel.ensure_project("client-acme", &mark()).await.unwrap_err();
        assert_eq!(*error.kind(), ErrorKind::Foreign);
        assert!(
            server.asked().iter().all(|call| call.starts_with("GET ")),
            "nothing was written"
        );
    }
}

#[tokio::test]
async fn a_project_that_came_into_being_meanwhile_is_looked_up_by_its_mark() {
    let conflict = || {
        answer(
            409,
            &json!({"error": {"code": "conflict", "message": "Project already exists."}}),
        )
    };
    let server = Server::new(vec![missing(), conflict(), project(), marked("client-1")]).await;
    assert_eq!(
        server.vercel.ensure_project("client-acme", &mark()).await.unwrap().id,
        "prj_1"
    );
    assert_eq!(server.asked()[1], "POST /v11/projects");

    let server = Server::new(vec![missing(), conflict(), project(), marked("client-2")]).await;
    let error = server.vercel.ensure_project("client-acme", &mark()).await.unwrap_err();
    assert_eq!(*error.kind(), ErrorKind::Foreign);
    server.asked();
}

#[tokio::test]
async fn a_page_for_an_answer_to_a_creation_is_settled_by_a_look() {
    let page = || {
        (
            200,
            "content-type: text/html\r\n",
            "<html>Bad gateway</html>".to_owned(),
        )
    };
    let server = Server::new(vec![missing(), page(), project(), marked("client-1")]).await;
    assert_eq!(
        server.vercel.ensure_project("client-acme", &mark()).await.unwrap().id,
        "prj_1"
    );
    server.asked();

    let server = Server::new(vec![page()]).await;
    let error = server.vercel.find_project("client-acme").await.unwrap_err();
    assert_eq!(*error.kind(), ErrorKind::Malformed);
    assert!(error.kind().retryable());
}

#[tokio::test]
async fn a_created_answer_with_refused_variables_is_an_error() {
    let failed = json!({"created": [], "failed": [
        {"error": {"code": "INVALID_KEY", "message": format!("{VALUE} is no good"), "envVarKey": "PAYLOAD_SECRET"}}
    ]});
    let server = Server::new(vec![answer(201, &failed)]).await;
    let error = server.vercel.set_environment("prj_1", &variables()).await.unwrap_err();
    assert_eq!(*error.kind(), ErrorKind::Invalid);
    assert!(error.public().contains("PAYLOAD_SECRET"));
    assert_eq!(server.asked(), ["POST /v10/projects/prj_1/env"]);
}

#[tokio::test]
async fn a_wait_is_as_long_as_vercel_asks_within_bounds() {
    for (header, seconds) in [
        ("retry-after: 7\r\n", 7),
        ("retry-after: 600\r\n", 60),
        ("retry-after: 0\r\n", 1),
        ("", 5),
    ] {
        let server = Server::new(vec![(429, header, "{}".to_owned())]).await;
        let error = server.vercel.find_project("client-acme").await.unwrap_err();
        let wait = Some(Duration::from_secs(seconds));
        assert_eq!(*error.kind(), ErrorKind::RateLimited { retry_after: wait }, "{header}");
    }
}

#[tokio::test]
async fn a_state_that_vercel_invents_is_building_unless_it_speaks_of_an_error() {
    let states = [
        (json!({"readyState": "POLISHING"}), DeploymentState::Building),
        (
            json!({"readyState": "READY", "aliasAssigned": false}),
            DeploymentState::Building,
        ),
        (
            json!({"readyState": "READY", "aliasAssigned": 1_700_000_000_000_u64}),
            DeploymentState::Ready,
        ),
        (
            json!({"readyState": "SOME_ERROR", "errorMessage": "no"}),
            DeploymentState::Failed {
                message: "no".to_owned(),
            },
        ),
        (
            json!({"readyState": "READY", "aliasAssigned": true, "aliasError": {"message": "taken"}}),
            DeploymentState::Failed {
                message: "taken".to_owned(),
            },
        ),
    ];
    for (mut body, state) in states {
        body["id"] = json!("dpl_1");
        body["projectId"] = json!("prj_1");
        let server = Server::new(vec![answer(200, &body)]).await;
        assert_eq!(server.vercel.deployment("dpl_1").await.unwrap().unwrap().state, state);
    }
}

#[tokio::test]
async fn no_text_of_an_error_holds_a_secret_that_vercel_repeats() {
    for status in [400, 401, 402, 403, 404, 409, 429, 500] {
        let said = format!("{}{TOKEN} and {VALUE}", "x".repeat(380));
        let server = Server::new(vec![answer(status, &json!({"err": {"code": "no", "message": said}}))]).await;
        let error = server.vercel.set_environment("prj_1", &variables()).await.unwrap_err();
        let mut shown = format!("{error} {error:?} {}", error.public());
        let mut cause = error.source();
        while let Some(inner) = cause {
            shown.push_str(&format!("{inner} {inner:?}"));
            cause = inner.source();
        }
        assert!(!shown.contains("marker-"), "{status}: {shown}");
        assert!(error.public().chars().count() <= 500);
    }
}

#[tokio::test]
async fn a_missing_token_is_named_and_nothing_is_sent() {
    let http = Http::new(HttpOptions::default()).unwrap();
    let vercel = Vercel::new(http, "http://127.0.0.1:1".to_owned(), SecretString::from(""), None);
    let error = vercel.find_project("client-acme").await.unwrap_err();
    assert_eq!(
        *error.kind(),
        ErrorKind::NotConfigured {
            setting: "VERCEL_TOKEN"
        }
    );
}
