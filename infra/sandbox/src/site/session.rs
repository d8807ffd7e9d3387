//! Sessions: a token in the form of a JWT, signed with the site's own PAYLOAD_SECRET, in the cookie `payload-token`.

use axum::http::{HeaderMap, HeaderValue, header};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use hmac::{Hmac, KeyInit as _, Mac as _};
use serde_json::{Value, json};
use sha2::Sha256;

use super::{Site, users::User};
use crate::clock;

pub(super) const SECONDS: u64 = 7200;
const HEADER: &str = "{\"alg\":\"HS256\",\"typ\":\"JWT\"}";

fn signature(site: &Site, signed: &str) -> Option<Hmac<Sha256>> {
    let mut mac = Hmac::<Sha256>::new_from_slice(site.secret().as_bytes()).ok()?;
    mac.update(signed.as_bytes());
    Some(mac)
}

/// A token and when it ends, in seconds since 1970.
pub(super) fn begin(site: &Site, user: &User) -> Option<(String, u64)> {
    let now = clock::now() / 1000;
    let claims = json!({"id": user.id, "collection": "users", "email": user.email, "iat": now, "exp": now + SECONDS});
    let signed = format!(
        "{}.{}",
        URL_SAFE_NO_PAD.encode(HEADER),
        URL_SAFE_NO_PAD.encode(claims.to_string())
    );
    let mark = URL_SAFE_NO_PAD.encode(signature(site, &signed)?.finalize().into_bytes());
    Some((format!("{signed}.{mark}"), now + SECONDS))
}

/// Who the token of a request speaks for: user id, token, end. A token of another site means nothing here.
pub(super) fn read(site: &Site, headers: &HeaderMap) -> Option<(i32, String, u64)> {
    let token = presented(headers)?;
    let (signed, mark) = token.rsplit_once('.')?;
    signature(site, signed)?
        .verify_slice(&URL_SAFE_NO_PAD.decode(mark).ok()?)
        .ok()?;
    let claims = URL_SAFE_NO_PAD.decode(signed.split_once('.')?.1).ok()?;
    let claims: Value = serde_json::from_slice(&claims).ok()?;
    let end = claims.get("exp")?.as_u64()?;
    let id = i32::try_from(claims.get("id")?.as_i64()?).ok()?;
    (end > clock::now() / 1000).then_some((id, token, end))
}

fn presented(headers: &HeaderMap) -> Option<String> {
    let authorization = headers
        .get(header::AUTHORIZATION)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    if let Some(token) = authorization
        .strip_prefix("JWT ")
        .or_else(|| authorization.strip_prefix("Bearer "))
    {
        return Some(token.to_owned());
    }
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|cookies| cookies.to_str().ok())
        .flat_map(|cookies| cookies.split(';'))
        .find_map(|cookie| cookie.trim().strip_prefix("payload-token="))
        .map(str::to_owned)
}

/// The cookie of a token; of none, the cookie that ends the session.
pub(super) fn cookie(token: Option<&str>) -> HeaderValue {
    let seconds = if token.is_some() { SECONDS } else { 0 };
    let token = token.unwrap_or_default();
    let cookie = format!("payload-token={token}; Max-Age={seconds}; Path=/; HttpOnly; SameSite=Lax");
    HeaderValue::from_str(&cookie).unwrap_or_else(|_| HeaderValue::from_static(""))
}
