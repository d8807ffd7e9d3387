//! Which function stands behind a binary's name, and how it is called: in its own task, with its time-out.
//!
//! **Invariant:** the template decides which functions run; one of them without a line in `REGISTRY` is an error at the start.
//! **Invariant:** a function that panics or hangs ends its own call and nothing else, as in Lambda.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use aws_config::SdkConfig;
use lambda_runtime::LambdaEvent;
use runtime::{Context, Function, Settings, SettingsError};
use serde_json::Value;
use tower::ServiceExt;

use crate::{events, template::model};

type Constructor = fn(&Context) -> Result<Function, SettingsError>;

const REGISTRY: &[(&str, Constructor)] = &[
    ("access", access::function),
    ("authorizer", authorizer::function),
    ("channels", channels::function),
    ("clients", clients::function),
    ("drift-audit", drift_audit::function),
    ("health-check", health_check::function),
    ("health-sweep", health_sweep::function),
    ("incident-desk", incident_desk::function),
    ("incidents", incidents::function),
    ("insights", insights::function),
    ("notifier", notifier::function),
    ("operations", operations::function),
    ("provisioner", provisioner::function),
    ("reconciler", reconciler::function),
    ("rollout-runner", rollout_runner::function),
    ("rollouts", rollouts::function),
];

/// Why the functions cannot start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The template names a binary that this program does not hold.
    #[error("the template's function {0} runs the binary {1}, which infra/local/src/functions.rs does not know")]
    Unknown(String, String),
    /// A variable is missing.
    #[error("the function {0} cannot start: {1}")]
    Settings(String, SettingsError),
}

/// Why a call has no answer.
#[derive(Debug, thiserror::Error)]
pub enum CallError {
    /// The template has no such function.
    #[error("there is no function {0}")]
    Unknown(String),
    /// The function answered with an error.
    #[error("the function {0} failed: {1}")]
    Failed(String, lambda_runtime::Error),
    /// The function broke off.
    #[error("the function {0} broke off: {1}")]
    BrokeOff(String, tokio::task::JoinError),
    /// The function took longer than it may.
    #[error("the function {0} took longer than {1:?}, its time-out in the template")]
    TimedOut(String, Duration),
    /// Whoever called no longer waits; the function goes on.
    #[error("the function {0} had no answer after {1:?}, as long as its caller waits")]
    GivenUp(String, Duration),
}

struct Entry {
    function: Function,
    timeout: Duration,
}

/// All functions by logical id. Clones share them.
#[derive(Clone)]
pub struct Functions(Arc<BTreeMap<String, Entry>>);

impl Functions {
    /// Makes every function of the template, each with its own variables.
    ///
    /// # Errors
    /// A function is not known here, or misses a variable.
    pub fn build(functions: &[model::Function], sdk: &SdkConfig) -> Result<Self, StartError> {
        let mut entries = BTreeMap::new();
        for described in functions {
            let name = described.logical_id.clone();
            let (_, construct) = REGISTRY
                .iter()
                .find(|(binary, _)| *binary == described.binary)
                .ok_or_else(|| StartError::Unknown(name.clone(), described.binary.clone()))?;
            let settings = Settings::from_variables(described.environment.clone());
            let context = Context::new(settings, sdk.clone());
            let function = construct(&context).map_err(|error| StartError::Settings(name.clone(), error))?;
            let timeout = described.timeout;
            entries.insert(name, Entry { function, timeout });
        }
        Ok(Self(Arc::new(entries)))
    }

    /// Functions of a test's own, by name, each with its time-out.
    #[cfg(test)]
    pub fn standing_in(functions: impl IntoIterator<Item = (&'static str, Function, Duration)>) -> Self {
        let entry = |(name, function, timeout)| (String::from(name), Entry { function, timeout });
        Self(Arc::new(functions.into_iter().map(entry).collect()))
    }

    /// Calls a function and waits for its answer, for as long as the function may take and `at_most`.
    ///
    /// # Errors
    /// The function failed, broke off or took too long.
    pub async fn call(&self, name: &str, event: Value, at_most: Option<Duration>) -> Result<Value, CallError> {
        let unknown = || CallError::Unknown(name.to_owned());
        let entry = self.0.get(name).ok_or_else(unknown)?;
        let mut context = lambda_runtime::Context::default();
        context.request_id = events::fresh_id();
        let limit = entry.timeout;
        let deadline = events::now().as_millisecond() + i64::try_from(limit.as_millis()).unwrap_or(i64::MAX / 2);
        context.deadline = u64::try_from(deadline).unwrap_or_default();
        let call = entry.function.clone().oneshot(LambdaEvent::new(event, context));
        // In a task of its own: a caller that hangs up or waits no longer does not cut off what a function has begun.
        let task = tokio::spawn(tokio::time::timeout(limit, call));
        let patience = at_most.unwrap_or(limit + Duration::from_secs(1));
        let name = || name.to_owned();
        match tokio::time::timeout(patience, task).await {
            Err(_) => Err(CallError::GivenUp(name(), patience)),
            Ok(Err(broken)) => Err(CallError::BrokeOff(name(), broken)),
            Ok(Ok(Err(_))) => Err(CallError::TimedOut(name(), limit)),
            Ok(Ok(Ok(Err(error)))) => Err(CallError::Failed(name(), error)),
            Ok(Ok(Ok(Ok(answer)))) => Ok(answer),
        }
    }
}

#[cfg(test)]
mod tests;
