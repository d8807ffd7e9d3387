//! One world: an AWS, sites, the monitor's functions, and a clock.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use aws_config::SdkConfig;
use crash_matrix::{Side, Upstream, Wire};
use domain::{
    Clock, Instant,
    monitoring::{Interval, Minute},
};
use lambda_runtime::LambdaEvent;
use local::{Parts, aws};
use runtime::{Context, Function, Settings};
use serde_json::{Value, json};
use store::Store;
use tokio::task::JoinSet;
use tower::ServiceExt;

use crate::{Hand, Sites};

/// A quiet Tuesday.
const START: &str = "2026-11-24T08:00:00Z";

/// One world.
pub struct World {
    pub clock: Arc<Hand>,
    pub sites: Sites,
    /// Between the functions and AWS.
    pub wire: Wire,
    /// The records, past the wire.
    pub store: Store,
    pub db: aws_sdk_dynamodb::Client,
    sqs: aws_sdk_sqs::Client,
    parts: Parts,
    functions: BTreeMap<&'static str, Function>,
    through: SdkConfig,
    _aws: aws::Embedded,
}

/// A message and what became of it.
#[derive(Debug, Clone)]
pub struct Handled {
    pub body: Value,
    pub failed: bool,
}

impl World {
    pub async fn new() -> Self {
        Self::with(&[]).await
    }

    /// With other values of the template's parameters.
    pub async fn with(parameters: &[(&str, &str)]) -> Self {
        let aws = aws::bind().await.unwrap().start(None, Arc::new(|_| ())).await.unwrap();
        let sites = Sites::open().await;
        let wire = Wire::default();
        let port = wire.listen(Side::Aws, Upstream::new(aws.endpoint_url.clone())).await;
        // The sites answer as canaries too.
        let canary = format!("http://canary.localhost:{}", sites.port);
        let mut all = vec![("CanaryUrls", canary.as_str())];
        all.extend(parameters);
        let parts = local::parts(&aws.endpoint_url, sites.port, "http://127.0.0.1:9", &all)
            .await
            .unwrap();
        let sdk = parts.sdk.clone();
        let through = sdk
            .clone()
            .into_builder()
            .endpoint_url(format!("http://127.0.0.1:{port}"))
            .build();
        let clock = Arc::new(Hand::at(Instant::parse(START).unwrap()));
        let mut world = Self {
            store: Context::new(settings(&parts, "health-check"), sdk.clone()).store(),
            db: aws_sdk_dynamodb::Client::new(&sdk),
            sqs: aws_sdk_sqs::Client::new(&sdk),
            clock,
            sites,
            wire,
            parts,
            functions: BTreeMap::new(),
            through,
            _aws: aws,
        };
        world.restart();
        world
    }

    /// New processes: what they remember is gone.
    pub fn restart(&mut self) {
        for (binary, construct) in [
            ("health-sweep", health_sweep::function as fn(&Context) -> _),
            ("health-check", health_check::function),
            ("incident-desk", incident_desk::function),
            ("notifier", notifier::function),
            ("reconciler", reconciler::function),
        ] {
            self.functions.insert(binary, construct(&self.context(binary)).unwrap());
        }
    }

    /// What a function is built from.
    pub fn context(&self, binary: &str) -> Context {
        Context::new(settings(&self.parts, binary), self.through.clone()).with_clock(self.clock.clone())
    }

    pub fn table(&self, variable: &str) -> String {
        settings(&self.parts, "health-check").optional(variable).unwrap()
    }

    /// A run of the schedule five minutes on, to its end. Gives its moment.
    pub async fn run(&self) -> Instant {
        let run = self.announce_next().await;
        self.drain().await;
        run
    }

    /// The schedule fires, five minutes on. Gives the moment of the run.
    pub async fn announce_next(&self) -> Instant {
        let now = self.clock.now();
        let next = Minute::of(now.after(Duration::from_secs(300)))
            .run(Interval::DEFAULT)
            .start();
        self.clock.pass(next.since(now));
        let run = self.announce(false).await.unwrap();
        // A message takes its time.
        self.clock.pass(Duration::from_millis(700));
        run
    }

    /// A run of the schedule; gives how many messages it took.
    pub async fn run_counting(&self) -> usize {
        self.announce_next().await;
        self.drain().await.len()
    }

    /// A run of every site, by hand.
    pub async fn run_all(&self) -> Instant {
        self.clock.pass(Duration::from_millis(7));
        let run = self.announce(true).await.unwrap();
        self.drain().await;
        run
    }

    /// The schedule fires: the moment of the run, or `None` when it was somebody else's.
    pub async fn announce(&self, every_site: bool) -> Option<Instant> {
        let answer = self.call("health-sweep", self.event(every_site)).await.unwrap();
        answer["run"].as_str().map(|run| Instant::parse(run).unwrap())
    }

    pub fn event(&self, every_site: bool) -> Value {
        json!({
            "version": "0", "id": "1", "detail-type": "Scheduled Event", "source": "aws.events", "account": "1",
            "time": self.clock.now(), "region": "eu-central-1", "resources": ["arn:aws:events:eu-central-1:1:rule/sweep"],
            "detail": {"everySite": every_site},
        })
    }

    pub async fn call(&self, function: &str, event: Value) -> Result<Value, String> {
        let function = self.functions[function].clone();
        let event = LambdaEvent::new(event, lambda_runtime::Context::default());
        function.oneshot(event).await.map_err(|error| error.to_string())
    }

    /// Handles the messages of the checks queue until there are none, all that are there at once.
    pub async fn drain(&self) -> Vec<Handled> {
        let mut all = Vec::new();
        loop {
            let messages = self.receive().await;
            if messages.is_empty() {
                return all;
            }
            let mut working = JoinSet::new();
            for body in messages {
                let (function, event) = (self.functions["health-check"].clone(), batch(&body));
                working.spawn(async move {
                    let answer = function
                        .oneshot(LambdaEvent::new(event, lambda_runtime::Context::default()))
                        .await;
                    let failed =
                        answer.is_err() || !answer.unwrap()["batchItemFailures"].as_array().unwrap().is_empty();
                    Handled { body, failed }
                });
            }
            while let Some(handled) = working.join_next().await {
                all.push(handled.unwrap());
            }
        }
    }

    /// Handles one message; was it?
    pub async fn handle(&self, body: &Value) -> bool {
        let answer = self.call("health-check", batch(body)).await.unwrap();
        answer["batchItemFailures"].as_array().unwrap().is_empty()
    }

    /// The messages that wait in the checks queue, taken out of it.
    pub async fn receive(&self) -> Vec<Value> {
        self.take("CHECKS_QUEUE_URL").await
    }

    /// The messages that wait for the desk, taken out of the queue.
    pub async fn desk(&self) -> Vec<Value> {
        self.take("DESK_QUEUE_URL").await
    }

    /// The desk has its turn for all that waits for it.
    pub async fn turn_the_desk(&self) {
        loop {
            let messages = self.desk().await;
            if messages.is_empty() {
                return;
            }
            for body in messages {
                let answer = self.call("incident-desk", batch(&body)).await.unwrap();
                assert_eq!(answer["batchItemFailures"], json!([]), "{body}");
            }
        }
    }

    async fn take(&self, queue: &str) -> Vec<Value> {
        let url = settings(&self.parts, "health-sweep").optional(queue).unwrap();
        let mut all = Vec::new();
        loop {
            let receive = self.sqs.receive_message().queue_url(&url).max_number_of_messages(10);
            let messages = receive
                .wait_time_seconds(0)
                .send()
                .await
                .unwrap()
                .messages
                .unwrap_or_default();
            if messages.is_empty() {
                return all;
            }
            for message in messages {
                all.push(serde_json::from_str(message.body().unwrap()).unwrap());
                let delete = self.sqs.delete_message().queue_url(&url);
                delete
                    .receipt_handle(message.receipt_handle().unwrap())
                    .send()
                    .await
                    .unwrap();
            }
        }
    }
}

fn settings(parts: &Parts, binary: &str) -> Settings {
    let part = parts.functions.iter().find(|part| part.binary == binary).unwrap();
    Settings::from_variables(part.environment.clone())
}

/// A message as the function gets it from its queue.
fn batch(body: &Value) -> Value {
    json!({"Records": [{
        "messageId": "1", "receiptHandle": "1", "body": body.to_string(), "attributes": {}, "messageAttributes": {},
        "md5OfBody": "", "eventSource": "aws:sqs", "eventSourceARN": "arn:aws:sqs:eu-central-1:1:q", "awsRegion": "eu-central-1",
    }]})
}
