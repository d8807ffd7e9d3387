//! Somebody's own address, signed as Standard Webhooks says (<https://www.standardwebhooks.com>).

use base64::{Engine as _, engine::general_purpose::STANDARD};
use domain::{Instant, channel::check_webhook_address, monitoring::incident::Severity};
use hmac::{Hmac, KeyInit, Mac};
use reqwest::header::CONTENT_TYPE;
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};
use sha2::Sha256;

use crate::{Outside, SendError, Telling};

const SERVICE: &str = "the webhook";

/// A webhook. No `Debug`: what it signs with is secret.
pub struct Webhook<'a> {
    /// Where it leads.
    pub url: &'a str,
    /// What to sign with, the newest first; while it is changed there are two.
    pub secrets: &'a [&'a SecretString],
}

impl Webhook<'_> {
    /// Sends an event. A receiver knows a repetition by its `webhook-id`.
    ///
    /// # Errors
    /// [`SendError`]; a receiver that answers 410 wants no more of it, and everything else may pass.
    pub async fn send(&self, outside: &Outside, telling: &Telling, now: Instant) -> Result<(), SendError> {
        // What the name leads to is seen to by `outside`; an address without a name is not looked up.
        check_webhook_address("url", self.url, outside.machine()).map_err(|_| SendError::Refused {
            service: SERVICE,
            why: "its address is not public".to_owned(),
        })?;
        let body = telling.webhook_event().to_string();
        let timestamp = now.epoch_seconds();
        let signatures: Vec<String> = self
            .secrets
            .iter()
            .filter_map(|secret| signature(secret.expose_secret(), &telling.id, timestamp, &body))
            .collect();
        if signatures.is_empty() {
            return Err(SendError::Refused {
                service: SERVICE,
                why: "there is no secret to sign with".to_owned(),
            });
        }
        let request = outside
            .post(self.url)
            .header(CONTENT_TYPE, "application/json")
            .header("webhook-id", telling.id.as_str())
            .header("webhook-timestamp", timestamp.to_string())
            .header("webhook-signature", signatures.join(" "))
            .body(body);
        let reply = outside.send(SERVICE, request).await?;
        match reply.status {
            200..=299 => Ok(()),
            410 | 429 => Err(reply.refusal(SERVICE, None)),
            status => Err(SendError::Unavailable {
                service: SERVICE,
                why: format!("HTTP {status}"),
                unsure: matches!(status, 502 | 504),
            }),
        }
    }
}

/// `v1,<base64 of the HMAC-SHA256 of id.timestamp.body>`; `None` when the secret is none.
#[must_use]
pub fn signature(secret: &str, id: &str, timestamp: i64, body: &str) -> Option<String> {
    let key = STANDARD.decode(secret.strip_prefix("whsec_")?).ok()?;
    let mut mac = Hmac::<Sha256>::new_from_slice(&key).ok()?;
    mac.update(format!("{id}.{timestamp}.{body}").as_bytes());
    Some(format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes())))
}

impl Telling {
    /// As an event for a program.
    #[must_use]
    pub fn webhook_event(&self) -> Value {
        let sites: Vec<Value> = self
            .sites
            .iter()
            .map(|site| json!({"id": site.id, "name": site.name, "domain": site.address}))
            .collect();
        json!({
            "type": self.event,
            "timestamp": self.at,
            "data": {
                "id": self.id,
                "incident": self.key,
                "summary": self.headline,
                "severity": match self.severity {
                    Severity::Critical => "critical",
                    Severity::Warning => "warning",
                },
                "resolved": self.over,
                "trouble": self.trouble,
                "cause": self.cause,
                "sites": sites,
                "siteCount": self.site_count,
                "since": self.since,
                "link": self.link,
            },
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_signature_is_that_of_the_specification() {
        // The example of the specification's own libraries.
        let signed = signature(
            "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
            "msg_p5jXN8AQM9LWM0D4loKWxJek",
            1_614_265_330,
            r#"{"test": 2432232314}"#,
        );
        assert_eq!(signed.unwrap(), "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
        assert!(signature("secret", "id", 0, "").is_none());
    }
}
