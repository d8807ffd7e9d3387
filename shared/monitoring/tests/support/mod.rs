//! Sites that do as they are told.
#![allow(dead_code, reason = "each test file uses a part")]

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use domain::{Clock, Instant, monitoring::Probe};
use monitoring::{Limits, Prober, ProberOptions, Target};
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    time::sleep,
};

pub const WELL: &str =
    r#"{"status":"ok","database":{"status":"ok","latencyMs":1.2},"memory":{"used":50,"total":100},"version":"1.4.0"}"#;

/// What a site does with a request.
#[derive(Clone)]
pub enum Act {
    /// Answers, and waits for the next request.
    Answer(Vec<u8>),
    /// Answers, and closes the connection.
    AnswerAndClose(Vec<u8>),
    /// One piece after the other, with a pause between them.
    Drip(Vec<u8>, usize, Duration),
    /// The answer comes late.
    Late(Duration, Vec<u8>),
    /// Nothing comes, and the connection stays.
    Silence,
    /// The connection is broken off.
    Reset,
    /// The connection is closed.
    Close,
}

/// A complete answer.
pub fn answer(status: &str, headers: &str, body: &str) -> Vec<u8> {
    format!(
        "HTTP/1.1 {status}\r\n{headers}content-length: {}\r\n\r\n{body}",
        body.len()
    )
    .into_bytes()
}

/// The head only, as HEAD wants it.
pub fn head(status: &str, headers: &str) -> Act {
    Act::Answer(format!("HTTP/1.1 {status}\r\n{headers}content-length: 1234\r\n\r\n").into_bytes())
}

pub fn ok(body: &str) -> Act {
    Act::Answer(answer("200 OK", "", body))
}

/// A well site but for what `special` says of a request line such as `GET /api/health`.
pub fn but(
    special: impl Fn(&str) -> Option<Act> + Send + Sync + 'static,
) -> impl Fn(&str) -> Act + Send + Sync + 'static {
    move |line| {
        special(line).unwrap_or_else(|| match line {
            "HEAD /" => head("200 OK", ""),
            "GET /api/health" => ok(WELL),
            _ => ok("<html>Welkom</html>"),
        })
    }
}

type Rule = Arc<dyn Fn(&str) -> Act + Send + Sync>;

/// A site on a port of this machine.
pub struct Site {
    pub port: u16,
    pub connections: Arc<AtomicUsize>,
    pub requests: Arc<Mutex<Vec<String>>>,
}

impl Site {
    pub async fn start(rule: impl Fn(&str) -> Act + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let site = Self {
            port: listener.local_addr().unwrap().port(),
            connections: Arc::default(),
            requests: Arc::default(),
        };
        let (rule, connections, requests): (Rule, _, _) =
            (Arc::new(rule), site.connections.clone(), site.requests.clone());
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                connections.fetch_add(1, Ordering::Relaxed);
                tokio::spawn(serve_tcp(stream, rule.clone(), requests.clone()));
            }
        });
        site
    }

    pub fn url(&self) -> String {
        format!("http://acme.localhost:{}", self.port)
    }

    pub fn target(&self) -> Target {
        quick(&self.url())
    }

    pub fn connections(&self) -> usize {
        self.connections.load(Ordering::Relaxed)
    }

    pub fn requests(&self) -> Vec<String> {
        self.requests.lock().unwrap().clone()
    }
}

async fn serve_tcp(stream: TcpStream, rule: Rule, requests: Arc<Mutex<Vec<String>>>) {
    let stream = serve(stream, rule, requests).await;
    if let Some(stream) = stream {
        stream.set_zero_linger().unwrap();
    }
}

/// Serves until the connection is to end; gives it back when it is to be broken off.
pub async fn serve<S: AsyncRead + AsyncWrite + Unpin>(
    mut stream: S,
    rule: Rule,
    requests: Arc<Mutex<Vec<String>>>,
) -> Option<S> {
    while let Some(line) = request(&mut stream).await {
        requests.lock().unwrap().push(line.clone());
        match rule(&line) {
            Act::Answer(bytes) => stream.write_all(&bytes).await.ok()?,
            Act::AnswerAndClose(bytes) => {
                stream.write_all(&bytes).await.ok()?;
                stream.shutdown().await.ok();
                return None;
            }
            Act::Drip(bytes, size, pause) => {
                for piece in bytes.chunks(size) {
                    stream.write_all(piece).await.ok()?;
                    sleep(pause).await;
                }
            }
            Act::Late(pause, bytes) => {
                sleep(pause).await;
                stream.write_all(&bytes).await.ok()?;
            }
            Act::Silence => sleep(Duration::from_secs(3600)).await,
            Act::Reset => return Some(stream),
            Act::Close => return None,
        }
    }
    None
}

/// `GET /path` of the next request.
async fn request<S: AsyncRead + Unpin>(stream: &mut S) -> Option<String> {
    let mut text = Vec::new();
    while !text.ends_with(b"\r\n\r\n") {
        text.push(stream.read_u8().await.ok()?);
    }
    let text = String::from_utf8(text).unwrap();
    let mut words = text.split(' ');
    Some(format!("{} {}", words.next()?, words.next()?))
}

pub struct Now;

impl Clock for Now {
    fn now(&self) -> Instant {
        Instant::from_milliseconds(1_764_000_000_000)
    }
}

pub fn options() -> ProberOptions {
    ProberOptions {
        loopback_hosts: vec![".localhost".to_owned()],
        ..ProberOptions::default()
    }
}

pub fn prober() -> Prober {
    Prober::new(options(), Arc::new(Now))
}

/// A target whose limits are a tenth of the real ones.
pub fn quick(url: &str) -> Target {
    let mut target = Target::new(url).unwrap();
    target.limits = Limits {
        connect: Duration::from_millis(500),
        answer: Duration::from_millis(1000),
        overall: Duration::from_millis(1500),
        ..Limits::default()
    };
    target
}

/// What a look at such a site finds.
pub async fn look(rule: impl Fn(&str) -> Act + Send + Sync + 'static) -> Probe {
    let site = Site::start(rule).await;
    prober().check(&site.target()).await
}
