//! What may be asked of a client's health.

use std::time::Duration;

use domain::{Code, Error, quoted};

/// Raw checks are kept this long.
const MOST_HOURS: u16 = 840;
/// Roll-ups of days are kept this long.
const MOST_DAYS: u16 = 400;

/// How much of the past.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HealthQuery {
    /// Checks of so many hours.
    pub hours: u16,
    /// Roll-ups of so many days.
    pub days: u16,
}

impl HealthQuery {
    /// Reads the query.
    ///
    /// # Errors
    /// A parameter is unknown, comes twice, or has a value that it cannot have.
    pub fn parse(parameters: &[(String, String)]) -> Result<Self, Error> {
        let mut query = Self { hours: 24, days: 30 };
        for (index, (name, value)) in parameters.iter().enumerate() {
            if parameters.iter().take(index).any(|(before, _)| before == name) {
                return Err(refused(name, format!("{} comes twice. Send it once.", quoted(name))));
            }
            match name.as_str() {
                "hours" => query.hours = number(name, value, MOST_HOURS)?,
                "days" => query.days = number(name, value, MOST_DAYS)?,
                _ => {
                    let message = format!("There is no parameter {}. Use hours and days.", quoted(name));
                    return Err(refused(name, message));
                }
            }
        }
        Ok(query)
    }

    /// The hours, as a length of time.
    pub fn length(self) -> Duration {
        Duration::from_secs(u64::from(self.hours) * 3600)
    }
}

fn number(name: &str, value: &str, most: u16) -> Result<u16, Error> {
    let read = value.parse().ok().filter(|number| (1..=most).contains(number));
    read.ok_or_else(|| {
        let message = format!(
            "{name} is {}; it must be a whole number from 1 to {most}.",
            quoted(value)
        );
        refused(name, message)
    })
}

fn refused(name: &str, message: String) -> Error {
    Error::new(Code::InvalidQuery, message).at(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_is_refused_by_name() {
        let parse = |pairs: &[(&str, &str)]| {
            let pairs = pairs
                .iter()
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
            HealthQuery::parse(&pairs.collect::<Vec<_>>())
        };
        for (name, value) in [
            ("hours", "0"),
            ("hours", "841"),
            ("hours", "-1"),
            ("hours", "1.5"),
            ("hours", ""),
            ("days", "401"),
            ("days", "x"),
            ("weeks", "1"),
        ] {
            let error = parse(&[(name, value)]).unwrap_err();
            let said = (error.code(), error.field());
            assert_eq!(said, (Code::InvalidQuery, Some(name)), "{name}={value}");
        }
        assert!(parse(&[("days", "1"), ("days", "2")]).is_err());
        let most = HealthQuery { hours: 840, days: 400 };
        assert_eq!(parse(&[("hours", "840"), ("days", "400")]).unwrap(), most);
        assert_eq!(parse(&[]).unwrap(), HealthQuery { hours: 24, days: 30 });
    }
}
