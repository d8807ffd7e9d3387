//! Errors as HTTP answers: RFC 9457 problem+json. The one place that does it.

use axum::{
    http::{StatusCode, header::CONTENT_TYPE},
    response::{IntoResponse, Response},
};
use domain::{Code, Error};
use serde::Serialize;
use utoipa::ToSchema;

/// An error on its way to the caller.
#[derive(Debug)]
pub struct Problem(Error);

/// The body of a problem+json answer.
#[derive(Debug, Serialize, ToSchema)]
pub struct ProblemBody {
    /// `about:blank`: the `code` says what kind it is.
    #[serde(rename = "type")]
    pub kind: &'static str,
    /// The HTTP status in words.
    pub title: &'static str,
    /// The HTTP status.
    pub status: u16,
    /// A stable name for the kind of problem.
    pub code: Code,
    /// What happened and what to do next.
    pub detail: String,
    /// The field it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        Self(error)
    }
}

impl Problem {
    /// The HTTP status.
    #[must_use]
    pub const fn status(&self) -> StatusCode {
        status_of(self.0.code())
    }

    /// The answer's body.
    #[must_use]
    pub fn body(&self) -> ProblemBody {
        let status = self.status();
        ProblemBody {
            kind: "about:blank",
            title: status.canonical_reason().unwrap_or("Error"),
            status: status.as_u16(),
            code: self.0.code(),
            detail: self.0.message().to_owned(),
            field: self.0.field().map(str::to_owned),
        }
    }
}

const fn status_of(code: Code) -> StatusCode {
    match code {
        Code::MalformedJson => StatusCode::BAD_REQUEST,
        Code::Invalid | Code::NotAvailable => StatusCode::UNPROCESSABLE_ENTITY,
        Code::InvalidQuery => StatusCode::BAD_REQUEST,
        Code::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
        Code::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
        Code::UnsupportedMediaType => StatusCode::UNSUPPORTED_MEDIA_TYPE,
        Code::NotFound => StatusCode::NOT_FOUND,
        Code::Forbidden => StatusCode::FORBIDDEN,
        Code::DomainTaken | Code::IdempotencyKeyReused | Code::OperationRunning | Code::WrongState => {
            StatusCode::CONFLICT
        }
        Code::RevisionMismatch => StatusCode::PRECONDITION_FAILED,
        Code::Busy => StatusCode::SERVICE_UNAVAILABLE,
        Code::Internal => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = self.status();
        if status.is_server_error() {
            tracing::error!(http.status = status.as_u16(), error = %self.0.chain(), "a request failed");
        }
        let body = serde_json::to_string(&self.body()).unwrap_or_default();
        (status, [(CONTENT_TYPE, "application/problem+json")], body).into_response()
    }
}
