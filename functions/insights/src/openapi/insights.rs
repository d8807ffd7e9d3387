//! Routes of this function.
#![allow(dead_code, reason = "described, not called")]

use domain::{
    ClientId, DomainLabel,
    catalogue::{Template, TemplateId},
};

use crate::{
    deployments::DeploymentPage, drift::FindingList, health::ClientHealth, platform::PlatformHealth, statistics::Whole,
    status::SiteStatus, templates::TemplateList,
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

/// How a client's site is doing, and how it has been: the last look, uptime, response times, checks, days and maintenance.
#[utoipa::path(get, path = "/api/platform/clients/{id}/health", tag = "insights", operation_id = "getClientHealth",
    params(
        ("id" = ClientId, Path, description = "The client's id"),
        ("hours" = Option<u16>, Query, description = "Checks of so many hours; 24 unless given", minimum = 1, maximum = 840),
        ("days" = Option<u16>, Query, description = "Roll-ups of so many days; 30 unless given", minimum = 1, maximum = 400),
    ),
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

/// Counts and money of the platform as a whole, and what the monitor says of all sites.
#[utoipa::path(get, path = "/api/platform/stats", tag = "insights", operation_id = "getStats",
    responses((status = 200, body = Whole)))]
pub fn stats() {}

/// What the daily audit has found and is still so: what providers have and the ledger does not know, and the other way round.
#[utoipa::path(get, path = "/api/platform/drift", tag = "insights", operation_id = "listDrift",
    responses((status = 200, body = FindingList)))]
pub fn drift() {}

/// What everybody may know of a site. Of one that does not exist, is gone, is paused or was never live, nothing.
#[utoipa::path(get, path = "/api/platform/status/{domain}", tag = "platform", operation_id = "getStatus", security(()),
    params(("domain" = DomainLabel, Path, description = "The site's label below the platform's domain")),
    responses((status = 200, body = SiteStatus)))]
pub fn status() {}

/// The same as a picture for other people's pages.
#[utoipa::path(get, path = "/api/platform/status/{domain}/badge.svg", tag = "platform", operation_id = "getBadge", security(()),
    params(("domain" = DomainLabel, Path, description = "The site's label below the platform's domain")),
    responses((status = 200, description = "SVG", body = String, content_type = "image/svg+xml")))]
pub fn badge() {}

/// The platform answers.
#[utoipa::path(get, path = "/api/platform/health", tag = "platform", operation_id = "getHealth", security(()),
    responses((status = 200, body = PlatformHealth)))]
pub fn platform_health() {}

/// This document.
#[utoipa::path(get, path = "/api/platform/openapi.json", tag = "platform", operation_id = "getOpenApi", security(()),
    responses((status = 200, description = "OpenAPI 3.1", body = Object)))]
pub fn document() {}
