//! Moves rollouts on: each message of the rollouts queue gives one rollout its turn.
//!
//! **Invariant:** what comes next is decided in `domain`, from the record, the clients of its batch and what is seen of them.
//! **Invariant:** what was decided is written down, with the names of the operations, before any of them is begun. Whoever comes
//! after a crash begins under the same names what does not exist yet.

mod begin;
mod runner;

use std::{sync::Arc, time::Duration};

use domain::Error;
use runtime::{Context, Function, SettingsError, queue_function};
use store::RolloutMessage;

use runner::Runner;

/// The function.
///
/// # Errors
/// A required variable is missing.
pub fn function(context: &Context) -> Result<Function, SettingsError> {
    let deadline = context
        .settings()
        .parsed("OPERATION_DEADLINE_SECONDS", "a number of seconds")
        .map(Duration::from_secs)?;
    let runner = Arc::new(Runner {
        store: context.store(),
        queues: context.queues(),
        clock: context.clock(),
        entropy: context.entropy(),
        deadline,
    });
    Ok(queue_function(move |message: RolloutMessage| {
        let runner = Arc::clone(&runner);
        async move {
            if message.v != 1 {
                // It stays in the queue, and then in the dead letters, until somebody who knows it comes.
                let reason = format!("a message of version {} is not known here", message.v);
                return Err(Error::internal(reason));
            }
            runner.advance(&message.rollout, message.generation).await
        }
    }))
}
