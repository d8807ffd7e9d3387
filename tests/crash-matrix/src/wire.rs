//! The wire between the functions and everything outside: it counts effects, and lets a fault strike one of them.

use std::{
    convert::Infallible,
    sync::{Arc, Mutex},
};

use http::{Request, Response, StatusCode, header, request::Parts};
use http_body_util::{BodyExt, Full};
use hyper::{
    body::{Bytes, Incoming},
    service::service_fn,
};
use hyper_util::rt::TokioIo;
use tokio::{net::TcpListener, sync::Notify};

use crate::{
    charge::{self, Charged},
    effect::{Side, effect},
};

/// How an effect is struck.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Mode {
    /// The process dies before the call has its effect.
    KilledBefore,
    /// The process dies after the effect, before it can record it.
    KilledAfter,
    /// 500, without effect.
    Error,
    /// 429, without effect.
    TooMany,
    /// The connection is lost before the effect: what a time-out looks like.
    TimedOut,
    /// The connection is lost after the effect.
    ResponseLost,
    /// After the effect, an answer that is none.
    Malformed,
    /// Refused for good, without effect.
    Refused,
}

impl Mode {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::KilledBefore,
        Self::KilledAfter,
        Self::Error,
        Self::TooMany,
        Self::TimedOut,
        Self::ResponseLost,
        Self::Malformed,
        Self::Refused,
    ];

    /// Has the call its effect all the same?
    pub const fn has_effect(self) -> bool {
        matches!(self, Self::KilledAfter | Self::ResponseLost | Self::Malformed)
    }
}

/// Which effect is struck.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Strike {
    /// The one at this place.
    At(usize, Mode),
    /// The first whose name holds this.
    Named(&'static str, Mode),
}

impl Strike {
    /// How it is struck.
    pub const fn mode(self) -> Mode {
        match self {
            Self::At(_, mode) | Self::Named(_, mode) => mode,
        }
    }

    fn hits(self, place: usize, name: &str) -> bool {
        match self {
            Self::At(at, _) => at == place,
            Self::Named(part, _) => name.contains(part),
        }
    }
}

#[derive(Default)]
struct State {
    armed: bool,
    strike: Option<Strike>,
    struck: Option<String>,
    effects: Vec<String>,
    messages: Vec<String>,
    storm: bool,
    throttled: bool,
    charged: Charged,
    refused: usize,
}

/// The wire. Clones share it.
#[derive(Clone, Default)]
pub struct Wire {
    state: Arc<Mutex<State>>,
    tape: Arc<Mutex<Vec<String>>>,
    killed: Arc<Notify>,
}

impl Wire {
    /// Listens for one side; gives the port.
    pub async fn listen(&self, side: Side, upstream: Upstream) -> u16 {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let wire = self.clone();
        tokio::spawn(async move {
            loop {
                let Ok((stream, _)) = listener.accept().await else {
                    return;
                };
                let (wire, upstream) = (wire.clone(), upstream.clone());
                tokio::spawn(async move {
                    let service = service_fn(move |request| {
                        let (wire, upstream) = (wire.clone(), upstream.clone());
                        async move { wire.pass(side, &upstream, request).await }
                    });
                    let connection = hyper::server::conn::http1::Builder::new();
                    let _ = connection.serve_connection(TokioIo::new(stream), service).await;
                });
            }
        });
        port
    }

    /// From now on effects are counted; the given one is struck.
    pub fn arm(&self, strike: Option<Strike>) {
        let mut state = self.state.lock().unwrap();
        *state = State {
            armed: true,
            strike,
            ..State::default()
        };
    }

    /// Counts no more; gives the effects that were seen, what was struck, and the messages that were sent.
    pub fn disarm(&self) -> (Vec<String>, Option<String>, Vec<String>) {
        let state = std::mem::take(&mut *self.state.lock().unwrap());
        (state.effects, state.struck, state.messages)
    }

    /// Ends when the process is to die.
    pub async fn killed(&self) {
        self.killed.notified().await;
    }

    /// Everything that was ever sent to AWS, but for what goes into secrets.
    pub fn tape(&self) -> Vec<String> {
        self.tape.lock().unwrap().clone()
    }

    fn record(&self, side: Side, parts: &Parts, body: &str) {
        let target = parts.headers.get("x-amz-target").and_then(|value| value.to_str().ok());
        if side == Side::Aws && !target.is_some_and(|target| target.starts_with("secretsmanager")) {
            self.tape.lock().unwrap().push(body.to_owned());
        }
    }

    /// While it lasts, every call to an outside service is answered 429.
    pub fn storm(&self, lasts: bool) {
        self.state.lock().unwrap().storm = lasts;
    }

    /// What DynamoDB has charged so far.
    pub fn charged(&self) -> Charged {
        self.state.lock().unwrap().charged
    }

    /// While it lasts, every call to AWS is told that there is no room for it.
    pub fn throttle(&self, lasts: bool) {
        self.state.lock().unwrap().throttled = lasts;
    }

    fn is_throttled(&self, side: Side) -> bool {
        self.state.lock().unwrap().throttled && side == Side::Aws
    }

    /// How many calls the storm has refused.
    pub fn refused(&self) -> usize {
        self.state.lock().unwrap().refused
    }

    fn is_refused(&self, side: Side) -> bool {
        let mut state = self.state.lock().unwrap();
        let refused = state.storm && side == Side::Outside;
        state.refused += usize::from(refused);
        refused
    }

    fn count(&self, name: Option<String>, body: &str) -> Option<Mode> {
        let mut state = self.state.lock().unwrap();
        if !state.armed {
            return None;
        }
        let name = name?;
        if name.ends_with("SendMessage") {
            state.messages.push(body.to_owned());
        }
        let place = state.effects.len();
        state.effects.push(name.clone());
        let strike = state.strike?;
        if state.struck.is_some() || !strike.hits(place, &name) {
            return None;
        }
        state.struck = Some(name);
        Some(strike.mode())
    }

    async fn pass(
        &self,
        side: Side,
        upstream: &Upstream,
        request: Request<Incoming>,
    ) -> Result<Response<Full<Bytes>>, Cut> {
        let (parts, body) = request.into_parts();
        let body = body.collect().await.map_err(|_| Cut)?.to_bytes();
        if self.is_refused(side) {
            return Ok(too_many());
        }
        if self.is_throttled(side) {
            return Ok(throttled());
        }
        let text = String::from_utf8_lossy(&body).into_owned();
        self.record(side, &parts, &text);
        let Some(mode) = self.count(effect(side, &parts, &text), &text) else {
            return self.call(upstream, parts, body).await;
        };
        match mode {
            Mode::KilledBefore => self.die().await,
            Mode::KilledAfter => {
                upstream.call(parts, body).await?;
                self.die().await
            }
            Mode::Error => Ok(answer(
                StatusCode::INTERNAL_SERVER_ERROR,
                "{\"error\":{\"code\":\"internal\"}}",
            )),
            Mode::TooMany if side == Side::Aws => Ok(throttled()),
            Mode::TooMany => Ok(too_many()),
            Mode::TimedOut => Err(Cut),
            Mode::ResponseLost => {
                upstream.call(parts, body).await?;
                Err(Cut)
            }
            Mode::Malformed => {
                upstream.call(parts, body).await?;
                Ok(answer(StatusCode::OK, "<html>Bad gateway</html>"))
            }
            Mode::Refused if side == Side::Aws => Ok(answer(
                StatusCode::BAD_REQUEST,
                "{\"__type\":\"com.amazonaws#AccessDeniedException\",\"message\":\"not authorized\"}",
            )),
            Mode::Refused => Ok(answer(
                StatusCode::FORBIDDEN,
                "{\"error\":{\"code\":\"forbidden\",\"message\":\"Not allowed\"}}",
            )),
        }
    }

    async fn call(&self, upstream: &Upstream, parts: Parts, body: Bytes) -> Result<Response<Full<Bytes>>, Cut> {
        let Some(call) = charge::call(&parts) else {
            return upstream.call(parts, body).await;
        };
        let response = upstream.call(parts, charge::asking(&body)).await?;
        let (head, body) = response.into_parts();
        let body = body.collect().await.map_err(|_| Cut)?.to_bytes();
        self.state.lock().unwrap().charged.add(&call, &body);
        Ok(Response::from_parts(head, Full::new(body)))
    }

    /// The process dies in the middle of its call: whoever waits for it is told, and the call never answers.
    async fn die(&self) -> ! {
        self.killed.notify_one();
        std::future::pending::<Infallible>().await;
        unreachable!("it waits for ever")
    }
}

/// The connection is dropped without an answer.
#[derive(Debug)]
pub struct Cut;

impl std::fmt::Display for Cut {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("the wire was cut")
    }
}

impl std::error::Error for Cut {}

/// Where a side leads to.
#[derive(Clone)]
pub struct Upstream {
    http: reqwest::Client,
    url: String,
}

impl Upstream {
    /// To an address.
    pub fn new(url: String) -> Self {
        let http = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .unwrap();
        Self { http, url }
    }

    async fn call(&self, parts: Parts, body: Bytes) -> Result<Response<Full<Bytes>>, Cut> {
        let path = parts.uri.path_and_query().map_or("/", |path| path.as_str());
        let mut headers = parts.headers;
        for hop in [header::CONNECTION, header::TRANSFER_ENCODING, header::CONTENT_LENGTH] {
            headers.remove(hop);
        }
        let sent = self
            .http
            .request(parts.method, format!("{}{path}", self.url))
            .headers(headers)
            .body(body)
            .send()
            .await;
        let received = sent.map_err(|_| Cut)?;
        let mut response = Response::builder().status(received.status());
        for (name, value) in received.headers() {
            if ![header::CONNECTION, header::TRANSFER_ENCODING, header::CONTENT_LENGTH].contains(name) {
                response = response.header(name, value);
            }
        }
        let body = received.bytes().await.map_err(|_| Cut)?;
        Ok(response.body(Full::new(body)).unwrap())
    }
}

fn answer(status: StatusCode, body: &'static str) -> Response<Full<Bytes>> {
    Response::builder()
        .status(status)
        .header(header::CONTENT_TYPE, "application/json")
        .body(Full::new(Bytes::from_static(body.as_bytes())))
        .unwrap()
}

fn throttled() -> Response<Full<Bytes>> {
    answer(
        StatusCode::BAD_REQUEST,
        "{\"__type\":\"com.amazonaws#ThrottlingException\",\"message\":\"Rate exceeded\"}",
    )
}

fn too_many() -> Response<Full<Bytes>> {
    let mut response = answer(StatusCode::TOO_MANY_REQUESTS, "{\"error\":{\"code\":\"rate_limited\"}}");
    response
        .headers_mut()
        .insert(header::RETRY_AFTER, http::HeaderValue::from_static("2"));
    response
}
