//! Sends again what was lost: operations, notices and rollouts whose time has come and for which no message seems to be on its way.
//!
//! **Invariant:** it changes no record. A message too many is stale by its generation, or finds its notice delivered.

mod resend;

use std::sync::Arc;

use aws_lambda_events::eventbridge::EventBridgeEvent;
use runtime::{Context, Function, SettingsError, event_function};

use resend::Resend;

/// The function.
///
/// # Errors
/// A variable is missing.
pub fn function(context: &Context) -> Result<Function, SettingsError> {
    let resend = Arc::new(Resend::new(context));
    Ok(event_function(move |_: EventBridgeEvent| {
        let resend = Arc::clone(&resend);
        async move {
            resend.all().await.map_err(|error| {
                tracing::error!(error = %error.chain(), "what is due could not be sent again");
                error.into()
            })
        }
    }))
}
