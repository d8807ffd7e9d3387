//! How many sites there are with something in common.

use std::collections::BTreeMap;

use super::{Cause, Traits};

/// How many sites there are with something in common.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Population(BTreeMap<Cause, u32>);

impl Population {
    /// So many have it; one site is one.
    #[must_use]
    pub fn of(&self, cause: &Cause) -> u32 {
        match cause {
            Cause::Site(_) => 1,
            cause => self.0.get(cause).copied().unwrap_or_default(),
        }
    }
}

impl FromIterator<Traits> for Population {
    fn from_iter<I: IntoIterator<Item = Traits>>(sites: I) -> Self {
        let mut counts = BTreeMap::new();
        for cause in sites.into_iter().flat_map(|traits| Cause::of(&traits)) {
            *counts.entry(cause).or_default() += 1;
        }
        Self(counts)
    }
}
