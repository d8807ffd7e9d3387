//! Incidents in words.

use super::{Cause, Happening, IncidentSummary, MessageKind, Trouble};

impl Trouble {
    /// What is wrong, after "1 site" and after "3 sites".
    const fn predicates(self) -> [&'static str; 2] {
        match self {
            Self::Down => ["is down", "are down"],
            Self::Slow => ["answers slowly", "answer slowly"],
            Self::Memory => ["is short of memory", "are short of memory"],
            Self::Database => ["has a database that works badly", "have databases that work badly"],
            Self::Degraded => ["says that it works badly", "say that they work badly"],
            Self::RateLimited => ["answers 429 (too many requests)", "answer 429 (too many requests)"],
            Self::Certificate => ["has a certificate that ends soon", "have certificates that end soon"],
            Self::LowUptime => [
                "has too low an uptime over 30 days",
                "have too low an uptime over 30 days",
            ],
        }
    }
}

impl IncidentSummary {
    /// In one line: `128 sites are down (provider vercel + railway)`.
    #[must_use]
    pub fn title(&self) -> String {
        let [one, more] = self.incident.trouble.predicates();
        let predicate = if self.site_count == 1 { one } else { more };
        let what = format!("{} {predicate}", sites(self.site_count));
        match &self.incident.cause {
            Cause::Site(_) => what,
            shared => format!("{what} ({shared})"),
        }
    }
}

impl Happening {
    /// What happened, in words; of a note, what was written.
    #[must_use]
    pub fn words(&self) -> String {
        match self {
            Self::Opened(count) => format!("Opened with {}", sites(*count)),
            Self::Joined(count) => format!("{} joined", sites(*count)),
            Self::Recovered(count) => format!("{} recovered", sites(*count)),
            Self::Told(MessageKind::Trigger) => "An alert was sent".to_owned(),
            Self::Told(MessageKind::Update) => "An alert about further sites was sent".to_owned(),
            Self::Told(MessageKind::Reminder) => "A reminder was sent, because nobody had taken it".to_owned(),
            Self::Told(MessageKind::Resolve) => "The recovery was told".to_owned(),
            Self::Acknowledged(who) => format!("{who} took it"),
            Self::Note(_, text) => text.clone(),
            Self::Resolved => "It was over".to_owned(),
        }
    }

    /// Who did it, when it was somebody.
    #[must_use]
    pub fn who(&self) -> Option<&str> {
        match self {
            Self::Acknowledged(who) | Self::Note(who, _) => Some(who),
            Self::Opened(_) | Self::Joined(_) | Self::Recovered(_) | Self::Told(_) | Self::Resolved => None,
        }
    }
}

fn sites(count: u32) -> String {
    let s = if count == 1 { "" } else { "s" };
    format!("{count} site{s}")
}
