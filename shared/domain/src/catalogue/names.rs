//! Names that outsiders write, and the answer to one that is not known.

use thiserror::Error;

/// A name that the catalogue does not have. Its text is safe to show: the name is shortened and free of control characters.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{name} is not a known {kind}; known are {known}")]
pub struct UnknownName {
    kind: &'static str,
    name: String,
    known: String,
}

impl UnknownName {
    pub(super) fn new<'a>(kind: &'static str, name: &str, known: impl IntoIterator<Item = &'a str>) -> Self {
        Self {
            kind,
            name: shown(name),
            known: known.into_iter().collect::<Vec<_>>().join(", "),
        }
    }
}

/// A stranger's word in quotes: 60 characters at most, and nothing that could move a terminal's cursor.
fn shown(name: &str) -> String {
    const LONGEST: usize = 60;
    let mut quoted: String = name
        .chars()
        .take(LONGEST)
        .map(|c| if c.is_control() { char::REPLACEMENT_CHARACTER } else { c })
        .collect();
    if name.chars().nth(LONGEST).is_some() {
        quoted.push('…');
    }
    format!("\"{quoted}\"")
}
