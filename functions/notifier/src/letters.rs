//! Mails that go to one address: the welcome mail, and what the audit confirmed.

use domain::{Client, Error, Notice, NoticeKind};
use notify::{DriftMail, Mail, WelcomeMail};

use crate::{delivery::Delivery, outcome};

/// The name of the first admin's first password in the client's secret; provisioning writes it.
const ADMIN_PASSWORD: &str = "ADMIN_PASSWORD";

impl Delivery {
    /// What is to be sent; `None` when nothing is, and why stands in the notice then.
    pub(crate) async fn letter(&self, notice: &mut Notice) -> Result<Option<Mail>, Error> {
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
            NoticeKind::Alert | NoticeKind::Monitor | NoticeKind::Test => {
                outcome::failed(notice, "it goes by channels");
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
            list: &format!("GET {}/api/platform/drift", self.platform_url),
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
