//! Verbs as a user would say them.

use std::{
    path::Path,
    time::{Duration, Instant},
};

use reqwest::{Client, Method, StatusCode, header::HeaderMap};
use serde_json::{Value, json};

use crate::{Stack, stack::new_folder};

/// How long an operation may take on a busy machine; it is not a measurement.
const ENDS_WITHIN: Duration = Duration::from_secs(180);

/// An HTTP answer.
#[derive(Debug)]
pub struct Answer {
    /// Its status.
    pub status: StatusCode,
    /// Its headers.
    pub headers: HeaderMap,
    /// Its body as text.
    pub text: String,
}

impl Answer {
    /// Its body as JSON.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|_| panic!("not JSON: {} {}", self.status, self.text))
    }

    /// Its body as JSON, when it has the status.
    pub fn expect(&self, status: u16) -> Value {
        assert_eq!(self.status.as_u16(), status, "{}", self.text);
        self.json()
    }
}

/// A stack and somebody who uses it.
pub struct World {
    /// The stack.
    pub stack: Stack,
    http: Client,
    key: String,
}

/// The guide's own example.
pub fn acme() -> Value {
    json!({
        "clientName": "Acme Corp",
        "contactEmail": "admin@acme.com",
        "domain": "acme",
        "template": "ecommerce",
        "enabledFeatures": ["blog", "ai"],
        "plan": "professional",
    })
}

impl World {
    /// A world of its own that keeps nothing.
    pub async fn new() -> Self {
        Self::over(Stack::ephemeral().await)
    }

    /// A world over a running stack, as the holder of the first key.
    pub fn over(stack: Stack) -> Self {
        let key = stack.field("apiKey");
        let http = Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .unwrap();
        Self { stack, http, key }
    }

    /// A world of its own that keeps nothing, with further options of the stack.
    pub async fn with(options: &[&str]) -> Self {
        Self::over(Stack::with(options).await)
    }

    /// A folder in which a stack may live, die and live again.
    pub fn folder() -> std::path::PathBuf {
        new_folder()
    }

    /// A world on a data directory.
    pub async fn on(data: &Path) -> Self {
        Self::over(Stack::on(data).await)
    }

    /// Sends a request to the API with the first key.
    pub async fn api(&self, method: Method, path: &str, body: Option<&Value>) -> Answer {
        self.api_with(
            method,
            path,
            &[("authorization", &format!("Bearer {}", self.key))],
            body.map(Value::to_string),
        )
        .await
    }

    /// Sends a request to the API with these headers and body, and nothing else.
    pub async fn api_with(&self, method: Method, path: &str, headers: &[(&str, &str)], body: Option<String>) -> Answer {
        let mut request = self
            .http
            .request(method, format!("{}/api/platform{path}", self.stack.field("url")));
        if body.is_some()
            && !headers
                .iter()
                .any(|(name, _)| name.eq_ignore_ascii_case("content-type"))
        {
            request = request.header("content-type", "application/json");
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        if let Some(body) = body {
            request = request.body(body);
        }
        read(request).await
    }

    /// GET with the first key; the answer must be 200.
    pub async fn get(&self, path: &str) -> Value {
        self.api(Method::GET, path, None).await.expect(200)
    }

    /// The header of the first key, and one more.
    pub async fn api_also(&self, method: Method, path: &str, header: (&str, &str), body: Option<&Value>) -> Answer {
        let bearer = format!("Bearer {}", self.key);
        self.api_with(
            method,
            path,
            &[("authorization", &bearer), header],
            body.map(Value::to_string),
        )
        .await
    }

    /// Asks for a client; gives client and operation.
    pub async fn add_client(&self, body: &Value) -> (Value, Value) {
        let answer = self.api(Method::POST, "/clients", Some(body)).await.expect(202);
        (answer["client"].clone(), answer["operation"].clone())
    }

    /// Waits until an operation has ended; gives its last state.
    pub async fn ended(&self, operation: &Value) -> Value {
        let id = operation["id"].as_str().unwrap();
        self.until(&format!("/operations/{id}"), |now| {
            ["succeeded", "failed", "blocked", "cancelled"].contains(&now["status"].as_str().unwrap())
        })
        .await
    }

    /// Waits until an operation is at a step.
    pub async fn until_step(&self, operation: &Value, step: &str) {
        let id = operation["id"].as_str().unwrap();
        self.until(&format!("/operations/{id}"), |now| {
            let steps = now["steps"].as_array().unwrap();
            steps.iter().any(|it| it["name"] == step && it["state"] != "pending")
        })
        .await;
    }

    /// Waits until an operation stands still for a reason.
    pub async fn parked_for(&self, operation: &Value, reason: &str) -> Value {
        let id = operation["id"].as_str().unwrap();
        self.until(&format!("/operations/{id}"), |now| now["parked"]["reason"] == reason)
            .await
    }

    /// Reads a path until it is as wanted; gives what it says then.
    pub async fn until(&self, path: &str, wanted: impl Fn(&Value) -> bool) -> Value {
        let begun = Instant::now();
        loop {
            let now = self.get(path).await;
            if wanted(&now) {
                return now;
            }
            assert!(begun.elapsed() < ENDS_WITHIN, "still: {now:#}");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// Begins an operation on a client and waits for its end; gives its last state.
    pub async fn operate(&self, client: &Value, command: &str, body: &Value) -> Value {
        let path = format!("/clients/{}/{command}", client["id"].as_str().unwrap());
        let body = (!body.is_null()).then_some(body);
        let answer = self.api(Method::POST, &path, body).await.expect(202);
        self.ended(&answer["operation"]).await
    }

    /// Has an operation tried again or called off, and waits for its end; gives its last state.
    pub async fn again(&self, operation: &Value, command: &str, body: Option<Value>) -> Value {
        let path = format!("/operations/{}/{command}", operation["id"].as_str().unwrap());
        let answer = self.api(Method::POST, &path, body.as_ref()).await.expect(202);
        self.ended(&answer).await
    }

    /// Adds a client and waits until it is live; gives it as it is then.
    pub async fn live_client(&self, body: &Value) -> Value {
        let (client, operation) = self.add_client(body).await;
        let ended = self.ended(&operation).await;
        assert_eq!(ended["status"], "succeeded", "{ended:#}");
        self.get(&format!("/clients/{}", client["id"].as_str().unwrap())).await
    }

    /// Deletes a client and waits for the end of it; gives the operation's last state.
    pub async fn delete_client(&self, client: &Value) -> Value {
        let path = format!("/clients/{}", client["id"].as_str().unwrap());
        let answer = self.api(Method::DELETE, &path, None).await.expect(202);
        self.ended(&answer["operation"]).await
    }

    /// What exists outside.
    pub async fn inventory(&self) -> Value {
        self.sandbox(Method::GET, "inventory", None).await.expect(200)
    }

    /// How many projects, databases, domains and users exist outside.
    pub async fn counts(&self) -> [usize; 4] {
        let inventory = self.inventory().await;
        ["projects", "databases", "domains", "users"].map(|list| inventory[list].as_array().unwrap().len())
    }

    /// Makes an outside service misbehave.
    pub async fn fault(&self, fault: Value) {
        let answer = self.sandbox(Method::POST, "faults", Some(&fault)).await;
        assert!(answer.status.is_success(), "{}", answer.text);
    }

    /// Makes all outside services behave again.
    pub async fn no_faults(&self) {
        let answer = self.sandbox(Method::DELETE, "faults", None).await;
        assert!(answer.status.is_success(), "{}", answer.text);
    }

    /// The inbox, once it holds at least so many messages.
    pub async fn inbox(&self, at_least: usize) -> Vec<Value> {
        let begun = Instant::now();
        loop {
            let inbox = self.sandbox(Method::GET, "inbox", None).await.expect(200);
            let messages = inbox.as_array().unwrap();
            if messages.len() >= at_least {
                return messages.clone();
            }
            assert!(begun.elapsed() < ENDS_WITHIN, "only {} messages came", messages.len());
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }

    /// The sandbox's own endpoints.
    pub async fn sandbox(&self, method: Method, path: &str, body: Option<&Value>) -> Answer {
        let mut request = self
            .http
            .request(method, format!("{}/_sandbox/{path}", self.stack.field("sandboxUrl")));
        if let Some(body) = body {
            request = request.json(body);
        }
        read(request).await
    }

    /// A call of the embedded AWS, for records that the API does not show; the answer must be 200.
    pub async fn aws(&self, target: &str, body: &Value) -> Value {
        let url = self.stack.field("awsEndpointUrl");
        let request = self.http.post(url).header("x-amz-target", target);
        read(request.body(body.to_string())).await.expect(200)
    }

    /// A client's site, as a browser reaches it.
    pub async fn site(&self, label: &str, method: Method, path: &str, body: Option<&Value>) -> Answer {
        let url = self.stack.field("url");
        let port = url.rsplit_once(':').unwrap().1;
        let mut request = self
            .http
            .request(method, format!("{url}{path}"))
            .header("host", format!("{label}.localhost:{port}"));
        if let Some(body) = body {
            request = request.json(body);
        }
        read(request).await
    }
}

async fn read(request: reqwest::RequestBuilder) -> Answer {
    let response = request.send().await.expect("an answer");
    let (status, headers) = (response.status(), response.headers().clone());
    Answer {
        status,
        headers,
        text: response.text().await.expect("a body"),
    }
}
