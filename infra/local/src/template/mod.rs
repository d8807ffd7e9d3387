//! Reads `template.yaml`, the one description of what runs, as CloudFormation and SAM would.
//!
//! **Invariant:** what this module does not know it refuses, by name; so nothing in the template is silently left out of
//! the local stack.

mod document;
pub mod model;
pub mod names;
mod parameters;
mod place;
mod references;
mod resources;
mod scope;
mod serverless;
#[cfg(test)]
mod tests;
mod values;

use std::collections::BTreeMap;

pub use model::Stack;
pub use place::{Place, QueueAddress};

/// Why a template cannot be brought up.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum TemplateError {
    /// Not YAML, or not one mapping.
    #[error("the template cannot be read: {0}")]
    Syntax(String),
    /// A parameter without default that was not given.
    #[error("parameter {0} has no default and was not given")]
    MissingParameter(String),
    /// A value was given for a parameter that does not exist.
    #[error("there is no parameter {0}")]
    UnknownParameter(String),
    /// A parameter's value is not one that it may have.
    #[error("parameter {name} cannot be {value:?}: {why}")]
    Refused {
        /// The parameter.
        name: String,
        /// The value.
        value: String,
        /// What is allowed.
        why: String,
    },
    /// Something that the local stack does not know how to bring up.
    #[error("{place}: {what} is not known to the local stack")]
    Unknown {
        /// Where it stands.
        place: String,
        /// What it is.
        what: String,
    },
    /// Something is not as it should be.
    #[error("{place}: {why}")]
    Malformed {
        /// Where it stands.
        place: String,
        /// What is wrong.
        why: String,
    },
}

impl TemplateError {
    fn unknown(place: &str, what: impl Into<String>) -> Self {
        Self::Unknown {
            place: place.to_owned(),
            what: what.into(),
        }
    }

    fn malformed(place: &str, why: impl Into<String>) -> Self {
        Self::Malformed {
            place: place.to_owned(),
            why: why.into(),
        }
    }
}

/// What the template says with these parameters, in this place.
///
/// # Errors
/// A parameter that is missing, unknown or refused, and everything that the local stack does not know.
pub fn resolve(
    template_yaml: &str,
    parameters: &BTreeMap<String, String>,
    place: &Place,
) -> Result<Stack, TemplateError> {
    let document = document::read(template_yaml)?;
    let scope = scope::Scope::new(&document, parameters, place)?;
    resources::stack(&document, &scope)
}
