//! What an alert says, before it is a message of Slack, a mail or anything else.

mod mail;
mod reason;
mod vocabulary;

use domain::{
    Instant,
    monitoring::{
        Critical, MonitorNews, SightChange,
        incident::{Cause, Message, MessageKind, Severity, Trouble},
    },
};

use crate::Language;

/// A site as people know it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Site {
    /// The client's id.
    pub id: String,
    /// The client's name; its id when its record is gone.
    pub name: String,
    /// Where the site is, without `https://`; empty when unknown.
    pub address: String,
}

/// What is to be told, in one language. Whatever a stranger wrote stands in it as it was written: each form escapes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Telling {
    /// The same for the same message, wherever and however often it is told.
    pub id: String,
    /// What it is, for machines: `alert.trigger`, `monitor.blind`, `test`.
    pub event: &'static str,
    /// Ties the end to the beginning.
    pub key: String,
    /// It is an end.
    pub over: bool,
    /// How bad it is.
    pub severity: Severity,
    /// Everything in one line.
    pub headline: String,
    /// What else there is to say, by label.
    pub facts: Vec<(&'static str, String)>,
    /// The sites that it is about, as many as are known by name.
    pub sites: Vec<Site>,
    /// How many they are.
    pub site_count: u32,
    /// What is wrong, for machines.
    pub trouble: Option<&'static str>,
    /// What the sites have in common, for machines.
    pub cause: Option<String>,
    /// Since when.
    pub since: Option<Instant>,
    /// When it was made.
    pub at: Instant,
    /// Where there is more to see.
    pub link: Option<String>,
    /// The language.
    pub language: Language,
}

impl Telling {
    /// A message about sites; `sites` are those of the message, in its order, and `reason` is why they are down, most of them.
    #[must_use]
    pub fn alert(
        id: &str,
        message: &Message,
        sites: Vec<Site>,
        reason: Option<Critical>,
        link: String,
        language: Language,
    ) -> Self {
        let over = message.kind == MessageKind::Resolve;
        let (since, severity) = (vocabulary::moment(message.since), message.severity);
        let reason = reason.filter(|_| !over && message.trouble == Trouble::Down);
        let reason = reason.map(|reason| (label(language, Label::Reason), reason::words(language, reason)));
        let mut facts: Vec<_> = reason.into_iter().collect();
        facts.push((
            label(language, Label::Severity),
            vocabulary::severity(language, severity).to_owned(),
        ));
        if over {
            let lasted = vocabulary::span(language, message.at.since(message.since));
            let from_to = format!("{lasted} ({since} – {})", vocabulary::moment(message.at));
            facts.push((label(language, Label::Lasted), from_to));
        } else {
            facts.push((label(language, Label::Since), since));
        }
        let shared = vocabulary::cause(language, &message.cause);
        facts.extend(shared.map(|cause| (label(language, Label::InCommon), cause)));
        Self {
            id: id.to_owned(),
            event: match message.kind {
                MessageKind::Trigger => "alert.trigger",
                MessageKind::Update => "alert.update",
                MessageKind::Reminder => "alert.reminder",
                MessageKind::Resolve => "alert.resolve",
            },
            key: message.incident.clone(),
            over,
            severity,
            headline: headline(message, &sites, language),
            facts,
            sites,
            site_count: message.site_count,
            trouble: Some(message.trouble.name()),
            cause: (!matches!(message.cause, Cause::Site(_))).then(|| message.cause.to_string()),
            since: Some(message.since),
            at: message.at,
            link: Some(link),
            language,
        }
    }

    /// News of the monitor itself.
    #[must_use]
    pub fn monitor(id: &str, news: MonitorNews, at: Instant, language: Language) -> Self {
        let over = news.is_recovery();
        let (event, key, since, en, nl) = match news {
            MonitorNews::Sight(SightChange::WentBlind(run)) => (
                "monitor.blind",
                news.id(),
                run,
                "CRITICAL: the monitor cannot see; what it would say of sites does not count until it sees again",
                "KRITIEK: de monitor is blind; wat hij over sites zegt telt niet tot hij weer ziet",
            ),
            MonitorNews::Sight(SightChange::SeesAgain(run)) => (
                "monitor.sees",
                MonitorNews::Sight(SightChange::WentBlind(run)).id(),
                run,
                "RESOLVED: the monitor sees again",
                "OPGELOST: de monitor ziet weer",
            ),
            MonitorNews::Silent(run) => (
                "monitor.silent",
                news.id(),
                run,
                "CRITICAL: the monitor is silent; no check of the sites has come to its end",
                "KRITIEK: de monitor zwijgt; geen controle van de sites is tot een einde gekomen",
            ),
            MonitorNews::Audible(run) => (
                "monitor.audible",
                MonitorNews::Silent(run).id(),
                run,
                "RESOLVED: the monitor checks the sites again",
                "OPGELOST: de monitor controleert de sites weer",
            ),
        };
        let headline = match language {
            Language::En => en,
            Language::Nl => nl,
        };
        let since = since.start();
        Self {
            id: id.to_owned(),
            event,
            key: format!("monitor-{key}"),
            over,
            severity: Severity::Critical,
            headline: headline.to_owned(),
            facts: vec![(label(language, Label::Since), vocabulary::moment(since))],
            sites: Vec::new(),
            site_count: 0,
            trouble: None,
            cause: None,
            since: Some(since),
            at,
            link: None,
            language,
        }
    }

    /// Somebody tries a channel.
    #[must_use]
    pub fn test(id: &str, channel: &str, at: Instant, language: Language) -> Self {
        let headline = match language {
            Language::En => format!("TEST: this is how alerts reach the channel {channel}; nothing is wrong"),
            Language::Nl => format!("TEST: zo bereiken meldingen het kanaal {channel}; er is niets aan de hand"),
        };
        Self {
            id: id.to_owned(),
            event: "test",
            key: id.to_owned(),
            over: false,
            severity: Severity::Warning,
            headline,
            facts: Vec::new(),
            sites: Vec::new(),
            site_count: 0,
            trouble: None,
            cause: None,
            since: None,
            at,
            link: None,
            language,
        }
    }

    /// Since when, or how long it lasted, in one line.
    #[must_use]
    pub(crate) fn time(&self) -> Option<String> {
        let times = [label(self.language, Label::Since), label(self.language, Label::Lasted)];
        let fact = self.facts.iter().find(|(label, _)| times.contains(label));
        fact.map(|(label, value)| format!("{label}: {value}"))
    }

    /// The sites by name, at most so many, and how many more there are.
    #[must_use]
    pub fn names(&self, most: usize) -> (Vec<String>, u32) {
        let names: Vec<String> = self.sites.iter().take(most).map(Site::shown).collect();
        let more = self
            .site_count
            .saturating_sub(u32::try_from(names.len()).unwrap_or(u32::MAX));
        (names, more)
    }

    /// "and N more".
    #[must_use]
    pub fn and_more(&self, more: u32) -> String {
        match self.language {
            Language::En => format!("and {more} more"),
            Language::Nl => format!("en nog {more}"),
        }
    }
}

impl Site {
    /// Name and address.
    #[must_use]
    pub fn shown(&self) -> String {
        if self.address.is_empty() {
            self.name.clone()
        } else {
            format!("{} ({})", self.name, self.address)
        }
    }
}

fn headline(message: &Message, sites: &[Site], language: Language) -> String {
    let over = message.kind == MessageKind::Resolve;
    let prefix = vocabulary::prefix(language, message.kind, message.severity);
    let many = message.site_count != 1;
    let state = vocabulary::state(language, message.trouble, over, many);
    match (sites.first().filter(|_| !many), message.kind, language) {
        (Some(site), ..) => format!("{prefix}: {} {state}", site.shown()),
        (None, MessageKind::Update, Language::En) => format!("{prefix}: now {} sites {state}", message.site_count),
        (None, MessageKind::Update, Language::Nl) => {
            format!("{prefix}, breidt zich uit: {} sites {state}", message.site_count)
        }
        (None, ..) => format!("{prefix}: {} sites {state}", message.site_count),
    }
}

enum Label {
    Reason,
    Severity,
    Since,
    Lasted,
    InCommon,
    Incident,
}

const fn label(language: Language, label: Label) -> &'static str {
    match (language, label) {
        (Language::En, Label::Reason) => "Reason",
        (Language::Nl, Label::Reason) => "Oorzaak",
        (Language::En, Label::Severity) => "Severity",
        (Language::Nl, Label::Severity) => "Ernst",
        (Language::En, Label::Since) => "Since",
        (Language::Nl, Label::Since) => "Sinds",
        (Language::En, Label::Lasted) => "Lasted",
        (Language::Nl, Label::Lasted) => "Duurde",
        (Language::En, Label::InCommon) => "In common",
        (Language::Nl, Label::InCommon) => "Gemeenschappelijk",
        (Language::En | Language::Nl, Label::Incident) => "Incident",
    }
}
