//! A client's own condition on what its site answers.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use super::probe::ConditionResult;

/// A client's own condition. It needs the content, so the front page is asked for with GET.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", tag = "kind")]
pub enum Condition {
    /// The front page contains this text (or, with `absent`, does not).
    Keyword {
        /// The text, as it stands in the page's source.
        text: String,
        /// The text must not be there.
        #[serde(default)]
        absent: bool,
    },
    /// The answer of `/api/health` has this value at this place.
    Json {
        /// RFC 6901, such as `/queue/status`.
        pointer: String,
        /// What must stand there.
        equals: Value,
    },
}

impl Condition {
    /// Must the front page be read?
    #[must_use]
    pub const fn reads_front_page(&self) -> bool {
        matches!(self, Self::Keyword { .. })
    }

    /// Does the front page meet it? `whole` is false when only the page's beginning was read.
    #[must_use]
    pub fn of_front_page(&self, page: &[u8], whole: bool) -> ConditionResult {
        match self {
            Self::Keyword { text, absent } => {
                let found = contains(page, text.as_bytes());
                // What was not read may hold the text: then nothing is proven, whichever way the condition goes.
                match (found, absent, whole) {
                    (true, false, _) | (false, true, true) => ConditionResult::Met,
                    (true, true, _) | (false, false, true) => ConditionResult::Unmet,
                    (false, _, false) => ConditionResult::Unknown,
                }
            }
            Self::Json { .. } => ConditionResult::Unknown,
        }
    }

    /// Does the health endpoint's answer meet it?
    #[must_use]
    pub fn of_health(&self, body: &Value) -> ConditionResult {
        match self {
            Self::Json { pointer, equals } if body.pointer(pointer) == Some(equals) => ConditionResult::Met,
            Self::Json { .. } => ConditionResult::Unmet,
            Self::Keyword { .. } => ConditionResult::Unknown,
        }
    }
}

fn contains(page: &[u8], text: &[u8]) -> bool {
    text.is_empty() || page.windows(text.len()).any(|part| part == text)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_keyword_is_there_or_not_or_not_known() {
        use ConditionResult::{Met, Unknown, Unmet};
        let page = "<h1>Welkom bij Café Acme</h1>".as_bytes();
        for (text, absent, whole, expected) in [
            ("Café", false, true, Met),
            ("Café", false, false, Met),
            ("Café", true, false, Unmet),
            ("Error", false, true, Unmet),
            ("Error", true, true, Met),
            ("Error", false, false, Unknown),
            ("Error", true, false, Unknown),
            ("", false, true, Met),
        ] {
            let condition = Condition::Keyword {
                text: text.to_owned(),
                absent,
            };
            assert_eq!(
                condition.of_front_page(page, whole),
                expected,
                "{text} {absent} {whole}"
            );
        }
    }

    #[test]
    fn a_value_stands_at_its_place() {
        let condition: Condition =
            serde_json::from_value(json!({"kind": "json", "pointer": "/queue/length", "equals": 0})).unwrap();
        assert_eq!(
            condition.of_health(&json!({"queue": {"length": 0}})),
            ConditionResult::Met
        );
        for body in [json!({"queue": {"length": 1}}), json!({}), json!([])] {
            assert_eq!(condition.of_health(&body), ConditionResult::Unmet, "{body}");
        }
    }
}
