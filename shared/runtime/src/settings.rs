//! The variables a function was started with.

use std::{collections::BTreeMap, str::FromStr, sync::Arc};

/// A variable is missing or cannot be read; says which.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SettingsError {
    /// A required variable is not set.
    #[error("the variable {0} is not set; template.yaml sets it for this function")]
    Missing(&'static str),
    /// A variable is set to something else than expected.
    #[error("the variable {name} must be {expected}")]
    Unreadable {
        /// Which.
        name: &'static str,
        /// What it should be.
        expected: &'static str,
    },
}

/// The variables a function was started with; read once, cheap to clone.
#[derive(Clone)]
pub struct Settings(Arc<BTreeMap<String, String>>);

impl Settings {
    /// Takes the variables from elsewhere than the process's environment.
    pub fn from_variables(variables: impl IntoIterator<Item = (String, String)>) -> Self {
        Self(Arc::new(variables.into_iter().collect()))
    }

    /// Takes the process's environment.
    #[must_use]
    #[allow(
        clippy::disallowed_methods,
        reason = "this is the one place that reads the environment"
    )]
    pub fn from_environment() -> Self {
        Self::from_variables(std::env::vars())
    }

    /// A required text; an empty one counts as missing.
    ///
    /// # Errors
    /// The variable is not set.
    pub fn text(&self, name: &'static str) -> Result<String, SettingsError> {
        self.optional(name).ok_or(SettingsError::Missing(name))
    }

    /// A text that may be missing; an empty one counts as missing.
    #[must_use]
    pub fn optional(&self, name: &str) -> Option<String> {
        self.0.get(name).filter(|value| !value.is_empty()).cloned()
    }

    /// A required value of some other type.
    ///
    /// # Errors
    /// The variable is not set, or is not what `expected` says.
    pub fn parsed<T: FromStr>(&self, name: &'static str, expected: &'static str) -> Result<T, SettingsError> {
        self.text(name)?
            .parse()
            .map_err(|_| SettingsError::Unreadable { name, expected })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_or_unreadable_variable_names_itself() {
        let settings = Settings::from_variables([("A".to_owned(), String::new()), ("N".to_owned(), "x".to_owned())]);
        assert_eq!(settings.text("A").unwrap_err(), SettingsError::Missing("A"));
        let error = settings.parsed::<u32>("N", "a number of seconds").unwrap_err();
        assert_eq!(error.to_string(), "the variable N must be a number of seconds");
    }
}
