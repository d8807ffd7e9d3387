//! Routes of this function.
#![allow(dead_code, reason = "described, not called")]

use domain::{
    ClientId,
    catalogue::{Template, TemplateId},
};

use crate::{
    deployments::DeploymentPage, drift::FindingList, health::ClientHealth, platform::PlatformHealth,
    statistics::Statistics, templates::TemplateList,
};

/// A client's deployments, newest first.
#[utoipa::path(get, path = "/api/platform/clients/{id}/deployments", tag = "insights", operation_id = "listDeployments",
    params(
        ("id" = ClientId, Path, description = "The client's id"),
        ("page" = Option<u64>, Query, description = "Which page, from 1", minimum = 1),
        ("limit" = Option<u64>, Query, description = "Members of a page; 10 unless given", minimum = 1, maximum = 100),
    ),
    responses((status = 200, body = DeploymentPage)))]
pub fn deployments() {}

/// How a client's site is doing.
#[utoipa::path(get, path = "/api/platform/clients/{id}/health", tag = "insights", operation_id = "getClientHealth",
    params(("id" = ClientId, Path, description = "The client's id")),
    responses((status = 200, body = ClientHealth)))]
pub fn client_health() {}

/// What a site can start from.
#[utoipa::path(get, path = "/api/platform/templates", tag = "insights", operation_id = "listTemplates",
    responses((status = 200, body = TemplateList)))]
pub fn templates() {}

/// One template.
#[utoipa::path(get, path = "/api/platform/templates/{id}", tag = "insights", operation_id = "getTemplate",
    params(("id" = TemplateId, Path, description = "The template's name")),
    responses((status = 200, body = Template)))]
pub fn template() {}

/// Counts and money of the platform as a whole.
#[utoipa::path(get, path = "/api/platform/stats", tag = "insights", operation_id = "getStats",
    responses((status = 200, body = Statistics)))]
pub fn stats() {}

/// What the daily audit has found and is still so: what providers have and the ledger does not know, and the other way round.
#[utoipa::path(get, path = "/api/platform/drift", tag = "insights", operation_id = "listDrift",
    responses((status = 200, body = FindingList)))]
pub fn drift() {}

/// The platform answers.
#[utoipa::path(get, path = "/api/platform/health", tag = "platform", operation_id = "getHealth", security(()),
    responses((status = 200, body = PlatformHealth)))]
pub fn platform_health() {}

/// This document.
#[utoipa::path(get, path = "/api/platform/openapi.json", tag = "platform", operation_id = "getOpenApi", security(()),
    responses((status = 200, description = "OpenAPI 3.1", body = Object)))]
pub fn document() {}
