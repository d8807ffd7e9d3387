//! GitHub: which commit a deployment is made of, and what its version is called.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use reqwest::Method;
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;

use crate::{
    answer::text,
    call::{Call, Service},
    error::{ErrorKind, ProviderError},
    http::Http,
};

static GITHUB: Service = Service {
    name: "github",
    title: "GitHub",
    url_setting: "GITHUB_API_URL",
    token_setting: "GITHUB_TOKEN",
};

/// As many digits of a commit as people read.
const SHORT_COMMIT: usize = 7;

/// What a deployment is made of, pinned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// `org/repo`.
    pub repository: String,
    /// The branch or tag that was asked for.
    pub reference: String,
    /// The commit it stood for: 40 hexadecimal digits.
    pub commit: String,
    /// The tag on the commit, or the package version and the short commit: `1.4.0+1a2b3c4`.
    pub version: String,
}

/// GitHub's REST API; without a token it sees public repositories, 60 calls an hour.
#[derive(Clone)]
pub struct Github {
    http: Http,
    base_url: String,
    token: Option<SecretString>,
}

impl Github {
    /// `base_url` is `https://api.github.com` unless something stands in.
    pub fn new(http: Http, base_url: String, token: Option<SecretString>) -> Self {
        let token = token.filter(|token| !token.expose_secret().is_empty());
        Self { http, base_url, token }
    }

    /// Pins `reference` of `repository` (`org/repo`) to a commit. `root_directory` is where the site's package.json is; empty
    /// for the repository's root.
    ///
    /// # Errors
    /// `NotFound` when repository or reference do not exist or the token does not see them.
    pub async fn resolve(
        &self,
        repository: &str,
        reference: &str,
        root_directory: &str,
    ) -> Result<Source, ProviderError> {
        let (org, repo) = split(repository, "get_commit")?;
        let commit = self.commit(org, repo, reference).await?;
        let version = match self.tag(org, repo, &commit).await? {
            Some(tag) => tag,
            None => {
                let short: String = commit.chars().take(SHORT_COMMIT).collect();
                match self.package_version(org, repo, root_directory, &commit).await? {
                    Some(version) => format!("{version}+{short}"),
                    None => short,
                }
            }
        };
        Ok(Source {
            repository: repository.to_owned(),
            reference: reference.to_owned(),
            commit,
            version,
        })
    }

    async fn commit(&self, org: &str, repo: &str, reference: &str) -> Result<String, ProviderError> {
        let path: Vec<&str> = ["repos", org, repo, "commits"]
            .into_iter()
            .chain(reference.split('/'))
            .collect();
        // The hash alone: the full answer lists every changed file and can be megabytes.
        let call = self
            .call("get_commit", &path, &[])?
            .accepting("application/vnd.github.sha");
        let answer = self.http.send(&call).await?;
        // 422 for a branch that does not exist.
        if matches!(answer.status, 404 | 422) {
            let text = format!(
                "GitHub does not know {reference} in {org}/{repo}, or the token does not see it. Check GITHUB_REPO, GITHUB_REF \
                 and GITHUB_TOKEN."
            );
            return Err(call.failed(ErrorKind::NotFound, text));
        }
        if !answer.success() {
            return Err(call.refused(&answer));
        }
        let body = String::from_utf8_lossy(&answer.body);
        // GitHub Enterprise and stand-ins may answer the whole commit nevertheless.
        let commit = match serde_json::from_str::<Value>(&body) {
            Ok(value) if value.is_object() => call.text_of(&value, "/sha")?,
            _ => body.trim().to_owned(),
        };
        if commit.len() == 40 && commit.bytes().all(|digit| digit.is_ascii_hexdigit()) {
            Ok(commit)
        } else {
            Err(call.unreadable("is no commit"))
        }
    }

    /// A tag on the commit, among the hundred that GitHub lists first.
    async fn tag(&self, org: &str, repo: &str, commit: &str) -> Result<Option<String>, ProviderError> {
        let call = self.call("list_tags", &["repos", org, repo, "tags"], &[("per_page", "100")])?;
        let tags = call.json_of(&self.http.send(&call).await?)?;
        let tag = tags
            .as_array()
            .into_iter()
            .flatten()
            .find(|tag| text(tag, "/commit/sha") == Some(commit));
        Ok(tag.and_then(|tag| text(tag, "/name")).map(str::to_owned))
    }

    async fn package_version(
        &self,
        org: &str,
        repo: &str,
        root: &str,
        commit: &str,
    ) -> Result<Option<String>, ProviderError> {
        let root = root.split('/').filter(|part| !part.is_empty() && *part != ".");
        let path: Vec<&str> = ["repos", org, repo, "contents"]
            .into_iter()
            .chain(root)
            .chain(["package.json"])
            .collect();
        let call = self.call("get_contents", &path, &[("ref", commit)])?;
        let answer = self.http.send(&call).await?;
        if answer.status == 404 {
            return Ok(None);
        }
        let file = call.json_of(&answer)?;
        // Base64 in lines.
        let content: String = text(&file, "/content").unwrap_or_default().split_whitespace().collect();
        let package = STANDARD.decode(content).unwrap_or_default();
        let package: Value = serde_json::from_slice(&package).unwrap_or_default();
        Ok(text(&package, "/version").map(str::to_owned))
    }

    fn call(&self, operation: &'static str, path: &[&str], query: &[(&str, &str)]) -> Result<Call<'_>, ProviderError> {
        let mut url = GITHUB.url(operation, &self.base_url, path)?;
        if !query.is_empty() {
            url.query_pairs_mut().extend_pairs(query);
        }
        let call = Call::new(&GITHUB, operation, Method::GET, url).accepting("application/vnd.github+json");
        Ok(match &self.token {
            Some(token) => call.bearer(token),
            None => call,
        })
    }
}

/// `org/repo` in two.
pub(crate) fn split<'r>(repository: &'r str, operation: &'static str) -> Result<(&'r str, &'r str), ProviderError> {
    match repository.split_once('/') {
        Some((org, repo)) if !org.is_empty() && !repo.is_empty() && !repo.contains('/') => Ok((org, repo)),
        _ => Err(GITHUB.not_configured(operation, "GITHUB_REPO")),
    }
}
