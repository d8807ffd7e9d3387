//! How one client's site is watched.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{check::Rules, condition::Condition, judge::Thresholds, schedule::Interval};

/// How many checks make a site count as down, and as up again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct ConfirmBy {
    /// So many bad checks …
    pub down: u8,
    /// … of the last so many make it down.
    pub of: u8,
    /// So many good ones in a row make it up.
    pub up: u8,
}

impl Default for ConfirmBy {
    fn default() -> Self {
        let Rules { down, of, up, .. } = Rules::default();
        Self { down, of, up }
    }
}

/// How one client's site is watched. The default is the platform's.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct MonitoringSettings {
    /// How often, in minutes.
    #[schema(value_type = u16, minimum = 1, maximum = 1440)]
    pub interval_minutes: Interval,
    /// How long an answer may take, in milliseconds; `None`: 10 s.
    pub timeout_ms: Option<u32>,
    /// From when on something is a warning.
    pub thresholds: Thresholds,
    /// How many checks it takes.
    pub confirm: ConfirmBy,
    /// What the site must say or must not.
    pub condition: Option<Condition>,
}

impl MonitoringSettings {
    /// The rules by which its checks count.
    #[must_use]
    pub fn rules(&self, recheck_after: [Duration; 2]) -> Rules {
        Rules {
            down: self.confirm.down,
            of: self.confirm.of,
            up: self.confirm.up,
            recheck_after,
            interval: self.interval_minutes,
            ..Rules::default()
        }
    }
}
