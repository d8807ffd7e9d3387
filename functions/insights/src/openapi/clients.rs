//! Routes of the function Clients.
#![allow(dead_code, reason = "described, not called")]
#![allow(unused_qualifications, reason = "utoipa writes them")]

use domain::{ChangeBody, ClientAccepted, ClientExport, ClientId, ClientPage, ClientView, NewClientBody};
use runtime::ProblemBody;
use utoipa::{IntoParams, ToSchema};

/// How an import came out, with refusals as they are written everywhere.
type ImportReport = domain::ImportReport<ProblemBody>;

/// Filters and order of a list of clients; several values of a filter are separated by commas.
#[derive(IntoParams)]
#[into_params(parameter_in = Query, rename_all = "camelCase")]
pub struct Filters {
    /// Where they stand. Deleted clients are found only by who asks for `deleted`.
    status: Option<String>,
    /// What kind of site they have.
    template: Option<String>,
    /// What they have bought.
    plan: Option<String>,
    /// How their sites are doing.
    health: Option<String>,
    /// How their bills stand.
    billing_status: Option<String>,
    /// A tag they have.
    tag: Option<String>,
    /// A text to look for.
    search: Option<String>,
    /// The field to order by; `-` before it turns the order round. `-createdAt` unless given.
    sort: Option<String>,
}

/// How a file of clients is written.
#[derive(ToSchema)]
#[schema(rename_all = "lowercase")]
enum ExportFormat {
    Json,
    Csv,
}

/// Clients, page by page.
#[utoipa::path(get, path = "/api/platform/clients", tag = "clients", operation_id = "listClients",
    params(
        Filters,
        ("page" = Option<u64>, Query, description = "Which page, from 1", minimum = 1),
        ("limit" = Option<u64>, Query, description = "Members of a page; 10 unless given", minimum = 1, maximum = 100),
        ("cursor" = Option<String>, Query, description = "The `nextCursor` of the page before, instead of `page`"),
    ),
    responses((status = 200, body = ClientPage)))]
pub fn list() {}

/// Records a client and begins to bring it up.
#[utoipa::path(post, path = "/api/platform/clients", tag = "clients", operation_id = "createClient",
    params(("Idempotency-Key" = Option<String>, Header, description = "The same key gets the same answer for 24 h")),
    request_body = NewClientBody,
    responses((status = 202, body = ClientAccepted)))]
pub fn create() {}

/// All clients that the filters find, as a file.
#[utoipa::path(get, path = "/api/platform/clients/export", tag = "clients", operation_id = "exportClients",
    params(Filters, ("format" = inline(Option<ExportFormat>), Query, description = "`json` unless given")),
    responses((status = 200, description = "The clients, or one line for each", content(
        (Vec<ClientView> = "application/json"),
        (String = "text/csv"),
    ))))]
pub fn export_all() {}

/// Records many clients at once: CSV, at most 1 MB and 5,000 rows.
#[utoipa::path(post, path = "/api/platform/clients/import", tag = "clients", operation_id = "importClients",
    request_body(content = String, content_type = "text/csv", description = "A heading and one line per client"),
    responses((status = 200, description = "What became of each row", body = ImportReport)))]
pub fn import() {}

/// One client.
#[utoipa::path(get, path = "/api/platform/clients/{id}", tag = "clients", operation_id = "getClient",
    params(("id" = ClientId, Path, description = "The client's id")),
    responses((status = 200, body = ClientView, headers(("ETag" = String, description = "The revision")))))]
pub fn read() {}

/// Changes what the body names.
#[utoipa::path(patch, path = "/api/platform/clients/{id}", tag = "clients", operation_id = "updateClient",
    params(
        ("id" = ClientId, Path, description = "The client's id"),
        ("If-Match" = Option<String>, Header, description = "The revision that was read; 412 when it is another"),
    ),
    request_body = ChangeBody,
    responses(
        (status = 200, body = ClientView, headers(("ETag" = String, description = "The revision"))),
        (status = 202, description = "What is deployed changes: an update operation has begun", body = ClientAccepted)))]
pub fn change() {}

/// Begins to take a client down. A second call answers the operation that runs.
#[utoipa::path(delete, path = "/api/platform/clients/{id}", tag = "clients", operation_id = "deleteClient",
    params(
        ("id" = ClientId, Path, description = "The client's id"),
        ("If-Match" = Option<String>, Header, description = "The revision that was read; 412 when it is another"),
        ("now" = Option<bool>, Query, description = "Without the days of grace; owners only"),
    ),
    responses((status = 202, body = ClientAccepted), (status = 200, description = "It is gone already", body = ClientAccepted)))]
pub fn delete() {}

/// Everything that is known of one client, without secrets.
#[utoipa::path(get, path = "/api/platform/clients/{id}/export", tag = "clients", operation_id = "exportClient",
    params(("id" = ClientId, Path, description = "The client's id")),
    responses((status = 200, body = ClientExport)))]
pub fn export_one() {}
