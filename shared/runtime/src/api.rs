//! HTTP functions: an axum router behind the real Lambda event types.

use axum::{
    Router,
    body::Bytes,
    extract::{FromRequest, Request},
    http::{HeaderMap, header::CONTENT_TYPE},
    routing::MethodRouter,
};
use domain::{Code, Error};
use http_body_util::{BodyExt, Limited};
use lambda_http::Adapter;
use lambda_runtime::{LambdaEvent, Service, service_fn};
use serde::de::DeserializeOwned;
use serde_json::Value;
use tower::util::BoxCloneSyncService;
use tracing::Instrument;

use crate::{Function, Problem};

/// The largest body of a JSON request.
pub const MAX_BODY_BYTES: usize = 64 * 1024;

/// One row of a function's route table: path and handlers.
pub type Api<S> = (&'static str, MethodRouter<S>);

/// A function over a table of routes.
///
/// What no route matches is a problem+json 404 or 405, so that a caller never meets two kinds of errors here.
pub fn api_function<S: Clone + Send + Sync + 'static>(routes: impl IntoIterator<Item = Api<S>>, state: S) -> Function {
    let mut router = Router::new();
    for (path, methods) in routes {
        router = router.route(path, methods);
    }
    let router = router
        .fallback(|request: Request| async move { Problem::from(Error::not_found("resource", request.uri().path())) })
        .method_not_allowed_fallback(|request: Request| async move {
            let message = format!("{} is not allowed here.", request.method());
            Problem::from(Error::new(Code::MethodNotAllowed, message))
        })
        .with_state(state);
    BoxCloneSyncService::new(service_fn(move |event: LambdaEvent<Value>| {
        let router = router.clone();
        let span = tracing::info_span!("request", request.id = tracing::field::Empty);
        if let Some(id) = event
            .payload
            .pointer("/requestContext/requestId")
            .and_then(Value::as_str)
        {
            span.record("request.id", id);
        }
        answer(router, event).instrument(span)
    }))
}

async fn answer(router: Router, event: LambdaEvent<Value>) -> Result<Value, lambda_runtime::Error> {
    // By way of text: lambda_http reads its request from raw JSON.
    let request = serde_json::from_str(&event.payload.to_string())?;
    // Bound first: the adapter itself must not live across the await, it is not `Send`.
    let call = Adapter::from(router).call(LambdaEvent::new(request, event.context));
    let response = call.await?;
    Ok(serde_json::to_value(response)?)
}

/// A JSON body of at most [`MAX_BODY_BYTES`]; every way in which it can be wrong is a problem that names the place.
#[derive(Debug)]
pub struct JsonBody<T> {
    /// What the body says.
    pub value: T,
    /// The body as it came, for the fingerprint of an idempotent request.
    pub bytes: Bytes,
}

impl<T: DeserializeOwned, S: Sync> FromRequest<S> for JsonBody<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, _: &S) -> Result<Self, Problem> {
        require_json(request.headers())?;
        let bytes = read_body(request, MAX_BODY_BYTES).await?;
        let value = parse(&bytes)?;
        Ok(Self { value, bytes })
    }
}

/// A JSON body that may be left out.
#[derive(Debug)]
pub struct OptionalJsonBody<T>(pub JsonBody<T>);

impl<T: DeserializeOwned + Default, S: Sync> FromRequest<S> for OptionalJsonBody<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, _: &S) -> Result<Self, Problem> {
        let declared = require_json(request.headers());
        let bytes = read_body(request, MAX_BODY_BYTES).await?;
        if bytes.is_empty() {
            let value = T::default();
            return Ok(Self(JsonBody { value, bytes }));
        }
        declared?;
        let value = parse(&bytes)?;
        Ok(Self(JsonBody { value, bytes }))
    }
}

/// Reads a body up to `limit` bytes.
///
/// # Errors
/// The body is larger, or broke off.
pub async fn read_body(request: Request, limit: usize) -> Result<Bytes, Error> {
    let too_large = || {
        Error::new(
            Code::TooLarge,
            format!("The body is larger than {} KB. Send less at once.", limit / 1024),
        )
    };
    Limited::new(request.into_body(), limit)
        .collect()
        .await
        .map(|body| body.to_bytes())
        .map_err(|_| too_large())
}

fn require_json(headers: &HeaderMap) -> Result<(), Error> {
    let declared = headers
        .get(CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .unwrap_or("application/json");
    let essence = declared
        .split(';')
        .next()
        .unwrap_or_default()
        .trim()
        .to_ascii_lowercase();
    if essence == "application/json" || essence.ends_with("+json") {
        return Ok(());
    }
    Err(Error::new(
        Code::UnsupportedMediaType,
        "Send the body as JSON, with the header Content-Type: application/json.",
    ))
}

fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Error> {
    if bytes.is_empty() {
        return Err(Error::new(
            Code::MalformedJson,
            "The body is empty. Send a JSON object.",
        ));
    }
    let mut reader = serde_json::Deserializer::from_slice(bytes);
    let value = serde_path_to_error::deserialize(&mut reader).map_err(|error| {
        let path = error.path().to_string();
        let cause = error.into_inner();
        if cause.is_data() {
            // serde names an unknown or missing field in its text; the path alone names a value of the wrong type.
            let text = cause.to_string();
            let names_field = ["unknown field", "missing field", "duplicate field"]
                .iter()
                .any(|kind| text.starts_with(kind));
            let named = text.split('`').nth(1).filter(|_| names_field);
            Error::invalid(
                named.map_or(path, str::to_owned),
                format!("The body is not as expected: {text}."),
            )
        } else {
            Error::new(Code::MalformedJson, format!("The body is not JSON: {cause}."))
        }
    })?;
    reader.end().map_err(|_| {
        Error::new(
            Code::MalformedJson,
            "The body goes on after its JSON value. Send one value.",
        )
    })?;
    Ok(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, serde::Deserialize)]
    #[serde(deny_unknown_fields)]
    #[allow(dead_code)]
    struct Body {
        name: Option<String>,
    }

    fn refusal(body: &str) -> (Code, Option<String>) {
        let error = parse::<Body>(body.as_bytes()).unwrap_err();
        (error.code(), error.field().map(str::to_owned))
    }

    #[test]
    fn what_is_wrong_with_a_body_is_said() {
        assert_eq!(refusal(""), (Code::MalformedJson, None));
        assert_eq!(refusal("{"), (Code::MalformedJson, None));
        assert_eq!(refusal("{} {}"), (Code::MalformedJson, None));
        assert_eq!(refusal(r#"{"name":1}"#), (Code::Invalid, Some("name".into())));
        assert_eq!(refusal(r#"{"nam":"x"}"#), (Code::Invalid, Some("nam".into())));
    }
}
