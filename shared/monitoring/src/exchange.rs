//! Requests and answers over one connection.

use std::{
    future::{Future, poll_fn},
    pin::{Pin, pin},
    task::Poll,
    time::{Duration, Instant},
};

use domain::monitoring::Failure;
use http::{Request, StatusCode, header::LOCATION};
use http_body_util::{BodyExt as _, Empty};
use hyper::{
    body::{Bytes, Incoming},
    client::conn::http1::{Builder, Connection, SendRequest},
};
use hyper_util::rt::TokioIo;

use crate::{dial::Stream, failure};

/// The head of an answer, and what is read at once, are not larger.
const LARGEST_HEAD: usize = 32 * 1024;

type Body = Empty<Bytes>;
/// `None` when it has ended.
type Driven = Option<Pin<Box<Connection<TokioIo<Stream>, Body>>>>;

/// How much of an answer's body is wanted.
#[derive(Clone, Copy)]
pub(crate) enum Wanted {
    Nothing,
    UpTo(usize),
}

/// An answer.
pub(crate) struct Reply {
    pub(crate) status: StatusCode,
    /// Where it redirects to.
    pub(crate) location: Option<String>,
    pub(crate) body: Vec<u8>,
    /// The body was read to its end.
    pub(crate) whole: bool,
    /// From the request to the answer's head.
    pub(crate) first_byte: Duration,
}

/// One connection. It is driven by whoever waits for an answer: no task of its own, nothing left behind.
pub(crate) struct Exchange {
    sender: SendRequest<Body>,
    connection: Driven,
    usable: bool,
}

impl Exchange {
    pub(crate) async fn over(stream: Stream) -> Result<Self, Failure> {
        let mut builder = Builder::new();
        builder.max_buf_size(LARGEST_HEAD);
        let (sender, connection) = builder
            .handshake(TokioIo::new(stream))
            .await
            .map_err(|error| failure::of_exchange(&error))?;
        Ok(Self {
            sender,
            connection: Some(Box::pin(connection)),
            usable: true,
        })
    }

    /// Can another request go over it?
    pub(crate) const fn is_usable(&self) -> bool {
        self.usable
    }

    pub(crate) async fn ask(&mut self, request: Request<Body>, wanted: Wanted) -> Result<Reply, Failure> {
        self.usable = false;
        let started = Instant::now();
        let answering = self.sender.send_request(request);
        let answer = drive(&mut self.connection, answering).await;
        let answer = answer.map_err(|error| failure::of_exchange(&error))?;
        let mut reply = Reply {
            status: answer.status(),
            location: location(&answer),
            body: Vec::new(),
            whole: true,
            first_byte: started.elapsed(),
        };
        let body = answer.into_body();
        let reading = read(body, wanted, &mut reply);
        drive(&mut self.connection, reading).await?;
        if reply.whole {
            self.usable = drive(&mut self.connection, self.sender.ready()).await.is_ok();
        }
        Ok(reply)
    }
}

fn location(answer: &http::Response<Incoming>) -> Option<String> {
    let redirects = matches!(answer.status().as_u16(), 301 | 302 | 303 | 307 | 308);
    let location = answer.headers().get(LOCATION).filter(|_| redirects)?;
    Some(String::from_utf8_lossy(location.as_bytes()).into_owned())
}

async fn read(mut body: Incoming, wanted: Wanted, reply: &mut Reply) -> Result<(), Failure> {
    let most = match wanted {
        Wanted::UpTo(most) => most,
        Wanted::Nothing => {
            reply.whole = hyper::body::Body::is_end_stream(&body);
            return Ok(());
        }
    };
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|error| failure::of_exchange(&error))?;
        if let Some(data) = frame.data_ref() {
            let room = most - reply.body.len();
            reply.body.extend_from_slice(data.get(..room).unwrap_or(data));
            if data.len() > room {
                reply.whole = false;
                return Ok(());
            }
        }
    }
    Ok(())
}

/// Lets the connection work while something waits for it.
async fn drive<T>(connection: &mut Driven, waiting: impl Future<Output = T>) -> T {
    let mut waiting = pin!(waiting);
    poll_fn(|context| {
        if let Poll::Ready(done) = waiting.as_mut().poll(context) {
            return Poll::Ready(done);
        }
        // How the connection ended, whoever waits hears from it too.
        let ended = connection
            .as_mut()
            .is_some_and(|one| one.as_mut().poll(context).is_ready());
        if ended {
            *connection = None;
        }
        waiting.as_mut().poll(context)
    })
    .await
}
