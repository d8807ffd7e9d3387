//! Which calls came in. Only what cannot be secret is kept: no query, no header, no body.

use std::collections::VecDeque;

use serde::Serialize;

const KEPT: usize = 10_000;

/// One call.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Entry {
    pub method: String,
    pub path: String,
    pub service: &'static str,
    pub operation: String,
    /// Absent while the call runs, and for ever when the connection was closed without an answer.
    pub status: Option<u16>,
    /// The fault that struck it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fault: Option<String>,
    pub at: String,
}

/// The last ten thousand calls.
#[derive(Default)]
pub(crate) struct Calls {
    entries: VecDeque<Entry>,
    dropped: u64,
}

impl Calls {
    /// Notes a call and gives the number to report its status under.
    pub fn begin(&mut self, entry: Entry) -> u64 {
        if self.entries.len() >= KEPT {
            self.entries.pop_front();
            self.dropped += 1;
        }
        self.entries.push_back(entry);
        self.dropped + self.entries.len() as u64 - 1
    }

    pub fn end(&mut self, number: u64, status: Option<u16>) {
        let place = number
            .checked_sub(self.dropped)
            .and_then(|place| usize::try_from(place).ok());
        if let Some(entry) = place.and_then(|place| self.entries.get_mut(place)) {
            entry.status = status;
        }
    }

    pub fn list(&self) -> Vec<Entry> {
        self.entries.iter().cloned().collect()
    }
}
