//! One notice, from its row to whoever is to read it.

use std::{sync::Arc, time::Duration};

use domain::{Clock, Error, Notice, NoticeKind};
use notify::{Language, Mailer, Outside};
use runtime::{Context, SettingsError};
use store::{Queues, SaveOutcome, Secrets, Store};

use crate::{chances, channels::Channels, outcome};

/// SQS delays a message by at most so much; for what is due later the reconciler sends one.
const LONGEST_DELAY: Duration = Duration::from_secs(900);

/// What is needed to deliver.
pub struct Delivery {
    pub(crate) store: Store,
    pub(crate) secrets: Secrets,
    pub(crate) queues: Queues,
    pub(crate) mailer: Mailer,
    pub(crate) outside: Outside,
    pub(crate) channels: Channels,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) site_url: String,
    pub(crate) platform_url: String,
    /// Whoever looks after the platform; nobody when the setting is empty.
    pub(crate) alert_email: Option<String>,
    pub(crate) language: Language,
}

impl Delivery {
    pub fn new(context: &Context) -> Result<Self, SettingsError> {
        let settings = context.settings();
        let ses = aws_sdk_ses::Client::new(context.sdk());
        let channels = Channels::new(context)?;
        Ok(Self {
            store: context.store(),
            secrets: context.secrets()?,
            queues: context.queues(),
            mailer: Mailer::new(ses, settings.text("SENDER_EMAIL")?),
            outside: Outside::new(channels.machine.clone()).map_err(|_| SettingsError::Unreadable {
                name: "SSL_CERT_FILE",
                expected: "a file with the roots of TLS, if it is set",
            })?,
            channels,
            clock: context.clock(),
            site_url: settings.text("SITE_URL")?,
            platform_url: settings.text("PLATFORM_URL")?,
            alert_email: settings.optional("ALERT_EMAIL"),
            language: settings.parsed("MAIL_LANGUAGE", "nl or en")?,
        })
    }

    /// Delivers a notice if it is due, and writes down what became of it.
    pub async fn deliver(&self, id: &str) -> Result<(), Error> {
        let Some(notice) = self.store.notice(id).await? else {
            tracing::warn!(notice.id = %id, "there is no such notice");
            return Ok(());
        };
        if !outcome::is_due(&notice, self.clock.now()) {
            return Ok(());
        }
        match (notice.kind, notice.channel.clone()) {
            (NoticeKind::Welcome | NoticeKind::Drift, _) => self.mail_once(notice).await,
            (NoticeKind::Alert | NoticeKind::Monitor | NoticeKind::Test, Some(channel)) => {
                self.carry(notice, &channel).await
            }
            (NoticeKind::Alert | NoticeKind::Monitor | NoticeKind::Test, None) => self.spread(notice).await,
        }
    }

    /// One mail to one address: tried again with growing pauses.
    async fn mail_once(&self, mut notice: Notice) -> Result<(), Error> {
        let found = notice.attempts;
        let Some(mail) = self.letter(&mut notice).await? else {
            return self.record(&notice, found).await.map(drop);
        };
        outcome::begun(&mut notice, self.clock.now());
        // Whoever read the row at the same moment finds it claimed, and sends nothing.
        if self.store.save_notice(&notice, found).await? == SaveOutcome::Overtaken {
            tracing::info!(notice.id = %notice.id, "somebody else delivers this notice");
            return Ok(());
        }
        match self.mailer.send(&mail).await {
            Ok(_) => outcome::delivered(&mut notice, self.clock.now()),
            Err(error) => {
                tracing::warn!(notice.id = %notice.id, error = %error, "a mail was not accepted");
                outcome::refused(&mut notice, &error, self.clock.now());
            }
        }
        self.record(&notice, notice.attempts).await.map(drop)
    }

    /// Writes down what became of a notice that had been tried so often.
    pub(crate) async fn record(&self, notice: &Notice, attempts: u32) -> Result<SaveOutcome, Error> {
        let saved = self.store.save_notice(notice, attempts).await?;
        tracing::info!(notice.id = %notice.id, notice.state = ?notice.state, notice.attempts = notice.attempts, saved = ?saved, "a notice was handled");
        Ok(saved)
    }

    /// Others come first: it is looked at again in a moment.
    pub(crate) async fn postpone(&self, mut notice: Notice) -> Result<(), Error> {
        chances::postponed(&mut notice, self.clock.now());
        if self.store.save_notice(&notice, notice.attempts).await? == SaveOutcome::Saved {
            tracing::info!(notice.id = %notice.id, "what comes before this notice is still under way");
            self.remind(&notice).await;
        }
        Ok(())
    }

    /// Gives a notice its turn when it is due.
    pub(crate) async fn remind(&self, notice: &Notice) {
        let after = notice.due_at.since(self.clock.now());
        if after > LONGEST_DELAY {
            return;
        }
        if let Err(error) = self.queues.send_notice(&notice.id, after).await {
            tracing::warn!(notice.id = %notice.id, error = %error.chain(), "a message was not sent; the reconciler will send it");
        }
    }
}
