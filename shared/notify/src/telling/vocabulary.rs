//! The words for what may be wrong, in both languages.

use std::time::Duration;

use domain::{
    Instant,
    monitoring::incident::{Cause, MessageKind, Severity, Trouble},
};

use crate::Language;

/// What is wrong, to follow the name of one site or the number of several; or that it is over.
pub fn state(language: Language, trouble: Trouble, over: bool, many: bool) -> &'static str {
    let [one, several, one_again, several_again] = match language {
        Language::En => english(trouble),
        Language::Nl => dutch(trouble),
    };
    match (over, many) {
        (false, false) => one,
        (false, true) => several,
        (true, false) => one_again,
        (true, true) => several_again,
    }
}

const fn english(trouble: Trouble) -> [&'static str; 4] {
    match trouble {
        Trouble::Down => ["is down", "are down", "is up again", "are up again"],
        Trouble::Slow => [
            "answers slowly",
            "answer slowly",
            "answers in time again",
            "answer in time again",
        ],
        Trouble::Memory => [
            "is short of memory",
            "are short of memory",
            "has enough memory again",
            "have enough memory again",
        ],
        Trouble::Database => [
            "has trouble with its database",
            "have trouble with their databases",
            "has its database in order again",
            "have their databases in order again",
        ],
        Trouble::Degraded => [
            "says that it works badly",
            "say that they work badly",
            "works well again",
            "work well again",
        ],
        Trouble::RateLimited => [
            "turns our checks away",
            "turn our checks away",
            "lets our checks in again",
            "let our checks in again",
        ],
        Trouble::Certificate => [
            "has a certificate that ends soon",
            "have certificates that end soon",
            "has a certificate that lasts again",
            "have certificates that last again",
        ],
        Trouble::LowUptime => [
            "was down for too much of the last 30 days",
            "were down for too much of the last 30 days",
            "has a good uptime over 30 days again",
            "have a good uptime over 30 days again",
        ],
    }
}

const fn dutch(trouble: Trouble) -> [&'static str; 4] {
    match trouble {
        Trouble::Down => [
            "is onbereikbaar",
            "zijn onbereikbaar",
            "is weer bereikbaar",
            "zijn weer bereikbaar",
        ],
        Trouble::Slow => [
            "antwoordt traag",
            "antwoorden traag",
            "antwoordt weer op tijd",
            "antwoorden weer op tijd",
        ],
        Trouble::Memory => [
            "heeft te weinig geheugen",
            "hebben te weinig geheugen",
            "heeft weer genoeg geheugen",
            "hebben weer genoeg geheugen",
        ],
        Trouble::Database => [
            "heeft moeite met de database",
            "hebben moeite met hun database",
            "heeft de database weer op orde",
            "hebben hun database weer op orde",
        ],
        Trouble::Degraded => [
            "meldt dat het slecht gaat",
            "melden dat het slecht gaat",
            "werkt weer goed",
            "werken weer goed",
        ],
        Trouble::RateLimited => [
            "wijst onze controles af",
            "wijzen onze controles af",
            "laat onze controles weer toe",
            "laten onze controles weer toe",
        ],
        Trouble::Certificate => [
            "heeft een certificaat dat binnenkort verloopt",
            "hebben een certificaat dat binnenkort verloopt",
            "heeft weer een certificaat dat blijft",
            "hebben weer een certificaat dat blijft",
        ],
        Trouble::LowUptime => [
            "was de laatste 30 dagen te vaak onbereikbaar",
            "waren de laatste 30 dagen te vaak onbereikbaar",
            "heeft over 30 dagen weer een goede uptime",
            "hebben over 30 dagen weer een goede uptime",
        ],
    }
}

/// What stands before everything else, so that it is seen in a notification.
pub const fn prefix(language: Language, kind: MessageKind, severity: Severity) -> &'static str {
    match (language, kind, severity) {
        (Language::En, MessageKind::Resolve, _) => "RESOLVED",
        (Language::Nl, MessageKind::Resolve, _) => "OPGELOST",
        (Language::En, MessageKind::Reminder, Severity::Critical) => "STILL CRITICAL",
        (Language::Nl, MessageKind::Reminder, Severity::Critical) => "NOG STEEDS KRITIEK",
        (Language::En, _, Severity::Critical) => "CRITICAL",
        (Language::Nl, _, Severity::Critical) => "KRITIEK",
        (Language::En, _, Severity::Warning) => "WARNING",
        (Language::Nl, _, Severity::Warning) => "WAARSCHUWING",
    }
}

/// How bad it is, by name.
pub const fn severity(language: Language, severity: Severity) -> &'static str {
    match (language, severity) {
        (Language::En, Severity::Critical) => "critical",
        (Language::En, Severity::Warning) => "warning",
        (Language::Nl, Severity::Critical) => "kritiek",
        (Language::Nl, Severity::Warning) => "waarschuwing",
    }
}

/// What the sites have in common; `None` when it is one site.
pub fn cause(language: Language, cause: &Cause) -> Option<String> {
    let (kind, name) = match (language, cause) {
        (_, Cause::Site(_)) => return None,
        (Language::En, Cause::Rollout(name)) => ("the rollout", name),
        (Language::Nl, Cause::Rollout(name)) => ("de uitrol", name),
        (Language::En, Cause::TemplateVersion(name)) => ("the template version", name),
        (Language::Nl, Cause::TemplateVersion(name)) => ("de templateversie", name),
        (Language::En, Cause::Provider(name)) => ("the provider", name),
        (Language::Nl, Cause::Provider(name)) => ("de leverancier", name),
    };
    Some(format!("{kind} {name}"))
}

/// A moment, to the minute.
pub fn moment(instant: Instant) -> String {
    let text = instant.to_string();
    let (day, time) = (text.get(..10).unwrap_or_default(), text.get(11..16).unwrap_or_default());
    format!("{day} {time} UTC")
}

/// A time span, in its two largest units.
pub fn span(language: Language, duration: Duration) -> String {
    let minutes = duration.as_secs() / 60;
    let (days, hours, rest) = (minutes / 1440, minutes / 60 % 24, minutes % 60);
    let hour = match language {
        Language::En => "h",
        Language::Nl => "u",
    };
    match (days, hours, rest) {
        (0, 0, 0) => "< 1 min".to_owned(),
        (0, 0, rest) => format!("{rest} min"),
        (0, hours, rest) => format!("{hours} {hour} {rest} min"),
        (days, hours, _) => format!("{days} d {hours} {hour}"),
    }
}
