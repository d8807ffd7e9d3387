//! Delivers what the outbox holds: the welcome mail, what the audit confirmed, and alerts, by the channels that the routing picks.
//!
//! **Invariant:** the row decides: a message too many finds its notice delivered, or not due yet, and does nothing.
//! **Invariant:** an attempt is claimed in the row before it begins; of two messages that come at once one gets it.
//! **Invariant:** what was accepted is sent again only if this function died before it could write that down.
//! **Invariant:** an alert is routed once: where to, and a row for each of these channels, are one transaction.
//! **Invariant:** on one channel the messages of an incident go out in their order, and an end reaches whoever heard of a beginning.
//! **Invariant:** a channel that fails loses nothing: its fallback gets the row in the transaction that gives it up.
//! **Invariant:** no address, no key and no password reaches the log or a row.

mod carry;
mod chances;
mod channels;
mod delivery;
mod letters;
mod outcome;
mod post;
mod spread;
mod tell;

use std::sync::Arc;

use runtime::{Context, Function, SettingsError, queue_function};
use store::NoticeMessage;

use delivery::Delivery;

/// The function.
///
/// # Errors
/// A variable is missing.
pub fn function(context: &Context) -> Result<Function, SettingsError> {
    let delivery = Arc::new(Delivery::new(context)?);
    Ok(queue_function(move |message: NoticeMessage| {
        let delivery = Arc::clone(&delivery);
        async move { delivery.deliver(&message.notice).await }
    }))
}
