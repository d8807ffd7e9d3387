//! How long the outside world takes: within 200 ms, or along the guide's time line.
//!
//! **Invariant:** a duration is a function of a creation time and a name, so nothing has to run in the background and a
//! restart changes nothing.

use crate::chance::spread;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Pace {
    Fast,
    Realistic,
}

/// When a deployment passes from one state to the next, in milliseconds since its creation.
pub(crate) struct Build {
    pub initializing: u64,
    pub building: u64,
    pub ready: u64,
}

impl Pace {
    /// The guide: two to three minutes.
    pub fn build(self, deployment: &str) -> Build {
        match self {
            Pace::Fast => Build {
                initializing: 10,
                building: 20,
                ready: 100,
            },
            Pace::Realistic => Build {
                initializing: 3_000,
                building: 6_000,
                ready: 120_000 + spread(deployment, 60_000),
            },
        }
    }

    /// Railway's template: 20 to 30 seconds.
    pub fn workflow(self, workflow: &str) -> u64 {
        match self {
            Pace::Fast => 30,
            Pace::Realistic => 20_000 + spread(workflow, 10_000),
        }
    }

    /// Moving the production domains to another deployment.
    pub fn alias(self) -> u64 {
        match self {
            Pace::Fast => 50,
            Pace::Realistic => 5_000,
        }
    }

    /// Until DNS of a new domain answers.
    pub fn dns(self) -> u64 {
        match self {
            Pace::Fast => 0,
            Pace::Realistic => 15_000,
        }
    }
}
