//! Routes of the function Incidents, as far as they are about incidents.
#![allow(dead_code, reason = "described, not called")]

use domain::{
    ClientId,
    monitoring::incident::{IncidentDetail, IncidentPage, NoteBody},
};

/// Incidents, newest first, page by page, and how quickly somebody came over the last 30 days.
#[utoipa::path(get, path = "/api/platform/incidents", tag = "incidents", operation_id = "listIncidents",
    params(
        ("status" = Option<String>, Query, description = "open, acknowledged, resolved; several with commas"),
        ("severity" = Option<String>, Query, description = "warning, critical; several with commas"),
        ("clientId" = Option<ClientId>, Query, description = "Those in which this client is"),
        ("page" = Option<u64>, Query, description = "Which page, from 1", minimum = 1),
        ("limit" = Option<u64>, Query, description = "Members of a page; 10 unless given", minimum = 1, maximum = 100),
        ("cursor" = Option<String>, Query, description = "The `nextCursor` of the page before, instead of `page`"),
    ),
    responses((status = 200, body = IncidentPage)))]
pub fn list() {}

/// An incident with its sites and what happened. It is known for 400 days after it was over.
#[utoipa::path(get, path = "/api/platform/incidents/{id}", tag = "incidents", operation_id = "getIncident",
    params(("id" = String, Path, description = "The incident's id")),
    responses((status = 200, body = IncidentDetail)))]
pub fn read() {}

/// Takes an incident: reminders end. Taking it again changes nothing.
#[utoipa::path(post, path = "/api/platform/incidents/{id}/ack", tag = "incidents", operation_id = "acknowledgeIncident",
    params(("id" = String, Path, description = "The incident's id")),
    responses((status = 200, body = IncidentDetail), (status = 409, description = "It is over")))]
pub fn acknowledge() {}

/// Writes something down; also when the incident is over.
#[utoipa::path(post, path = "/api/platform/incidents/{id}/note", tag = "incidents", operation_id = "noteIncident",
    params(("id" = String, Path, description = "The incident's id")),
    request_body = NoteBody,
    responses((status = 200, body = IncidentDetail)))]
pub fn note() {}
