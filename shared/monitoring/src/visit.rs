//! One check from its first look-up to its last answer.

use std::{net::SocketAddr, time::Instant};

use domain::monitoring::{Condition, ConditionResult, Failure, FrontPage, HealthAnswer, HealthFacts};
use http::{
    HeaderValue, Method, Request, Uri,
    header::{ACCEPT, HOST, USER_AGENT},
};
use http_body_util::Empty;
use hyper::body::Bytes;
use serde_json::Value;
use tokio::time::timeout;
use tokio_rustls::TlsConnector;

use crate::{
    dial::dial,
    exchange::{Exchange, Reply, Wanted},
    notes::Notes,
    resolve::{Guard, Resolver},
    target::{Origin, Target},
};

const AGENT: HeaderValue = HeaderValue::from_static("tenantry-monitor/1 (health check)");
const ANYTHING: HeaderValue = HeaderValue::from_static("*/*");

/// What a check needs from the prober.
pub(crate) struct Means<'a> {
    pub(crate) guard: &'a Guard,
    pub(crate) resolver: &'a dyn Resolver,
    pub(crate) tls: Option<&'a TlsConnector>,
}

pub(crate) struct Visit<'a> {
    means: Means<'a>,
    target: &'a Target,
    notes: &'a mut Notes,
    /// Where redirects on the site have led.
    origin: Origin,
    exchange: Option<Exchange>,
    /// Each host is looked up once: a name that means something else the next time gains nothing by it.
    known: Vec<(String, Vec<SocketAddr>)>,
}

impl<'a> Visit<'a> {
    pub(crate) fn new(means: Means<'a>, target: &'a Target, notes: &'a mut Notes) -> Self {
        Self {
            means,
            target,
            notes,
            origin: target.origin.clone(),
            exchange: None,
            known: Vec::new(),
        }
    }

    pub(crate) async fn run(mut self) {
        let front = self.front_page().await;
        let reached = front.is_ok();
        self.notes.front(front);
        if reached {
            let health = self.health().await;
            self.notes.health(health);
        }
    }

    pub(crate) async fn front_page_only(mut self) -> Result<FrontPage, Failure> {
        self.front_page().await
    }

    async fn front_page(&mut self) -> Result<FrontPage, Failure> {
        let condition = self.target.condition.as_ref();
        let keyword = condition.filter(|condition| condition.reads_front_page());
        if condition.is_some() {
            self.notes.condition = Some(ConditionResult::Unknown);
        }
        let path = self.target.path.clone();
        let (mut by_get, wanted) = match keyword {
            Some(_) => (true, Wanted::UpTo(self.target.limits.body)),
            None => (false, Wanted::Nothing),
        };
        let method = if by_get { Method::GET } else { Method::HEAD };
        let (mut reply, mut redirects) = self.fetch(&method, &path, wanted).await?;
        // A site that knows no HEAD is asked in the way that every site knows.
        if !by_get && matches!(reply.status.as_u16(), 405 | 501) {
            by_get = true;
            (reply, redirects) = self.fetch(&Method::GET, &path, wanted).await?;
        }
        if let Some(keyword) = keyword.filter(|_| reply.status.is_success()) {
            self.notes.condition = Some(keyword.of_front_page(&reply.body, reply.whole));
        }
        Ok(FrontPage {
            status: reply.status.as_u16(),
            by_get,
            redirects,
        })
    }

    async fn health(&mut self) -> Result<HealthAnswer, Failure> {
        let path = Uri::from_static("/api/health");
        let wanted = Wanted::UpTo(self.target.limits.body);
        let (reply, _) = self.fetch(&Method::GET, &path, wanted).await?;
        if !reply.whole {
            return Err(Failure::TooLarge);
        }
        let body: Option<Value> = serde_json::from_slice(&reply.body).ok();
        if let (Some(condition @ Condition::Json { .. }), Some(body)) = (&self.target.condition, &body) {
            self.notes.condition = Some(condition.of_health(body));
        }
        Ok(HealthAnswer {
            status: reply.status.as_u16(),
            facts: body.as_ref().and_then(HealthFacts::of),
        })
    }

    /// The answer at the end of all redirects, and how many there were.
    async fn fetch(&mut self, method: &Method, path: &Uri, wanted: Wanted) -> Result<(Reply, u8), Failure> {
        let mut path = path.clone();
        for redirects in 0..=self.target.limits.redirects {
            let reply = self.ask(method, &path, wanted).await?;
            let Some(location) = &reply.location else {
                return Ok((reply, redirects));
            };
            let (origin, next) = self
                .origin
                .redirected(&path, location)
                .ok_or(Failure::RedirectOffSite)?;
            if !self.target.origin.is_same_site(&origin) {
                return Err(Failure::RedirectOffSite);
            }
            if origin != self.origin {
                self.exchange = None;
                self.origin = origin;
            }
            path = next;
        }
        Err(Failure::TooManyRedirects)
    }

    /// One request and its answer, over the connection that there is or a new one.
    async fn ask(&mut self, method: &Method, path: &Uri, wanted: Wanted) -> Result<Reply, Failure> {
        let kept = self.exchange.take().filter(Exchange::is_usable);
        if let Some(mut exchange) = kept {
            match self.ask_over(&mut exchange, method, path, wanted).await {
                // The site had closed it in the meantime, as it may, or has sent a body where HEAD allows none.
                Err(Failure::Reset | Failure::NotHttp) => {}
                answer => {
                    self.exchange = Some(exchange);
                    return answer;
                }
            }
        }
        let mut exchange = self.connect().await?;
        let answer = self.ask_over(&mut exchange, method, path, wanted).await;
        self.exchange = Some(exchange);
        answer
    }

    async fn ask_over(
        &mut self,
        exchange: &mut Exchange,
        method: &Method,
        path: &Uri,
        wanted: Wanted,
    ) -> Result<Reply, Failure> {
        let mut request = Request::new(Empty::<Bytes>::new());
        *request.method_mut() = method.clone();
        *request.uri_mut() = path.clone();
        let headers = request.headers_mut();
        headers.insert(HOST, self.origin.authority.clone());
        headers.insert(USER_AGENT, AGENT);
        headers.insert(ACCEPT, ANYTHING);
        let answer = timeout(self.target.limits.answer, exchange.ask(request, wanted)).await;
        let reply = answer.map_err(|_| Failure::Timeout)??;
        self.notes.first_byte.set(reply.first_byte);
        Ok(reply)
    }

    async fn connect(&mut self) -> Result<Exchange, Failure> {
        let addresses = self.look_up().await?;
        let limit = self.target.limits.connect;
        let stream = dial(self.means.tls, &self.origin, &addresses, limit, self.notes).await?;
        Exchange::over(stream).await
    }

    /// Where a connection to the origin may go. What is known of its host stays; its port is looked at each time.
    async fn look_up(&mut self) -> Result<Vec<SocketAddr>, Failure> {
        if let Some((_, known)) = self.known.iter().find(|(host, _)| *host == self.origin.host) {
            self.means.guard.port(&self.origin)?;
            let at = |known: &SocketAddr| SocketAddr::new(known.ip(), self.origin.port);
            return Ok(known.iter().map(at).collect());
        }
        let started = Instant::now();
        let looking = self.means.guard.addresses(self.means.resolver, &self.origin);
        let found = timeout(self.target.limits.connect, looking).await;
        self.notes.dns.add(started.elapsed());
        let found = found.map_err(|_| Failure::Dns)??;
        self.known.push((self.origin.host.clone(), found.clone()));
        Ok(found)
    }
}

#[cfg(test)]
mod tests {
    use std::{
        net::{IpAddr, Ipv4Addr},
        sync::atomic::{AtomicUsize, Ordering},
    };

    use super::*;
    use crate::resolve::Resolving;

    /// A public address at first, the cloud's metadata from then on.
    #[derive(Default)]
    struct Rebinding(AtomicUsize);

    impl Resolver for Rebinding {
        fn resolve<'a>(&'a self, _: &'a str) -> Resolving<'a> {
            let asked = self.0.fetch_add(1, Ordering::Relaxed);
            let address = if asked == 0 {
                Ipv4Addr::new(76, 76, 21, 21)
            } else {
                Ipv4Addr::new(169, 254, 169, 254)
            };
            Box::pin(async move { Ok(vec![IpAddr::V4(address)]) })
        }
    }

    #[tokio::test]
    async fn a_name_that_changes_its_mind_gains_nothing() {
        let (guard, resolver) = (
            Guard {
                loopback_hosts: Vec::new(),
            },
            Rebinding::default(),
        );
        let target = Target::new("http://acme.example").unwrap();
        let mut notes = Notes::new();
        let means = Means {
            guard: &guard,
            resolver: &resolver,
            tls: None,
        };
        let mut visit = Visit::new(means, &target, &mut notes);
        let address = SocketAddr::new(IpAddr::V4(Ipv4Addr::new(76, 76, 21, 21)), 80);
        for _ in 0..3 {
            assert_eq!(visit.look_up().await, Ok(vec![address]));
        }
        assert_eq!(resolver.0.load(Ordering::Relaxed), 1, "looked up once");
        // The next hop is another name: it is looked up, and refused.
        visit.origin = Target::new("http://www.acme.example").unwrap().origin;
        assert_eq!(visit.look_up().await, Err(Failure::BlockedAddress));
        // Another port of a name that is known is refused too.
        visit.origin = Target::new("http://acme.example:22").unwrap().origin;
        assert_eq!(visit.look_up().await, Err(Failure::BlockedPort));
    }
}
