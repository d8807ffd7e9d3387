//! The HTTP API: route, authorizer, function, in the order and with the words of API Gateway.

use std::{collections::HashMap, sync::Arc, time::Duration};

use axum::{
    body::Body,
    http::{Response, StatusCode, header},
    response::IntoResponse,
};
use serde_json::{Value, json};
use tokio::{
    sync::{Mutex, OnceCell},
    time::Instant,
};

use super::routes::{Parameters, Routes, Row};
use crate::{
    events::{Incoming, response},
    functions::{CallError, Functions},
    template::model::{Authorizer, Route},
};

/// How long the gateway waits for a function.
const PATIENCE: Duration = Duration::from_secs(30);
/// The gateway keeps answers of the authorizer for a while; beyond this many, those that are old go.
const KEPT_ANSWERS: usize = 1_000;

/// The routes of the template and what stands behind them.
pub struct Gateway {
    routes: Routes<Target>,
    functions: Functions,
    answers: Mutex<HashMap<(String, String), Kept>>,
}

struct Target {
    function: String,
    authorizer: Option<Authorizer>,
}

/// An answer of the authorizer; those who come while it is being asked wait for the same one.
struct Kept {
    until: Instant,
    answer: Arc<OnceCell<Answer>>,
}

#[derive(Clone)]
struct Answer {
    authorized: bool,
    context: Value,
}

impl Gateway {
    /// The routes over their functions.
    pub fn new(routes: &[Route], functions: Functions) -> Self {
        let rows = routes.iter().map(|route| Row {
            method: route.method.clone(),
            path: route.path.clone(),
            target: Target {
                function: route.function.clone(),
                authorizer: route.authorizer.clone(),
            },
        });
        Self {
            routes: Routes::new(rows.collect()),
            functions,
            answers: Mutex::default(),
        }
    }

    /// Answers one request.
    pub async fn answer(&self, request: &Incoming) -> Response<Body> {
        let Some((row, parameters)) = self.routes.find(request.method.as_str(), &request.path) else {
            return refusal(StatusCode::NOT_FOUND, "Not Found");
        };
        let context = match &row.target.authorizer {
            None => None,
            Some(authorizer) => match self.admit(request, row, &parameters, authorizer).await {
                Ok(context) => Some(context),
                Err(refused) => return *refused,
            },
        };
        let event = request.event(&row.key(), &parameters, context.as_ref());
        match self.functions.call(&row.target.function, event, Some(PATIENCE)).await {
            Ok(answer) => response(&answer).unwrap_or_else(|| {
                tracing::error!(
                    function.name = row.target.function,
                    "an answer is not what the gateway takes"
                );
                refusal(StatusCode::INTERNAL_SERVER_ERROR, "Internal Server Error")
            }),
            Err(error) => failure(&error),
        }
    }

    async fn admit(
        &self,
        request: &Incoming,
        row: &Row<Target>,
        parameters: &Parameters,
        authorizer: &Authorizer,
    ) -> Result<Value, Box<Response<Body>>> {
        let Some(identity) = request
            .header(header::AUTHORIZATION)
            .filter(|text| !text.trim().is_empty())
        else {
            return Err(Box::new(refusal(StatusCode::UNAUTHORIZED, "Unauthorized")));
        };
        let cell = self.kept(authorizer, identity).await;
        let ask = || async {
            let event = request.authorizer_event(&row.key(), parameters, &[identity]);
            let answer = self.functions.call(&authorizer.function, event, Some(PATIENCE)).await?;
            Ok(Answer {
                authorized: answer.get("isAuthorized").and_then(Value::as_bool).unwrap_or(false),
                context: answer.get("context").cloned().unwrap_or_else(|| json!({})),
            })
        };
        match cell.get_or_try_init(ask).await {
            Ok(answer) if answer.authorized => Ok(answer.context.clone()),
            Ok(_) => Err(Box::new(refusal(StatusCode::FORBIDDEN, "Forbidden"))),
            // Whatever goes wrong in an authorizer, the gateway answers 500; it is not kept.
            Err(error) => {
                let error: CallError = error;
                tracing::error!(error = %error, "the authorizer has no answer");
                Err(Box::new(refusal(
                    StatusCode::INTERNAL_SERVER_ERROR,
                    "Internal Server Error",
                )))
            }
        }
    }

    /// The place of the answer for these credentials; one answer serves all routes, a refusal too.
    async fn kept(&self, authorizer: &Authorizer, identity: &str) -> Arc<OnceCell<Answer>> {
        let now = Instant::now();
        if authorizer.ttl.is_zero() {
            return Arc::default();
        }
        let mut answers = self.answers.lock().await;
        if answers.len() >= KEPT_ANSWERS {
            answers.retain(|_, kept| kept.until > now);
        }
        let fresh = || Kept {
            until: now + authorizer.ttl,
            answer: Arc::default(),
        };
        let key = (authorizer.function.clone(), identity.to_owned());
        let kept = answers.entry(key).or_insert_with(fresh);
        if kept.until <= now {
            *kept = fresh();
        }
        Arc::clone(&kept.answer)
    }
}

/// An answer of the gateway itself.
pub fn refusal(status: StatusCode, message: &str) -> Response<Body> {
    (status, axum::Json(json!({"message": message}))).into_response()
}

/// As API Gateway has it: 503 only when it does not wait any longer itself; a function that fails, or that Lambda cuts
/// off at its time-out, is 500.
fn failure(error: &CallError) -> Response<Body> {
    tracing::error!(error = %error, "a request has no answer");
    match error {
        CallError::GivenUp(..) => refusal(StatusCode::SERVICE_UNAVAILABLE, "Service Unavailable"),
        CallError::Unknown(_) | CallError::Failed(..) | CallError::BrokeOff(..) | CallError::TimedOut(..) => {
            refusal(StatusCode::INTERNAL_SERVER_ERROR, "Internal Server Error")
        }
    }
}

#[cfg(test)]
mod tests;
