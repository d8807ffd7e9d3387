//! Texts from outside that mean something: each is a type of its own, parsed once at the edge.

use std::fmt;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{Error, quoted};

macro_rules! texts {
    ($($(#[$doc:meta])* $name:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
        #[serde(transparent)]
        #[schema(value_type = String)]
        pub struct $name(String);

        impl $name {
            /// The text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    )*};
}

texts! {
    /// A person's or company's name: 1-100 printable characters. `<script>` is a legal name and harmless.
    Name;
    /// An e-mail address, at most 254 characters.
    EmailAddress;
    /// A telephone number as people write it: digits, blanks, `+ - ( ) . /`.
    PhoneNumber;
    /// A client's label below the platform's domain: `acme` of `acme.jouwplatform.nl`. RFC 1035, 3-40 characters, lower case.
    DomainLabel;
    /// A tag: 1-40 printable characters.
    Tag;
    /// The name of an environment variable of the client's own.
    VariableName;
}

impl Name {
    /// Reads a name.
    ///
    /// # Errors
    /// Empty, longer than 100 characters, or with control characters.
    pub fn parse(field: &str, text: &str) -> Result<Self, Error> {
        printable(field, text, 100).map(Self)
    }
}

impl Tag {
    /// Reads a tag.
    ///
    /// # Errors
    /// Empty, longer than 40 characters, or with control characters.
    pub fn parse(field: &str, text: &str) -> Result<Self, Error> {
        printable(field, text, 40).map(Self)
    }
}

impl EmailAddress {
    /// Reads an address of the form name@host.tld, without display name.
    ///
    /// # Errors
    /// It is not of that form.
    pub fn parse(field: &str, text: &str) -> Result<Self, Error> {
        let text = text.trim();
        let legal = |c: char| !c.is_control() && !c.is_whitespace() && !"()<>,;:\\\"[]".contains(c);
        let form = text.rsplit_once('@').is_some_and(|(name, host)| {
            let labels: Vec<&str> = host.split('.').collect();
            let label = |part: &&str| {
                let edge = part.starts_with('-') || part.ends_with('-');
                !part.is_empty() && part.len() <= 63 && !edge && part.chars().all(|c| c.is_alphanumeric() || c == '-')
            };
            let dots = name.starts_with('.') || name.ends_with('.') || name.contains("..");
            !name.is_empty()
                && name.len() <= 64
                && !dots
                && !name.contains('@')
                && labels.len() >= 2
                && labels.iter().all(label)
        });
        if form && text.len() <= 254 && text.chars().all(legal) {
            return Ok(Self(text.to_owned()));
        }
        Err(Error::invalid(
            field,
            format!(
                "{} is not an e-mail address. Send one like name@example.com.",
                quoted(text)
            ),
        ))
    }
}

impl PhoneNumber {
    /// Reads a telephone number.
    ///
    /// # Errors
    /// Other characters, or not 3-30 of them.
    pub fn parse(field: &str, text: &str) -> Result<Self, Error> {
        let text = text.trim();
        let legal = text.chars().all(|c| c.is_ascii_digit() || "+-(). /".contains(c));
        if legal && (3..=30).contains(&text.len()) && text.chars().any(|c| c.is_ascii_digit()) {
            return Ok(Self(text.to_owned()));
        }
        Err(Error::invalid(
            field,
            format!(
                "{} is not a telephone number. Send digits, e.g. +31 20 123 4567.",
                quoted(text)
            ),
        ))
    }
}

/// Labels that the platform keeps for itself, or that would let a client pass for the platform.
const RESERVED: &[&str] = &[
    "abuse",
    "account",
    "accounts",
    "admin",
    "administrator",
    "alerts",
    "api",
    "assets",
    "auth",
    "autoconfig",
    "autodiscover",
    "billing",
    "cdn",
    "console",
    "dashboard",
    "dns",
    "ftp",
    "health",
    "hostmaster",
    "imap",
    "internal",
    "invalid",
    "localhost",
    "login",
    "mail",
    "metrics",
    "monitoring",
    "mx",
    "ns",
    "ns1",
    "ns2",
    "oauth",
    "platform",
    "pop",
    "pop3",
    "postmaster",
    "root",
    "sandbox",
    "security",
    "smtp",
    "ssl",
    "sso",
    "static",
    "status",
    "support",
    "system",
    "tenantry",
    "vercel",
    "vpn",
    "webhook",
    "webhooks",
    "webmail",
    "webmaster",
    "wpad",
    "www",
    "www1",
    "www2",
];

impl DomainLabel {
    /// Reads a label; upper case is folded.
    ///
    /// # Errors
    /// Not of the form, not 3-40 characters, punycode, or reserved.
    pub fn parse(field: &str, text: &str) -> Result<Self, Error> {
        let label = text.trim().to_ascii_lowercase();
        let shown = quoted(text);
        let legal = label
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-');
        let starts = label.starts_with(|c: char| c.is_ascii_lowercase());
        if !legal || !starts || label.ends_with('-') || !(3..=40).contains(&label.len()) {
            let rule = "Use 3-40 letters a-z, digits and hyphens, beginning with a letter and not ending with a hyphen, e.g. acme";
            return Err(Error::invalid(field, format!("{shown} is not a domain label. {rule}.")));
        }
        if label.starts_with("xn--") {
            return Err(Error::invalid(
                field,
                format!("{shown} is an encoded international name. Use plain letters."),
            ));
        }
        if RESERVED.binary_search(&label.as_str()).is_ok() {
            return Err(Error::invalid(
                field,
                format!("{shown} is reserved for the platform. Choose another label."),
            ));
        }
        Ok(Self(label))
    }
}

/// Variables that the platform sets itself, besides everything that begins with one of [`PLATFORM_PREFIXES`].
const PLATFORM_VARIABLES: &[&str] = &[
    "APP_VERSION",
    "COLLECTIONS",
    "CUSTOM_SETTINGS",
    "DB_POOL_MAX",
    "FEATURES",
    "MEDIA_DIR",
    "NODE_ENV",
    "NODE_OPTIONS",
    "PATH",
    "PAYLOAD_SECRET",
    "PORT",
    "SITE_URL",
    "TEMPLATE",
];
const PLATFORM_PREFIXES: &[&str] = &[
    "DATABASE_",
    "PLATFORM_",
    "TENANT_",
    "VERCEL_",
    "AWS_",
    "POSTGRES_",
    "PG",
];

impl VariableName {
    /// Reads a variable's name.
    ///
    /// # Errors
    /// Not `[A-Z_][A-Z0-9_]*`, longer than 128 characters, or one of the platform's own.
    pub fn parse(field: &str, text: &str) -> Result<Self, Error> {
        let starts = text.starts_with(|c: char| c.is_ascii_uppercase() || c == '_');
        let legal = text
            .bytes()
            .all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_');
        if !starts || !legal || text.len() > 128 {
            let rule = "Use A-Z, 0-9 and _, not beginning with a digit, e.g. STRIPE_KEY";
            return Err(Error::invalid(
                field,
                format!("{} is not the name of a variable. {rule}.", quoted(text)),
            ));
        }
        if PLATFORM_VARIABLES.contains(&text) || PLATFORM_PREFIXES.iter().any(|prefix| text.starts_with(prefix)) {
            return Err(Error::invalid(
                field,
                format!("{text} is set by the platform. Choose another name."),
            ));
        }
        Ok(Self(text.to_owned()))
    }
}

fn printable(field: &str, text: &str, most: usize) -> Result<String, Error> {
    let text = text.trim();
    let count = text.chars().count();
    if count == 0 || count > most {
        return Err(Error::invalid(
            field,
            format!("It has {count} characters. Send 1-{most}."),
        ));
    }
    if text.chars().any(char::is_control) {
        return Err(Error::invalid(
            field,
            "It has control characters. Send printable text on one line.",
        ));
    }
    Ok(text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_reserved_labels_are_sorted_as_the_search_needs_them() {
        assert!(RESERVED.is_sorted());
    }

    #[test]
    fn labels_are_rfc_1035_lower_case_and_not_reserved() {
        for (text, label) in [
            ("acme", "acme"),
            ("Acme", "acme"),
            ("a-1", "a-1"),
            (&"a".repeat(40), &"a".repeat(40)),
        ] {
            assert_eq!(DomainLabel::parse("domain", text).unwrap().as_str(), label);
        }
        let long = "a".repeat(41);
        for bad in [
            "", "ab", "1ab", "-ab", "ab-", "a_b", "a.b", "åäö", "xn--abc", "www", "Admin", "api", "acme\n.x", &long,
        ] {
            let error = DomainLabel::parse("domain", bad).unwrap_err();
            assert_eq!(error.field(), Some("domain"), "{bad}");
        }
    }

    #[test]
    fn addresses_are_of_the_form_name_at_host() {
        for good in ["admin@acme.com", "a.b+c@x-y.co.uk", "jörg@müller.de"] {
            assert!(EmailAddress::parse("contactEmail", good).is_ok(), "{good}");
        }
        let long = format!("{}@x.nl", "a".repeat(65));
        for bad in [
            "",
            "a",
            "a@b",
            "@b.nl",
            "a@.nl",
            "a@b..nl",
            "a b@c.nl",
            "a@b.nl\r\nBcc: x@y.nl",
            "A <a@b.nl>",
            "a@@b.nl",
            &long,
        ] {
            assert!(EmailAddress::parse("contactEmail", bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn names_are_printable_and_bounded() {
        assert_eq!(Name::parse("clientName", " <script> ").unwrap().as_str(), "<script>");
        for bad in ["", "  ", "a\nb", "a\u{0}b", &"é".repeat(101)] {
            assert!(Name::parse("clientName", bad).is_err(), "{bad:?}");
        }
        assert!(Name::parse("clientName", &"é".repeat(100)).is_ok());
    }

    #[test]
    fn the_platforms_own_variables_cannot_be_replaced() {
        assert!(VariableName::parse("customEnvironment", "STRIPE_KEY").is_ok());
        for bad in [
            "",
            "1A",
            "a",
            "A-B",
            "PAYLOAD_SECRET",
            "DATABASE_URI",
            "PLATFORM_TOKEN",
            "TENANT_ID",
            "COLLECTIONS",
        ] {
            assert!(VariableName::parse("customEnvironment", bad).is_err(), "{bad}");
        }
    }
}
