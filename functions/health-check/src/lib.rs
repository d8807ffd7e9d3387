//! Checks sites, one message at a time: looks at them, writes one page of what was found, and lets become certain what does.
//!
//! **Invariant:** the page comes first, and once: whoever is given the same message later goes on from the page that is there, and
//! comes to the same conclusions.
//! **Invariant:** before a failure counts, the client's record is read again: who has been paused, or is being worked on, has not
//! failed.
//! **Invariant:** a client's record is written when something has become certain, and not otherwise.

mod digest;
mod look;
mod past;
mod record;
mod round;
mod sight;

use std::{sync::Arc, time::Duration};

use domain::Error;
use monitoring::{Prober, ProberOptions, Target};
use runtime::{Context, Function, SettingsError, queue_function};

pub use round::{Checker, Outcome};
pub use store::CheckMessage;

/// The function.
///
/// # Errors
/// A variable is missing or cannot be read.
pub fn function(context: &Context) -> Result<Function, SettingsError> {
    let checker = Arc::new(checker(context)?);
    Ok(queue_function(move |message: CheckMessage| {
        let checker = Arc::clone(&checker);
        async move {
            if message.v != 1 {
                // It stays in the queue, and then in the dead letters, until somebody who knows it comes.
                let reason = format!("a message of version {} is not known here", message.v);
                return Err(Error::internal(reason));
            }
            checker.handle(message).await.map(drop)
        }
    }))
}

/// What checks sites, with what the variables say.
///
/// # Errors
/// A variable is missing or cannot be read.
pub fn checker(context: &Context) -> Result<Checker, SettingsError> {
    let settings = context.settings();
    let seconds = |name| settings.parsed(name, "a number of seconds").map(Duration::from_secs);
    let options = ProberOptions {
        loopback_hosts: settings.optional("LOOPBACK_HOSTS").into_iter().collect(),
        ..ProberOptions::default()
    };
    Ok(Checker {
        store: context.store(),
        queues: context.queues(),
        prober: Prober::new(options, context.clock()),
        clock: context.clock(),
        site_url: settings.text("SITE_URL")?,
        canaries: addresses(settings.optional("CANARY_URLS").as_deref(), "CANARY_URLS")?,
        heartbeat: addresses(settings.optional("HEARTBEAT_URL").as_deref(), "HEARTBEAT_URL")?,
        recheck_after: [seconds("RECHECK_FIRST_SECONDS")?, seconds("RECHECK_SECOND_SECONDS")?],
    })
}

/// Addresses, separated by commas.
fn addresses(list: Option<&str>, name: &'static str) -> Result<Vec<Target>, SettingsError> {
    let all = list.unwrap_or_default().split(',').map(str::trim);
    let targets = all.filter(|url| !url.is_empty()).map(Target::page);
    targets
        .collect::<Result<_, _>>()
        .map_err(|_| SettingsError::Unreadable {
            name,
            expected: "addresses that begin with http:// or https://, separated by commas",
        })
}
