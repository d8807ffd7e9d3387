//! What SES answers, and what becomes of it: the real client against a server that answers once.

#![allow(clippy::unwrap_used)]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::thread::JoinHandle;

use aws_sdk_ses::Client;
use aws_sdk_ses::config::{BehaviorVersion, Config, Credentials, Region};
use notify::{Language, Mail, MailError, Mailer, Rejection, WelcomeMail};
use secrecy::SecretString;

fn mail() -> Mail {
    WelcomeMail {
        client_name: "Acme & Zonen €",
        site_url: "https://acme.jouwplatform.nl",
        admin_url: "https://acme.jouwplatform.nl/admin",
        sign_in_name: "admin@acme.com",
        first_password: &SecretString::from("marker-password"),
        language: Language::Nl,
    }
    .addressed_to("contact@acme.com")
}

fn mailer(endpoint: &str) -> Mailer {
    let config = Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("eu-west-1"))
        .credentials_provider(Credentials::new("id", "secret", None, None, "test"))
        .endpoint_url(endpoint)
        .build();
    Mailer::new(Client::from_conf(config), "platform@jouwplatform.nl".to_owned())
}

/// A server for one request; its thread ends with the request's body.
fn answering(status: u16, body: String) -> (String, JoinHandle<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    let server = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut reader = BufReader::new(stream.try_clone().unwrap());
        let mut length = 0;
        loop {
            let mut line = String::new();
            reader.read_line(&mut line).unwrap();
            if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
                length = value.trim().parse().unwrap();
            }
            if line.trim().is_empty() {
                break;
            }
        }
        let mut request = vec![0; length];
        reader.read_exact(&mut request).unwrap();
        let head = format!(
            "HTTP/1.1 {status} Any\r\ncontent-type: text/xml\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
            body.len()
        );
        stream.write_all(head.as_bytes()).unwrap();
        stream.write_all(body.as_bytes()).unwrap();
        String::from_utf8(request).unwrap()
    });
    (endpoint, server)
}

fn error(code: &str, message: &str) -> String {
    format!(
        r#"<ErrorResponse xmlns="http://ses.amazonaws.com/doc/2010-12-01/"><Error><Type>Sender</Type><Code>{code}</Code><Message>{message}</Message></Error><RequestId>r</RequestId></ErrorResponse>"#
    )
}

async fn answer_to(status: u16, body: String) -> MailError {
    let (endpoint, server) = answering(status, body);
    let error = mailer(&endpoint).send(&mail()).await.unwrap_err();
    server.join().unwrap();
    for shown in [error.to_string(), format!("{error:?}")] {
        assert!(!shown.contains('@') && !shown.contains("marker-password"), "{shown}");
    }
    assert!(
        std::error::Error::source(&error).is_none(),
        "SES repeats addresses in its messages"
    );
    error
}

#[tokio::test]
async fn an_accepted_mail_has_the_id_that_ses_gave_it() {
    let accepted = r#"<SendEmailResponse xmlns="http://ses.amazonaws.com/doc/2010-12-01/"><SendEmailResult><MessageId>0100-abc</MessageId></SendEmailResult></SendEmailResponse>"#;
    let (endpoint, server) = answering(200, accepted.to_owned());
    let id = mailer(&endpoint).send(&mail()).await.unwrap();
    assert_eq!(id.as_str(), "0100-abc");

    let request = server.join().unwrap();
    for part in [
        "Action=SendEmail",
        "Source=platform%40jouwplatform.nl",
        "Destination.ToAddresses.member.1=contact%40acme.com",
        "Message.Subject.Data=De%20website%20van%20Acme%20%26%20Zonen%20%E2%82%AC%20staat%20online",
        "Message.Subject.Charset=UTF-8",
        "Message.Body.Text.Data=Hallo",
        "Message.Body.Html.Data=%3C%21doctype%20html%3E",
        "marker-password",
    ] {
        assert!(request.contains(part), "{part} is not in {request}");
    }
}

#[tokio::test]
async fn too_many_mails_may_be_sent_later() {
    for (status, code) in [(400, "Throttling"), (429, "SlowDown"), (400, "ThrottlingException")] {
        let answer = answer_to(status, error(code, "Maximum sending rate exceeded.")).await;
        assert_eq!(answer, MailError::Throttled { code: code.to_owned() });
        assert!(answer.retryable());
    }
}

#[tokio::test]
async fn an_unverified_address_is_refused_for_good_and_not_repeated() {
    let message = "Email address is not verified. The following identities failed the check in region EU-WEST-1: contact@acme.com";
    for body in [
        error("MessageRejected", message),
        error("MailFromDomainNotVerifiedException", message),
    ] {
        let answer = answer_to(400, body).await;
        assert_eq!(
            answer,
            MailError::Rejected {
                reason: Rejection::Unverified
            }
        );
        assert!(!answer.retryable());
    }
}

#[tokio::test]
async fn a_mail_that_ses_objects_to_is_refused_for_good() {
    for code in [
        "MessageRejected",
        "InvalidParameterValue",
        "ConfigurationSetDoesNotExist",
    ] {
        let answer = answer_to(400, error(code, "contact@acme.com is not to our taste")).await;
        assert_eq!(
            answer,
            MailError::Rejected {
                reason: Rejection::Refused { code: code.to_owned() }
            }
        );
        assert!(!answer.retryable());
    }
}

#[tokio::test]
async fn a_service_that_is_out_of_order_or_does_not_let_us_in_may_be_tried_later() {
    for (status, code) in [
        (500, "InternalFailure"),
        (503, "ServiceUnavailable"),
        (403, "AccessDenied"),
        (403, "ExpiredToken"),
        (400, "RequestExpired"),
        (400, "AccountSendingPausedException"),
    ] {
        let answer = answer_to(status, error(code, "for contact@acme.com")).await;
        assert_eq!(answer, MailError::Unavailable { why: code.to_owned() });
        assert!(answer.retryable());
    }
}

#[tokio::test]
async fn a_code_that_is_none_is_not_shown() {
    let answer = answer_to(400, error("contact@acme.com", "")).await;
    assert_eq!(
        answer.to_string(),
        "the mail service cannot be used now: an error without a code"
    );
    let answer = answer_to(502, "<html>Bad gateway</html>".to_owned()).await;
    assert!(answer.retryable());
}

#[tokio::test]
async fn nobody_listening_may_be_tried_later() {
    let free = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let error = mailer(&format!("http://{free}")).send(&mail()).await.unwrap_err();
    assert_eq!(error.to_string(), "the mail service cannot be used now: no connection");
    assert!(error.retryable());
}
