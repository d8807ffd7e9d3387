//! Which requests are for a hosted site: by their Host header, as at Vercel.

use std::net::IpAddr;

use axum::{
    Router,
    body::{Body, to_bytes},
    extract::Request,
    http::{HeaderMap, Response, header, uri::Authority},
    response::IntoResponse,
};
use serde_json::Value;
use tower::ServiceExt;

/// Names under these are never the platform's: the addresses that the stack itself gives to sites, and Vercel's.
const UNDER: [&str; 2] = [".localhost", ".vercel.app"];
/// More than any inventory on one machine.
const INVENTORY_BYTES: usize = 64 * 1024 * 1024;

/// The hosted sites.
#[derive(Clone)]
pub struct Sites {
    hosted: Router,
    sandbox: Router,
}

impl Sites {
    /// `hosted` answers for the sites, `sandbox` says which domains are attached to them.
    pub const fn new(hosted: Router, sandbox: Router) -> Self {
        Self { hosted, sandbox }
    }

    /// Whether a request with these headers is for a site.
    pub async fn has(&self, headers: &HeaderMap) -> bool {
        let Some(name) = host(headers) else {
            return false;
        };
        if UNDER.iter().any(|suffix| name.ends_with(suffix)) {
            return true;
        }
        // How the platform itself is called, and most requests are; they need not wait for an answer.
        if name == "localhost" || name.trim_matches(['[', ']']).parse::<IpAddr>().is_ok() {
            return false;
        }
        // A client's own domain, which leads here because somebody's resolver says so.
        self.is_attached(&name).await
    }

    /// Answers for a site.
    pub async fn answer(&self, request: Request) -> Response<Body> {
        self.hosted.clone().oneshot(request).await.into_response()
    }

    async fn is_attached(&self, name: &str) -> bool {
        let mut question = Request::new(Body::empty());
        *question.uri_mut() = axum::http::Uri::from_static("/_sandbox/inventory");
        let answer = self.sandbox.clone().oneshot(question).await.into_response();
        let body = to_bytes(answer.into_body(), INVENTORY_BYTES).await.unwrap_or_default();
        let inventory: Value = serde_json::from_slice(&body).unwrap_or_else(|error| {
            tracing::error!(%error, "the sandbox does not say what is attached");
            Value::Null
        });
        let domains = inventory.get("domains").and_then(Value::as_array);
        let mut names = domains.into_iter().flatten().filter_map(|domain| domain.get("name"));
        names.any(|domain| domain.as_str().is_some_and(|domain| domain.eq_ignore_ascii_case(name)))
    }
}

/// The name in the Host header, without port, in lower case.
fn host(headers: &HeaderMap) -> Option<String> {
    let host = headers.get(header::HOST)?.to_str().ok()?;
    let authority: Authority = host.parse().ok()?;
    Some(authority.host().trim_end_matches('.').to_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use axum::{Json, routing::get};
    use serde_json::json;

    use super::*;

    async fn has(host: &str) -> bool {
        let inventory =
            || async { Json(json!({"domains": [{"name": "www.acme.example"}, {"name": "acme.localhost"}]})) };
        let sandbox = Router::new().route("/_sandbox/inventory", get(inventory));
        let headers = HeaderMap::from_iter([(header::HOST, host.parse().unwrap())]);
        Sites::new(Router::new(), sandbox).has(&headers).await
    }

    #[tokio::test]
    async fn names_under_localhost_and_attached_domains_are_sites() {
        for host in [
            "studio.localhost",
            "studio.localhost:8787",
            "Studio.LOCALHOST:1",
            "a.b.localhost",
            "www.acme.example",
            "WWW.acme.example.:8787",
            "client-1.vercel.app",
        ] {
            assert!(has(host).await, "{host}");
        }
        for host in [
            "localhost",
            "localhost:8787",
            "127.0.0.1:8787",
            "[::1]:8787",
            "[::1]",
            "notlocalhost",
            "x.localhost.nl",
            "acme.example",
            "platform.example:8787",
        ] {
            assert!(!has(host).await, "{host}");
        }
    }

    #[tokio::test]
    async fn without_a_host_it_is_the_platform() {
        assert!(!Sites::new(Router::new(), Router::new()).has(&HeaderMap::new()).await);
    }
}
