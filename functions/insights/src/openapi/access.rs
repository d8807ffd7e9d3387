//! Routes of the function Access.
#![allow(dead_code, reason = "described, not called")]

use domain::{KeyList, NewKey, NewKeyBody};

/// All keys, oldest first. Owners only.
#[utoipa::path(get, path = "/api/platform/keys", tag = "keys", operation_id = "listKeys",
    responses((status = 200, body = KeyList)))]
pub fn list() {}

/// Makes a key. It is answered this once. Owners only.
#[utoipa::path(post, path = "/api/platform/keys", tag = "keys", operation_id = "createKey",
    request_body = NewKeyBody,
    responses((status = 201, body = NewKey)))]
pub fn create() {}

/// Revokes a key, within a minute. Not the one that is being used. Owners only.
#[utoipa::path(delete, path = "/api/platform/keys/{id}", tag = "keys", operation_id = "revokeKey",
    params(("id" = String, Path, description = "The key's id")),
    responses((status = 204, description = "Revoked"), (status = 409, description = "It is the caller's own key")))]
pub fn revoke() {}
