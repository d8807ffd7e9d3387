//! A function as a process of its own: its real binary, with the Lambda Runtime API served here, so that it can be killed.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    process::Stdio,
    sync::{Arc, Mutex},
};

use axum::{
    Router,
    extract::{Path as Segment, State},
    http::{HeaderMap, HeaderValue, StatusCode},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use serde_json::Value;
use tokio::{
    net::TcpListener,
    process::{Child, Command},
    sync::{Mutex as AsyncMutex, mpsc, oneshot},
};

type Answers = Arc<Mutex<BTreeMap<String, oneshot::Sender<Result<Value, String>>>>>;

#[derive(Clone)]
struct Api {
    events: Arc<AsyncMutex<mpsc::UnboundedReceiver<(String, Value)>>>,
    answers: Answers,
}

/// One function's binary and the API that it asks for work.
pub struct Process {
    binary: PathBuf,
    environment: BTreeMap<String, String>,
    address: String,
    send: mpsc::UnboundedSender<(String, Value)>,
    answers: Answers,
    child: Child,
    count: u64,
    /// How often it was killed.
    pub kills: usize,
}

impl Process {
    /// Starts a function's binary, which stands beside the tests.
    pub async fn start(name: &str, environment: BTreeMap<String, String>) -> Self {
        let test = std::env::current_exe().unwrap();
        let binary = test.parent().and_then(Path::parent).unwrap().join(name);
        assert!(
            binary.exists(),
            "{} is not built: cargo build -p {name}",
            binary.display()
        );
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let (send, events) = mpsc::unbounded_channel();
        let answers = Answers::default();
        let api = Api {
            events: Arc::new(AsyncMutex::new(events)),
            answers: Arc::clone(&answers),
        };
        let router = Router::new()
            .route("/2018-06-01/runtime/invocation/next", get(next))
            .route("/2018-06-01/runtime/invocation/{id}/response", post(response))
            .route("/2018-06-01/runtime/invocation/{id}/error", post(failure))
            .with_state(api);
        tokio::spawn(async move { axum::serve(listener, router).await });
        let child = spawn(&binary, &environment, &address);
        Self {
            binary,
            environment,
            address,
            send,
            answers,
            child,
            count: 0,
            kills: 0,
        }
    }

    /// Hands it an event and waits for its answer.
    pub async fn call(&mut self, event: Value) -> Result<Value, String> {
        self.count += 1;
        let id = format!("request-{}", self.count);
        let (answer, answered) = oneshot::channel();
        self.answers.lock().unwrap().insert(id.clone(), answer);
        self.send.send((id, event)).unwrap();
        answered.await.map_err(|_| "the process is gone".to_owned())?
    }

    /// SIGKILL; and a new one.
    pub async fn kill(&mut self) {
        self.child.kill().await.unwrap();
        self.answers.lock().unwrap().clear();
        self.kills += 1;
        self.child = spawn(&self.binary, &self.environment, &self.address);
    }
}

fn spawn(binary: &Path, environment: &BTreeMap<String, String>, address: &str) -> Child {
    Command::new(binary)
        .env_clear()
        .envs(environment)
        .envs([
            ("AWS_LAMBDA_RUNTIME_API", address),
            ("AWS_LAMBDA_FUNCTION_NAME", "provisioner"),
            ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "256"),
            ("AWS_LAMBDA_FUNCTION_VERSION", "1"),
            ("AWS_LAMBDA_LOG_GROUP_NAME", "none"),
            ("AWS_LAMBDA_LOG_STREAM_NAME", "none"),
            ("AWS_REGION", "eu-central-1"),
            ("AWS_ACCESS_KEY_ID", "test"),
            ("AWS_SECRET_ACCESS_KEY", "test"),
        ])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .unwrap()
}

async fn next(State(api): State<Api>) -> Response {
    let Some((id, event)) = api.events.lock().await.recv().await else {
        return StatusCode::GONE.into_response();
    };
    let mut headers = HeaderMap::new();
    headers.insert("lambda-runtime-aws-request-id", HeaderValue::from_str(&id).unwrap());
    headers.insert("lambda-runtime-deadline-ms", HeaderValue::from_static("4102444800000"));
    headers.insert(
        "lambda-runtime-invoked-function-arn",
        HeaderValue::from_static("arn:aws:lambda:eu-central-1:000000000000:function:provisioner"),
    );
    (headers, axum::Json(event)).into_response()
}

async fn response(State(api): State<Api>, Segment(id): Segment<String>, body: axum::body::Bytes) -> StatusCode {
    settle(&api, &id, Ok(serde_json::from_slice(&body).unwrap_or(Value::Null)));
    StatusCode::ACCEPTED
}

async fn failure(State(api): State<Api>, Segment(id): Segment<String>, body: String) -> StatusCode {
    settle(&api, &id, Err(body));
    StatusCode::ACCEPTED
}

fn settle(api: &Api, id: &str, answer: Result<Value, String>) {
    if let Some(waiting) = api.answers.lock().unwrap().remove(id) {
        let _ = waiting.send(answer);
    }
}
