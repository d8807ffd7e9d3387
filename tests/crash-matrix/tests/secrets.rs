//! Nothing secret is to be found where it does not belong: logs, records, messages, answers, mails, the outside's call log.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, missing_docs, reason = "tests")]

use std::{
    collections::BTreeMap,
    io::Write,
    sync::{Arc, Mutex},
};

use base64::{Engine, prelude::BASE64_STANDARD};
use crash_matrix::{Scenario, World};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Value, json};

/// Shorter values are not secrets worth the name (`railway`, `team_sandbox`).
const LEAST: usize = 12;

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// Every way in which a value may show.
fn guises(value: &str) -> Vec<String> {
    let hexadecimal: String = value.bytes().map(|byte| format!("{byte:02x}")).collect();
    // Base64 of a longer text that holds the value shows one of three middles.
    let middles = (0..3).map(|shift| {
        let padded = format!("{}{value}", " ".repeat(shift));
        let encoded = BASE64_STANDARD.encode(padded);
        encoded
            .chars()
            .skip(4)
            .take(encoded.len().saturating_sub(12))
            .collect::<String>()
    });
    let mut all: Vec<String> = middles.filter(|middle| middle.len() >= 8).collect();
    all.extend([
        value.to_owned(),
        hexadecimal,
        utf8_percent_encode(value, NON_ALPHANUMERIC).to_string(),
    ]);
    all
}

struct Places {
    places: BTreeMap<String, String>,
}

impl Places {
    async fn of(world: &World, answers: &[Value], log: &Log) -> Self {
        let mut places = BTreeMap::new();
        for (number, body) in world.wire.tape().into_iter().enumerate() {
            // SES speaks in form fields.
            let mail = body.contains("Action=SendEmail");
            places.insert(format!("{} {number}", if mail { "mail" } else { "AWS" }), body);
        }
        for (number, answer) in answers.iter().enumerate() {
            places.insert(format!("answer {number}"), answer.to_string());
        }
        places.insert("calls".to_owned(), world.sandbox("calls").await.to_string());
        places.insert("inventory".to_owned(), world.inventory().await.to_string());
        places.insert(
            "log".to_owned(),
            String::from_utf8_lossy(&log.0.lock().unwrap()).into_owned(),
        );
        Self { places }
    }

    fn finds(&self, name: &str, value: &str) -> Vec<String> {
        // The welcome mail's one purpose.
        let mailed = name.ends_with(" ADMIN_PASSWORD");
        self.places
            .iter()
            .filter(|(place, _)| !(mailed && place.starts_with("mail")))
            .filter(|(_, text)| guises(value).iter().any(|guise| text.contains(guise)))
            .map(|(place, _)| format!("{name} in {place}"))
            .collect()
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_secret_is_to_be_found_where_it_does_not_belong() {
    let log = Log::default();
    let writer = log.clone();
    tracing_subscriber::fmt()
        .with_max_level(tracing::Level::DEBUG)
        .with_writer(move || writer.clone())
        .init();
    let mut world = World::new().await;
    let mut secrets: BTreeMap<String, String> = BTreeMap::new();
    let mut answers = Vec::new();

    // A build that fails, tried again; then everything that can be asked; and the end.
    world
        .fault(&json!({"service": "vercel", "operation": "create_deployment", "mode": "build_error"}))
        .await;
    let mut subject = Scenario::Provision.prepare(&mut world, "marked").await;
    let operation = Scenario::Provision.begin(&mut world, &mut subject).await;
    secrets.extend(world.secrets().await);
    world.settle(|_| false).await;
    let client = subject.client.clone().unwrap();
    let marked = |number: u32| json!({"customEnvironment": {"STRIPE_KEY": format!("sk_live_marker_{number}_Zq8$&+ü")}});
    let mut ask = vec![
        ("POST", format!("/operations/{operation}/retry"), marked(1)),
        ("PATCH", format!("/clients/{client}"), marked(2)),
        ("POST", format!("/clients/{client}/redeploy"), json!({})),
        ("POST", format!("/clients/{client}/rollback"), json!({})),
        ("POST", format!("/clients/{client}/suspend"), json!({})),
        ("POST", format!("/clients/{client}/activate"), json!({})),
        ("GET", format!("/clients/{client}"), Value::Null),
        ("GET", format!("/clients/{client}/export"), Value::Null),
        ("GET", "/clients".to_owned(), Value::Null),
        ("GET", format!("/operations/{operation}"), Value::Null),
        ("DELETE", format!("/clients/{client}?now=true"), Value::Null),
    ];
    for (number, (method, path, body)) in ask.drain(..).enumerate() {
        let (status, answer) = world.api(method, &path, &format!("key-{number}"), &body).await;
        assert!(status.is_success(), "{method} {path}: {answer}");
        answers.push(answer);
        secrets.extend(world.secrets().await);
        world.settle(|_| false).await;
        secrets.extend(world.secrets().await);
    }

    // These name operations.
    let named = |name: &str| name.ends_with(" ENVIRONMENT_FROM") || name.ends_with(" OPERATION");
    let kept: Vec<(&String, &String)> = secrets
        .iter()
        .filter(|(name, value)| value.len() >= LEAST && !named(name))
        .collect();
    for wanted in [
        "PAYLOAD_SECRET",
        "DATABASE_URL",
        "DATABASE_PASSWORD",
        "PLATFORM_TOKEN",
        "ADMIN_PASSWORD",
        "VERCEL_TOKEN",
        "RAILWAY_API_KEY",
        "GITHUB_TOKEN",
        "CUSTOM_STRIPE_KEY",
        "key",
    ] {
        assert!(
            kept.iter().any(|(name, _)| name.ends_with(&format!(" {wanted}"))),
            "{wanted} is among {kept:?}"
        );
    }
    let places = Places::of(&world, &answers, &log).await;
    assert!(places.places.len() > 100 && places.places["log"].len() > 1000);
    let found: Vec<String> = kept
        .iter()
        .flat_map(|(name, value)| places.finds(name, value))
        .collect();
    assert_eq!(found, Vec::<String>::new());
    // The search finds what is there: the password is in the mail.
    let (_, password) = kept.iter().find(|(name, _)| name.ends_with(" ADMIN_PASSWORD")).unwrap();
    assert!(!places.finds("the password", password).is_empty());
}
