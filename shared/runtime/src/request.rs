//! What handlers read from requests beside the body.

use axum::{
    extract::Query,
    http::{HeaderMap, Uri},
};
use domain::{Code, Error};

/// The query's parameters as they came.
///
/// # Errors
/// The query is not one.
pub fn parameters(uri: &Uri) -> Result<Vec<(String, String)>, Error> {
    Query::try_from_uri(uri)
        .map(|Query(parameters)| parameters)
        .map_err(|_| {
            Error::new(
                Code::InvalidQuery,
                "The query cannot be read. Send name=value&name=value.",
            )
        })
}

/// A header as text; `None` when it is not there.
///
/// # Errors
/// It is there more than once, or is not visible ASCII.
pub fn header<'a>(headers: &'a HeaderMap, name: &'static str) -> Result<Option<&'a str>, Error> {
    let mut values = headers.get_all(name).iter();
    let Some(value) = values.next() else {
        return Ok(None);
    };
    let text = value.to_str().ok().filter(|_| values.next().is_none());
    text.map(Some).ok_or_else(|| {
        Error::new(
            Code::InvalidQuery,
            format!("The header {name} cannot be read. Send it once, in visible ASCII."),
        )
        .at(name)
    })
}
