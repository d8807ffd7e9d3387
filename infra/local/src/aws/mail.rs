//! SES, version 1: a form comes in, XML goes out, and the mail goes to whoever takes it in.

use std::{collections::BTreeMap, sync::Arc};

use axum::{
    body::Body,
    http::{Response, StatusCode},
};
use sandbox::Mail;

use super::answer;

/// Takes in a mail; called before SES answers, once for each recipient.
pub type Outbox = Arc<dyn Fn(Mail) + Send + Sync>;

/// Answers one call.
pub fn call(form: &[u8], id: &str, outbox: &Outbox) -> Response<Body> {
    let fields: BTreeMap<String, String> = url::form_urlencoded::parse(form).into_owned().collect();
    match fields.get("Action").map(String::as_str) {
        Some("SendEmail") => send(&fields, id, outbox),
        Some("VerifyEmailIdentity") => succeed("VerifyEmailIdentity", "", id),
        Some("GetIdentityVerificationAttributes") => attributes(&fields, id),
        Some(other) => error("InvalidAction", &format!("{other} is not known to the local stack"), id),
        None => error("MissingAction", "no action was given", id),
    }
}

fn send(fields: &BTreeMap<String, String>, id: &str, outbox: &Outbox) -> Response<Body> {
    let field = |name: &str| fields.get(name).filter(|text| !text.is_empty());
    let recipients = fields
        .iter()
        .filter(|(name, to)| name.starts_with("Destination.") && name.contains(".member.") && !to.is_empty())
        .map(|(_, to)| to.clone());
    let recipients: Vec<String> = recipients.collect();
    if field("Source").is_none() || recipients.is_empty() {
        return error("InvalidParameterValue", "Missing final '@domain'", id);
    }
    let body = field("Message.Body.Text.Data").or_else(|| field("Message.Body.Html.Data"));
    let (Some(subject), Some(body)) = (fields.get("Message.Subject.Data"), body) else {
        return error("InvalidParameterValue", "A mail needs a subject and a body", id);
    };
    for to in recipients {
        outbox(Mail {
            to,
            subject: subject.clone(),
            body: body.clone(),
        });
    }
    succeed("SendEmail", &format!("<MessageId>{id}</MessageId>"), id)
}

/// Every identity is verified here: nothing leaves this machine.
fn attributes(fields: &BTreeMap<String, String>, id: &str) -> Response<Body> {
    let identities = fields.iter().filter(|(name, _)| name.starts_with("Identities.member."));
    let entry = |(_, identity): (&String, &String)| {
        let identity = escaped(identity);
        format!("<entry><key>{identity}</key><value><VerificationStatus>Success</VerificationStatus></value></entry>")
    };
    let entries: String = identities.map(entry).collect();
    let result = format!("<VerificationAttributes>{entries}</VerificationAttributes>");
    succeed("GetIdentityVerificationAttributes", &result, id)
}

fn succeed(action: &str, result: &str, id: &str) -> Response<Body> {
    let xml = format!(
        "<{action}Response xmlns=\"http://ses.amazonaws.com/doc/2010-12-01/\"><{action}Result>{result}</{action}Result>\
         <ResponseMetadata><RequestId>{id}</RequestId></ResponseMetadata></{action}Response>"
    );
    answer(StatusCode::OK, "text/xml", xml.into_bytes())
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;")
}

fn error(code: &str, message: &str, id: &str) -> Response<Body> {
    let message = escaped(message);
    let xml = format!(
        "<ErrorResponse xmlns=\"http://ses.amazonaws.com/doc/2010-12-01/\"><Error><Type>Sender</Type>\
         <Code>{code}</Code><Message>{message}</Message></Error><RequestId>{id}</RequestId></ErrorResponse>"
    );
    answer(StatusCode::BAD_REQUEST, "text/xml", xml.into_bytes())
}
