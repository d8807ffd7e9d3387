//! What goes over the wire, and what the answers mean; against a server of the test's own.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may fail loudly")]

use std::time::Duration;

use domain::{Instant, channel::ThisMachine};
use notify::{Language, Outside, PagerDuty, SendError, Slack, Telling, Twilio, Webhook, signature};
use secrecy::SecretString;
use serde_json::Value;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
    task::JoinHandle,
};

const MARKER: &str = "s3cr3tmarker";

/// A server that takes one request, gives this answer, and tells what it got.
async fn server(answer: &'static str) -> (String, JoinHandle<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    let task = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut got = Vec::new();
        let mut buffer = [0_u8; 65536];
        loop {
            let count = stream.read(&mut buffer).await.unwrap();
            got.extend_from_slice(&buffer[..count]);
            let text = String::from_utf8_lossy(&got).into_owned();
            let length = text
                .to_ascii_lowercase()
                .split_once("content-length: ")
                .and_then(|(_, rest)| rest.split_once("\r\n")?.0.parse::<usize>().ok());
            let body = text.split_once("\r\n\r\n").map(|(_, body)| body.len());
            if body.is_some() && body >= length {
                stream.write_all(answer.as_bytes()).await.unwrap();
                return text;
            }
        }
    });
    (base, task)
}

fn outside() -> Outside {
    Outside::new(ThisMachine::new(Some(".localhost".to_owned()))).unwrap()
}

fn telling() -> Telling {
    Telling::test(
        "test-1",
        "On call",
        Instant::from_milliseconds(1_795_508_789_123),
        Language::En,
    )
}

async fn to_slack(answer: &'static str) -> (Result<(), SendError>, String) {
    let (base, got) = server(answer).await;
    let webhook = SecretString::from(format!("https://hooks.slack.com/services/T0/B0/{MARKER}"));
    let slack = Slack {
        base: &base,
        webhook: &webhook,
    };
    let sent = slack.send(&outside(), &telling()).await;
    (sent, got.await.unwrap())
}

async fn to_webhook(answer: &'static str) -> Result<(), SendError> {
    let (base, _) = server(answer).await;
    let secret = SecretString::from("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
    let webhook = Webhook {
        url: &base,
        secrets: &[&secret],
    };
    webhook
        .send(&outside(), &telling(), Instant::from_milliseconds(0))
        .await
}

#[tokio::test]
async fn slack_is_reached_at_the_path_of_its_secret() {
    let (sent, got) = to_slack("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok").await;
    assert_eq!(sent, Ok(()));
    assert!(
        got.starts_with(&format!("POST /services/T0/B0/{MARKER} HTTP/1.1\r\n")),
        "{got}"
    );
    let (_, body) = got.split_once("\r\n\r\n").unwrap();
    let body: Value = serde_json::from_str(body).unwrap();
    assert!(body["text"].as_str().unwrap().ends_with("\ntest-1"));
}

#[tokio::test]
async fn an_answer_says_whether_trying_again_can_help() {
    for (answer, passes, retryable, pause) in [
        ("HTTP/1.1 500 x\r\ncontent-length: 0\r\n\r\n", true, true, None),
        (
            "HTTP/1.1 429 x\r\nretry-after: 7\r\ncontent-length: 0\r\n\r\n",
            true,
            true,
            Some(7),
        ),
        (
            "HTTP/1.1 404 x\r\ncontent-length: 10\r\n\r\nno_service",
            false,
            false,
            None,
        ),
        ("HTTP/1.1 401 x\r\ncontent-length: 0\r\n\r\n", false, true, None),
        // Nobody is led elsewhere.
        (
            "HTTP/1.1 302 x\r\nlocation: http://127.0.0.1:1/\r\ncontent-length: 0\r\n\r\n",
            false,
            false,
            None,
        ),
    ] {
        let error = to_slack(answer).await.0.unwrap_err();
        assert_eq!((error.passes(), error.retryable()), (passes, retryable), "{error}");
        assert_eq!(error.retry_after(), pause.map(Duration::from_secs), "{error}");
        assert!(!format!("{error} {error:?}").contains(MARKER), "{error:?}");
    }
    let lost = to_slack("").await.0.unwrap_err();
    assert!(lost.passes() && lost.unsure(), "{lost:?}");
    assert!(!format!("{lost:?}").contains(MARKER));
    let gone = to_webhook("HTTP/1.1 410 x\r\ncontent-length: 0\r\n\r\n")
        .await
        .unwrap_err();
    assert!(!gone.retryable(), "{gone}");
    let absent = to_webhook("HTTP/1.1 404 x\r\ncontent-length: 0\r\n\r\n")
        .await
        .unwrap_err();
    assert!(absent.passes(), "{absent}");
}

#[tokio::test]
async fn pagerduty_and_twilio_get_what_they_want() {
    let key = SecretString::from(MARKER);
    let (base, got) = server("HTTP/1.1 202 x\r\ncontent-length: 0\r\n\r\n").await;
    let pagerduty = PagerDuty {
        base: &base,
        routing_key: &key,
        source: "https://platform.jouwbedrijf.nl",
    };
    pagerduty.send(&outside(), &telling()).await.unwrap();
    let got = got.await.unwrap();
    let event: Value = serde_json::from_str(got.split_once("\r\n\r\n").unwrap().1).unwrap();
    assert!(got.starts_with("POST /v2/enqueue "));
    assert_eq!(
        (event["routing_key"].as_str(), event["dedup_key"].as_str()),
        (Some(MARKER), Some("test-1"))
    );

    let (base, got) = server("HTTP/1.1 201 x\r\ncontent-length: 0\r\n\r\n").await;
    let account = SecretString::from("AC1");
    let twilio = Twilio {
        base: &base,
        account_sid: &account,
        auth_token: &key,
    };
    twilio
        .send(&outside(), "+31201234567", "+31612345678", &telling())
        .await
        .unwrap();
    let got = got.await.unwrap();
    assert!(got.starts_with("POST /2010-04-01/Accounts/AC1/Messages.json "));
    assert!(got.to_lowercase().contains("authorization: basic "));
    assert!(got.contains("From=%2B31201234567&To=%2B31612345678&Body=TEST"), "{got}");

    let (base, _) = server("HTTP/1.1 400 x\r\ncontent-length: 14\r\n\r\n{\"code\":21211}").await;
    let twilio = Twilio { base: &base, ..twilio };
    let error = twilio
        .send(&outside(), "+31201234567", "+3", &telling())
        .await
        .unwrap_err();
    assert_eq!(error.to_string(), "Twilio refuses it for good: HTTP 400 21211");
    assert!(!error.retryable());
}

#[tokio::test]
async fn a_webhook_is_signed_with_every_valid_secret_and_goes_to_no_private_address() {
    let (base, got) = server("HTTP/1.1 204 x\r\n\r\n").await;
    let new = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    let old = "whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
    let (first, second) = (SecretString::from(new), SecretString::from(old));
    let now = Instant::from_milliseconds(1_795_508_789_123);
    let webhook = Webhook {
        url: &base,
        secrets: &[&first, &second],
    };
    webhook.send(&outside(), &telling(), now).await.unwrap();
    let got = got.await.unwrap();
    let (head, body) = got.split_once("\r\n\r\n").unwrap();
    for secret in [new, old] {
        let signed = signature(secret, "test-1", 1_795_508_789, body).unwrap();
        assert!(head.contains(&signed), "{head}");
    }
    assert!(
        head.contains("webhook-id: test-1") && head.contains("webhook-timestamp: 1795508789"),
        "{head}"
    );
    // Without the local stack's exception nothing is sent there.
    let nowhere = Outside::new(ThisMachine::default()).unwrap();
    for url in [
        base.as_str(),
        "https://169.254.169.254/",
        "https://[::1]/",
        "https://localhost.example.localhost/",
    ] {
        let webhook = Webhook {
            url,
            secrets: &[&first],
        };
        let error = webhook.send(&nowhere, &telling(), now).await.unwrap_err();
        assert!(!error.unsure(), "{url}: {error:?}");
    }
}
