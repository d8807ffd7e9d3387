//! Sends again what was lost: operations, notices and rollouts whose time has come and for which no message seems to be on its way.
//!
//! It also notices when the health sweep does not come any more: two schedules seldom fail at once.
//!
//! **Invariant:** it changes no record. A message too many is stale by its generation, or finds its notice delivered.

mod resend;
mod silence;

use std::sync::Arc;

use aws_lambda_events::eventbridge::EventBridgeEvent;
use runtime::{Context, Function, SettingsError, event_function};

use resend::Resend;
use silence::Silence;

/// The function.
///
/// # Errors
/// A variable is missing.
pub fn function(context: &Context) -> Result<Function, SettingsError> {
    let resend = Arc::new(Resend::new(context));
    let silence = Arc::new(Silence::new(context));
    Ok(event_function(move |_: EventBridgeEvent| {
        let (resend, silence) = (Arc::clone(&resend), Arc::clone(&silence));
        async move {
            let (sent, heard) = tokio::join!(resend.all(), silence.listen());
            let log = |error: domain::Error| {
                tracing::error!(error = %error.chain(), "a round of the reconciler did not come to its end");
                error
            };
            let (sent, heard) = (sent.map_err(log), heard.map_err(log));
            heard?;
            Ok(sent?)
        }
    }))
}
