//! How one client's site is to be watched, as it is asked for: read once at the edge and laid over what was.

use std::ops::RangeInclusive;

use serde_json::{Map, Value};
use utoipa::ToSchema;

use super::{Condition, ConfirmBy, Interval, MonitoringSettings, Thresholds};
use crate::{Error, quoted};

/// How a site is to be watched. What is left out stays, `null` is the platform's default.
#[derive(ToSchema)]
#[schema(rename_all = "camelCase")]
pub struct MonitoringBody {
    /// How often, in minutes.
    #[schema(minimum = 5, maximum = 1440)]
    pub interval_minutes: Option<u16>,
    /// How long an answer may take, in milliseconds; 10 s unless given.
    #[schema(minimum = 500, maximum = 15000)]
    pub timeout_ms: Option<u32>,
    /// From when on something is a warning.
    #[schema(inline)]
    pub thresholds: Option<ThresholdsBody>,
    /// How many checks it takes.
    #[schema(inline)]
    pub confirm: Option<ConfirmBody>,
    /// What the site must say or must not.
    pub condition: Option<Condition>,
}

/// From when on something is a warning.
#[derive(ToSchema)]
#[schema(rename_all = "camelCase")]
pub struct ThresholdsBody {
    /// The front page takes longer than this, in milliseconds.
    #[schema(minimum = 100, maximum = 15000)]
    pub slow_ms: Option<u32>,
    /// More than this part of the memory is in use.
    #[schema(minimum = 1, maximum = 100)]
    pub memory_percent: Option<u8>,
    /// The certificate ends within so many days: four numbers, the farthest first.
    #[schema(min_items = 4, max_items = 4)]
    pub certificate_days: Option<Vec<u16>>,
    /// Uptime over 30 days is below this many percent.
    #[schema(minimum = 1, maximum = 100)]
    pub uptime_percent: Option<u8>,
}

/// How many checks it takes.
#[derive(ToSchema)]
#[schema(rename_all = "camelCase")]
pub struct ConfirmBody {
    /// So many bad checks …
    #[schema(minimum = 1, maximum = 8)]
    pub down: Option<u8>,
    /// … of the last so many make it down.
    #[schema(minimum = 1, maximum = 8)]
    pub of: Option<u8>,
    /// So many good ones in a row make it up.
    #[schema(minimum = 1, maximum = 7)]
    pub up: Option<u8>,
}

impl MonitoringSettings {
    /// These settings with what a request names.
    ///
    /// # Errors
    /// A field is unknown or its value breaks a rule; the error names it in full.
    pub fn changed(&self, patch: Map<String, Value>) -> Result<Self, Error> {
        let mut settings = self.clone();
        for (name, value) in patch {
            let field = format!("monitoring.{name}");
            match name.as_str() {
                "intervalMinutes" => settings.interval_minutes = interval(&field, &value)?,
                "timeoutMs" => settings.timeout_ms = number(&field, &value, 500..=15_000)?,
                "thresholds" => settings.thresholds = thresholds(&field, settings.thresholds, value)?,
                "confirm" => settings.confirm = confirm(&field, settings.confirm, value)?,
                "condition" => settings.condition = condition(&field, value)?,
                _ => {
                    let known = "intervalMinutes, timeoutMs, thresholds, confirm, condition";
                    return Err(unknown(&field, known));
                }
            }
        }
        Ok(settings)
    }
}

fn interval(field: &str, value: &Value) -> Result<Interval, Error> {
    // The sweep comes every five minutes.
    let minutes = number(field, value, 5..=1440)?;
    Ok(minutes.and_then(Interval::minutes).unwrap_or_default())
}

fn thresholds(at: &str, mut thresholds: Thresholds, value: Value) -> Result<Thresholds, Error> {
    let usual = Thresholds::default();
    let Some(patch) = object(at, value)? else {
        return Ok(usual);
    };
    for (name, value) in patch {
        let field = format!("{at}.{name}");
        match name.as_str() {
            "slowMs" => thresholds.slow_ms = number(&field, &value, 100..=15_000)?.unwrap_or(usual.slow_ms),
            "memoryPercent" => {
                thresholds.memory_percent = number(&field, &value, 1..=100)?.unwrap_or(usual.memory_percent);
            }
            "certificateDays" => thresholds.certificate_days = days(&field, &value)?.unwrap_or(usual.certificate_days),
            "uptimePercent" => {
                thresholds.uptime_percent = number(&field, &value, 1..=100)?.unwrap_or(usual.uptime_percent);
            }
            _ => return Err(unknown(&field, "slowMs, memoryPercent, certificateDays, uptimePercent")),
        }
    }
    Ok(thresholds)
}

fn days(field: &str, value: &Value) -> Result<Option<[u16; 4]>, Error> {
    if value.is_null() {
        return Ok(None);
    }
    let days = serde_json::from_value::<[u16; 4]>(value.clone()).ok().filter(|days| {
        let descending = days.is_sorted_by(|farther, nearer| farther > nearer);
        descending && days.iter().all(|days| (1..=365).contains(days))
    });
    let message = "Send four numbers of days from 1 to 365, each less than the one before, e.g. [21, 14, 7, 1].";
    days.map(Some).ok_or_else(|| Error::invalid(field, message))
}

fn confirm(at: &str, mut confirm: ConfirmBy, value: Value) -> Result<ConfirmBy, Error> {
    let usual = ConfirmBy::default();
    let Some(patch) = object(at, value)? else {
        return Ok(usual);
    };
    for (name, value) in patch {
        let field = format!("{at}.{name}");
        match name.as_str() {
            "down" => confirm.down = number(&field, &value, 1..=8)?.unwrap_or(usual.down),
            "of" => confirm.of = number(&field, &value, 1..=8)?.unwrap_or(usual.of),
            "up" => confirm.up = number(&field, &value, 1..=7)?.unwrap_or(usual.up),
            _ => return Err(unknown(&field, "down, of, up")),
        }
    }
    if confirm.down > confirm.of {
        let message = format!(
            "{} bad checks of the last {} cannot be. Send down and of, with down at most of.",
            confirm.down, confirm.of
        );
        return Err(Error::invalid(format!("{at}.down"), message));
    }
    Ok(confirm)
}

fn condition(at: &str, value: Value) -> Result<Option<Condition>, Error> {
    let Some(mut parts) = object(at, value)? else {
        return Ok(None);
    };
    let kind = parts.remove("kind").unwrap_or_default();
    let condition = match kind.as_str() {
        Some("keyword") => Condition::Keyword {
            text: text(&format!("{at}.text"), parts.remove("text"), 1..=500)?,
            absent: match parts.remove("absent").unwrap_or(Value::Bool(false)) {
                Value::Bool(absent) => absent,
                _ => return Err(Error::invalid(format!("{at}.absent"), "Send true or false.")),
            },
        },
        Some("json") => {
            let field = format!("{at}.pointer");
            let pointer = text(&field, parts.remove("pointer"), 0..=200)?;
            if !pointer.is_empty() && !pointer.starts_with('/') {
                let message = "Send a place in the answer as RFC 6901 writes it, e.g. /queue/status.";
                return Err(Error::invalid(field, message));
            }
            let field = format!("{at}.equals");
            let equals = parts.remove("equals");
            let equals = equals.ok_or_else(|| Error::invalid(&*field, "Say what must stand there."))?;
            if equals.to_string().chars().count() > 500 {
                return Err(Error::invalid(field, "The value has more than 500 characters."));
            }
            Condition::Json { pointer, equals }
        }
        _ => return Err(Error::invalid(format!("{at}.kind"), "Send keyword or json.")),
    };
    match parts.keys().next() {
        None => Ok(Some(condition)),
        Some(other) => Err(unknown(
            &format!("{at}.{other}"),
            "kind; of keyword text and absent; of json pointer and equals",
        )),
    }
}

/// A whole number within a range; `None` of `null`.
fn number<T: TryFrom<u64>>(field: &str, value: &Value, range: RangeInclusive<u64>) -> Result<Option<T>, Error> {
    if value.is_null() {
        return Ok(None);
    }
    let number = value.as_u64().filter(|number| range.contains(number));
    let number = number.and_then(|number| T::try_from(number).ok());
    number.map(Some).ok_or_else(|| {
        let (least, most) = range.into_inner();
        Error::invalid(field, format!("Send a whole number from {least} to {most}."))
    })
}

fn object(field: &str, value: Value) -> Result<Option<Map<String, Value>>, Error> {
    match value {
        Value::Null => Ok(None),
        Value::Object(map) => Ok(Some(map)),
        _ => Err(Error::invalid(
            field,
            "Send an object, or null for the platform's default.",
        )),
    }
}

fn text(field: &str, value: Option<Value>, length: RangeInclusive<usize>) -> Result<String, Error> {
    let fits = |text: &String| length.contains(&text.chars().count());
    match value {
        Some(Value::String(text)) if fits(&text) => Ok(text),
        _ => Err(Error::invalid(
            field,
            format!("Send a text of {}-{} characters.", length.start(), length.end()),
        )),
    }
}

fn unknown(field: &str, known: &str) -> Error {
    let shown: String = field.chars().take(100).collect();
    Error::invalid(shown, format!("{} is not known. Known: {known}.", quoted(field)))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn changed(settings: &MonitoringSettings, patch: Value) -> Result<MonitoringSettings, Error> {
        settings.changed(serde_json::from_value(patch).unwrap())
    }

    #[test]
    fn what_is_named_changes_and_null_is_the_default() {
        let usual = MonitoringSettings::default();
        let patch = json!({
            "intervalMinutes": 60, "timeoutMs": 5000, "thresholds": {"slowMs": 1000, "certificateDays": [30, 20, 10, 2]},
            "confirm": {"down": 3, "of": 5}, "condition": {"kind": "keyword", "text": "Welkom"},
        });
        let first = changed(&usual, patch).unwrap();
        assert_eq!((first.thresholds.slow_ms, first.thresholds.memory_percent), (1000, 90));
        assert_eq!((first.confirm.down, first.confirm.of, first.confirm.up), (3, 5, 2));
        let second = changed(&first, json!({"confirm": {"up": 1}, "thresholds": {"slowMs": null}})).unwrap();
        assert_eq!(
            (second.confirm.down, second.confirm.up, second.thresholds.slow_ms),
            (3, 1, 3000)
        );
        assert_eq!(second.condition, first.condition);
        let nothing =
            json!({"intervalMinutes": null, "timeoutMs": null, "thresholds": null, "confirm": null, "condition": null});
        assert_eq!(changed(&second, nothing).unwrap(), usual);
    }

    #[test]
    fn what_cannot_be_is_refused_by_its_full_name() {
        let usual = MonitoringSettings::default();
        for (patch, field) in [
            (json!({"colour": 1}), "monitoring.colour"),
            (json!({"intervalMinutes": 0}), "monitoring.intervalMinutes"),
            (json!({"intervalMinutes": 1441}), "monitoring.intervalMinutes"),
            (json!({"intervalMinutes": 4}), "monitoring.intervalMinutes"),
            (json!({"intervalMinutes": 1.5}), "monitoring.intervalMinutes"),
            (json!({"timeoutMs": 499}), "monitoring.timeoutMs"),
            (json!({"thresholds": []}), "monitoring.thresholds"),
            (json!({"thresholds": {"slowMs": 99}}), "monitoring.thresholds.slowMs"),
            (
                json!({"thresholds": {"memoryPercent": 101}}),
                "monitoring.thresholds.memoryPercent",
            ),
            (
                json!({"thresholds": {"certificateDays": [7, 14, 21, 1]}}),
                "monitoring.thresholds.certificateDays",
            ),
            (
                json!({"thresholds": {"certificateDays": [21, 14, 7]}}),
                "monitoring.thresholds.certificateDays",
            ),
            (
                json!({"thresholds": {"uptimePercent": 0}}),
                "monitoring.thresholds.uptimePercent",
            ),
            (json!({"thresholds": {"slow": 1}}), "monitoring.thresholds.slow"),
            (json!({"confirm": {"down": 4}}), "monitoring.confirm.down"),
            (json!({"confirm": {"of": 9}}), "monitoring.confirm.of"),
            (json!({"confirm": {"up": 8}}), "monitoring.confirm.up"),
            (json!({"condition": {"kind": "regex"}}), "monitoring.condition.kind"),
            (
                json!({"condition": {"kind": "keyword", "text": ""}}),
                "monitoring.condition.text",
            ),
            (
                json!({"condition": {"kind": "keyword", "text": "x".repeat(501)}}),
                "monitoring.condition.text",
            ),
            (
                json!({"condition": {"kind": "json", "pointer": "a", "equals": 1}}),
                "monitoring.condition.pointer",
            ),
            (
                json!({"condition": {"kind": "json", "pointer": "/a"}}),
                "monitoring.condition.equals",
            ),
            (
                json!({"condition": {"kind": "json", "pointer": "/a", "equals": 1, "text": "a"}}),
                "monitoring.condition.text",
            ),
        ] {
            assert_eq!(changed(&usual, patch).unwrap_err().field(), Some(field));
        }
    }
}
