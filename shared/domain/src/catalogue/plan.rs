//! What a client pays for.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::UnknownName;

/// A price plan. A new client is on `starter` unless it says otherwise.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum PlanId {
    /// Costs nothing.
    Free,
    /// €25 a month.
    #[default]
    Starter,
    /// €49 a month.
    Professional,
    /// €99 a month.
    Enterprise,
}

impl PlanId {
    /// All plans, cheapest first.
    pub const ALL: [Self; 4] = [Self::Free, Self::Starter, Self::Professional, Self::Enterprise];

    /// The plan as it stands in JSON.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Free => "free",
            Self::Starter => "starter",
            Self::Professional => "professional",
            Self::Enterprise => "enterprise",
        }
    }

    /// The plan as people read it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Free => "Free",
            Self::Starter => "Starter",
            Self::Professional => "Professional",
            Self::Enterprise => "Enterprise",
        }
    }

    /// The price of a month in euro cents.
    #[must_use]
    pub const fn monthly_fee_cents(self) -> u64 {
        match self {
            Self::Free => 0,
            Self::Starter => 2_500,
            Self::Professional => 4_900,
            Self::Enterprise => 9_900,
        }
    }
}

impl fmt::Display for PlanId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for PlanId {
    type Err = UnknownName;

    fn from_str(name: &str) -> Result<Self, UnknownName> {
        Self::ALL
            .into_iter()
            .find(|plan| plan.as_str() == name)
            .ok_or_else(|| UnknownName::new("plan", name, Self::ALL.map(Self::as_str)))
    }
}
