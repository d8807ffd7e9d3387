//! Routes of the function Channels.
#![allow(dead_code, reason = "described, not called")]

use domain::channel::{
    ChannelAnswer, ChannelChangeBody, ChannelId, ChannelList, DeliveryPage, DeliveryView, NewChannelBody,
};

/// All channels: those that come with the platform's settings, then the oldest first.
#[utoipa::path(get, path = "/api/platform/channels", tag = "channels", operation_id = "listChannels",
    responses((status = 200, body = ChannelList)))]
pub fn list() {}

/// Makes a channel. Its secrets are never answered; that of a webhook is made, and answered this once, unless one is sent.
#[utoipa::path(post, path = "/api/platform/channels", tag = "channels", operation_id = "createChannel",
    request_body = NewChannelBody,
    responses((status = 201, body = ChannelAnswer, headers(("ETag" = String, description = "The revision")))))]
pub fn make() {}

/// One channel.
#[utoipa::path(get, path = "/api/platform/channels/{id}", tag = "channels", operation_id = "getChannel",
    params(("id" = ChannelId, Path, description = "The channel's id")),
    responses((status = 200, body = ChannelAnswer, headers(("ETag" = String, description = "The revision")))))]
pub fn read() {}

/// Changes what the body names. A webhook's new secret leaves the one before valid until that is dropped.
#[utoipa::path(patch, path = "/api/platform/channels/{id}", tag = "channels", operation_id = "updateChannel",
    params(
        ("id" = ChannelId, Path, description = "The channel's id"),
        ("If-Match" = Option<String>, Header, description = "The revision that was read; 412 when it is another"),
    ),
    request_body = ChannelChangeBody,
    responses((status = 200, body = ChannelAnswer, headers(("ETag" = String, description = "The revision")))))]
pub fn change() {}

/// Removes a channel with its secret; what it was still to deliver is dropped. Not one that is another's fallback.
#[utoipa::path(delete, path = "/api/platform/channels/{id}", tag = "channels", operation_id = "deleteChannel",
    params(
        ("id" = ChannelId, Path, description = "The channel's id"),
        ("If-Match" = Option<String>, Header, description = "The revision that was read; 412 when it is another"),
    ),
    responses((status = 204, description = "Removed")))]
pub fn remove() {}

/// Has the channel say that nothing is wrong. Its deliveries show what became of it.
#[utoipa::path(post, path = "/api/platform/channels/{id}/test", tag = "channels", operation_id = "testChannel",
    params(("id" = ChannelId, Path, description = "The channel's id")),
    responses((status = 202, body = DeliveryView)))]
pub fn test() {}

/// What the channel delivered in the last 90 days or is to deliver, newest first.
#[utoipa::path(get, path = "/api/platform/channels/{id}/deliveries", tag = "channels", operation_id = "listDeliveries",
    params(
        ("id" = ChannelId, Path, description = "The channel's id"),
        ("limit" = Option<u64>, Query, description = "How many at most; 10 unless given", minimum = 1, maximum = 100),
        ("cursor" = Option<String>, Query, description = "The `nextCursor` of the part before"),
    ),
    responses((status = 200, body = DeliveryPage)))]
pub fn deliveries() {}

/// Has the channel deliver once more what it delivered or gave up, whatever came since.
#[utoipa::path(post, path = "/api/platform/channels/{id}/deliveries/{delivery}/replay", tag = "channels",
    operation_id = "replayDelivery",
    params(
        ("id" = ChannelId, Path, description = "The channel's id"),
        ("delivery" = String, Path, description = "The delivery's id"),
    ),
    responses((status = 202, body = DeliveryView)))]
pub fn replay() {}
