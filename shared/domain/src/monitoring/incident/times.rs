//! How quickly somebody comes, and how quickly it is over.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::Incident;

/// Means over incidents of which somebody was told.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct MeanTimes {
    /// From opening until somebody took it (MTTA), in seconds; `None` when nobody took any.
    #[serde(rename = "toAcknowledgeSeconds")]
    pub to_acknowledge: Option<f64>,
    /// From opening until it was over (MTTR), in seconds; `None` when none is.
    #[serde(rename = "toResolveSeconds")]
    pub to_resolve: Option<f64>,
}

/// The means over these incidents.
#[must_use]
pub fn mean_times<'a>(incidents: impl IntoIterator<Item = &'a Incident>) -> MeanTimes {
    let (mut taken, mut over) = (Vec::new(), Vec::new());
    for incident in incidents.into_iter().filter(|incident| incident.told_at.is_some()) {
        taken.extend(incident.acknowledged_at.map(|at| at.since(incident.opened_at)));
        over.extend(incident.resolved_at.map(|at| at.since(incident.opened_at)));
    }
    MeanTimes {
        to_acknowledge: mean(&taken),
        to_resolve: mean(&over),
    }
}

fn mean(times: &[Duration]) -> Option<f64> {
    let count = u32::try_from(times.len()).ok().filter(|count| *count > 0)?;
    Some(times.iter().map(Duration::as_secs_f64).sum::<f64>() / f64::from(count))
}
