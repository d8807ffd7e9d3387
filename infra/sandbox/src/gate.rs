//! The gate every call passes: it is noted, a fault may strike it, and its effect runs to the end.

use std::{io, time::Duration};

use axum::{
    Router,
    body::{Body, Bytes, to_bytes},
    extract::{OriginalUri, Request, State},
    http::{Method, StatusCode, header},
    middleware::{Next, from_fn_with_state},
    response::{Html, IntoResponse, Response},
    routing::MethodRouter,
};

use crate::{
    Sandbox,
    calls::Entry,
    clock,
    faults::{Fault, Mode, Part},
    service::Service,
};

/// Larger than any request of the product.
pub(crate) const BODY_LIMIT: usize = 10 * 1024 * 1024;

/// A fault that only the operation itself can play.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Twist {
    BuildError,
    Unhealthy,
    Partial,
    /// Listed only after so many milliseconds.
    Unlisted(u64),
}

impl Twist {
    fn of(mode: Mode, fault: &Fault) -> Option<Twist> {
        match mode {
            Mode::BuildError => Some(Twist::BuildError),
            Mode::Unhealthy => Some(Twist::Unhealthy),
            Mode::Partial => Some(Twist::Partial),
            Mode::Unlisted => {
                let delay = Duration::from_secs_f64(fault.seconds.unwrap_or(2.0));
                Some(Twist::Unlisted(u64::try_from(delay.as_millis()).unwrap_or(u64::MAX)))
            }
            _ => None,
        }
    }
}

/// A call, as far as the gate must know it.
pub(crate) struct Call {
    pub service: Service,
    pub operation: String,
    pub method: Method,
    /// Without the query.
    pub path: String,
    /// Path, query and body: what a fault's `match` looks into, with the names of the projects in it.
    pub text: String,
}

#[derive(Clone)]
struct Operation {
    sandbox: Sandbox,
    service: Service,
    name: &'static str,
}

/// Routes whose calls all pass the gate.
pub(crate) struct Gated {
    sandbox: Sandbox,
    service: Service,
    router: Router<Sandbox>,
}

impl Gated {
    pub fn new(sandbox: &Sandbox, service: Service) -> Gated {
        Gated {
            sandbox: sandbox.clone(),
            service,
            router: Router::new(),
        }
    }

    /// One operation: its name in faults and calls, its path, its handler.
    pub fn on(mut self, name: &'static str, path: &str, method: MethodRouter<Sandbox>) -> Gated {
        let operation = Operation {
            sandbox: self.sandbox.clone(),
            service: self.service,
            name,
        };
        self.router = self
            .router
            .route(path, method.route_layer(from_fn_with_state(operation, through)));
        self
    }

    pub fn done(self) -> Router {
        self.router.with_state(self.sandbox)
    }
}

async fn through(State(operation): State<Operation>, request: Request, next: Next) -> Response {
    let (parts, body) = request.into_parts();
    let Ok(bytes) = to_bytes(body, BODY_LIMIT).await else {
        return operation.service.failure(StatusCode::PAYLOAD_TOO_LARGE);
    };
    let uri = parts
        .extensions
        .get::<OriginalUri>()
        .map_or_else(|| parts.uri.clone(), |original| original.0.clone());
    let host = parts
        .headers
        .get(header::HOST)
        .and_then(|host| host.to_str().ok())
        .unwrap_or_default();
    let call = Call {
        service: operation.service,
        operation: operation.name.to_owned(),
        method: parts.method.clone(),
        path: uri.path().to_owned(),
        text: format!("{host} {uri} {}", String::from_utf8_lossy(&bytes)),
    };
    let authorized = parts
        .headers
        .get(header::AUTHORIZATION)
        .and_then(|value| value.to_str().ok())
        .is_some_and(|value| !value.trim_start_matches("Bearer").trim().is_empty());
    let service = operation.service;
    operation
        .sandbox
        .answer(call, move |twist| async move {
            if service == Service::Vercel && !authorized {
                return crate::vercel::missing_token();
            }
            let mut request = Request::from_parts(parts, Body::from(bytes));
            if let Some(twist) = twist {
                request.extensions_mut().insert(twist);
            }
            next.run(request).await
        })
        .await
}

impl Sandbox {
    /// Notes the call, lets a fault strike it, runs its effect to the end whatever the caller does.
    pub(crate) async fn answer<E, F>(&self, call: Call, effect: E) -> Response
    where
        E: FnOnce(Option<Twist>) -> F,
        F: Future<Output = Response> + Send + 'static,
    {
        let Call {
            service,
            operation,
            method,
            path,
            text,
        } = call;
        let strike = |part| {
            self.faults()
                .strike(part, service, &operation, || self.with_names(text.clone()))
        };
        let fault = strike(Part::Answer);
        let twisted = match &fault {
            Some((mode, _)) if !mode.has_effect() => None,
            _ => strike(Part::Effect),
        };
        let names: Vec<String> = fault.iter().chain(&twisted).map(|(mode, _)| mode.name()).collect();
        let twist = twisted.and_then(|(mode, fault)| Twist::of(mode, &fault));
        let number = self.calls().begin(Entry {
            method: method.to_string(),
            path: if service == Service::Slack {
                "/slack/services/[redacted]".to_owned()
            } else {
                path
            },
            service: service.name(),
            operation,
            status: None,
            fault: (!names.is_empty()).then(|| names.join(", ")),
            at: clock::instant(clock::now()),
        });
        let response = match fault {
            None => run(service, effect(twist)).await,
            Some((mode, fault)) => struck(service, mode, &fault, effect, twist).await,
        };
        let closed = response.extensions().get::<Closed>().is_some();
        self.calls().end(number, (!closed).then(|| response.status().as_u16()));
        response
    }

    /// Adds the names of the projects whose ids a call mentions, so that a fault can be aimed at a name.
    fn with_names(&self, mut text: String) -> String {
        let world = self.world();
        let mut names: Vec<&str> = Vec::new();
        for project in world.projects.values() {
            if text.contains(project.id.as_str())
                || project.deployments.iter().any(|id| text.contains(id.as_str()))
                || project.domains.keys().any(|domain| text.contains(domain.as_str()))
            {
                names.push(&project.name);
            }
        }
        for project in world.railway.values() {
            if project.ids().any(|id| text.contains(id)) {
                names.push(&project.name);
                names.push(&project.description);
            }
        }
        let names = names.join(" ");
        text.push(' ');
        text.push_str(&names);
        text
    }
}

async fn struck<E, F>(service: Service, mode: Mode, fault: &Fault, effect: E, twist: Option<Twist>) -> Response
where
    E: FnOnce(Option<Twist>) -> F,
    F: Future<Output = Response> + Send + 'static,
{
    let status = |usual: StatusCode| {
        fault
            .status
            .and_then(|status| StatusCode::from_u16(status).ok())
            .unwrap_or(usual)
    };
    let seconds = |usual: f64| Duration::from_secs_f64(fault.seconds.unwrap_or(usual));
    match mode {
        Mode::Error => service.failure(status(StatusCode::INTERNAL_SERVER_ERROR)),
        Mode::RateLimit => service.rate_limited(fault.retry_after.unwrap_or(1)),
        Mode::Refuse => service.refused(status(StatusCode::FORBIDDEN)),
        Mode::Timeout => {
            tokio::time::sleep(seconds(30.0)).await;
            closed()
        }
        Mode::Slow => {
            tokio::time::sleep(seconds(2.0)).await;
            run(service, effect(twist)).await
        }
        Mode::LostResponse => {
            run(service, effect(twist)).await;
            closed()
        }
        Mode::Malformed => {
            run(service, effect(twist)).await;
            Html("<!doctype html><html><body><h1>Bad gateway</h1></body></html>").into_response()
        }
        // These change the effect, and only that.
        Mode::BuildError | Mode::Unhealthy | Mode::Partial | Mode::Unlisted => run(service, effect(twist)).await,
    }
}

/// A task of its own: a caller that hangs up does not stop an effect half-way.
async fn run(service: Service, effect: impl Future<Output = Response> + Send + 'static) -> Response {
    match tokio::spawn(effect).await {
        Ok(response) => response,
        Err(error) => {
            tracing::error!(
                service = service.name(),
                error = &error as &dyn std::error::Error,
                "A call of the sandbox broke off"
            );
            service.failure(StatusCode::INTERNAL_SERVER_ERROR)
        }
    }
}

/// Marks an answer that is none.
#[derive(Clone, Copy)]
struct Closed;

/// No answer: the connection is closed instead.
///
/// The body fails at its first byte while the head still waits in the server's buffer, so not one byte is sent.
pub(crate) fn closed() -> Response {
    let broken =
        futures_util::stream::once(async { Err::<Bytes, _>(io::Error::from(io::ErrorKind::ConnectionAborted)) });
    let mut response = Response::new(Body::from_stream(broken));
    response.extensions_mut().insert(Closed);
    response
}
