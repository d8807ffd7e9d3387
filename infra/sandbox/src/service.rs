//! The outside services by name, the operations each of them knows, and how each of them says no.

use axum::{
    Json,
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use serde_json::json;

/// An outside service, or a hosted site.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Service {
    Vercel,
    Railway,
    Github,
    Slack,
    Pagerduty,
    Twilio,
    Webhook,
    Site,
}

impl Service {
    pub const ALL: [Service; 8] = [
        Service::Vercel,
        Service::Railway,
        Service::Github,
        Service::Slack,
        Service::Pagerduty,
        Service::Twilio,
        Service::Webhook,
        Service::Site,
    ];

    pub fn name(self) -> &'static str {
        match self {
            Service::Vercel => "vercel",
            Service::Railway => "railway",
            Service::Github => "github",
            Service::Slack => "slack",
            Service::Pagerduty => "pagerduty",
            Service::Twilio => "twilio",
            Service::Webhook => "webhook",
            Service::Site => "site",
        }
    }

    /// Where the service answers; a site has a host name instead.
    pub fn prefix(self) -> Option<&'static str> {
        match self {
            Service::Vercel => Some("/vercel"),
            Service::Railway => Some("/railway"),
            Service::Github => Some("/github"),
            Service::Slack => Some("/slack"),
            Service::Pagerduty => Some("/pagerduty"),
            Service::Twilio => Some("/twilio"),
            Service::Webhook => Some("/webhook"),
            Service::Site => None,
        }
    }

    /// Every operation a fault may name.
    pub fn operations(self) -> &'static [&'static str] {
        match self {
            Service::Vercel => crate::vercel::OPERATIONS,
            Service::Railway => crate::railway::OPERATIONS,
            Service::Github => crate::github::OPERATIONS,
            Service::Slack => &["send_message"],
            Service::Pagerduty => &["enqueue_event"],
            Service::Twilio => &["send_message", "list_messages", "get_message"],
            Service::Webhook => &["send"],
            Service::Site => crate::site::OPERATIONS,
        }
    }

    /// The answer of a service that fails with this status.
    pub fn failure(self, status: StatusCode) -> Response {
        let reason = status.canonical_reason().unwrap_or("Error");
        match self {
            Service::Vercel => {
                let code = match status.as_u16() {
                    400 => "bad_request",
                    401 => "unauthorized",
                    402 => "payment_required",
                    403 => "forbidden",
                    404 => "not_found",
                    409 => "conflict",
                    503 => "service_unavailable",
                    _ => "internal_server_error",
                };
                (status, Json(json!({"error": {"code": code, "message": reason}}))).into_response()
            }
            Service::Railway => {
                let body =
                    json!({"errors": [{"message": "Problem processing request", "extensions": {}}], "data": null});
                (status, Json(body)).into_response()
            }
            Service::Github => (status, Json(json!({"message": reason}))).into_response(),
            Service::Slack | Service::Webhook => (status, reason.to_lowercase().replace(' ', "_")).into_response(),
            Service::Pagerduty => (status, Json(json!({"status": "error", "message": reason}))).into_response(),
            Service::Twilio => {
                let body = json!({"code": 20500, "message": reason, "more_info": "", "status": status.as_u16()});
                (status, Json(body)).into_response()
            }
            Service::Site => (status, Json(json!({"errors": [{"message": "Something went wrong."}]}))).into_response(),
        }
    }

    /// Too many calls, with the header that says when to come back (seconds).
    pub fn rate_limited(self, retry_after: u64) -> Response {
        let mut response = match self {
            Service::Vercel => {
                let body = json!({"error": {"code": "rate_limited", "message": "Too many requests - try again later",
                    "limit": {"total": 0, "remaining": 0, "reset": crate::clock::now() / 1000 + retry_after}}});
                Json(body).into_response()
            }
            Service::Github => Json(json!({"message": "API rate limit exceeded"})).into_response(),
            Service::Twilio => {
                Json(json!({"code": 20429, "message": "Too Many Requests", "more_info": "", "status": 429}))
                    .into_response()
            }
            Service::Pagerduty => Json(json!({"status": "throttle exceeded"})).into_response(),
            Service::Slack | Service::Webhook => "rate_limited".into_response(),
            // Railway's 429 has no GraphQL body.
            Service::Railway | Service::Site => "Too Many Requests".into_response(),
        };
        *response.status_mut() = StatusCode::TOO_MANY_REQUESTS;
        let headers = response.headers_mut();
        headers.insert(header::RETRY_AFTER, retry_after.into());
        headers.insert("x-ratelimit-limit", 0.into());
        headers.insert("x-ratelimit-remaining", 0.into());
        headers.insert("x-ratelimit-reset", (crate::clock::now() / 1000 + retry_after).into());
        response
    }

    /// A refusal that no repetition changes.
    pub fn refused(self, status: StatusCode) -> Response {
        match self {
            Service::Vercel => {
                let error = json!({"code": "forbidden", "message": "Not authorized", "invalidToken": true});
                (status, Json(json!({"error": error}))).into_response()
            }
            // Railway knows no other refusal than this one, with status 200.
            Service::Railway => {
                Json(json!({"errors": [{"message": "Not Authorized", "extensions": {}}], "data": null})).into_response()
            }
            Service::Slack => (status, "invalid_token").into_response(),
            Service::Twilio => {
                let body =
                    json!({"code": 20003, "message": "Authenticate", "more_info": "", "status": status.as_u16()});
                (status, Json(body)).into_response()
            }
            Service::Site => {
                let message = "You are not allowed to perform this action.";
                (status, Json(json!({"errors": [{"message": message}]}))).into_response()
            }
            Service::Github | Service::Pagerduty | Service::Webhook => self.failure(status),
        }
    }
}
