//! `If-Match`: which revision the caller has seen.

use domain::{Client, Code, Error, quoted};

/// What the caller holds for the client's present revision.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Precondition {
    /// Nothing was said, or `*`: whatever it is.
    Any,
    /// Exactly this one.
    Revision(u64),
}

impl Precondition {
    /// Reads the header: `"3"`, `3` or `*`.
    ///
    /// # Errors
    /// It is something else.
    pub fn parse(header: Option<&str>) -> Result<Self, Error> {
        let Some(text) = header.map(str::trim) else {
            return Ok(Self::Any);
        };
        if text == "*" {
            return Ok(Self::Any);
        }
        let bare = text
            .strip_prefix('"')
            .and_then(|rest| rest.strip_suffix('"'))
            .unwrap_or(text);
        let digits = bare.bytes().all(|byte| byte.is_ascii_digit());
        bare.parse().ok().filter(|_| digits).map(Self::Revision).ok_or_else(|| {
            let message = format!(
                "{} is not an ETag of a client. Send the ETag as you got it, e.g. \"3\".",
                quoted(text)
            );
            Error::new(Code::InvalidQuery, message).at("If-Match")
        })
    }

    /// The revision to be found, if it matters.
    pub const fn revision(self) -> Option<u64> {
        match self {
            Self::Any => None,
            Self::Revision(revision) => Some(revision),
        }
    }

    /// Lets the change pass, or says that somebody else was first.
    ///
    /// # Errors
    /// The client has another revision.
    pub fn check(self, client: &Client) -> Result<(), Error> {
        match self {
            Self::Any => Ok(()),
            Self::Revision(revision) if revision == client.revision => Ok(()),
            Self::Revision(revision) => Err(Error::new(
                Code::RevisionMismatch,
                format!(
                    "The client changed: it has revision {}, not {revision}. Read it again and repeat the change.",
                    client.revision
                ),
            )
            .at("If-Match")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_etag_is_read_with_and_without_quotes() {
        for (header, expected) in [
            (None, Precondition::Any),
            (Some("*"), Precondition::Any),
            (Some("\"3\""), Precondition::Revision(3)),
            (Some(" 3 "), Precondition::Revision(3)),
        ] {
            assert_eq!(Precondition::parse(header).unwrap(), expected);
        }
    }

    #[test]
    fn what_is_no_etag_of_ours_is_refused() {
        for header in [
            "",
            "\"\"",
            "\"3",
            "W/\"3\"",
            "+3",
            "-1",
            "3, 4",
            "99999999999999999999",
            "é",
        ] {
            let error = Precondition::parse(Some(header)).unwrap_err();
            assert_eq!(
                (error.code(), error.field()),
                (Code::InvalidQuery, Some("If-Match")),
                "{header}"
            );
        }
    }
}
