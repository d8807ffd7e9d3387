//! Payload's user calls and `/api/health`, with the answers of Payload 3.90.2.

use std::time::Instant;

use axum::{
    Extension, Json,
    body::Bytes,
    extract::State,
    http::{HeaderMap, StatusCode, header},
    response::{Html, IntoResponse, Response},
};
use serde::Deserialize;
use serde_json::{Value, json};
use subtle::ConstantTimeEq as _;

use super::{
    Mode, Site, pages,
    password::{hashed, matches},
    session,
    users::{DatabaseError, Registration, User, Users},
};
use crate::{Sandbox, clock};

fn errors(status: StatusCode, message: &str) -> Response {
    (status, Json(json!({"errors": [{"message": message}]}))).into_response()
}

fn not_allowed() -> Response {
    errors(StatusCode::FORBIDDEN, "You are not allowed to perform this action.")
}

/// What Payload says whenever its database does not.
pub(super) struct Broken;

impl From<DatabaseError> for Broken {
    fn from(error: DatabaseError) -> Broken {
        tracing::warn!(
            error = &error as &dyn std::error::Error,
            "A stand-in site could not use its database"
        );
        Broken
    }
}

impl IntoResponse for Broken {
    fn into_response(self) -> Response {
        errors(StatusCode::INTERNAL_SERVER_ERROR, "Something went wrong.")
    }
}

pub(super) type Answer = Result<Response, Broken>;

fn shown(user: &User) -> Value {
    let created = clock::instant(u64::try_from(user.created_at).unwrap_or_default());
    json!({"id": user.id, "email": user.email, "collection": "users", "createdAt": created, "updatedAt": created,
        "loginAttempts": user.attempts})
}

/// The users of a site, unless its database was told to be down.
pub(super) fn users<'a>(sandbox: &'a Sandbox, site: &'a Site) -> Result<Users<'a>, Broken> {
    if site.mode == Mode::DbDown {
        Err(Broken)
    } else {
        Ok(Users { sandbox, site })
    }
}

pub(super) async fn health(State(sandbox): State<Sandbox>, Extension(site): Extension<Site>) -> Response {
    if site.unhealthy {
        return errors(StatusCode::INTERNAL_SERVER_ERROR, "Something went wrong.");
    }
    let before = Instant::now();
    let users = Users {
        sandbox: &sandbox,
        site: &site,
    };
    let up = site.mode != Mode::DbDown && users.ping().await.is_ok();
    let latency = (before.elapsed().as_secs_f64() * 10_000.0).round() / 10.0;
    let mut database = json!({"status": if up { "ok" } else { "error" }, "latencyMs": up.then_some(latency)});
    if users.simulated()
        && let Some(database) = database.as_object_mut()
    {
        database.insert("simulated".to_owned(), true.into());
    }
    let (used, total) = memory();
    let status = if up {
        StatusCode::OK
    } else {
        StatusCode::SERVICE_UNAVAILABLE
    };
    let body = json!({"status": if up { "ok" } else { "error" }, "database": database,
        "memory": {"used": used, "total": total}, "version": site.version(), "template": site.template()});
    (status, [(header::CACHE_CONTROL, "no-store")], Json(body)).into_response()
}

/// Bytes: of this process, which all stand-in sites share, and of the machine.
fn memory() -> (u64, u64) {
    let value = |path: &str, name: &str| {
        let text = std::fs::read_to_string(path).unwrap_or_default();
        let line = text
            .lines()
            .find_map(|line| line.strip_prefix(name))
            .unwrap_or_default();
        line.split_whitespace()
            .next()
            .and_then(|kib| kib.parse::<u64>().ok())
            .unwrap_or_default()
            * 1024
    };
    (
        value("/proc/self/status", "VmRSS:"),
        value("/proc/meminfo", "MemTotal:"),
    )
}

pub(super) async fn init(State(sandbox): State<Sandbox>, Extension(site): Extension<Site>) -> Answer {
    let users = users(&sandbox, &site)?;
    let first = users.first().await?;
    if let Some(first) = &first {
        // A kill may have come between the user and the inventory's knowledge of it.
        users.note_admin(&first.email)?;
    }
    Ok(Json(json!({"initialized": first.is_some()})).into_response())
}

#[derive(Deserialize)]
pub(super) struct Credentials {
    #[serde(default)]
    pub email: String,
    #[serde(default)]
    password: String,
}

fn signed_in(site: &Site, user: &User, message: &str) -> Answer {
    let (token, exp) = session::begin(site, user).ok_or(Broken)?;
    let cookie = session::cookie(Some(&token));
    let body = json!({"exp": exp, "message": message, "token": token, "user": shown(user)});
    Ok(([(header::SET_COOKIE, cookie)], Json(body)).into_response())
}

/// The first admin. Unlike stock Payload it demands the platform's token and lets one caller at a time through.
pub(super) async fn first_register(
    State(sandbox): State<Sandbox>,
    Extension(site): Extension<Site>,
    headers: HeaderMap,
    body: Bytes,
) -> Answer {
    let given = headers
        .get(header::AUTHORIZATION)
        .map(|value| value.as_bytes())
        .unwrap_or_default();
    let given = given.strip_prefix(b"Bearer ").unwrap_or_default();
    let wanted = site.platform_token().as_bytes();
    if wanted.is_empty() || !bool::from(given.ct_eq(wanted)) {
        return Ok(errors(
            StatusCode::UNAUTHORIZED,
            "The platform's token is missing or wrong.",
        ));
    }
    let users = users(&sandbox, &site)?;
    if users.first().await?.is_some() {
        return Ok(not_allowed());
    }
    let Ok(credentials) = serde_json::from_slice::<Credentials>(&body) else {
        return Ok(errors(
            StatusCode::BAD_REQUEST,
            "The body is not the JSON that was expected.",
        ));
    };
    let email = credentials.email.trim().to_lowercase();
    let mut wrong = Vec::new();
    if !email
        .split_once('@')
        .is_some_and(|(name, host)| !name.is_empty() && !host.is_empty())
    {
        wrong.push(("email", "Please enter a valid email address."));
    }
    if credentials.password.chars().count() < 3 {
        wrong.push((
            "password",
            "This value must be longer than the minimum length of 3 characters.",
        ));
    }
    if !wrong.is_empty() {
        let paths: Vec<&str> = wrong.iter().map(|(path, _)| *path).collect();
        let list: Vec<Value> = wrong
            .iter()
            .map(|(path, text)| json!({"path": path, "message": text}))
            .collect();
        let body = json!({"errors": [{"name": "ValidationError", "data": {"collection": "users", "errors": list},
            "message": format!("The following field is invalid: {}", paths.join(", "))}]});
        return Ok((StatusCode::BAD_REQUEST, Json(body)).into_response());
    }
    let hash = hashed(credentials.password).await.ok_or(Broken)?;
    match users.register(&email, &hash).await? {
        Registration::Done(user) => {
            users.note_admin(&user.email)?;
            signed_in(&site, &user, "Registered and logged in successfully. Welcome!")
        }
        Registration::Taken => Ok(not_allowed()),
        Registration::Busy => Ok(errors(StatusCode::CONFLICT, "The first user is being created.")),
    }
}

/// The user, or what to tell whoever is not.
pub(super) async fn check(
    users: &Users<'_>,
    credentials: Credentials,
) -> Result<Result<User, &'static str>, DatabaseError> {
    let wrong = "The email or password provided is incorrect.";
    let Some(user) = users.by_email(&credentials.email.trim().to_lowercase()).await? else {
        return Ok(Err(wrong));
    };
    if Users::locked(&user) {
        return Ok(Err("This user is locked due to having too many failed login attempts."));
    }
    let right = matches(credentials.password, user.hash.clone()).await;
    users.note_login(&user, right).await?;
    if right {
        users.note_admin(
            &users
                .first()
                .await?
                .map_or_else(|| user.email.clone(), |first| first.email),
        )?;
    }
    Ok(if right { Ok(user) } else { Err(wrong) })
}

pub(super) async fn login(State(sandbox): State<Sandbox>, Extension(site): Extension<Site>, body: Bytes) -> Answer {
    let users = users(&sandbox, &site)?;
    let Ok(credentials) = serde_json::from_slice::<Credentials>(&body) else {
        return Ok(errors(
            StatusCode::BAD_REQUEST,
            "The body is not the JSON that was expected.",
        ));
    };
    match check(&users, credentials).await? {
        Ok(user) => signed_in(&site, &user, "Authentication Passed"),
        Err(message) => Ok(errors(StatusCode::UNAUTHORIZED, message)),
    }
}

pub(super) async fn log_out() -> Response {
    (
        [(header::SET_COOKIE, session::cookie(None))],
        Json(json!({"message": "You have been logged out successfully."})),
    )
        .into_response()
}

/// Never 401: nobody is `null`.
pub(super) async fn me(State(sandbox): State<Sandbox>, Extension(site): Extension<Site>, headers: HeaderMap) -> Answer {
    let users = users(&sandbox, &site)?;
    let session = session::read(&site, &headers);
    let user = match &session {
        Some((id, ..)) => users.by_id(*id).await?,
        None => None,
    };
    Ok(match (user, session) {
        (Some(user), Some((_, token, exp))) => Json(json!({"user": shown(&user), "collection": "users",
            "strategy": "local-jwt", "token": token, "exp": exp, "message": "Account"}))
        .into_response(),
        _ => Json(json!({"user": null, "message": "Account"})).into_response(),
    })
}

/// Payload's words for an unknown route.
pub(super) async fn unknown(Extension(site): Extension<Site>, uri: axum::http::Uri) -> Response {
    if uri.path().starts_with("/api/") {
        let message = format!("Route not found \"{}\"", uri.path());
        return (StatusCode::NOT_FOUND, Json(json!({"message": message}))).into_response();
    }
    (StatusCode::NOT_FOUND, Html(pages::missing(&site))).into_response()
}
