//! Every five minutes: which sites are due, and out with them to the workers that check them.
//!
//! **Invariant:** one run for each moment of the schedule, however often it fires; one that is sent out again finds its pages there.
//! **Invariant:** which sites are due follows from who they are and the minute; nothing is written about a site here.

mod moment;
mod share;
mod sweep;

use std::sync::Arc;

use aws_lambda_events::eventbridge::EventBridgeEvent;
use runtime::{Context, Function, SettingsError, event_function};

use sweep::Sweeper;

/// The function.
///
/// # Errors
/// A variable is missing or cannot be read.
pub fn function(context: &Context) -> Result<Function, SettingsError> {
    let sweeper = Arc::new(Sweeper {
        store: context.store(),
        queues: context.queues(),
        clock: context.clock(),
    });
    Ok(event_function(move |event: EventBridgeEvent| {
        let sweeper = Arc::clone(&sweeper);
        async move {
            sweeper.run(&event).await.map_err(|error| {
                tracing::error!(error = %error.chain(), "the sites that are due could not be sent out");
                error.into()
            })
        }
    }))
}
