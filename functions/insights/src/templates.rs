//! What a site can start from.

use axum::{Json, extract::Path};
use domain::{
    Error, Permission,
    catalogue::{Template, TemplateId, template, templates},
};
use runtime::{Caller, Problem};
use serde::Serialize;
use utoipa::ToSchema;

/// All templates.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct TemplateList {
    /// The templates, in the order in which they are offered.
    docs: &'static [Template],
    /// How many there are.
    total_docs: usize,
}

pub async fn list(caller: Caller) -> Result<Json<TemplateList>, Problem> {
    caller.may(Permission::Read)?;
    let docs = templates();
    Ok(Json(TemplateList {
        docs,
        total_docs: docs.len(),
    }))
}

pub async fn one(caller: Caller, Path(id): Path<String>) -> Result<Json<&'static Template>, Problem> {
    caller.may(Permission::Read)?;
    let id: TemplateId = id.parse().map_err(|_| Error::not_found("template", &id))?;
    Ok(Json(template(id)))
}
