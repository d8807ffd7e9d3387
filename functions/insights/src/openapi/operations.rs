//! Operations: how they stand, what can be asked of them, and those that are begun on a client.
#![allow(dead_code, reason = "described, not called")]

use domain::{
    ClientAccepted, ClientId, Freeze, FreezeBody, OperationDetail, OperationId, OperationList, OperationView,
    ReasonBody, RedeployBody, RetryBody, RollbackBody, StateMachine,
};

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

/// Takes a client's site off the air and keeps everything.
#[utoipa::path(post, path = "/api/platform/clients/{id}/suspend", tag = "operations", operation_id = "suspendClient",
    params(
        ("id" = ClientId, Path, description = "The client's id"),
        ("Idempotency-Key" = Option<String>, Header, description = "The same key and request get the same answer for 24 h"),
    ),
    request_body = Option<ReasonBody>,
    responses((status = 202, body = ClientAccepted)))]
pub fn suspend() {}

/// Puts a suspended site back on the air, once it passes its check.
#[utoipa::path(post, path = "/api/platform/clients/{id}/activate", tag = "operations", operation_id = "activateClient",
    params(
        ("id" = ClientId, Path, description = "The client's id"),
        ("Idempotency-Key" = Option<String>, Header, description = "The same key and request get the same answer for 24 h"),
    ),
    request_body = Option<ReasonBody>,
    responses((status = 202, body = ClientAccepted)))]
pub fn activate() {}

/// Deploys a commit anew.
#[utoipa::path(post, path = "/api/platform/clients/{id}/redeploy", tag = "operations", operation_id = "redeployClient",
    params(
        ("id" = ClientId, Path, description = "The client's id"),
        ("Idempotency-Key" = Option<String>, Header, description = "The same key and request get the same answer for 24 h"),
    ),
    request_body = Option<RedeployBody>,
    responses((status = 202, body = ClientAccepted)))]
pub fn redeploy() {}

/// Puts an earlier deployment live again, without a build.
#[utoipa::path(post, path = "/api/platform/clients/{id}/rollback", tag = "operations", operation_id = "rollbackClient",
    params(
        ("id" = ClientId, Path, description = "The client's id"),
        ("Idempotency-Key" = Option<String>, Header, description = "The same key and request get the same answer for 24 h"),
    ),
    request_body = Option<RollbackBody>,
    responses((status = 202, body = ClientAccepted)))]
pub fn rollback() {}

/// Calls a delete back while its days of grace last.
#[utoipa::path(post, path = "/api/platform/clients/{id}/restore", tag = "operations", operation_id = "restoreClient",
    params(
        ("id" = ClientId, Path, description = "The client's id"),
    ),
    responses((status = 202, body = ClientAccepted)))]
pub fn restore() {}

/// Has a failed or blocked operation tried again.
#[utoipa::path(post, path = "/api/platform/operations/{id}/retry", tag = "operations", operation_id = "retryOperation",
    params(("id" = OperationId, Path, description = "The operation's id")),
    request_body = Option<RetryBody>,
    responses((status = 202, body = OperationView)))]
pub fn retry() {}

/// Calls an operation off: what it has made is undone; what has gone live stays live.
#[utoipa::path(post, path = "/api/platform/operations/{id}/cancel", tag = "operations", operation_id = "cancelOperation",
    params(("id" = OperationId, Path, description = "The operation's id")),
    responses((status = 202, body = OperationView)))]
pub fn cancel() {}

/// Is the platform frozen?
#[utoipa::path(get, path = "/api/platform/freeze", tag = "operations", operation_id = "getFreeze",
    responses((status = 200, body = Freeze)))]
pub fn get_freeze() {}

/// Freezes the platform (no operation begins another step), or thaws it.
#[utoipa::path(put, path = "/api/platform/freeze", tag = "operations", operation_id = "setFreeze",
    request_body = FreezeBody,
    responses((status = 200, body = Freeze)))]
pub fn set_freeze() {}

/// States, commands and transitions, from the tables that decide.
#[utoipa::path(get, path = "/api/platform/meta/state-machine", tag = "operations", operation_id = "getStateMachine",
    responses((status = 200, body = StateMachine)))]
pub fn state_machine() {}
