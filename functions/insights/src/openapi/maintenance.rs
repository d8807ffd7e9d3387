//! Routes of the function Incidents, as far as they are about maintenance windows.
#![allow(dead_code, reason = "described, not called")]

use domain::{
    ClientId,
    monitoring::{WindowBody, WindowChangeBody, WindowPage, WindowView},
};

/// Maintenance windows, newest first, page by page. Of one client also those of its own operations of the last 90 days.
#[utoipa::path(get, path = "/api/platform/maintenance", tag = "maintenance", operation_id = "listMaintenance",
    params(
        ("clientId" = Option<ClientId>, Query, description = "Those that are about this client"),
        ("status" = Option<String>, Query, description = "open, upcoming, over; several with commas"),
        ("page" = Option<u64>, Query, description = "Which page, from 1", minimum = 1),
        ("limit" = Option<u64>, Query, description = "Members of a page; 10 unless given", minimum = 1, maximum = 100),
    ),
    responses((status = 200, body = WindowPage)))]
pub fn list() {}

/// Makes a window: while it is open, sites are not checked, nobody is alerted, and no uptime is lost.
#[utoipa::path(post, path = "/api/platform/maintenance", tag = "maintenance", operation_id = "createMaintenance",
    request_body = WindowBody,
    responses((status = 201, body = WindowView)))]
pub fn create() {}

/// A window. It is known for 90 days after it was open for the last time.
#[utoipa::path(get, path = "/api/platform/maintenance/{id}", tag = "maintenance", operation_id = "getMaintenance",
    params(("id" = String, Path, description = "The window's id")),
    responses((status = 200, body = WindowView)))]
pub fn read() {}

/// Changes a window: what the body names, and nothing else.
#[utoipa::path(patch, path = "/api/platform/maintenance/{id}", tag = "maintenance", operation_id = "updateMaintenance",
    params(("id" = String, Path, description = "The window's id")),
    request_body = WindowChangeBody,
    responses((status = 200, body = WindowView)))]
pub fn change() {}

/// Takes a window away, as if it had never been.
#[utoipa::path(delete, path = "/api/platform/maintenance/{id}", tag = "maintenance", operation_id = "deleteMaintenance",
    params(("id" = String, Path, description = "The window's id")),
    responses((status = 204, description = "It is gone")))]
pub fn delete() {}
