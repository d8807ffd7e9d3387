//! The pages as a visitor meets them: home, collections, the admin panel with its sign-in.

use axum::{
    Extension, Form,
    extract::{Path, State},
    http::{HeaderMap, StatusCode, header},
    response::{Html, IntoResponse, Redirect, Response},
};

use super::{
    Site,
    api::{Answer, Broken, Credentials, check, users},
    pages, session,
};
use crate::Sandbox;

pub(super) async fn admin(
    State(sandbox): State<Sandbox>,
    Extension(site): Extension<Site>,
    headers: HeaderMap,
) -> Answer {
    let users = users(&sandbox, &site)?;
    let user = match session::read(&site, &headers) {
        Some((id, ..)) => users.by_id(id).await?,
        None => None,
    };
    let page = match user {
        Some(user) => pages::signed_in(&site, &user.email),
        None if users.first().await?.is_none() => pages::nobody_yet(&site),
        None => pages::sign_in(&site, "", None),
    };
    Ok(([(header::CACHE_CONTROL, "no-store")], Html(page)).into_response())
}

pub(super) async fn admin_sign_in(
    State(sandbox): State<Sandbox>,
    Extension(site): Extension<Site>,
    Form(credentials): Form<Credentials>,
) -> Answer {
    let users = users(&sandbox, &site)?;
    let email = credentials.email.clone();
    match check(&users, credentials).await? {
        Ok(user) => {
            let (token, _) = session::begin(&site, &user).ok_or(Broken)?;
            Ok((
                [(header::SET_COOKIE, session::cookie(Some(&token)))],
                Redirect::to("/admin"),
            )
                .into_response())
        }
        Err(message) => Ok((
            StatusCode::UNAUTHORIZED,
            Html(pages::sign_in(&site, &email, Some(message))),
        )
            .into_response()),
    }
}

pub(super) async fn admin_sign_out() -> Response {
    ([(header::SET_COOKIE, session::cookie(None))], Redirect::to("/admin")).into_response()
}

pub(super) async fn home(Extension(site): Extension<Site>) -> Html<String> {
    Html(pages::home(&site))
}

pub(super) async fn collection(Extension(site): Extension<Site>, Path(slug): Path<String>) -> Response {
    if site.collections().any(|known| known == slug) {
        Html(pages::collection(&site, &slug)).into_response()
    } else {
        (StatusCode::NOT_FOUND, Html(pages::missing(&site))).into_response()
    }
}
