//! What the providers hold of ours.

use std::{collections::BTreeSet, time::Duration};

use domain::{DriftKind, ResourceKind, Sighted, Suspect};
use providers::{ClientMark, Marked, Presence, ProviderError};

use crate::workbench::Services;

/// How long a provider's list may take. With [`PROOF`], well within the function's time-out.
const LIST: Duration = Duration::from_secs(300);
/// How long it may take to prove, provider after provider, that what is missing is missing.
const PROOF: Duration = Duration::from_secs(240);
/// Vercel's limit; names of ours are shorter.
const LONGEST_NAME: usize = 100;

/// What the providers said.
#[derive(Default)]
pub struct Inventory {
    /// Things with our mark, and things that the ledger names by their id.
    pub sighted: Vec<Sighted>,
    /// The providers that showed everything.
    pub asked: BTreeSet<String>,
    /// Who could not be asked, and why.
    pub silent: Vec<String>,
}

impl Inventory {
    /// Asks every provider for all that bears our mark.
    pub async fn take(services: &Services) -> Self {
        let Services { vercel, databases, .. } = services;
        let (projects, stores) = tokio::join!(
            tokio::time::timeout(LIST, vercel.own_projects()),
            tokio::time::timeout(LIST, databases.own_databases()),
        );
        let mut inventory = Self::default();
        for (provider, resource, listed) in [
            ("vercel", ResourceKind::Project, projects),
            (databases.provider(), ResourceKind::Database, stores),
        ] {
            match in_time(listed) {
                Ok(listed) => {
                    inventory.asked.insert(provider.to_owned());
                    inventory.sighted.extend(
                        listed
                            .into_iter()
                            .filter_map(|marked| sighted(provider, resource, marked)),
                    );
                }
                Err(why) => inventory.miss(provider, &why),
            }
        }
        inventory
    }

    /// Looks for what the lists did not show by its id: it may have lost its mark, or the list may lag.
    pub async fn prove(&mut self, services: &Services, suspects: &BTreeSet<Suspect>) {
        let missing: Vec<&Suspect> = suspects
            .iter()
            .filter(|suspect| suspect.kind == DriftKind::Missing)
            .collect();
        for provider in self.asked.clone() {
            let of_provider = missing.iter().copied().filter(|suspect| suspect.provider == provider);
            match in_time(tokio::time::timeout(PROOF, looked_at(services, of_provider)).await) {
                Ok(found) => self.sighted.extend(found),
                Err(why) => {
                    self.asked.remove(&provider);
                    self.miss(&provider, &why);
                }
            }
        }
    }

    fn miss(&mut self, provider: &str, why: &str) {
        tracing::error!(provider.name = provider, error = why, "a provider could not be audited");
        self.silent.push(format!("{provider} could not be audited: {why}"));
    }
}

/// A mark that names no client of any platform of this kind is not ours.
fn sighted(provider: &str, resource: ResourceKind, marked: Marked) -> Option<Sighted> {
    Some(Sighted {
        resource,
        provider: provider.to_owned(),
        client_id: Some(marked.mark.as_str().parse().ok()?),
        external_name: shown(&marked.external_name),
        external_id: marked.external_id,
    })
}

/// A name as it can stand in a mail's subject: somebody may have changed it to anything.
fn shown(name: &str) -> String {
    let visible = |letter: char| if letter.is_control() { '\u{fffd}' } else { letter };
    name.chars().take(LONGEST_NAME).map(visible).collect()
}

/// Those of the things that are there after all.
async fn looked_at(
    services: &Services,
    missing: impl Iterator<Item = &Suspect>,
) -> Result<Vec<Sighted>, ProviderError> {
    let mut found = Vec::new();
    for suspect in missing {
        let Some(id) = &suspect.external_id else {
            continue;
        };
        let mark = ClientMark::new(suspect.client_id.as_str());
        let presence = match suspect.resource {
            ResourceKind::Project => services.vercel.presence(id, &mark).await?,
            ResourceKind::Database => services.databases.presence(id, &mark).await?,
            ResourceKind::Secret | ResourceKind::Deployment | ResourceKind::Domain | ResourceKind::AdminUser => {
                continue;
            }
        };
        let client_id = match presence {
            Presence::Absent => continue,
            Presence::Marked => Some(suspect.client_id.clone()),
            Presence::Unmarked => None,
        };
        found.push(Sighted {
            resource: suspect.resource,
            provider: suspect.provider.clone(),
            external_name: suspect.external_name.clone(),
            external_id: id.clone(),
            client_id,
        });
    }
    Ok(found)
}

/// What was said in time, or why not, fit for the log.
fn in_time<T>(said: Result<Result<T, ProviderError>, tokio::time::error::Elapsed>) -> Result<T, String> {
    match said {
        Ok(Ok(said)) => Ok(said),
        Ok(Err(error)) => Err(error.public().to_owned()),
        Err(_) => Err("it took too long".to_owned()),
    }
}
