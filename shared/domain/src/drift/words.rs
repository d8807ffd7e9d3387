//! What a finding means and what to do about it, for a person.

use super::{DriftKind, Finding};
use crate::ResourceKind;

impl Finding {
    /// The service's own name.
    #[must_use]
    pub fn provider_title(&self) -> &str {
        match self.provider.as_str() {
            "vercel" => "Vercel",
            "railway" => "Railway",
            other => other,
        }
    }

    /// What is wrong, in a sentence.
    #[must_use]
    pub fn problem(&self) -> String {
        let (provider, name, client) = (self.provider_title(), &self.external_name, &self.client_id);
        let thing = self.thing();
        match self.kind {
            DriftKind::Orphan => format!(
                "{provider} has the {thing} {name}, marked as made for client {client}, and the ledger does not know it or says \
                 that it is gone."
            ),
            DriftKind::Missing => {
                format!("The ledger says that client {client} has the {thing} {name}, and {provider} does not have it.")
            }
            DriftKind::Unmarked => {
                format!(
                    "The {thing} {name} of client {client} does not bear this platform's mark any more at {provider}."
                )
            }
        }
    }

    /// What to do about it, in words.
    #[must_use]
    pub fn remedy(&self) -> String {
        let (provider, thing) = (self.provider_title(), self.thing());
        let what = match (self.kind, self.resource) {
            (DriftKind::Orphan, _) => format!(
                "Nothing was deleted. Look at it at {provider}: when nothing in it is needed any more, delete it there, because it \
                 may cost money."
            ),
            (DriftKind::Missing, ResourceKind::Database) => format!(
                "The site has lost its data. Look at {provider} whether it can be restored there (Railway keeps a deleted volume \
                 for 48 hours and mails a link to it). If not, delete the client and add it again."
            ),
            (DriftKind::Missing, _) => format!(
                "The site is off the air. Find out who removed it at {provider}. To bring the site back, back up its database, \
                 delete the client and add it again."
            ),
            (DriftKind::Unmarked, _) => {
                let mark = match self.provider.as_str() {
                    "railway" => format!("Make provision:{} its description again.", self.client_id),
                    _ => format!("Set its variable PLATFORM_CLIENT_ID to {} again.", self.client_id),
                };
                format!("This platform does not touch a {thing} without its mark, not even to delete it. {mark}")
            }
        };
        format!("{what} This finding closes by itself with the first audit that does not see it any more.")
    }

    const fn thing(&self) -> &'static str {
        match self.resource {
            ResourceKind::Database => "database",
            ResourceKind::Project => "project",
            ResourceKind::Secret | ResourceKind::Deployment | ResourceKind::Domain | ResourceKind::AdminUser => "thing",
        }
    }
}
