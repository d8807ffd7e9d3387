//! What follows from a turn, outside of the desk's record. All of it can be done twice.

use std::time::Duration;

use domain::{Error, Notice, monitoring::incident::DeskRecord};

use crate::desk::IncidentDesk;

impl IncidentDesk {
    /// Writes messages into the outbox and incidents beside the desk, then notes that it is done.
    ///
    /// # Errors
    /// Our own records fail: the desk still names what is to be done.
    pub async fn finish(&self, record: &DeskRecord, revision: u64) -> Result<(), Error> {
        if record.is_quiet() {
            return Ok(());
        }
        for message in &record.outgoing {
            let notice = Notice::alert(message.clone(), self.clock.now());
            self.store.put_notice_if_new(&notice).await?;
            if let Err(error) = self.queues.send_notice(&notice.id, Duration::ZERO).await {
                tracing::warn!(notice.id = %notice.id, error = %error.chain(), "a message was not sent; the reconciler will send it");
            }
            tracing::info!(
                incident.id = %message.incident,
                message.id = %message.id,
                sites = message.site_count,
                "somebody is told of an incident"
            );
        }
        for incident in record.stale_incidents().chain(&record.closed) {
            self.store.put_incident(incident, revision).await?;
        }
        // Whoever was faster has read what is to be done and does it too.
        self.store
            .save_desk(&record.quiet(), Some(revision), None)
            .await
            .map(drop)
    }
}
