//! Routes of the function Operations.
#![allow(dead_code, reason = "described, not called")]

use domain::{ClientId, OperationDetail, OperationId, OperationList};

/// An operation with its steps and everything that was ever made outside for its client.
#[utoipa::path(get, path = "/api/platform/operations/{id}", tag = "operations", operation_id = "getOperation",
    params(("id" = OperationId, Path, description = "The operation's id")),
    responses((status = 200, body = OperationDetail)))]
pub fn read() {}

/// All operations of a client, newest first.
#[utoipa::path(get, path = "/api/platform/clients/{id}/operations", tag = "operations", operation_id = "listOperations",
    params(("id" = ClientId, Path, description = "The client's id")),
    responses((status = 200, body = OperationList)))]
pub fn of_client() {}
