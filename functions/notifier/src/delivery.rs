//! One notice, from its row to its channel.

use std::sync::Arc;

use domain::{Client, Clock, Error, Notice, NoticeKind};
use notify::{DriftMail, Language, Mail, Mailer, WelcomeMail};
use runtime::{Context, SettingsError};
use store::{SaveOutcome, Secrets, Store};

use crate::outcome;

/// The name of the first admin's first password in the client's secret; provisioning writes it.
const ADMIN_PASSWORD: &str = "ADMIN_PASSWORD";

/// What is needed to deliver.
pub struct Delivery {
    store: Store,
    secrets: Secrets,
    mailer: Mailer,
    clock: Arc<dyn Clock>,
    site_url: String,
    /// Whoever looks after the platform; nobody when the setting is empty.
    alert_email: Option<String>,
    findings: String,
    language: Language,
}

impl Delivery {
    pub fn new(context: &Context) -> Result<Self, SettingsError> {
        let settings = context.settings();
        let ses = aws_sdk_ses::Client::new(context.sdk());
        Ok(Self {
            store: context.store(),
            secrets: context.secrets()?,
            mailer: Mailer::new(ses, settings.text("SENDER_EMAIL")?),
            clock: context.clock(),
            site_url: settings.text("SITE_URL")?,
            alert_email: settings.optional("ALERT_EMAIL"),
            findings: format!("GET {}/api/platform/drift", settings.text("PLATFORM_URL")?),
            language: settings.parsed("MAIL_LANGUAGE", "nl or en")?,
        })
    }

    /// Delivers a notice if it is due, and writes down what became of it.
    pub async fn deliver(&self, id: &str) -> Result<(), Error> {
        let Some(mut notice) = self.store.notice(id).await? else {
            tracing::warn!(notice.id = %id, "there is no such notice");
            return Ok(());
        };
        if !outcome::is_due(&notice, self.clock.now()) {
            return Ok(());
        }
        let found = notice.attempts;
        let Some(mail) = self.mail(&mut notice).await? else {
            return self.record(&notice, found).await;
        };
        outcome::begun(&mut notice, self.clock.now());
        // Whoever read the row at the same moment finds it claimed, and sends nothing.
        if self.store.save_notice(&notice, found).await? == SaveOutcome::Overtaken {
            tracing::info!(notice.id = %id, "somebody else delivers this notice");
            return Ok(());
        }
        match self.mailer.send(&mail).await {
            Ok(_) => outcome::delivered(&mut notice, self.clock.now()),
            Err(error) => {
                tracing::warn!(notice.id = %id, error = %error, "a mail was not accepted");
                outcome::refused(&mut notice, &error, self.clock.now());
            }
        }
        self.record(&notice, notice.attempts).await
    }

    async fn record(&self, notice: &Notice, attempts: u32) -> Result<(), Error> {
        let saved = self.store.save_notice(notice, attempts).await?;
        tracing::info!(notice.id = %notice.id, notice.state = ?notice.state, notice.attempts = notice.attempts, saved = ?saved, "a notice was handled");
        Ok(())
    }

    /// What is to be sent; `None` when nothing is, and why stands in the notice then.
    async fn mail(&self, notice: &mut Notice) -> Result<Option<Mail>, Error> {
        let client = match &notice.client_id {
            Some(id) => self.store.client(id).await?,
            None => None,
        };
        match notice.kind {
            NoticeKind::Welcome => {
                let status = client.as_ref().map(|client| client.status);
                let Some(client) = client.filter(|_| !outcome::is_pointless(status)) else {
                    outcome::dropped(notice);
                    return Ok(None);
                };
                let mail = self.welcome(&client).await?;
                if mail.is_none() {
                    outcome::failed(notice, "the client's secret has no first password");
                }
                Ok(mail)
            }
            // Also of a client that is gone: that is what an orphan is about.
            NoticeKind::Drift => Ok(self.drift(notice, client.as_ref())),
            NoticeKind::Alert | NoticeKind::Monitor => {
                outcome::failed(notice, "this release does not know the channel");
                Ok(None)
            }
        }
    }

    /// The mail about what the audit found; `None` when there is nobody to tell, or nothing.
    fn drift(&self, notice: &mut Notice, client: Option<&Client>) -> Option<Mail> {
        let Some(alert_email) = &self.alert_email else {
            outcome::dropped(notice);
            return None;
        };
        let Some(finding) = &notice.finding else {
            outcome::failed(notice, "the notice has no finding");
            return None;
        };
        let mail = DriftMail {
            finding,
            client_name: client.map(|client| client.name.as_str()),
            list: &self.findings,
            language: self.language,
        };
        Some(mail.addressed_to(alert_email))
    }

    /// The welcome mail; `None` when the first password is not there.
    async fn welcome(&self, client: &Client) -> Result<Option<Mail>, Error> {
        let secret = self.secrets.read_client(&client.id).await?;
        let Some((_, secret)) = secret else {
            return Ok(None);
        };
        let Some(first_password) = secret.get(ADMIN_PASSWORD) else {
            return Ok(None);
        };
        let site_url = self.site_url.replace("{domain}", client.domain.as_str());
        let admin_url = format!("{site_url}/admin");
        let mail = WelcomeMail {
            client_name: client.name.as_str(),
            site_url: &site_url,
            admin_url: &admin_url,
            sign_in_name: client.contact_email.as_str(),
            first_password,
            language: self.language,
        };
        Ok(Some(mail.addressed_to(client.contact_email.as_str())))
    }
}
