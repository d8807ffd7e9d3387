//! A client's own site: Payload's user calls and its health.
//!
//! Payload's messages are translated; only statuses are looked at.

mod health;

pub use health::SiteHealth;

use reqwest::Method;
use secrecy::{ExposeSecret, SecretString};
use serde_json::json;

use crate::{
    answer::Answer,
    call::{Call, Service},
    error::{ErrorKind, ProviderError},
    http::Http,
};

static SITE: Service = Service {
    name: "site",
    title: "The site",
    url_setting: "SITE_URL",
    token_setting: "PLATFORM_TOKEN",
};

/// One client's site.
#[derive(Clone)]
pub struct Site {
    http: Http,
    url: String,
    platform_token: SecretString,
}

/// What became of the first admin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Registration {
    /// The site has made the user.
    Registered,
    /// Another call is making a user at this moment (409); look again.
    InProgress,
    /// The site has a user already (403); whether it is ours, one sign-in tells.
    AlreadyInitialized,
}

impl Site {
    /// `url` is the site's public address; `platform_token` is the PLATFORM_TOKEN it was deployed with.
    pub const fn new(http: Http, url: String, platform_token: SecretString) -> Self {
        Self {
            http,
            url,
            platform_token,
        }
    }

    /// Does the site have a user? The safe question to begin with.
    ///
    /// # Errors
    /// The site does not answer, or not in Payload's way.
    pub async fn initialized(&self) -> Result<bool, ProviderError> {
        let call = Call::new(&SITE, "init", Method::GET, self.url("init", &["api", "users", "init"])?);
        let answer = self.http.send(&call).await?;
        let body = call.json_of(&answer).map_err(not_there_yet)?;
        body.get("initialized")
            .and_then(serde_json::Value::as_bool)
            .ok_or_else(|| call.unreadable("lacks initialized"))
    }

    /// Makes the first user. One caller at a time: stock Payload would let two through.
    ///
    /// # Errors
    /// `Unauthorized` when the site runs with another PLATFORM_TOKEN; `OutcomeUnknown` when the answer is lost: ask
    /// [`Site::initialized`] before calling again.
    pub async fn register_first_admin(
        &self,
        email: &str,
        password: &SecretString,
        name: &str,
    ) -> Result<Registration, ProviderError> {
        let url = self.url("first_register", &["api", "users", "first-register"])?;
        let call = Call::new(&SITE, "first_register", Method::POST, url)
            .bearer(&self.platform_token)
            .hiding(password)
            .json(json!({"email": email, "password": password.expose_secret(), "name": name}));
        let answer = self.http.send(&call).await?;
        match answer.status {
            200 | 201 => self.confirmed(&call, &answer),
            403 => Ok(Registration::AlreadyInitialized),
            409 => Ok(Registration::InProgress),
            _ => Err(not_there_yet(call.refused(&answer))),
        }
    }

    /// Any page answers 200 when something in between fails; Payload's answer names the user.
    fn confirmed(&self, call: &Call<'_>, answer: &Answer) -> Result<Registration, ProviderError> {
        if call.json_of(answer)?.get("user").is_some_and(|user| !user.is_null()) {
            Ok(Registration::Registered)
        } else {
            Err(call.unreadable("names no user"))
        }
    }

    /// Signs in once; five wrong tries lock the account for ten minutes.
    ///
    /// # Errors
    /// The site does not answer, or not in Payload's way.
    pub async fn can_sign_in(&self, email: &str, password: &SecretString) -> Result<bool, ProviderError> {
        let url = self.url("login", &["api", "users", "login"])?;
        let call = Call::new(&SITE, "login", Method::POST, url)
            // A session is nothing that would have to be looked up.
            .reading()
            .hiding(password)
            .json(json!({"email": email, "password": password.expose_secret()}));
        let answer = self.http.send(&call).await?;
        if answer.status == 401 {
            return Ok(false);
        }
        let body = call.json_of(&answer).map_err(not_there_yet)?;
        if body.get("user").is_some_and(|user| !user.is_null()) {
            Ok(true)
        } else {
            Err(call.unreadable("names no user"))
        }
    }

    /// Looks at the site as a visitor does, and asks it how it is. A failing site is a result.
    ///
    /// # Errors
    /// The site's address is none.
    pub async fn health(&self) -> Result<SiteHealth, ProviderError> {
        health::look(&self.http, &self.url).await
    }

    fn url(&self, operation: &'static str, path: &[&str]) -> Result<url::Url, ProviderError> {
        SITE.url(operation, &self.url, path)
    }
}

/// A route that every site has and that is not found: its address does not lead there yet.
fn not_there_yet(error: ProviderError) -> ProviderError {
    if error.is_not_found() {
        error.with_kind(ErrorKind::Unavailable)
    } else {
        error
    }
}
