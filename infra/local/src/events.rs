//! HTTP as the functions see it: requests as API Gateway events of payload 2.0, answers back into responses.

use std::{collections::BTreeMap, net::IpAddr};

use axum::{
    body::{Body, Bytes},
    http::{HeaderMap, HeaderName, HeaderValue, Method, Response, StatusCode, Version, header},
};
use base64::{Engine, prelude::BASE64_STANDARD};
use domain::Entropy;
use percent_encoding::percent_decode_str;
use serde_json::{Map, Value, json};

use crate::template::names;

const API: &str = "local";

/// A request whose body has been read.
pub struct Incoming {
    /// Method.
    pub method: Method,
    /// Path as it was sent, percent-encoded.
    pub path: String,
    /// Query as it was sent, without the question mark.
    pub query: String,
    /// Version of HTTP.
    pub version: Version,
    /// Headers.
    pub headers: HeaderMap,
    /// Body.
    pub body: Bytes,
    /// Who is calling.
    pub source: IpAddr,
    /// Id of the request, for the log and the audit.
    pub id: String,
    /// When it came.
    pub at: jiff::Timestamp,
}

impl Incoming {
    /// The text of a header, when it is there and readable.
    pub fn header(&self, name: HeaderName) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// The event for a route's function. `parameters` are those of the path, decoded; `authorizer` is its context.
    pub fn event(&self, route_key: &str, parameters: &BTreeMap<String, String>, authorizer: Option<&Value>) -> Value {
        let mut event = self.common(route_key, parameters);
        if let (Some(context), Some(requester)) = (authorizer, event.pointer_mut("/requestContext")) {
            put(requester, "authorizer", json!({"lambda": context}));
        }
        let plain = is_text(&self.headers)
            .then(|| std::str::from_utf8(&self.body).ok())
            .flatten();
        put(
            &mut event,
            "isBase64Encoded",
            json!(plain.is_none() && !self.body.is_empty()),
        );
        if !self.body.is_empty() {
            let body = plain.map_or_else(|| BASE64_STANDARD.encode(&self.body), str::to_owned);
            put(&mut event, "body", json!(body));
        }
        event
    }

    /// The event for the authorizer: no body, and what identifies the caller.
    pub fn authorizer_event(&self, route_key: &str, parameters: &BTreeMap<String, String>, identity: &[&str]) -> Value {
        let mut event = self.common(route_key, parameters);
        let path = decoded(&self.path);
        let arn = names::arn("execute-api", &format!("{API}/$default/{}{path}", self.method));
        put(&mut event, "type", json!("REQUEST"));
        put(&mut event, "routeArn", json!(arn));
        put(&mut event, "identitySource", json!(identity));
        event
    }

    fn common(&self, route_key: &str, parameters: &BTreeMap<String, String>) -> Value {
        // The gateway decodes the path, and a decoded question mark ends it.
        let path = decoded(&self.path);
        let path = path.split('?').next().unwrap_or_default();
        let host = self.header(header::HOST).unwrap_or("127.0.0.1");
        let domain = host.rsplit_once(':').map_or(host, |(name, _)| name);
        let mut event = json!({
            "version": "2.0",
            "routeKey": route_key,
            "rawPath": path,
            "rawQueryString": self.query,
            "headers": joined(&self.headers),
            "requestContext": {
                "accountId": names::ACCOUNT,
                "apiId": API,
                "domainName": domain,
                "domainPrefix": domain.split('.').next(),
                "http": {
                    "method": self.method.as_str(),
                    "path": path,
                    "protocol": format!("{:?}", self.version),
                    "sourceIp": self.source.to_string(),
                    "userAgent": self.header(header::USER_AGENT).unwrap_or_default(),
                },
                "requestId": self.id,
                "routeKey": route_key,
                "stage": "$default",
                "time": self.at.strftime("%d/%b/%Y:%H:%M:%S +0000").to_string(),
                "timeEpoch": self.at.as_millisecond(),
            },
        });
        let query = query_parameters(&self.query);
        let cookies = cookies(&self.headers);
        if !query.is_empty() {
            put(&mut event, "queryStringParameters", json!(query));
        }
        if !cookies.is_empty() {
            put(&mut event, "cookies", json!(cookies));
        }
        if !parameters.is_empty() {
            put(&mut event, "pathParameters", json!(parameters));
        }
        event
    }
}

/// A function's answer as a response; `None` when it is not what the gateway takes.
///
/// `multiValueHeaders` are of payload 1.0: the gateway ignores them, and so does this.
pub fn response(answer: &Value) -> Option<Response<Body>> {
    let Some(status) = answer.get("statusCode").filter(|status| !status.is_null()) else {
        let mut response = Response::new(Body::from(answer.to_string()));
        let json = HeaderValue::from_static("application/json");
        response.headers_mut().insert(header::CONTENT_TYPE, json);
        return Some(response);
    };
    let status = status.as_u64().or_else(|| status.as_str()?.parse().ok())?;
    let text = answer.get("body").and_then(Value::as_str).unwrap_or_default();
    let body = match answer.get("isBase64Encoded").and_then(Value::as_bool) {
        Some(true) => BASE64_STANDARD.decode(text).ok()?,
        _ => text.as_bytes().to_vec(),
    };
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = StatusCode::from_u16(u16::try_from(status).ok()?).ok()?;
    for (name, value) in answer.get("headers").and_then(Value::as_object).into_iter().flatten() {
        let name = HeaderName::try_from(name).ok()?;
        let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        // The length is counted, and the connection kept, on this side.
        if ![header::CONTENT_LENGTH, header::TRANSFER_ENCODING, header::CONNECTION].contains(&name) {
            response.headers_mut().append(name, HeaderValue::try_from(value).ok()?);
        }
    }
    for cookie in answer.get("cookies").and_then(Value::as_array).into_iter().flatten() {
        let cookie = HeaderValue::try_from(cookie.as_str()?).ok()?;
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    let kind = HeaderValue::from_static("text/plain;charset=UTF-8");
    response.headers_mut().entry(header::CONTENT_TYPE).or_insert(kind);
    Some(response)
}

/// A fresh id in the form of a UUID, as AWS gives to requests and events.
pub fn fresh_id() -> String {
    let mut bytes = [0; 16];
    runtime::SystemEntropy.fill(&mut bytes);
    let number = u128::from_be_bytes(bytes) & !(0xf << 76) & !(0x3 << 62) | (0x4 << 76) | (0x2 << 62);
    let hex = format!("{number:032x}");
    let part = |range: std::ops::Range<usize>| hex.get(range).unwrap_or_default();
    format!(
        "{}-{}-{}-{}-{}",
        part(0..8),
        part(8..12),
        part(12..16),
        part(16..20),
        part(20..32)
    )
}

/// Now.
pub fn now() -> jiff::Timestamp {
    let milliseconds = domain::Clock::now(&runtime::SystemClock).milliseconds();
    jiff::Timestamp::from_millisecond(milliseconds).unwrap_or_default()
}

/// A text of a path or a query with its percent-encoding taken away.
pub fn decoded(text: &str) -> String {
    percent_decode_str(text).decode_utf8_lossy().into_owned()
}

fn put(object: &mut Value, name: &str, value: Value) {
    if let Some(fields) = object.as_object_mut() {
        fields.insert(name.to_owned(), value);
    }
}

/// What the gateway passes on as text; everything else, forms too, goes as base64.
fn is_text(headers: &HeaderMap) -> bool {
    if headers.contains_key(header::CONTENT_ENCODING) {
        return false;
    }
    let Some(kind) = headers.get(header::CONTENT_TYPE) else {
        return true;
    };
    let kind = kind.to_str().unwrap_or_default().to_ascii_lowercase();
    let essence = kind.split(';').next().unwrap_or_default().trim();
    essence.starts_with("text/")
        || essence.ends_with("+json")
        || ["application/json", "application/javascript", "application/xml"].contains(&essence)
}

/// Headers by name, several of one name joined by commas; cookies stand apart.
fn joined(headers: &HeaderMap) -> Map<String, Value> {
    let values = |name| {
        let texts = headers.get_all(name).iter();
        texts.map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned())
    };
    headers
        .keys()
        .filter(|name| **name != header::COOKIE)
        .map(|name| (name.to_string(), json!(values(name).collect::<Vec<_>>().join(","))))
        .collect()
}

fn cookies(headers: &HeaderMap) -> Vec<String> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|line| line.split(';'))
        .map(|cookie| cookie.trim().to_owned())
        .filter(|cookie| !cookie.is_empty())
        .collect()
}

fn query_parameters(query: &str) -> BTreeMap<String, String> {
    let mut parameters = BTreeMap::<String, String>::new();
    for (name, value) in url::form_urlencoded::parse(query.as_bytes()) {
        parameters
            .entry(name.into_owned())
            .and_modify(|values| {
                values.push(',');
                values.push_str(&value);
            })
            .or_insert_with(|| value.to_string());
    }
    parameters
}

#[cfg(test)]
mod tests;
