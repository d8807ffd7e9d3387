//! Routes of the function Rollouts.
#![allow(dead_code, reason = "described, not called")]

use domain::{RolloutBody, RolloutDetail, RolloutId, RolloutPage, RolloutView};

/// Rollouts, newest first, page by page.
#[utoipa::path(get, path = "/api/platform/rollouts", tag = "rollouts", operation_id = "listRollouts",
    params(
        ("page" = Option<u64>, Query, description = "Which page, from 1", minimum = 1),
        ("limit" = Option<u64>, Query, description = "Members of a page; 10 unless given", minimum = 1, maximum = 100),
        ("cursor" = Option<String>, Query, description = "The `nextCursor` of the page before, instead of `page`"),
    ),
    responses((status = 200, body = RolloutPage)))]
pub fn list() {}

/// Redeploys clients to one commit, batch by batch. A batch begins when the redeploys of the one before have passed their health
/// checks; when more fail than may, their batch is rolled back and the rollout is halted.
#[utoipa::path(post, path = "/api/platform/rollouts", tag = "rollouts", operation_id = "createRollout",
    params(("Idempotency-Key" = Option<String>, Header, description = "The same key and request get the same answer for 24 h")),
    request_body = RolloutBody,
    responses((status = 202, body = RolloutView)))]
pub fn create() {}

/// A rollout and what became of each client.
#[utoipa::path(get, path = "/api/platform/rollouts/{id}", tag = "rollouts", operation_id = "getRollout",
    params(("id" = RolloutId, Path, description = "The rollout's id")),
    responses((status = 200, body = RolloutDetail)))]
pub fn read() {}

/// Begins no further redeploy; those that run come to their end.
#[utoipa::path(post, path = "/api/platform/rollouts/{id}/pause", tag = "rollouts", operation_id = "pauseRollout",
    params(("id" = RolloutId, Path, description = "The rollout's id")),
    responses((status = 202, body = RolloutView)))]
pub fn pause() {}

/// Goes on with a paused rollout.
#[utoipa::path(post, path = "/api/platform/rollouts/{id}/resume", tag = "rollouts", operation_id = "resumeRollout",
    params(("id" = RolloutId, Path, description = "The rollout's id")),
    responses((status = 202, body = RolloutView)))]
pub fn resume() {}

/// Calls a rollout off: it ends when what runs has ended, and what is deployed stays deployed.
#[utoipa::path(post, path = "/api/platform/rollouts/{id}/cancel", tag = "rollouts", operation_id = "cancelRollout",
    params(("id" = RolloutId, Path, description = "The rollout's id")),
    responses((status = 202, body = RolloutView)))]
pub fn cancel() {}
