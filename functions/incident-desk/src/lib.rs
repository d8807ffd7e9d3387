//! The incident desk: opens incidents, tells of them, and ends them.
//!
//! **Invariant:** the records decide. A message only says whose to look at, so that none of them has to come, or once, or in order.
//! **Invariant:** what was decided is in the desk's record before anything of it is written elsewhere, and stands there until it
//! is: whoever comes after a crash finishes it.

mod desk;
mod effects;

use std::{collections::BTreeSet, sync::Arc, time::Duration};

use domain::{Error, monitoring::incident::DeskRules};
use runtime::{Context, Function, SettingsError, batch_function};
use store::{DeskMessage, Directory};

use desk::IncidentDesk;

/// The function.
///
/// # Errors
/// A required variable is missing.
pub fn function(context: &Context) -> Result<Function, SettingsError> {
    let seconds = |name| {
        context
            .settings()
            .parsed(name, "a number of seconds")
            .map(Duration::from_secs)
    };
    let store = context.store();
    let desk = Arc::new(IncidentDesk {
        directory: Directory::new(store.clone()),
        store,
        queues: context.queues(),
        clock: context.clock(),
        rules: DeskRules {
            gather: seconds("GATHER_SECONDS")?,
            update_gap: seconds("ALERT_UPDATE_SECONDS")?,
            ..DeskRules::default()
        },
    });
    Ok(batch_function(refuse, move |messages: Vec<DeskMessage>| {
        let desk = Arc::clone(&desk);
        async move {
            // The sweep's message names nobody: it is about the time that has passed, and about everybody on the desk.
            let everybody = messages.iter().any(|message| message.clients.is_empty());
            let named: BTreeSet<_> = messages.into_iter().flat_map(|message| message.clients).collect();
            desk.turn(&named, everybody).await
        }
    }))
}

/// A message of another version stays in the queue, and then in the dead letters, until somebody who knows it comes.
fn refuse(message: &DeskMessage) -> Result<(), Error> {
    if message.v == 1 {
        return Ok(());
    }
    let reason = format!("a message of version {} is not known here", message.v);
    Err(Error::internal(reason))
}
