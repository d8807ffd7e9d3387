//! What handlers read from requests and write into answers.

use axum::{
    Json,
    extract::{FromRequestParts, Path, Query},
    http::{
        HeaderMap, HeaderValue, StatusCode, Uri,
        header::{ETAG, LOCATION},
        request::Parts,
    },
    response::{IntoResponse, Response},
};
use domain::{ClientAccepted, ClientId, ClientView, Code, Error, OperationSummary};
use runtime::Problem;

/// The client that a path names. What is not an id names none.
pub struct ClientPath(pub ClientId);

impl<S: Send + Sync> FromRequestParts<S> for ClientPath {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let Ok(Path(text)) = Path::<String>::from_request_parts(parts, state).await else {
            return Err(Error::not_found("client", parts.uri.path()).into());
        };
        match text.parse() {
            Ok(id) => Ok(Self(id)),
            Err(_) => Err(Error::not_found("client", &text).into()),
        }
    }
}

/// The query's parameters as they came.
///
/// # Errors
/// The query is not one.
pub fn parameters(uri: &Uri) -> Result<Vec<(String, String)>, Error> {
    Query::try_from_uri(uri)
        .map(|Query(parameters)| parameters)
        .map_err(|_| {
            Error::new(
                Code::InvalidQuery,
                "The query cannot be read. Send name=value&name=value.",
            )
        })
}

/// A header as text; `None` when it is not there.
///
/// # Errors
/// It is there more than once, or is not visible ASCII.
pub fn header<'a>(headers: &'a HeaderMap, name: &'static str) -> Result<Option<&'a str>, Error> {
    let mut values = headers.get_all(name).iter();
    let Some(value) = values.next() else {
        return Ok(None);
    };
    let text = value.to_str().ok().filter(|_| values.next().is_none());
    text.map(Some).ok_or_else(|| {
        Error::new(
            Code::InvalidQuery,
            format!("The header {name} cannot be read. Send it once, in visible ASCII."),
        )
        .at(name)
    })
}

/// Where an operation is to be watched.
pub fn location_of(operation: &OperationSummary) -> String {
    format!("/api/platform/operations/{}", operation.id)
}

/// 202 or another status, with the operation's Location.
pub fn accepted(status: StatusCode, answer: ClientAccepted) -> Response {
    let location = location_of(&answer.operation);
    (status, [(LOCATION, location)], Json(answer)).into_response()
}

/// A client with its ETag.
pub fn with_etag(client: ClientView) -> Response {
    let etag = HeaderValue::from_str(&format!("\"{}\"", client.revision)).ok();
    let mut response = Json(client).into_response();
    if let Some(etag) = etag {
        response.headers_mut().insert(ETAG, etag);
    }
    response
}
