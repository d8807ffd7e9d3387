//! What the stack's own secrets hold.

use std::collections::BTreeMap;

use runtime::SystemEntropy;
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Map, Value, json};

use crate::template::model::{Secret, SecretValue};

/// Characters of a token's random part.
const LENGTH: usize = 32;

/// What a new secret holds. Generated passwords are letters and digits, whatever the template allows beyond them.
///
/// # Errors
/// The template's text is not a JSON object.
pub fn content(secret: &Secret) -> Result<String, String> {
    match &secret.value {
        SecretValue::Text(text) => Ok(text.clone()),
        SecretValue::Generated {
            template, key, length, ..
        } => {
            let mut members = object(template)?;
            members.insert(key.clone(), json!(domain::random_text(&SystemEntropy, *length)));
            Ok(Value::Object(members).to_string())
        }
    }
}

/// The bearer token of the platform's first key.
///
/// # Errors
/// The secret holds no key.
pub fn first_key(content: &str) -> Result<String, String> {
    let members = object(content)?;
    let key = members.get("key").and_then(Value::as_str);
    key.map(|key| format!("tnt_{key}"))
        .ok_or_else(|| "it holds no key; delete it, and the next start makes another".to_owned())
}

/// What the secret with the providers' tokens is to hold from now on; `None`: it does already. `live` has the tokens of
/// the real services, by their names in the secret.
///
/// Every other token is of the sandbox and random, so that no two stacks and no two services take each other's; it stays
/// as it is once it is made. A real one from an earlier start with `--live` goes: the sandbox has no business with it.
///
/// # Errors
/// What it holds is not a JSON object.
pub fn provider_tokens(current: &str, live: &BTreeMap<&str, SecretString>) -> Result<Option<String>, String> {
    // Supabase has no sandbox yet; its token is there when it gets one.
    const TOKENS: [(&str, &str); 5] = [
        ("VERCEL_TOKEN", "sandbox-vercel-"),
        ("RAILWAY_API_KEY", "sandbox-railway-"),
        ("SUPABASE_API_KEY", "sandbox-supabase-"),
        ("GITHUB_TOKEN", "sandbox-github-"),
        // As Slack gives it; who sends takes the path of it, to wherever Slack is reached.
        ("SLACK_WEBHOOK_URL", "https://hooks.slack.com/services/sandbox/"),
    ];
    let before = object(current)?;
    let mut members = before.clone();
    for (name, prefix) in TOKENS {
        let is_ours = |token: &Value| token.as_str().is_some_and(|token| token.starts_with(prefix));
        let token = match live.get(name) {
            Some(token) => token.expose_secret().to_owned(),
            None if before.get(name).is_some_and(is_ours) => continue,
            None => format!("{prefix}{}", domain::random_text(&SystemEntropy, LENGTH)),
        };
        members.insert(name.to_owned(), json!(token));
    }
    Ok((members != before).then(|| Value::Object(members).to_string()))
}

fn object(text: &str) -> Result<Map<String, Value>, String> {
    serde_json::from_str(text)
        .map_err(|_| "it is not a JSON object; delete it, and the next start makes another".to_owned())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn tokens(current: &str, live: &[(&'static str, &str)]) -> Option<Map<String, Value>> {
        let live = live
            .iter()
            .map(|(name, token)| (*name, SecretString::from(*token)))
            .collect();
        let after = provider_tokens(current, &live).unwrap();
        after.map(|text| object(&text).unwrap())
    }

    #[test]
    fn tokens_of_the_sandbox_are_random_and_stay() {
        let first = tokens("{}", &[]).unwrap();
        let second = tokens("{}", &[]).unwrap();
        let all: BTreeSet<_> = first.values().chain(second.values()).map(Value::to_string).collect();
        assert_eq!(all.len(), 10);
        assert!(first["VERCEL_TOKEN"].as_str().unwrap().starts_with("sandbox-vercel-"));
        assert_eq!(tokens(&Value::Object(first).to_string(), &[]), None);
        // As earlier versions had it.
        assert_ne!(
            tokens(r#"{"VERCEL_TOKEN":"sandbox-token"}"#, &[]).unwrap()["VERCEL_TOKEN"],
            "sandbox-token"
        );
    }

    #[test]
    fn a_real_token_is_there_only_while_it_is_used() {
        let sandbox = Value::Object(tokens("{}", &[]).unwrap()).to_string();
        let live = tokens(&sandbox, &[("VERCEL_TOKEN", "real")]).unwrap();
        assert_eq!(live["VERCEL_TOKEN"], "real");
        assert_eq!(live["GITHUB_TOKEN"], object(&sandbox).unwrap()["GITHUB_TOKEN"]);
        let live = Value::Object(live).to_string();
        assert_eq!(tokens(&live, &[("VERCEL_TOKEN", "real")]), None);
        assert_ne!(tokens(&live, &[]).unwrap()["VERCEL_TOKEN"], "real");
    }

    #[test]
    fn a_generated_secret_has_its_key_among_the_rest() {
        let secret = Secret {
            logical_id: "AdminKey".to_owned(),
            name: "n".to_owned(),
            value: SecretValue::Generated {
                template: r#"{"role":"owner"}"#.to_owned(),
                key: "key".to_owned(),
                length: 43,
                exclude_punctuation: true,
            },
        };
        let content = content(&secret).unwrap();
        assert_eq!(object(&content).unwrap()["role"], "owner");
        assert_eq!(first_key(&content).unwrap().len(), 47);
        assert!(first_key("{}").unwrap_err().contains("delete it"));
    }
}
