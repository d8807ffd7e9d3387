//! The languages that mails are written in.

use std::str::FromStr;

use thiserror::Error;

/// The language of a mail.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Language {
    /// Dutch.
    #[default]
    Nl,
    /// English.
    En,
}

/// A language that no mail is written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("mails are written in nl or en")]
pub struct UnknownLanguage;

impl Language {
    /// All languages.
    pub const ALL: [Self; 2] = [Self::Nl, Self::En];

    /// The language's ISO 639-1 code, as it stands in the settings and in HTML.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Nl => "nl",
            Self::En => "en",
        }
    }
}

impl FromStr for Language {
    type Err = UnknownLanguage;

    fn from_str(code: &str) -> Result<Self, UnknownLanguage> {
        Self::ALL
            .into_iter()
            .find(|language| language.as_str() == code)
            .ok_or(UnknownLanguage)
    }
}
