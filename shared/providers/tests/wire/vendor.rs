//! A vendor that says what it is told to say, and remembers what it was asked.

use std::{
    collections::{HashMap, VecDeque},
    sync::{Arc, Mutex},
};

use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

/// One answer; without a status the connection is closed instead.
#[derive(Clone)]
pub struct Reply {
    status: Option<u16>,
    headers: Vec<(&'static str, String)>,
    body: String,
}

#[allow(clippy::needless_pass_by_value, reason = "reads better where a script is written")]
pub fn json_reply(status: u16, body: Value) -> Reply {
    Reply {
        status: Some(status),
        headers: vec![("content-type", "application/json".to_owned())],
        body: body.to_string(),
    }
}

pub fn text_reply(status: u16, body: impl Into<String>) -> Reply {
    Reply {
        status: Some(status),
        headers: Vec::new(),
        body: body.into(),
    }
}

pub fn lost() -> Reply {
    Reply {
        status: None,
        headers: Vec::new(),
        body: String::new(),
    }
}

impl Reply {
    pub fn with(mut self, name: &'static str, value: &str) -> Self {
        self.headers.push((name, value.to_owned()));
        self
    }
}

/// A call as it came in.
#[derive(Clone, Debug)]
pub struct Seen {
    /// `GET /v9/projects/acme`, or a GraphQL operation's name.
    pub key: String,
    pub target: String,
    pub authorization: Option<String>,
    pub body: Value,
}

type Script = HashMap<String, VecDeque<Reply>>;

pub struct Vendor {
    port: u16,
    seen: Arc<Mutex<Vec<Seen>>>,
}

impl Vendor {
    /// Each key's answers in turn, the last one for ever; an unknown key is 404.
    pub async fn new<const N: usize>(script: [(&str, Vec<Reply>); N]) -> Self {
        let script: Script = script
            .into_iter()
            .map(|(key, replies)| (key.to_owned(), replies.into()))
            .collect();
        let script = Arc::new(Mutex::new(script));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let seen = Arc::new(Mutex::new(Vec::new()));
        let calls = Arc::clone(&seen);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(answer(stream, Arc::clone(&script), Arc::clone(&calls)));
            }
        });
        Self { port, seen }
    }

    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    pub fn url_of(&self, host: &str) -> String {
        format!("http://{host}:{}", self.port)
    }

    pub fn port(&self) -> u16 {
        self.port
    }

    pub fn keys(&self) -> Vec<String> {
        self.seen.lock().unwrap().iter().map(|seen| seen.key.clone()).collect()
    }

    pub fn targets(&self) -> Vec<String> {
        self.seen
            .lock()
            .unwrap()
            .iter()
            .map(|seen| seen.target.clone())
            .collect()
    }

    /// How often this was called.
    pub fn count(&self, key: &str) -> usize {
        self.keys().iter().filter(|seen| *seen == key).count()
    }

    /// The last call with this key.
    pub fn call(&self, key: &str) -> Seen {
        self.seen
            .lock()
            .unwrap()
            .iter()
            .rfind(|seen| seen.key == key)
            .cloned()
            .unwrap_or_else(|| panic!("no {key}"))
    }
}

async fn answer(mut stream: TcpStream, script: Arc<Mutex<Script>>, calls: Arc<Mutex<Vec<Seen>>>) {
    let mut bytes = Vec::new();
    let (head, body) = loop {
        let mut chunk = [0; 4096];
        match stream.read(&mut chunk).await {
            Ok(0) | Err(_) => return,
            Ok(read) => bytes.extend_from_slice(&chunk[..read]),
        }
        let text = String::from_utf8_lossy(&bytes).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = header(head, "content-length").map_or(0, |length| length.parse::<usize>().unwrap());
            if body.len() >= length {
                break (head.to_owned(), body.to_owned());
            }
        }
    };
    let mut words = head.split_whitespace();
    let (method, target) = (words.next().unwrap(), words.next().unwrap());
    let body: Value = serde_json::from_str(&body).unwrap_or_default();
    let key = match body.get("operationName").and_then(Value::as_str) {
        Some(operation) => operation.to_owned(),
        None => format!("{method} {}", target.split('?').next().unwrap()),
    };
    calls.lock().unwrap().push(Seen {
        key: key.clone(),
        target: target.to_owned(),
        authorization: header(&head, "authorization"),
        body,
    });
    let reply = match script.lock().unwrap().get_mut(&key) {
        Some(replies) if replies.len() > 1 => replies.pop_front().unwrap(),
        Some(replies) => replies.front().unwrap().clone(),
        None => json_reply(404, json!({"error": {"code": "not_found", "message": "Not found."}})),
    };
    let Some(status) = reply.status else {
        return;
    };
    let mut text = format!(
        "HTTP/1.1 {status} X\r\nconnection: close\r\ncontent-length: {}\r\n",
        reply.body.len()
    );
    for (name, value) in &reply.headers {
        text.push_str(&format!("{name}: {value}\r\n"));
    }
    text.push_str("\r\n");
    text.push_str(&reply.body);
    // The client may have seen enough.
    let _ = stream.write_all(text.as_bytes()).await;
}

fn header(head: &str, name: &str) -> Option<String> {
    head.lines().find_map(|line| {
        let (key, value) = line.split_once(':')?;
        key.eq_ignore_ascii_case(name).then(|| value.trim().to_owned())
    })
}
