//! What handlers read from requests and write into answers.

use axum::{
    Json,
    extract::{FromRequestParts, Path},
    http::{
        HeaderValue, StatusCode,
        header::{ETAG, LOCATION},
        request::Parts,
    },
    response::{IntoResponse, Response},
};
use domain::{ClientAccepted, ClientId, ClientView, Error, OperationSummary};
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
