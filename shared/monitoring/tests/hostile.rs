//! Sites that answer badly, slowly, endlessly or not at all: each is a finding, in time.
#![allow(
    clippy::panic,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    missing_docs,
    reason = "tests"
)]

mod support;

use std::time::{Duration, Instant};

use domain::monitoring::{Claim, Critical, Failure, Finding, Known, Probe, Thresholds, judge};
use support::{Act, Site, WELL, answer, but, head, look, ok, prober, quick};

fn verdict(probe: &Probe) -> Finding {
    judge(probe, &Thresholds::default(), Known::default())
}

fn health(probe: &Probe) -> Result<u16, Failure> {
    probe
        .health
        .as_ref()
        .unwrap()
        .as_ref()
        .map(|answer| answer.status)
        .map_err(|failure| *failure)
}

/// Only `/api/health` is special.
fn at_health(act: Act) -> impl Fn(&str) -> Act + Send + Sync + 'static {
    but(move |line| (line == "GET /api/health").then(|| act.clone()))
}

/// Only the front page is special.
fn at_front(act: Act) -> impl Fn(&str) -> Act + Send + Sync + 'static {
    but(move |line| line.ends_with(" /").then(|| act.clone()))
}

#[tokio::test]
async fn a_well_site_is_well_over_one_connection() {
    let site = Site::start(but(|_| None)).await;
    let probe = prober().check(&site.target()).await;
    assert_eq!(verdict(&probe), Finding::Healthy);
    assert_eq!(site.requests(), ["HEAD /", "GET /api/health"]);
    assert_eq!(site.connections(), 1);
    let facts = probe.health.unwrap().unwrap().facts.unwrap();
    assert_eq!(
        (facts.status, facts.version.as_deref()),
        (Some(Claim::Ok), Some("1.4.0"))
    );
    assert!(probe.timings.connect_ms.is_some() && probe.timings.first_byte_ms.is_some());
    assert_eq!((probe.timings.tls_ms, probe.certificate_expires_at), (None, None));
}

#[tokio::test]
async fn a_site_that_closes_after_each_answer_is_well_too() {
    let site = Site::start(|line: &str| match line {
        "HEAD /" => Act::AnswerAndClose(b"HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 9\r\n\r\n".to_vec()),
        // Without a length: the end of the connection is the end of the body.
        _ => Act::AnswerAndClose(format!("HTTP/1.0 200 OK\r\n\r\n{WELL}").into_bytes()),
    })
    .await;
    assert_eq!(verdict(&prober().check(&site.target()).await), Finding::Healthy);
    assert_eq!(site.connections(), 2);
    // It says nothing of closing, and does.
    let site = Site::start(but(|line| {
        (line == "HEAD /").then(|| Act::AnswerAndClose(answer("200 OK", "", "")))
    }))
    .await;
    assert_eq!(verdict(&prober().check(&site.target()).await), Finding::Healthy);
}

#[tokio::test]
async fn wrong_json_and_html() {
    for body in [
        "",
        "{",
        "[]",
        "null",
        r#"{"hello":"world"}"#,
        "<html>502</html>",
        "\u{0}\u{1}",
    ] {
        let probe = look(at_health(ok(body))).await;
        assert_eq!(verdict(&probe), Finding::Critical(Critical::HealthUnreadable), "{body}");
    }
    let page = Act::Answer(answer(
        "500 Internal Server Error",
        "content-type: text/html\r\n",
        "<html>oops</html>",
    ));
    assert_eq!(
        verdict(&look(at_health(page)).await),
        Finding::Critical(Critical::HealthStatus(500))
    );
}

#[tokio::test]
async fn ten_megabytes_are_not_read() {
    let mut huge = b"HTTP/1.1 200 OK\r\ncontent-length: 10485760\r\n\r\n".to_vec();
    huge.resize(10 * 1024 * 1024, b' ');
    let probe = look(at_health(Act::Answer(huge.clone()))).await;
    assert_eq!(health(&probe), Err(Failure::TooLarge));
    let mut chunked = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n".to_vec();
    (0..200).for_each(|_| chunked.extend(format!("400\r\n{:1024}\r\n", "").bytes()));
    assert_eq!(
        health(&look(at_health(Act::Answer(chunked))).await),
        Err(Failure::TooLarge)
    );
    // A body where HEAD allows none is not taken for the next answer.
    let probe = look(at_front(Act::Answer(huge))).await;
    assert_eq!(verdict(&probe), Finding::Healthy);
    // Neither is a head without end.
    let endless = format!("HTTP/1.1 200 OK\r\nx: {}\r\n\r\n", "y".repeat(100_000));
    let probe = look(at_front(Act::Answer(endless.into_bytes()))).await;
    assert_eq!(probe.front, Err(Failure::TooLarge));
    let many = format!("HTTP/1.1 200 OK\r\n{}\r\n", "x: y\r\n".repeat(4000));
    let probe = look(at_front(Act::Answer(many.into_bytes()))).await;
    assert_eq!(probe.front, Err(Failure::TooLarge));
}

#[tokio::test]
async fn one_byte_at_a_time_ends_in_time() {
    let drip = |text: &str| Act::Drip(text.as_bytes().to_vec(), 1, Duration::from_millis(100));
    let started = Instant::now();
    let probe = look(at_front(drip("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n"))).await;
    assert_eq!(probe.front, Err(Failure::Timeout));
    let dripping = format!("HTTP/1.1 200 OK\r\ncontent-length: 500\r\n\r\n{WELL}");
    let probe = look(at_health(drip(&dripping))).await;
    assert_eq!(health(&probe), Err(Failure::Timeout));
    assert!(started.elapsed() < Duration::from_secs(3), "{:?}", started.elapsed());
}

#[tokio::test]
async fn a_site_that_does_not_answer_ends_in_time() {
    let started = Instant::now();
    let probe = look(at_front(Act::Silence)).await;
    assert_eq!((probe.front, probe.health.clone()), (Err(Failure::Timeout), None));
    assert!(probe.timings.total_ms >= 990, "{:?}", probe.timings);
    let probe = look(at_health(Act::Silence)).await;
    assert_eq!(health(&probe), Err(Failure::Timeout));
    // Both answers within their own limits and beyond the whole one: what came in time counts.
    let late = Act::Late(Duration::from_millis(900), answer("200 OK", "", ""));
    let probe = look(but(move |_| Some(late.clone()))).await;
    assert!(probe.front.is_ok());
    assert_eq!(health(&probe), Err(Failure::Timeout));
    assert!(
        (850..1000).contains(&probe.timings.total_ms),
        "of the front page only: {:?}",
        probe.timings
    );
    assert!(started.elapsed() < Duration::from_secs(5), "{:?}", started.elapsed());
}

#[tokio::test]
async fn refused_reset_and_closed() {
    let closed = std::net::TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port();
    let probe = prober().check(&quick(&format!("http://acme.localhost:{closed}"))).await;
    assert_eq!(probe.front, Err(Failure::Refused));
    assert_eq!(look(at_front(Act::Reset)).await.front, Err(Failure::Reset));
    assert_eq!(look(at_front(Act::Close)).await.front, Err(Failure::Reset));
    assert_eq!(health(&look(at_health(Act::Reset)).await), Err(Failure::Reset));
    let half = Act::AnswerAndClose(b"HTTP/1.1 200 OK\r\ncontent-length: 500\r\n\r\n{\"status\":".to_vec());
    assert_eq!(health(&look(at_health(half)).await), Err(Failure::Reset));
}

#[tokio::test]
async fn what_is_not_http_1() {
    let settings = [b"\0\0\x12\x04\0\0\0\0\0".as_slice(), &[0; 18]].concat();
    for noise in [
        settings,
        b"SSH-2.0-OpenSSH_9.6\r\n\r\n".to_vec(),
        vec![0xff; 500],
        b"HTTP/9.9 200 OK\r\n\r\n".to_vec(),
    ] {
        let probe = look(at_front(Act::AnswerAndClose(noise.clone()))).await;
        assert_eq!(probe.front, Err(Failure::NotHttp), "{noise:?}");
    }
    // Interim answers are passed over; an upgrade that nobody asked for is no answer.
    let hints = Act::Answer(
        b"HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n".to_vec(),
    );
    assert_eq!(verdict(&look(at_front(hints)).await), Finding::Healthy);
    let upgrade =
        Act::Answer(b"HTTP/1.1 101 Switching Protocols\r\nupgrade: h2c\r\nconnection: upgrade\r\n\r\n".to_vec());
    assert!(matches!(verdict(&look(at_front(upgrade)).await), Finding::Critical(_)));
}

#[tokio::test]
async fn redirects_are_followed_on_the_site_and_nowhere_else() {
    let to = |location: &str| head("302 Found", &format!("location: {location}\r\n"));
    let moved = to("/nl");
    let probe = look(but(move |line| match line {
        "HEAD /" => Some(moved.clone()),
        "HEAD /nl" => Some(head("200 OK", "")),
        _ => None,
    }))
    .await;
    assert_eq!((verdict(&probe), probe.front.unwrap().redirects), (Finding::Healthy, 1));
    for away in [
        "https://evil.example/",
        "http://169.254.169.254/latest/",
        "//evil.example",
        "http://evil.localhost:1/",
        "ftp://x/",
    ] {
        let probe = look(at_front(to(away))).await;
        assert_eq!(probe.front, Err(Failure::RedirectOffSite), "{away}");
    }
    let site = Site::start(at_front(to("/"))).await;
    assert_eq!(
        prober().check(&site.target()).await.front,
        Err(Failure::TooManyRedirects)
    );
    assert_eq!(site.requests().len(), 6, "the first and five more");
    let nowhere = look(at_front(head("302 Found", ""))).await;
    assert_eq!(verdict(&nowhere), Finding::Critical(Critical::FrontPage(302)));
    let probe = look(at_health(Act::Answer(answer(
        "302 Found",
        "location: https://evil.example\r\n",
        "",
    ))))
    .await;
    assert_eq!(health(&probe), Err(Failure::RedirectOffSite));
}

#[tokio::test]
async fn head_that_is_not_allowed_is_asked_again_as_get() {
    let site = Site::start(but(|line| {
        (line == "HEAD /").then(|| head("405 Method Not Allowed", ""))
    }))
    .await;
    let probe = prober().check(&site.target()).await;
    assert_eq!(verdict(&probe), Finding::Healthy);
    assert!(probe.front.unwrap().by_get);
    assert_eq!(site.requests(), ["HEAD /", "GET /", "GET /api/health"]);
    let neither = look(at_front(Act::Answer(answer("405 Method Not Allowed", "", "")))).await;
    assert_eq!(verdict(&neither), Finding::Critical(Critical::FrontPage(405)));
}

#[tokio::test]
async fn every_status_reaches_the_verdict() {
    for status in [401, 403, 404, 410, 500, 503] {
        let probe = look(at_front(head(&format!("{status} No"), ""))).await;
        assert_eq!(verdict(&probe), Finding::Critical(Critical::FrontPage(status)));
    }
    let limited = look(at_front(head("429 Too Many Requests", "retry-after: 5\r\n"))).await;
    assert!(matches!(verdict(&limited), Finding::Warning(_)));
}

#[tokio::test]
async fn a_canary_is_only_reached() {
    let site = Site::start(but(|line| (line == "HEAD /").then(|| head("404 Not Found", "")))).await;
    assert_eq!(prober().reach(&site.target()).await, Ok(404));
    assert_eq!(site.requests(), ["HEAD /"]);
    let silent = Site::start(|_: &str| Act::Silence).await;
    assert_eq!(prober().reach(&silent.target()).await, Err(Failure::Timeout));
}
