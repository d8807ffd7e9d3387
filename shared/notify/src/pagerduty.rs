//! PagerDuty: Events API v2. The key that ties an end to its beginning makes a repetition harmless.

use domain::monitoring::incident::Severity;
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};

use crate::{Outside, SendError, Telling};

const SERVICE: &str = "PagerDuty";
/// PagerDuty refuses a longer summary.
const LONGEST_SUMMARY: usize = 1024;

/// An integration of PagerDuty. No `Debug`: its key is a secret.
pub struct PagerDuty<'a> {
    /// Where PagerDuty is reached.
    pub base: &'a str,
    /// The integration's key.
    pub routing_key: &'a SecretString,
    /// This platform, as the source of what it tells.
    pub source: &'a str,
}

impl PagerDuty<'_> {
    /// Sends an event.
    ///
    /// # Errors
    /// [`SendError`].
    pub async fn send(&self, outside: &Outside, telling: &Telling) -> Result<(), SendError> {
        let mut event = telling.pagerduty_event(self.source);
        if let Some(event) = event.as_object_mut() {
            event.insert("routing_key".to_owned(), json!(self.routing_key.expose_secret()));
        }
        let request = outside.post(&format!("{}/v2/enqueue", self.base)).json(&event);
        let reply = outside.send(SERVICE, request).await?;
        match reply.is_success() {
            true => Ok(()),
            false => Err(reply.refusal(SERVICE, None)),
        }
    }
}

impl Telling {
    /// As an event, without the integration's key. Updates and reminders join the alert that is open under the same key.
    #[must_use]
    pub fn pagerduty_event(&self, source: &str) -> Value {
        let sites: Vec<String> = self.names(usize::MAX).0;
        let mut details = json!({"message": self.id, "siteCount": self.site_count, "sites": sites});
        if let Some(details) = details.as_object_mut() {
            details.extend(
                self.facts
                    .iter()
                    .map(|(label, value)| ((*label).to_owned(), json!(value))),
            );
        }
        let links: Vec<Value> = self
            .link
            .iter()
            .map(|link| json!({"href": link, "text": "Tenantry"}))
            .collect();
        json!({
            "event_action": if self.over { "resolve" } else { "trigger" },
            "dedup_key": self.key,
            "client": "Tenantry",
            "client_url": self.link.as_deref().unwrap_or(source),
            "links": links,
            "payload": {
                "summary": self.headline.chars().take(LONGEST_SUMMARY).collect::<String>(),
                "source": source,
                "severity": match self.severity {
                    Severity::Critical => "critical",
                    Severity::Warning => "warning",
                },
                "timestamp": self.at.to_string(),
                "class": self.trouble.unwrap_or(self.event),
                "custom_details": details,
            },
        })
    }
}
