//! The mail that hands a new site to its first administrator.

use secrecy::{ExposeSecret, SecretString};

use crate::letter::{Fact, Letter, Value};
use crate::{Language, Mail};

/// What a new client needs to know to start. No `Debug`: it names a person.
#[derive(Clone, Copy)]
pub struct WelcomeMail<'a> {
    /// The client's name.
    pub client_name: &'a str,
    /// Where the site is.
    pub site_url: &'a str,
    /// Where editors sign in.
    pub admin_url: &'a str,
    /// The name to sign in with: the first administrator's e-mail address.
    pub sign_in_name: &'a str,
    /// The password to sign in with once; the mail asks to change it.
    pub first_password: &'a SecretString,
    /// The language to write in.
    pub language: Language,
}

impl WelcomeMail<'_> {
    /// The mail, addressed to the one who asked for the site.
    #[must_use]
    pub fn addressed_to(&self, to: &str) -> Mail {
        let subject = self.subject();
        let letter = self.letter(&subject);
        Mail {
            to: to.to_owned(),
            text: letter.text().into(),
            html: letter.html().into(),
            subject,
        }
    }

    fn subject(&self) -> String {
        match self.language {
            Language::Nl => format!("De website van {} staat online", self.client_name),
            Language::En => format!("The website of {} is live", self.client_name),
        }
    }

    fn letter(&self, heading: &str) -> Letter<'_> {
        let Words {
            greeting,
            site,
            admin,
            name,
            password,
            advice,
            closing,
        } = words(self.language);
        let news = match self.language {
            Language::Nl => format!(
                "Goed nieuws: de website van {} staat online. Dit heb je nodig om te beginnen:",
                self.client_name
            ),
            Language::En => format!(
                "Good news: the website of {} is live. This is what you need to start:",
                self.client_name
            ),
        };
        Letter {
            language: self.language,
            heading: heading.to_owned(),
            opening: vec![greeting.to_owned(), news],
            facts: vec![
                Fact {
                    label: site,
                    value: Value::Link(self.site_url),
                },
                Fact {
                    label: admin,
                    value: Value::Link(self.admin_url),
                },
                Fact {
                    label: name,
                    value: Value::Literal(self.sign_in_name),
                },
                Fact {
                    label: password,
                    value: Value::Literal(self.first_password.expose_secret()),
                },
            ],
            items: Vec::new(),
            closing: vec![advice.to_owned(), closing.to_owned()],
        }
    }
}

/// The sentences that are the same for every client.
struct Words {
    greeting: &'static str,
    site: &'static str,
    admin: &'static str,
    name: &'static str,
    password: &'static str,
    advice: &'static str,
    closing: &'static str,
}

const fn words(language: Language) -> Words {
    match language {
        Language::Nl => Words {
            greeting: "Hallo,",
            site: "Website",
            admin: "Beheer",
            name: "Inlognaam",
            password: "Eerste wachtwoord",
            advice: "Wijzig dit wachtwoord meteen nadat je voor het eerst bent ingelogd, en deel het met niemand.",
            closing: "Veel plezier met je nieuwe website!",
        },
        Language::En => Words {
            greeting: "Hello,",
            site: "Website",
            admin: "Admin panel",
            name: "Sign-in name",
            password: "First password",
            advice: "Please change this password right after you sign in for the first time, and share it with nobody.",
            closing: "Enjoy your new website!",
        },
    }
}
