//! Where a channel leads: what of it may be seen, and what may not.

use std::fmt;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::address::{ThisMachine, check_webhook_address};
use crate::{EmailAddress, Error, quoted};

/// What kind of channel it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum ChannelKind {
    /// Mail, by SES.
    Email,
    /// An incoming webhook of Slack.
    Slack,
    /// Events of PagerDuty, version 2.
    Pagerduty,
    /// Text messages, by Twilio.
    Sms,
    /// Somebody's own HTTPS address, signed as Standard Webhooks says.
    Webhook,
}

impl ChannelKind {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Email, Self::Slack, Self::Pagerduty, Self::Sms, Self::Webhook];

    /// The name, as in JSON.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Email => "email",
            Self::Slack => "slack",
            Self::Pagerduty => "pagerduty",
            Self::Sms => "sms",
            Self::Webhook => "webhook",
        }
    }
}

/// A telephone number in full: `+31201234567` (E.164).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(transparent)]
#[schema(value_type = String)]
pub struct FullNumber(String);

impl FullNumber {
    /// Reads one; blanks, hyphens, dots and parentheses are left out.
    ///
    /// # Errors
    /// Not `+` and 8-15 digits.
    pub fn parse(field: &str, text: &str) -> Result<Self, Error> {
        let number: String = text.chars().filter(|c| !" -().".contains(*c)).collect();
        let digits = number.strip_prefix('+').unwrap_or_default();
        let form = (8..=15).contains(&digits.len())
            && digits.bytes().all(|byte| byte.is_ascii_digit())
            && !digits.starts_with('0');
        if form {
            return Ok(Self(number));
        }
        let message = format!(
            "{} is not a telephone number in full. Send one like +31201234567.",
            quoted(text)
        );
        Err(Error::invalid(field, message))
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for FullNumber {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Where a channel leads, without what is secret about it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
#[allow(
    missing_docs,
    reason = "the fields are those of the request, which says what they are"
)]
pub enum Target {
    Email { addresses: Vec<EmailAddress> },
    Slack,
    Pagerduty,
    Sms { from: FullNumber, to: Vec<FullNumber> },
    Webhook { url: String },
}

/// Where a channel leads, as it is asked for: a channel's kind says which of these it needs.
#[derive(Debug, Default, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct TargetBody {
    /// email: 1-10 addresses.
    pub addresses: Option<Vec<String>>,
    /// sms: the sender's number in full, one of the Twilio account.
    pub from: Option<String>,
    /// sms: 1-5 numbers in full.
    pub to: Option<Vec<String>>,
    /// webhook: an https address with a public host.
    pub url: Option<String>,
}

const MOST_ADDRESSES: usize = 10;
const MOST_NUMBERS: usize = 5;

impl Target {
    /// Reads what a channel of this kind needs.
    ///
    /// # Errors
    /// Something is missing, too much, or breaks a rule.
    pub fn parse(kind: ChannelKind, body: TargetBody, machine: &ThisMachine) -> Result<Self, Error> {
        let present = [
            ("addresses", body.addresses.is_some(), kind == ChannelKind::Email),
            ("from", body.from.is_some(), kind == ChannelKind::Sms),
            ("to", body.to.is_some(), kind == ChannelKind::Sms),
            ("url", body.url.is_some(), kind == ChannelKind::Webhook),
        ];
        for (name, given, wanted) in present {
            let field = format!("target.{name}");
            if given && !wanted {
                let message = format!("A channel of the kind {} has no {name}. Leave it out.", kind.name());
                return Err(Error::invalid(field, message));
            }
            if wanted && !given {
                let message = format!("A channel of the kind {} needs {name}.", kind.name());
                return Err(Error::invalid(field, message));
            }
        }
        Ok(match kind {
            ChannelKind::Slack => Self::Slack,
            ChannelKind::Pagerduty => Self::Pagerduty,
            ChannelKind::Email => Self::Email {
                addresses: some_of(
                    "target.addresses",
                    &body.addresses.unwrap_or_default(),
                    MOST_ADDRESSES,
                    EmailAddress::parse,
                )?,
            },
            ChannelKind::Sms => Self::Sms {
                from: FullNumber::parse("target.from", &body.from.unwrap_or_default())?,
                to: some_of(
                    "target.to",
                    &body.to.unwrap_or_default(),
                    MOST_NUMBERS,
                    FullNumber::parse,
                )?,
            },
            ChannelKind::Webhook => Self::Webhook {
                url: check_webhook_address("target.url", &body.url.unwrap_or_default(), machine)?,
            },
        })
    }

    /// The kind of channel that leads there.
    #[must_use]
    pub const fn kind(&self) -> ChannelKind {
        match self {
            Self::Email { .. } => ChannelKind::Email,
            Self::Slack => ChannelKind::Slack,
            Self::Pagerduty => ChannelKind::Pagerduty,
            Self::Sms { .. } => ChannelKind::Sms,
            Self::Webhook { .. } => ChannelKind::Webhook,
        }
    }

    /// As it is asked for.
    #[must_use]
    pub fn body(&self) -> TargetBody {
        let nothing = TargetBody::default();
        match self {
            Self::Slack | Self::Pagerduty => nothing,
            Self::Email { addresses } => TargetBody {
                addresses: Some(addresses.iter().map(ToString::to_string).collect()),
                ..nothing
            },
            Self::Sms { from, to } => TargetBody {
                from: Some(from.to_string()),
                to: Some(to.iter().map(ToString::to_string).collect()),
                ..nothing
            },
            Self::Webhook { url } => TargetBody {
                url: Some(url.clone()),
                ..nothing
            },
        }
    }
}

fn some_of<T: PartialEq>(
    field: &str,
    texts: &[String],
    most: usize,
    parse: fn(&str, &str) -> Result<T, Error>,
) -> Result<Vec<T>, Error> {
    if texts.is_empty() || texts.len() > most {
        return Err(Error::invalid(
            field,
            format!("There are {}. Send 1-{most}.", texts.len()),
        ));
    }
    let mut all = Vec::with_capacity(texts.len());
    for (index, text) in texts.iter().enumerate() {
        let one = parse(&format!("{field}[{index}]"), text)?;
        if !all.contains(&one) {
            all.push(one);
        }
    }
    Ok(all)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_takes_what_it_needs_and_nothing_else() {
        let machine = ThisMachine::default();
        let full = || TargetBody {
            addresses: Some(vec!["a@acme.com".to_owned(), "a@acme.com".to_owned()]),
            from: Some("+31 20 123 4567".to_owned()),
            to: Some(vec!["+31612345678".to_owned()]),
            url: Some("https://hooks.example.com/x".to_owned()),
        };
        for kind in ChannelKind::ALL {
            assert!(Target::parse(kind, full(), &machine).is_err(), "{}", kind.name());
            let fitting = TargetBody {
                addresses: full().addresses.filter(|_| kind == ChannelKind::Email),
                from: full().from.filter(|_| kind == ChannelKind::Sms),
                to: full().to.filter(|_| kind == ChannelKind::Sms),
                url: full().url.filter(|_| kind == ChannelKind::Webhook),
            };
            let target = Target::parse(kind, fitting, &machine).unwrap();
            assert_eq!(target.kind(), kind);
            assert_eq!(Target::parse(kind, target.body(), &machine).unwrap(), target);
        }
        let nobody = TargetBody {
            addresses: Some(Vec::new()),
            ..TargetBody::default()
        };
        assert!(Target::parse(ChannelKind::Email, nobody, &machine).is_err());
        assert!(FullNumber::parse("to", "0201234567").is_err());
    }
}
