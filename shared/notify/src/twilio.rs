//! Twilio: text messages.

use reqwest::header::CONTENT_TYPE;
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;
use url::form_urlencoded;

use crate::{Outside, SendError, Telling};

const SERVICE: &str = "Twilio";
/// Two parts of a long message; whoever wants more follows the link.
const LONGEST_TEXT: usize = 320;

/// An account of Twilio. No `Debug`: all of it is secret.
pub struct Twilio<'a> {
    /// Where Twilio is reached.
    pub base: &'a str,
    /// The account.
    pub account_sid: &'a SecretString,
    /// Its token.
    pub auth_token: &'a SecretString,
}

impl Twilio<'_> {
    /// Sends a text message to one number.
    ///
    /// # Errors
    /// [`SendError`].
    pub async fn send(&self, outside: &Outside, from: &str, to: &str, telling: &Telling) -> Result<(), SendError> {
        let account = self.account_sid.expose_secret();
        let url = format!("{}/2010-04-01/Accounts/{account}/Messages.json", self.base);
        let form = form_urlencoded::Serializer::new(String::new())
            .append_pair("From", from)
            .append_pair("To", to)
            .append_pair("Body", &telling.short_text())
            .finish();
        let request = outside
            .post(&url)
            .basic_auth(account, Some(self.auth_token.expose_secret()))
            .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(form);
        let reply = outside.send(SERVICE, request).await?;
        if reply.is_success() {
            return Ok(());
        }
        let answer: Value = serde_json::from_slice(&reply.body).unwrap_or_default();
        let code = answer.get("code").and_then(Value::as_u64).map(|code| code.to_string());
        Err(reply.refusal(SERVICE, code.as_deref()))
    }
}

impl Telling {
    /// As a text message: what, since when, where to look, which message. What does not fit is cut from the first.
    #[must_use]
    pub fn short_text(&self) -> String {
        let parts = [self.time(), self.link.clone(), Some(self.id.clone())];
        let tail: String = parts.into_iter().flatten().map(|part| format!("\n{part}")).collect();
        let room = LONGEST_TEXT.saturating_sub(tail.chars().count());
        let headline: String = if self.headline.chars().count() > room {
            self.headline
                .chars()
                .take(room.saturating_sub(3))
                .chain("...".chars())
                .collect()
        } else {
            self.headline.clone()
        };
        let text = format!("{headline}{tail}");
        text.chars().take(LONGEST_TEXT).collect()
    }
}
