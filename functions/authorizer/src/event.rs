//! The gateway's question and our answer: REQUEST authorizer, payload 2.0, simple responses.

use std::collections::BTreeMap;

use domain::{ApiKey, Role};
use serde::{Deserialize, Serialize};

/// What the gateway asks. Only what is needed is read; no `Debug`, it holds a key.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Request {
    #[serde(default)]
    identity_source: Option<Vec<String>>,
    #[serde(default)]
    headers: BTreeMap<String, String>,
}

impl Request {
    /// The key that the caller shows; `None` when it is not one of ours.
    pub fn api_key(&self) -> Option<ApiKey> {
        let named = self.identity_source.as_ref().and_then(|sources| sources.first());
        let header = || {
            let mut headers = self.headers.iter();
            headers.find_map(|(name, value)| name.eq_ignore_ascii_case("authorization").then_some(value))
        };
        ApiKey::from_authorization(named.or_else(header)?)
    }
}

/// What the gateway is told.
#[derive(Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Verdict {
    is_authorized: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    context: Option<Holder>,
}

/// Who is calling; reaches the functions as `requestContext.authorizer.lambda`.
#[derive(Debug, PartialEq, Eq, Serialize)]
struct Holder {
    principal: String,
    role: Role,
}

impl Verdict {
    /// Comes in, under the key's name.
    pub fn admitted(key_id: &str, role: Role) -> Self {
        Self {
            is_authorized: true,
            context: Some(Holder {
                principal: format!("key:{key_id}"),
                role,
            }),
        }
    }

    /// Stays outside.
    pub const fn refused() -> Self {
        Self {
            is_authorized: false,
            context: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn sample(name: &str) -> Request {
        let path = format!("{}/../../events/authorizer/{name}.json", env!("CARGO_MANIFEST_DIR"));
        serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
    }

    #[test]
    fn a_key_is_found_in_the_sample_events_that_have_one() {
        for name in ["bearer-key", "bearer-key-on-one-client", "unknown-key"] {
            assert!(sample(name).api_key().is_some(), "{name}");
        }
        for name in ["malformed-key", "other-scheme"] {
            assert!(sample(name).api_key().is_none(), "{name}");
        }
    }

    #[test]
    fn the_header_counts_where_the_gateway_names_no_source() {
        let bearer = format!("Bearer tnt_{}", "a".repeat(43));
        let request: Request = serde_json::from_value(json!({ "headers": { "Authorization": bearer } })).unwrap();
        assert!(request.api_key().is_some());
        let empty: Request = serde_json::from_value(json!({})).unwrap();
        assert!(empty.api_key().is_none());
    }

    #[test]
    fn the_answer_is_a_simple_response() {
        let admitted = serde_json::to_value(Verdict::admitted("25317dfc28ca0472", Role::Viewer)).unwrap();
        let context = json!({ "principal": "key:25317dfc28ca0472", "role": "viewer" });
        assert_eq!(admitted, json!({ "isAuthorized": true, "context": context }));
        let refused = serde_json::to_value(Verdict::refused()).unwrap();
        assert_eq!(refused, json!({ "isAuthorized": false }));
    }
}
