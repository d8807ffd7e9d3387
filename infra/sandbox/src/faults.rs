//! Faults on demand: what goes wrong, where, and how often.
//!
//! Faults belong to the process: they are the tester's, not the world's, and a restart begins without any.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::service::Service;

/// What goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Mode {
    /// A status (500) before any effect.
    Error,
    /// 429 with Retry-After, no effect.
    RateLimit,
    /// No effect, no answer; the connection closes after `seconds` (30).
    Timeout,
    /// The effect, but the connection closes instead of an answer.
    LostResponse,
    /// `seconds` (2) late, then as usual.
    Slow,
    /// The effect, then HTML with status 200.
    Malformed,
    /// A permanent refusal (403), no effect.
    Refuse,
    /// Vercel `create_deployment` only: the build ends in ERROR.
    BuildError,
    /// Vercel `create_deployment` only: the version that is built answers 500 at /api/health wherever it is live.
    Unhealthy,
    /// Vercel `upsert_env` only: 201, and the last variable stands under `failed`.
    Partial,
    /// Railway `template_deploy_v2` only: accepted at once, listed `seconds` (2) later.
    Unlisted,
}

/// Which part of a call goes wrong. One fault of each can strike the same call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    /// Whether there is an effect, and what the caller hears of it.
    Answer,
    /// What the effect is.
    Effect,
}

impl Mode {
    fn part(self) -> Part {
        match self {
            Mode::BuildError | Mode::Unhealthy | Mode::Partial | Mode::Unlisted => Part::Effect,
            Mode::Error
            | Mode::RateLimit
            | Mode::Timeout
            | Mode::LostResponse
            | Mode::Slow
            | Mode::Malformed
            | Mode::Refuse => Part::Answer,
        }
    }

    /// Does the call come to its effect?
    pub fn has_effect(self) -> bool {
        !matches!(self, Mode::Error | Mode::RateLimit | Mode::Timeout | Mode::Refuse)
    }

    /// The only operation that can play it, for one that not every operation can.
    fn only(self) -> Option<(Service, &'static str)> {
        match self {
            Mode::BuildError | Mode::Unhealthy => Some((Service::Vercel, "create_deployment")),
            Mode::Partial => Some((Service::Vercel, "upsert_env")),
            Mode::Unlisted => Some((Service::Railway, "template_deploy_v2")),
            _ => None,
        }
    }

    /// As it is written in a fault.
    pub fn name(self) -> String {
        serde_json::to_value(self)
            .ok()
            .and_then(|name| name.as_str().map(str::to_owned))
            .unwrap_or_default()
    }
}

const MODES: &[&str] = &[
    "error",
    "rate_limit",
    "timeout",
    "lost_response",
    "slow",
    "malformed",
    "refuse",
    "build_error",
    "unhealthy",
    "partial",
    "unlisted",
];

/// A fault as it is ordered.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Fault {
    service: String,
    operation: String,
    mode: String,
    #[serde(default)]
    pub status: Option<u16>,
    #[serde(default)]
    pub retry_after: Option<u64>,
    #[serde(default)]
    pub seconds: Option<f64>,
    /// 0 = until it is removed.
    #[serde(default = "once")]
    times: u64,
    #[serde(default)]
    skip: u64,
    #[serde(default, rename = "match")]
    pattern: Option<String>,
}

fn once() -> u64 {
    1
}

struct Active {
    id: u64,
    fault: Fault,
    mode: Mode,
    skipped: u64,
    struck: u64,
}

/// The faults in force, in the order they were ordered.
#[derive(Default)]
pub(crate) struct Faults {
    active: Vec<Active>,
    last: u64,
}

impl Faults {
    /// Puts a fault in force.
    ///
    /// # Errors
    /// A sentence that names what is allowed.
    pub fn order(&mut self, fault: Fault) -> Result<Value, String> {
        let Some(service) = Service::ALL.into_iter().find(|service| service.name() == fault.service) else {
            let names = Service::ALL.map(Service::name).join(", ");
            return Err(format!(
                "Unknown service \"{}\". The services are: {names}.",
                fault.service
            ));
        };
        let operations = service.operations();
        if fault.operation != "*" && !operations.contains(&fault.operation.as_str()) {
            let names = operations.join(", ");
            return Err(format!(
                "Service {} has no operation \"{}\". Its operations are: *, {names}.",
                fault.service, fault.operation
            ));
        }
        let mode: Mode = serde_json::from_value(Value::String(fault.mode.clone()))
            .map_err(|_| format!("Unknown mode \"{}\". The modes are: {}.", fault.mode, MODES.join(", ")))?;
        if let Some((only, operation)) = mode.only()
            && (service != only || fault.operation != operation)
        {
            return Err(format!(
                "Mode {} goes with service {}, operation {operation} only.",
                fault.mode,
                only.name()
            ));
        }
        if fault.status.is_some_and(|status| !(400..=599).contains(&status)) {
            return Err("A fault's status lies between 400 and 599.".to_owned());
        }
        if fault.seconds.is_some_and(|seconds| !(0.0..=3600.0).contains(&seconds)) {
            return Err("A fault's seconds lie between 0 and 3600.".to_owned());
        }
        self.last += 1;
        let active = Active {
            id: self.last,
            fault,
            mode,
            skipped: 0,
            struck: 0,
        };
        let shown = shown(&active);
        self.active.push(active);
        Ok(shown)
    }

    /// The fault that strikes this part of the call, if any; one that has struck often enough goes.
    pub fn strike(
        &mut self,
        part: Part,
        service: Service,
        operation: &str,
        haystack: impl FnOnce() -> String,
    ) -> Option<(Mode, Fault)> {
        let mut haystack = Some(haystack);
        let mut text: Option<String> = None;
        let index = self.active.iter_mut().position(|active| {
            let fault = &active.fault;
            if active.mode.part() != part {
                return false;
            }
            if fault.service != service.name() || (fault.operation != "*" && fault.operation != operation) {
                return false;
            }
            if let Some(pattern) = &fault.pattern {
                if let Some(haystack) = haystack.take() {
                    text = Some(haystack());
                }
                if !text.as_ref().is_some_and(|text| text.contains(pattern.as_str())) {
                    return false;
                }
            }
            if active.skipped < fault.skip {
                active.skipped += 1;
                return false;
            }
            true
        })?;
        let active = self.active.get_mut(index)?;
        active.struck += 1;
        let struck = (active.mode, active.fault.clone());
        if active.fault.times != 0 && active.struck >= active.fault.times {
            self.active.remove(index);
        }
        Some(struck)
    }

    pub fn clear(&mut self) {
        self.active.clear();
    }

    pub fn remove(&mut self, id: u64) -> bool {
        let before = self.active.len();
        self.active.retain(|active| active.id != id);
        self.active.len() != before
    }

    pub fn list(&self) -> Value {
        self.active.iter().map(shown).collect()
    }
}

fn shown(active: &Active) -> Value {
    json!({"id": active.id, "fault": active.fault, "struck": active.struck, "skipped": active.skipped})
}
