//! The mail about something that a provider and the ledger see differently.

use domain::{DriftKind, Finding, ResourceKind};

use crate::letter::{Fact, Letter, Value};
use crate::{Language, Mail};

/// What the platform's people are told of a finding.
#[derive(Clone, Copy)]
pub struct DriftMail<'a> {
    /// What was found.
    pub finding: &'a Finding,
    /// The client's name, where its record is still there.
    pub client_name: Option<&'a str>,
    /// The request that lists all open findings.
    pub list: &'a str,
    /// The language to write in.
    pub language: Language,
}

impl DriftMail<'_> {
    /// The mail, addressed to whoever looks after the platform.
    #[must_use]
    pub fn addressed_to(&self, to: &str) -> Mail {
        let subject = self.subject();
        let since = self.finding.first_seen.to_string();
        let client = match self.client_name {
            Some(name) => format!("{name} ({})", self.finding.client_id),
            None => self.finding.client_id.to_string(),
        };
        let letter = self.letter(&subject, &client, &since);
        Mail {
            to: to.to_owned(),
            text: letter.text().into(),
            html: letter.html().into(),
            subject,
        }
    }

    fn subject(&self) -> String {
        let (provider, name) = (self.finding.provider_title(), &self.finding.external_name);
        match (self.language, self.finding.kind) {
            (Language::Nl, DriftKind::Orphan) => format!("Onbekend bij ons: {name} bij {provider}"),
            (Language::Nl, DriftKind::Missing) => format!("Verdwenen: {name} bij {provider}"),
            (Language::Nl, DriftKind::Unmarked) => format!("Zonder ons kenmerk: {name} bij {provider}"),
            (Language::En, DriftKind::Orphan) => format!("Unknown to us: {name} at {provider}"),
            (Language::En, DriftKind::Missing) => format!("Disappeared: {name} at {provider}"),
            (Language::En, DriftKind::Unmarked) => format!("Without our mark: {name} at {provider}"),
        }
    }

    fn letter<'a>(&'a self, heading: &str, client: &'a str, since: &'a str) -> Letter<'a> {
        let (problem, remedy) = match self.language {
            Language::En => (self.finding.problem(), self.finding.remedy()),
            Language::Nl => (problem(self.finding), remedy(self.finding)),
        };
        let [place, name, id, whose, first, list] = match self.language {
            Language::En => ["Where", "Name there", "Id there", "Client", "Since", "All findings"],
            Language::Nl => ["Waar", "Naam daar", "Id daar", "Klant", "Sinds", "Alle bevindingen"],
        };
        let literal = |label, value| Fact {
            label,
            value: Value::Literal(value),
        };
        let mut facts = vec![
            literal(place, self.finding.provider_title()),
            literal(name, self.finding.external_name.as_str()),
        ];
        facts.extend(self.finding.external_id.as_deref().map(|value| literal(id, value)));
        facts.extend([literal(whose, client), literal(first, since)]);
        facts.push(literal(list, self.list));
        Letter {
            language: self.language,
            heading: heading.to_owned(),
            opening: vec![problem],
            facts,
            items: Vec::new(),
            closing: vec![remedy],
        }
    }
}

/// What [`Finding::problem`] says, in Dutch.
fn problem(finding: &Finding) -> String {
    let (provider, name, client) = (finding.provider_title(), &finding.external_name, &finding.client_id);
    let thing = thing(finding);
    match finding.kind {
        DriftKind::Orphan => format!(
            "Bij {provider} staat {thing} {name}, gemarkeerd als gemaakt voor klant {client}, en onze administratie kent die niet of \
             zegt dat die weg is."
        ),
        DriftKind::Missing => {
            format!("Volgens onze administratie heeft klant {client} {thing} {name}, en {provider} heeft die niet.")
        }
        DriftKind::Unmarked => {
            format!("Bij {provider} draagt {thing} {name} van klant {client} het kenmerk van dit platform niet meer.")
        }
    }
}

/// What [`Finding::remedy`] says, in Dutch.
fn remedy(finding: &Finding) -> String {
    let provider = finding.provider_title();
    let what = match (finding.kind, finding.resource) {
        (DriftKind::Orphan, _) => format!(
            "Er is niets verwijderd. Bekijk het bij {provider}: is er niets meer van nodig, verwijder het dan daar, want het kan geld \
             kosten."
        ),
        (DriftKind::Missing, ResourceKind::Database) => format!(
            "De site is haar gegevens kwijt. Kijk of {provider} ze kan terugzetten (Railway bewaart een verwijderd volume 48 uur en \
             mailt er een link naar). Zo niet, verwijder de klant en voeg hem opnieuw toe."
        ),
        (DriftKind::Missing, _) => format!(
            "De site is uit de lucht. Zoek uit wie het bij {provider} heeft verwijderd. Om de site terug te brengen: maak een kopie \
             van de database, verwijder de klant en voeg hem opnieuw toe."
        ),
        (DriftKind::Unmarked, _) => {
            let mark = match finding.provider.as_str() {
                "railway" => format!("Maak de omschrijving weer provision:{}.", finding.client_id),
                _ => format!("Zet de variabele PLATFORM_CLIENT_ID weer op {}.", finding.client_id),
            };
            format!("Zonder kenmerk raakt dit platform het niet aan, ook niet om het te verwijderen. {mark}")
        }
    };
    format!("{what} Deze bevinding sluit zichzelf bij de eerste controle die het niet meer ziet.")
}

const fn thing(finding: &Finding) -> &'static str {
    match finding.resource {
        ResourceKind::Database => "de database",
        _ => "het project",
    }
}
