//! `--live PROVIDER`: an outside service that is the real one instead of the sandbox.
//!
//! **Invariant:** nothing but this option leads to a real provider; its tokens come from the caller's environment only.

use std::collections::BTreeMap;

use runtime::Settings;
use secrecy::SecretString;

use crate::template::Stack;

/// An outside service that can be the real one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Provider {
    /// Hosting of the sites.
    Vercel,
    /// Databases.
    Railway,
    /// The site's repository.
    Github,
}

/// What of the template and of the caller's environment belongs to a provider.
struct Needs {
    /// Its token: the variable, and the member of the secret with the providers' tokens.
    token: &'static str,
    /// Variables of the caller and the parameters that take them.
    values: &'static [(&'static str, &'static str)],
    /// Parameters whose default in the template means the real service, the address first.
    defaults: &'static [&'static str],
    /// The functions' variable with the address.
    address: &'static str,
}

impl Provider {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Vercel, Self::Railway, Self::Github];

    /// Its name on the command line and in the ready file.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Vercel => "vercel",
            Self::Railway => "railway",
            Self::Github => "github",
        }
    }

    const fn needs(self) -> Needs {
        match self {
            // A real site has a real address: a label under a domain of that team, and never this machine.
            Self::Vercel => Needs {
                token: "VERCEL_TOKEN",
                values: &[
                    ("VERCEL_TEAM_ID", "VercelTeamId"),
                    ("PLATFORM_DOMAIN", "PlatformDomain"),
                ],
                defaults: &["VercelApiUrl", "SiteUrl", "LoopbackHosts"],
                address: "VERCEL_API_URL",
            },
            Self::Railway => Needs {
                token: "RAILWAY_API_KEY",
                values: &[("RAILWAY_WORKSPACE_ID", "RailwayWorkspaceId")],
                defaults: &["RailwayApiUrl"],
                address: "RAILWAY_API_URL",
            },
            Self::Github => Needs {
                token: "GITHUB_TOKEN",
                values: &[("GITHUB_REPO", "GithubRepo")],
                defaults: &["GithubApiUrl"],
                address: "GITHUB_API_URL",
            },
        }
    }
}

/// The real services, and what the caller gives for them.
#[derive(Default)]
pub struct Live {
    providers: Vec<Provider>,
    values: BTreeMap<&'static str, String>,
    tokens: BTreeMap<&'static str, SecretString>,
}

impl Live {
    /// Reads what these providers need.
    ///
    /// # Errors
    /// A variable is missing; all that are missing are named.
    pub fn read(providers: &[Provider], environment: &Settings) -> Result<Self, String> {
        let mut live = Self::default();
        let mut missing = Vec::new();
        for provider in providers {
            let needs = provider.needs();
            match environment.optional(needs.token) {
                Some(token) => drop(live.tokens.insert(needs.token, token.into())),
                None => missing.push(needs.token),
            }
            for (variable, parameter) in needs.values {
                match environment.optional(variable) {
                    Some(value) => drop(live.values.insert(parameter, value)),
                    None => missing.push(variable),
                }
            }
            live.providers.push(*provider);
        }
        if missing.is_empty() {
            return Ok(live);
        }
        let names = live.names().join(" --live ");
        Err(format!(
            "--live {names} needs what is not set: {}; set it in the environment",
            missing.join(", ")
        ))
    }

    /// The names of the real services.
    pub fn names(&self) -> Vec<&'static str> {
        self.providers.iter().map(|provider| provider.name()).collect()
    }

    /// Puts the caller's values in the place of the sandbox's.
    pub fn apply(&self, parameters: &mut BTreeMap<String, String>) {
        for name in self.providers.iter().flat_map(|provider| provider.needs().defaults) {
            parameters.remove(*name);
        }
        parameters.extend(
            self.values
                .iter()
                .map(|(name, value)| ((*name).to_owned(), value.clone())),
        );
    }

    /// The tokens, by their names in the secret.
    pub const fn tokens(&self) -> &BTreeMap<&'static str, SecretString> {
        &self.tokens
    }

    /// The addresses of the real services, as the functions have them.
    pub fn addresses(&self, stack: &Stack) -> BTreeMap<String, String> {
        let address = |provider: &Provider| {
            let variable = provider.needs().address;
            let found = stack
                .functions
                .iter()
                .find_map(|function| function.environment.get(variable))?;
            Some((provider.name().to_owned(), found.clone()))
        };
        self.providers.iter().filter_map(address).collect()
    }

    /// What cannot work with this choice, for a person.
    pub fn warning(&self) -> Option<&'static str> {
        let has = |provider| self.providers.contains(&provider);
        match (has(Provider::Vercel), has(Provider::Railway) && has(Provider::Github)) {
            (true, false) => Some(
                "the real Vercel builds from the real GitHub and reaches no database on this machine; \
                 add --live github --live railway",
            ),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests;
