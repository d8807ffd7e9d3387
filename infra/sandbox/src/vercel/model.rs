//! Vercel's projects and deployments as the sandbox keeps them, and what follows from them at a moment.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{pace::Pace, world::World};

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Project {
    pub id: String,
    pub name: String,
    /// The team, or the stand-in for a personal account.
    pub account: String,
    pub created_at: u64,
    pub updated_at: u64,
    pub framework: Option<String>,
    pub root_directory: Option<String>,
    /// Deployment protection, as it was given.
    pub sso_protection: Option<Value>,
    pub paused: bool,
    /// Secrets that pass the protection.
    pub bypass: BTreeMap<String, u64>,
    pub variables: Vec<Variable>,
    pub domains: BTreeMap<String, Domain>,
    /// Ids, oldest first.
    pub deployments: Vec<String>,
    pub pin: Option<Pin>,
    /// How the hosted site behaves; see `PUT /_sandbox/sites/{label}`.
    #[serde(default)]
    pub mode: crate::site::Mode,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Variable {
    pub id: String,
    pub key: String,
    pub value: String,
    pub kind: String,
    pub target: Vec<String>,
    pub comment: Option<String>,
    pub created_at: u64,
    pub updated_at: u64,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Domain {
    pub created_at: u64,
}

/// A deployment put live by hand: by promote (later ones follow by themselves) or by rollback (they do not).
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Pin {
    pub deployment: String,
    pub from: Option<String>,
    pub rollback: bool,
    pub at: u64,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Deployment {
    pub id: String,
    pub host: String,
    pub name: String,
    pub project: String,
    pub account: String,
    /// `production`, or none for a preview.
    pub target: Option<String>,
    pub created_at: u64,
    pub meta: BTreeMap<String, Value>,
    pub source: Value,
    /// The project's variables at the creation: what the hosted site runs with.
    pub environment: BTreeMap<String, String>,
    pub cancelled_at: Option<u64>,
    pub fails: bool,
    /// What was built answers 500 at /api/health.
    #[serde(default)]
    pub unhealthy: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum State {
    Queued,
    Initializing,
    Building,
    Ready,
    Error,
    Canceled,
}

impl State {
    pub fn name(self) -> &'static str {
        match self {
            State::Queued => "QUEUED",
            State::Initializing => "INITIALIZING",
            State::Building => "BUILDING",
            State::Ready => "READY",
            State::Error => "ERROR",
            State::Canceled => "CANCELED",
        }
    }

    pub fn over(self) -> bool {
        matches!(self, State::Ready | State::Error | State::Canceled)
    }
}

impl Deployment {
    pub fn state(&self, now: u64, pace: Pace) -> State {
        if self.cancelled_at.is_some() {
            return State::Canceled;
        }
        let build = pace.build(&self.id);
        let age = now.saturating_sub(self.created_at);
        match age {
            age if age < build.initializing => State::Queued,
            age if age < build.building => State::Initializing,
            age if age < build.ready => State::Building,
            _ if self.fails => State::Error,
            _ => State::Ready,
        }
    }

    pub fn production(&self) -> bool {
        self.target.as_deref() == Some("production")
    }
}

impl Project {
    pub fn host(&self) -> String {
        format!("{}.vercel.app", self.name)
    }

    /// The mark of the client that owns the project.
    pub fn client(&self) -> Option<&str> {
        ["PLATFORM_CLIENT_ID", "TENANT_ID"]
            .iter()
            .find_map(|key| self.variables.iter().find(|variable| variable.key == *key))
            .map(|variable| variable.value.as_str())
    }
}

impl World {
    /// The deployment that the production domains of a project lead to.
    pub(crate) fn live<'a>(&'a self, project: &'a Project, now: u64, pace: Pace) -> Option<&'a Deployment> {
        let newest = |after: u64| {
            project
                .deployments
                .iter()
                .rev()
                .filter_map(|id| self.deployments.get(id))
                .find(|deployment| {
                    deployment.created_at > after
                        && deployment.production()
                        && deployment.state(now, pace) == State::Ready
                })
        };
        let Some(pin) = &project.pin else { return newest(0) };
        if now < pin.at + pace.alias() {
            return pin.from.as_ref().and_then(|id| self.deployments.get(id));
        }
        let pinned = self.deployments.get(&pin.deployment);
        if pin.rollback {
            pinned
        } else {
            newest(pin.at).or(pinned)
        }
    }
}
