//! The two open routes: is the platform there, and how is it spoken to.

use axum::Json;
use serde::Serialize;
use utoipa::{OpenApi, ToSchema};

use crate::openapi::Document;

/// The platform answers.
#[derive(Debug, Serialize, ToSchema)]
pub struct PlatformHealth {
    /// `ok`.
    status: &'static str,
    /// The platform's version.
    version: &'static str,
}

pub async fn health() -> Json<PlatformHealth> {
    Json(PlatformHealth {
        status: "ok",
        version: env!("CARGO_PKG_VERSION"),
    })
}

pub async fn document() -> Json<utoipa::openapi::OpenApi> {
    Json(Document::openapi())
}
