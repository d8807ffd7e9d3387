//! Delivers what the outbox holds: the welcome mail, and to the platform's own people what the audit confirmed.
//!
//! **Invariant:** the row decides: a message too many finds its notice delivered, or not due yet, and does nothing.
//! **Invariant:** an attempt is claimed in the row before it begins; of two messages that come at once one gets it.
//! **Invariant:** a mail that was accepted is sent again only if this function died before it could write that down.
//! **Invariant:** no address and no password reaches the log or a row.

mod delivery;
mod outcome;

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
