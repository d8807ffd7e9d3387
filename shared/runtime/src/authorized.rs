//! The caller, as the authorizer named them.

use axum::{extract::FromRequestParts, http::request::Parts};
use domain::{AuditEntry, AuditId, Clock, Code, Entropy, Error, Permission, Principal, Role};
use lambda_http::request::RequestContext;
use serde_json::Value;

use crate::Problem;

/// The caller of an API function. Taking it as an argument is what guards a route.
#[derive(Debug, Clone)]
pub struct Caller {
    /// Who they are and what they may do.
    pub principal: Principal,
    /// The gateway's id of this request, for the log and the audit.
    pub request_id: String,
}

impl Caller {
    /// Lets the caller pass or says what is missing.
    ///
    /// # Errors
    /// The caller's role does not carry the permission.
    pub fn may(&self, permission: Permission) -> Result<(), Error> {
        self.principal.may(permission)
    }

    /// The entry of the audit for what the caller has done.
    #[must_use]
    pub fn audit(
        &self,
        (clock, entropy): (&dyn Clock, &dyn Entropy),
        scope: String,
        action: String,
        before: Value,
        after: Value,
    ) -> AuditEntry {
        AuditEntry {
            scope,
            id: AuditId::generate(clock, entropy),
            at: clock.now(),
            actor: self.principal.name.clone(),
            action,
            request_id: self.request_id.clone(),
            before,
            after,
        }
    }
}

impl<S: Sync> FromRequestParts<S> for Caller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let Some(RequestContext::ApiGatewayV2(context)) = parts.extensions.get::<RequestContext>() else {
            return Err(unauthorized());
        };
        let fields = context
            .authorizer
            .as_ref()
            .map(|authorizer| &authorizer.fields)
            .ok_or_else(unauthorized)?;
        let text = |name: &str| fields.get(name).and_then(Value::as_str);
        let role = text("role").and_then(Role::from_name).ok_or_else(unauthorized)?;
        let name = text("principal").ok_or_else(unauthorized)?.to_owned();
        let request_id = context.request_id.clone().unwrap_or_default();
        Ok(Self {
            principal: Principal { name, role },
            request_id,
        })
    }
}

/// The gateway turns callers without credentials away before; this is for a route that was left without an authorizer.
fn unauthorized() -> Problem {
    Error::new(Code::Forbidden, "Send an API key: Authorization: Bearer tnt_…").into()
}
