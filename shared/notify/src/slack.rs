//! Slack: incoming webhooks.

use secrecy::{ExposeSecret, SecretString};
use serde_json::json;

use crate::{Outside, SendError, Telling};

/// Where all incoming webhooks begin; what follows is the secret.
const AT_SLACK: &str = "https://hooks.slack.com";
/// So many sites are named.
const MOST_NAMES: usize = 10;
const SERVICE: &str = "Slack";

/// An incoming webhook. No `Debug`: its address is the secret.
pub struct Slack<'a> {
    /// Where Slack is reached.
    pub base: &'a str,
    /// The webhook's address, as Slack gave it.
    pub webhook: &'a SecretString,
}

impl Slack<'_> {
    /// Posts a message.
    ///
    /// # Errors
    /// [`SendError`].
    pub async fn send(&self, outside: &Outside, telling: &Telling) -> Result<(), SendError> {
        let path = self.webhook.expose_secret().strip_prefix(AT_SLACK);
        let path = path.ok_or_else(|| SendError::Refused {
            service: SERVICE,
            why: "its secret is not an address at hooks.slack.com".to_owned(),
        })?;
        let message = json!({"text": telling.slack_text()});
        let request = outside.post(&format!("{}{path}", self.base)).json(&message);
        let reply = outside.send(SERVICE, request).await?;
        match (reply.is_success(), reply.status) {
            (true, _) => Ok(()),
            // A webhook or channel that is gone, and a team that does not let us write.
            (false, 403) => Err(SendError::Refused {
                service: SERVICE,
                why: format!("HTTP 403 {}", reply.code().unwrap_or_default()),
            }),
            (false, _) => Err(reply.refusal(SERVICE, reply.code().as_deref())),
        }
    }
}

impl Telling {
    /// As text of Slack: everything in the first line, since that is what a notification shows.
    #[must_use]
    pub fn slack_text(&self) -> String {
        let mut lines = vec![self.headline.clone()];
        lines.extend(self.facts.iter().map(|(label, value)| format!("{label}: {value}")));
        if self.site_count > 1 {
            let (names, more) = self.names(MOST_NAMES);
            lines.extend(names.into_iter().map(|name| format!("• {name}")));
            lines.extend((more > 0).then(|| self.and_more(more)));
        }
        lines.extend(self.link.clone());
        lines.push(self.id.clone());
        escaped(&lines.join("\n"))
    }
}

/// Text that means itself in Slack.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
