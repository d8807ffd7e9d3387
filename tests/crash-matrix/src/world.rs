//! One world: an AWS, an outside, the product's functions, and a clock that can be put forward. Nothing moves by itself.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use aws_config::SdkConfig;
use domain::{ClientId, Clock, Instant, Operation, OperationId, Resource};
use http::StatusCode;
use lambda_runtime::LambdaEvent;
use local::{Parts, aws};
use runtime::{Context, Function, Settings, SettingsError};
use sandbox::{Databases, Sandbox};
use serde_json::{Value, json};
use store::Store;
use tokio::net::TcpListener;
use tower::ServiceExt;

use crate::{
    effect::Side,
    process::Process,
    time::Time,
    wire::{Upstream, Wire},
};

type Constructor = fn(&Context) -> Result<Function, SettingsError>;

const FUNCTIONS: [(&str, Constructor); 5] = [
    ("clients", clients::function),
    ("incident-desk", incident_desk::function),
    ("operations", operations::function),
    ("provisioner", provisioner::function),
    ("notifier", notifier::function),
];

/// What passes outside for every wait that is skipped here.
const OUTSIDE_TAKES: Duration = Duration::from_millis(100);

/// How a call of a function came out.
#[derive(Debug)]
pub enum Called {
    /// It answered.
    Answer(Value),
    /// It failed.
    Failed(String),
    /// Its process died.
    Killed,
}

/// One world.
pub struct World {
    /// Where faults strike.
    pub wire: Wire,
    /// The clock of all functions.
    pub time: Arc<Time>,
    /// The records, past the wire.
    pub store: Store,
    /// Two workers get every message at once.
    pub twice: bool,
    /// So much time passes before every delivery.
    pub jump: Duration,
    /// AWS, past the wire.
    pub sdk: SdkConfig,
    pub(crate) parts: Parts,
    through: SdkConfig,
    functions: BTreeMap<&'static str, Function>,
    process: Option<Process>,
    sandbox_url: String,
    http: reqwest::Client,
    _aws: aws::Embedded,
}

impl World {
    /// Brings one up.
    pub async fn new() -> Self {
        let sandbox = Sandbox::open(sandbox::Options {
            data: None,
            realistic: false,
            databases: Databases::Simulated,
        })
        .await
        .unwrap();
        let inbox = sandbox.clone();
        let outbox = Arc::new(move |mail: sandbox::Mail| inbox.record_mail(mail));
        let aws = aws::bind().await.unwrap().start(None, outbox).await.unwrap();
        let sandbox_url = serve(sandbox.router()).await;
        let sites_url = serve(sandbox.sites()).await;

        let wire = Wire::default();
        let aws_port = wire.listen(Side::Aws, Upstream::new(aws.endpoint_url.clone())).await;
        let outside_port = wire.listen(Side::Outside, Upstream::new(sandbox_url.clone())).await;
        let sites_port = wire.listen(Side::Site, Upstream::new(sites_url)).await;
        let outside = format!("http://127.0.0.1:{outside_port}");
        let parts = local::parts(
            &aws.endpoint_url,
            sites_port,
            &outside,
            &[("DeleteGraceSeconds", "86400")],
        )
        .await
        .unwrap();
        let sdk = parts.sdk.clone();
        let through = sdk
            .clone()
            .into_builder()
            .endpoint_url(format!("http://127.0.0.1:{aws_port}"))
            .build();
        let time = Arc::new(Time::default());
        let context = Context::new(settings(&parts, "provisioner"), sdk.clone());
        let mut world = Self {
            wire,
            time,
            store: context.store(),
            twice: false,
            jump: Duration::ZERO,
            sdk,
            parts,
            through,
            functions: BTreeMap::new(),
            process: None,
            sandbox_url,
            http: reqwest::Client::new(),
            _aws: aws,
        };
        world.start();
        world
    }

    /// The same, with the provisioner as a process of its own. Its clock is the machine's: what it waits for is made due.
    pub async fn with_a_process() -> Self {
        let mut world = Self::new().await;
        let part = world
            .parts
            .functions
            .iter()
            .find(|part| part.binary == "provisioner")
            .unwrap();
        let mut environment = part.environment.clone();
        let address = world.through.endpoint_url().unwrap().to_owned();
        environment.insert("AWS_ENDPOINT_URL".to_owned(), address);
        world.process = Some(Process::start("provisioner", environment).await);
        world
    }

    /// How often a process was killed.
    pub fn kills(&self) -> usize {
        self.process.as_ref().map_or(0, |process| process.kills)
    }

    /// Starts every function anew, as after a crash.
    pub fn start(&mut self) {
        for (name, construct) in FUNCTIONS {
            let context = Context::new(settings(&self.parts, name), self.through.clone());
            let context = context.with_clock(Arc::clone(&self.time) as Arc<dyn Clock>);
            self.functions.insert(name, construct(&context).unwrap());
        }
    }

    /// Calls a function; a process that died is started anew.
    pub async fn call(&mut self, function: &str, event: Value) -> Called {
        if function == "provisioner"
            && let Some(process) = &mut self.process
        {
            let outcome = tokio::select! {
                biased;
                () = self.wire.killed() => Called::Killed,
                answer = process.call(event) => match answer {
                    Ok(answer) => Called::Answer(answer),
                    Err(error) => Called::Failed(error),
                },
            };
            if matches!(outcome, Called::Killed) {
                process.kill().await;
            }
            return outcome;
        }
        let call = self.functions[function]
            .clone()
            .oneshot(LambdaEvent::new(event, lambda_runtime::Context::default()));
        let outcome = tokio::select! {
            biased;
            () = self.wire.killed() => Called::Killed,
            answer = call => match answer {
                Ok(answer) => Called::Answer(answer),
                Err(error) => Called::Failed(error.to_string()),
            },
        };
        if matches!(outcome, Called::Killed) {
            self.start();
        }
        outcome
    }

    /// Sends a request to the API as its owner would, again when it is answered by 5xx or not at all.
    pub async fn api(&mut self, method: &str, path: &str, key: &str, body: &Value) -> (StatusCode, Value) {
        for _ in 0..10 {
            let event = request(method, path, key, body);
            let function = if path.starts_with("/operations") {
                "operations"
            } else {
                "clients"
            };
            let Called::Answer(answer) = self.call(function, event).await else {
                continue;
            };
            let status = u16::try_from(answer["statusCode"].as_u64().unwrap()).unwrap();
            if status < 500 {
                let body = answer["body"].as_str().unwrap_or("null");
                let body = serde_json::from_str(body).unwrap_or(Value::Null);
                return (StatusCode::from_u16(status).unwrap(), body);
            }
        }
        panic!("{method} {path} is never answered");
    }

    /// Delivers a message to the function that handles it.
    pub async fn deliver(&mut self, function: &str, body: &Value) -> Called {
        self.call(function, message(body)).await
    }

    /// Plays queue, reconciler and clock until nothing is open any more, or what is open is as wanted.
    pub async fn settle(&mut self, enough: impl Fn(&Operation) -> bool) {
        for _ in 0..1500 {
            let operations = self.open_operations().await;
            let open: Vec<Operation> = operations.into_iter().filter(|it| !enough(it)).collect();
            let far = self.time.now().after(Duration::from_secs(3600));
            let notices = self.store.due_notices(far).await.unwrap();
            if open.is_empty() && notices.is_empty() {
                return;
            }
            if self.process.is_some() {
                for operation in &open {
                    self.make_due(operation).await;
                }
            }
            let next = open.iter().map(|operation| operation.due_at).min();
            match next {
                Some(due) if due > self.time.now() => {
                    self.time.pass_until(due);
                    // The outside has a clock of its own, which nobody puts forward. Who is parked does not wait for it.
                    if open.iter().any(|operation| operation.parked.is_none()) {
                        tokio::time::sleep(OUTSIDE_TAKES).await;
                    }
                }
                None => self.time.pass(Duration::from_secs(90)),
                Some(_) => {}
            }
            let now = self.time.now();
            for operation in open.iter().filter(|operation| operation.due_at <= now) {
                let message = json!({"v": 1, "operation": operation.id, "generation": operation.generation});
                self.time.pass(self.jump);
                if self.twice {
                    self.deliver_twice(&message).await;
                } else {
                    self.deliver("provisioner", &message).await;
                }
            }
            for notice in notices {
                self.deliver("notifier", &json!({"v": 1, "notice": notice})).await;
            }
        }
        panic!("it never comes to rest: {:#?}", self.open_operations().await);
    }

    async fn open_operations(&self) -> Vec<Operation> {
        let far = self.time.now().after(Duration::from_secs(400 * 24 * 3600));
        let mut found = Vec::new();
        for id in self.store.due_operations(far).await.unwrap() {
            found.push(self.operation(&id).await);
        }
        found.retain(|operation| !operation.status.is_final());
        found
    }

    /// An operation's record.
    pub async fn operation(&self, id: &OperationId) -> Operation {
        self.store.operation(id).await.unwrap().unwrap()
    }

    /// A client's ledger.
    pub async fn ledger(&self, client: &ClientId) -> Vec<Resource> {
        self.store.resources(client).await.unwrap()
    }

    /// What exists outside.
    pub async fn inventory(&self) -> Value {
        self.sandbox("inventory").await
    }

    /// The mails to an address.
    pub async fn mails_to(&self, address: &str) -> usize {
        let inbox = self.sandbox("inbox").await;
        let mails = inbox.as_array().unwrap().iter();
        mails.filter(|mail| mail["to"] == address).count()
    }

    /// One of the sandbox's own endpoints.
    pub async fn sandbox(&self, what: &str) -> Value {
        let url = format!("{}/_sandbox/{what}", self.sandbox_url);
        self.http.get(url).send().await.unwrap().json().await.unwrap()
    }

    /// Gives an operation one turn.
    pub async fn deliver_once(&mut self, id: &OperationId) {
        let operation = self.operation(id).await;
        let message = json!({"v": 1, "operation": operation.id, "generation": operation.generation});
        self.deliver("provisioner", &message).await;
    }

    /// Delivers one message to two provisioners at once.
    pub async fn deliver_twice(&self, body: &Value) {
        self.deliver_to_two("provisioner", body).await;
    }

    /// Delivers one message to two workers at once.
    pub async fn deliver_to_two(&self, function: &str, body: &Value) {
        let event = message(body);
        let call = || {
            let worker = self.functions[function].clone();
            worker.oneshot(LambdaEvent::new(event.clone(), lambda_runtime::Context::default()))
        };
        let (one, two) = tokio::join!(call(), call());
        one.unwrap();
        two.unwrap();
    }

    /// Makes an outside service misbehave.
    pub async fn fault(&self, fault: &Value) {
        let url = format!("{}/_sandbox/faults", self.sandbox_url);
        let answer = self.http.post(url).json(fault).send().await.unwrap();
        assert!(answer.status().is_success());
    }

    /// The time.
    pub fn now(&self) -> Instant {
        self.time.now()
    }
}

pub(crate) fn settings(parts: &Parts, binary: &str) -> Settings {
    let part = parts.functions.iter().find(|part| part.binary == binary).unwrap();
    Settings::from_variables(part.environment.clone())
}

async fn serve(router: axum::Router) -> String {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    tokio::spawn(async move { axum::serve(listener, router).await });
    url
}

/// A message as a function gets it from its queue.
fn message(body: &Value) -> Value {
    json!({"Records": [{
        "messageId": "1", "receiptHandle": "1", "body": body.to_string(), "attributes": {},
        "messageAttributes": {}, "md5OfBody": "", "eventSource": "aws:sqs",
        "eventSourceARN": "arn:aws:sqs:eu-central-1:000000000000:queue", "awsRegion": "eu-central-1",
    }]})
}

fn request(method: &str, path: &str, key: &str, body: &Value) -> Value {
    let (path, query) = path.split_once('?').unwrap_or((path, ""));
    let path = format!("/api/platform{path}");
    json!({
        "version": "2.0", "routeKey": "$default", "rawPath": path, "rawQueryString": query,
        "headers": {"content-type": "application/json", "idempotency-key": key, "host": "api.example.com"},
        "requestContext": {
            "accountId": "0", "apiId": "a", "domainName": "api.example.com", "domainPrefix": "api",
            "authorizer": {"lambda": {"principal": "key:owner", "role": "owner"}},
            "http": {"method": method, "path": path, "protocol": "HTTP/1.1", "sourceIp": "127.0.0.1", "userAgent": "test"},
            "requestId": key, "routeKey": "$default", "stage": "$default",
            "time": "12/Nov/2025:09:30:00 +0000", "timeEpoch": 1_762_939_800_000_u64,
        },
        "body": if body.is_null() { Value::Null } else { json!(body.to_string()) },
        "isBase64Encoded": false,
    })
}
