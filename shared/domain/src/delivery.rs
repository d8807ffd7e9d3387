//! What is known of the delivery of a notice by a channel.

use serde::{Deserialize, Serialize};

use crate::channel::ChannelId;

/// Why a channel gets something.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum DeliveryReason {
    /// The routing says so.
    Routed,
    /// This other one could not deliver it.
    Fallback(ChannelId),
    /// Somebody tries the channel.
    Test,
    /// Somebody wants it once more.
    Replay,
}

impl DeliveryReason {
    /// The name, as it is shown.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Routed => "routed",
            Self::Fallback(_) => "fallback",
            Self::Test => "test",
            Self::Replay => "replay",
        }
    }
}

/// What is known of the delivery of one notice by one channel.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Delivery {
    /// Why this channel.
    pub reason: DeliveryReason,
    /// The channel may have accepted it although it did not say so.
    #[serde(default)]
    pub unsure: bool,
    /// The channel that got it instead.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub given_to: Option<ChannelId>,
    /// Marks of the recipients who have it already, where a channel has several.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reached: Vec<String>,
}

/// The id of the delivery of what has this visible id by a channel.
#[must_use]
pub fn delivery_id(visible: &str, channel: &ChannelId) -> String {
    format!("{visible}-{channel}")
}
