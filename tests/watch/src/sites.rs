//! Ten thousand sites behind one port, told apart by their Host header.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

/// How a site behaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Behaviour {
    Well,
    /// Answers 500.
    Error,
    /// Breaks every connection off.
    Dead,
    /// Answers after this time.
    Slow(Duration),
}

#[derive(Default)]
struct State {
    behaviour: Mutex<HashMap<String, Behaviour>>,
    visits: Mutex<HashMap<String, usize>>,
    connections: AtomicUsize,
}

/// The sites. Clones share them.
#[derive(Clone)]
pub struct Sites {
    pub port: u16,
    state: Arc<State>,
}

impl Sites {
    pub async fn open() -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let state = Arc::new(State::default());
        let shared = Arc::clone(&state);
        tokio::spawn(async move {
            loop {
                let Ok((stream, _)) = listener.accept().await else {
                    continue;
                };
                shared.connections.fetch_add(1, Ordering::Relaxed);
                let state = Arc::clone(&shared);
                tokio::spawn(async move {
                    // Whoever hangs up is gone.
                    let _ = serve(stream, &state).await;
                });
            }
        });
        Self { port, state }
    }

    pub fn set(&self, label: &str, behaviour: Behaviour) {
        self.state.behaviour.lock().unwrap().insert(label.to_owned(), behaviour);
    }

    /// How often the front page of a site was asked for.
    pub fn visits(&self, label: &str) -> usize {
        self.state.visits.lock().unwrap().get(label).copied().unwrap_or(0)
    }

    pub fn forget_visits(&self) {
        self.state.visits.lock().unwrap().clear();
    }
}

async fn serve(mut stream: TcpStream, state: &State) -> std::io::Result<()> {
    let mut request = Vec::with_capacity(512);
    loop {
        let end = loop {
            if let Some(end) = request.windows(4).position(|four| four == b"\r\n\r\n") {
                break end + 4;
            }
            if stream.read_buf(&mut request).await? == 0 {
                return Ok(());
            }
        };
        let head = String::from_utf8_lossy(&request[..end]).to_ascii_lowercase();
        request.drain(..end);
        let host = head
            .lines()
            .find_map(|line| line.strip_prefix("host: "))
            .unwrap_or_default();
        let label = host.split('.').next().unwrap_or_default().to_owned();
        let health = head.starts_with("get /api/health");
        if !health {
            *state.visits.lock().unwrap().entry(label.clone()).or_default() += 1;
        }
        let behaviour = state.behaviour.lock().unwrap().get(&label).copied();
        let answer = match behaviour.unwrap_or(Behaviour::Well) {
            Behaviour::Dead => return Ok(()),
            Behaviour::Slow(time) if !health => {
                tokio::time::sleep(time).await;
                answer(200, "")
            }
            Behaviour::Error => answer(500, ""),
            _ if health => answer(200, HEALTH),
            Behaviour::Well | Behaviour::Slow(_) => answer(200, ""),
        };
        stream.write_all(answer.as_bytes()).await?;
    }
}

const HEALTH: &str = r#"{"status":"ok","database":{"status":"ok","latencyMs":1.2},"memory":{"used":268435456,"total":1073741824},"version":"1.4.2"}"#;

fn answer(status: u16, body: &str) -> String {
    let length = body.len();
    format!("HTTP/1.1 {status} X\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\r\n{body}")
}
