//! Who is calling? The gateway's authorizer: it lets a bearer key in and names its holder, or turns the caller away.
//!
//! **Invariant:** a key is never logged and never stored; the record holds its hash.
//! **Invariant:** when it cannot be known who is calling, nobody is let in: a failure underneath is an error, not a yes.

mod door;
mod event;

use std::sync::Arc;

use runtime::{Context, Function, SettingsError, event_function};

use door::Door;
use event::{Request, Verdict};

/// The function.
///
/// # Errors
/// A variable is missing.
pub fn function(context: &Context) -> Result<Function, SettingsError> {
    let door = Arc::new(Door::new(context)?);
    Ok(event_function(move |request: Request| {
        let door = Arc::clone(&door);
        async move {
            let verdict = match request.api_key() {
                Some(key) => door.open(&key).await,
                None => Ok(Verdict::refused()),
            };
            verdict.map_err(|error| {
                tracing::error!(error = %error.chain(), "a caller could not be looked up");
                error.into()
            })
        }
    }))
}
