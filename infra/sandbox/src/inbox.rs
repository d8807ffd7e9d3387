//! What was sent to people: Slack, PagerDuty, Twilio, webhooks and mail, taken in with the real success answers.

use axum::{
    Json, Router,
    body::Bytes,
    extract::{Path, State},
    http::StatusCode,
    response::{IntoResponse, Response},
    routing::{get, post},
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::{Sandbox, SandboxError, chance, clock, gate::Gated, service::Service, world::World};

const KEPT: usize = 10_000;

/// One message in the inbox.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Message {
    channel: String,
    to: String,
    at: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    subject: Option<String>,
    body: String,
}

impl Message {
    pub fn new(channel: &str, to: String, body: String) -> Message {
        Message {
            channel: channel.to_owned(),
            to,
            at: clock::instant(clock::now()),
            subject: None,
            body,
        }
    }

    pub fn with_subject(mut self, subject: String) -> Message {
        self.subject = Some(subject);
        self
    }
}

impl World {
    /// Keeps a message, and the last ten thousand only.
    pub(crate) fn receive(&mut self, message: Message) -> Result<String, SandboxError> {
        let last = self
            .inbox
            .iter()
            .next_back()
            .and_then(|(key, _)| key.parse::<u64>().ok())
            .unwrap_or(0);
        let key = format!("{:012}", last + 1);
        self.inbox.put(&self.journal, &key, message)?;
        while self.inbox.len() > KEPT {
            let Some(oldest) = self.inbox.iter().next().map(|(key, _)| key.clone()) else {
                break;
            };
            self.inbox.remove(&self.journal, &oldest)?;
        }
        Ok(key)
    }
}

/// The four channels that are reached over HTTP.
pub(crate) fn router(sandbox: &Sandbox) -> Router {
    let slack = Gated::new(sandbox, Service::Slack).on("send_message", "/slack/services/{*webhook}", post(slack));
    let pagerduty =
        Gated::new(sandbox, Service::Pagerduty).on("enqueue_event", "/pagerduty/v2/enqueue", post(pagerduty));
    let twilio = Gated::new(sandbox, Service::Twilio)
        .on(
            "send_message",
            "/twilio/2010-04-01/Accounts/{account}/Messages.json",
            post(twilio),
        )
        .on(
            "list_messages",
            "/twilio/2010-04-01/Accounts/{account}/Messages.json",
            get(twilio_list),
        )
        .on(
            "get_message",
            "/twilio/2010-04-01/Accounts/{account}/Messages/{message}",
            get(twilio_get),
        );
    let webhook = Gated::new(sandbox, Service::Webhook).on("send", "/webhook/{name}", post(webhook));
    slack
        .done()
        .merge(pagerduty.done())
        .merge(twilio.done())
        .merge(webhook.done())
}

fn kept(sandbox: &Sandbox, service: Service, message: Message, answer: impl FnOnce(String) -> Response) -> Response {
    // The guard must be gone before the answer is built.
    let received = sandbox.world().receive(message);
    match received {
        Ok(key) => answer(key),
        Err(error) => {
            tracing::error!(
                error = &error as &dyn std::error::Error,
                "A message did not reach the sandbox's inbox"
            );
            service.failure(StatusCode::INTERNAL_SERVER_ERROR)
        }
    }
}

fn text(value: &Value, key: &str) -> String {
    value.get(key).and_then(Value::as_str).unwrap_or_default().to_owned()
}

/// Slack answers plain text. The body kept is the text, or the whole message when it carries blocks or attachments.
async fn slack(State(sandbox): State<Sandbox>, body: Bytes) -> Response {
    let Ok(message) = serde_json::from_slice::<Value>(&body) else {
        return (StatusCode::BAD_REQUEST, "invalid_payload").into_response();
    };
    let rich = ["blocks", "attachments"]
        .iter()
        .any(|key| message.get(key).is_some_and(|value| !value.is_null()));
    let words = text(&message, "text");
    if words.is_empty() && !rich {
        return (StatusCode::BAD_REQUEST, "no_text").into_response();
    }
    let body = if rich { message.to_string() } else { words };
    kept(
        &sandbox,
        Service::Slack,
        Message::new("slack", "webhook".to_owned(), body),
        |_| "ok".into_response(),
    )
}

/// Events API v2.
async fn pagerduty(State(sandbox): State<Sandbox>, body: Bytes) -> Response {
    let mut event = serde_json::from_slice::<Value>(&body).unwrap_or_default();
    let invalid = |what: &str| {
        let body = json!({"status": "invalid event", "message": "Event object is invalid", "errors": [what]});
        (StatusCode::BAD_REQUEST, Json(body)).into_response()
    };
    let action = text(&event, "event_action");
    let mut dedup_key = text(&event, "dedup_key");
    if text(&event, "routing_key").is_empty() {
        return invalid("'routing_key' is missing or blank");
    }
    if !matches!(action.as_str(), "trigger" | "acknowledge" | "resolve") {
        return invalid("'event_action' must be one of trigger, acknowledge, resolve");
    }
    if action == "trigger" && event.pointer("/payload/summary").is_none() {
        return invalid("'payload.summary' is missing or blank");
    }
    if dedup_key.is_empty() {
        dedup_key = chance::letters(32).to_lowercase();
    }
    if let Some(event) = event.as_object_mut() {
        // The routing key is what lets anyone page this team.
        event.remove("routing_key");
    }
    let message = Message::new("pagerduty", dedup_key.clone(), event.to_string()).with_subject(format!(
        "{action} {}",
        event
            .pointer("/payload/summary")
            .and_then(Value::as_str)
            .unwrap_or_default()
    ));
    kept(&sandbox, Service::Pagerduty, message, |_| {
        let body = json!({"status": "success", "message": "Event processed", "dedup_key": dedup_key});
        (StatusCode::ACCEPTED, Json(body)).into_response()
    })
}

fn sms(key: &str, message: &Message) -> Value {
    json!({"sid": format!("SM{:0>32}", key), "to": message.to, "body": message.body, "status": "queued",
        "date_created": message.at, "error_code": null, "error_message": null, "num_segments": "1"})
}

async fn twilio(State(sandbox): State<Sandbox>, body: Bytes) -> Response {
    let form: std::collections::BTreeMap<String, String> = url::form_urlencoded::parse(&body).into_owned().collect();
    let field = |name: &str| form.get(name).cloned().unwrap_or_default();
    let (to, words) = (field("To"), field("Body"));
    let refused = |code: u16, message: &str| {
        let body = json!({"code": code, "message": message, "more_info": "", "status": 400});
        (StatusCode::BAD_REQUEST, Json(body)).into_response()
    };
    let number = to.strip_prefix('+').unwrap_or_default();
    if number.is_empty() || number.len() > 15 || !number.bytes().all(|digit| digit.is_ascii_digit()) {
        return refused(21211, "The 'To' number is not a valid phone number.");
    }
    if field("From").is_empty() && field("MessagingServiceSid").is_empty() {
        return refused(21603, "A 'From' phone number is required.");
    }
    if words.chars().count() > 1600 {
        return refused(21617, "The concatenated message body exceeds the 1600 character limit.");
    }
    let message = Message::new("sms", to, words);
    let kept_message = message.clone();
    kept(&sandbox, Service::Twilio, message, |key| {
        (StatusCode::CREATED, Json(sms(&key, &kept_message))).into_response()
    })
}

async fn twilio_list(State(sandbox): State<Sandbox>) -> Json<Value> {
    let world = sandbox.world();
    let messages: Vec<Value> = world
        .inbox
        .iter()
        .rev()
        .filter(|(_, message)| message.channel == "sms")
        .take(50)
        .map(|(key, message)| delivered(sms(key, message)))
        .collect();
    Json(json!({"messages": messages}))
}

async fn twilio_get(State(sandbox): State<Sandbox>, Path((_, name)): Path<(String, String)>) -> Response {
    let key = name.trim_end_matches(".json").trim_start_matches("SM");
    let key = key.get(key.len().saturating_sub(12)..).unwrap_or_default();
    match sandbox
        .world()
        .inbox
        .get(key)
        .filter(|message| message.channel == "sms")
    {
        Some(message) => Json(delivered(sms(key, message))).into_response(),
        None => Service::Twilio.failure(StatusCode::NOT_FOUND),
    }
}

fn delivered(mut message: Value) -> Value {
    if let Some(status) = message.get_mut("status") {
        *status = "delivered".into();
    }
    message
}

async fn webhook(State(sandbox): State<Sandbox>, Path(name): Path<String>, body: Bytes) -> Response {
    let message = Message::new("webhook", name, String::from_utf8_lossy(&body).into_owned());
    kept(&sandbox, Service::Webhook, message, |_| {
        Json(json!({"ok": true})).into_response()
    })
}
