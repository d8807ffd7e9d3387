//! What the audit says of what the providers have.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test may fail loudly"
)]

mod properties;
mod table;

use std::{collections::BTreeSet, time::Duration};

use domain::{Booked, ClientId, Evidence, Finding, Instant, Resource, ResourceKind, ResourceState, Sighted, Verdict};

const DAY: Duration = Duration::from_secs(24 * 3600);
/// Noon of some day.
const NOON: Instant = Instant::from_milliseconds(1_795_348_800_000);

fn client(number: u8) -> ClientId {
    format!("cl_01jdexmp1e00000000000000{number:02}").parse().unwrap()
}

fn booked(number: u8, kind: ResourceKind, state: ResourceState, id: Option<&str>) -> Booked {
    let long_ago = NOON.before(10 * DAY);
    Booked {
        resource: Resource {
            client_id: client(number),
            kind,
            provider: provider(kind).to_owned(),
            external_name: format!("client-{number}"),
            external_id: id.map(str::to_owned),
            state,
            operation_id: "op_01jdexmp1e0000000000000000".parse().unwrap(),
            intended_at: long_ago,
            created_at: (state != ResourceState::Intent).then_some(long_ago),
            gone_at: (state == ResourceState::Gone).then_some(long_ago),
        },
        deadline: None,
    }
}

fn provider(kind: ResourceKind) -> &'static str {
    if kind == ResourceKind::Database {
        "railway"
    } else {
        "vercel"
    }
}

fn sighted(number: u8, kind: ResourceKind, id: &str) -> Sighted {
    Sighted {
        resource: kind,
        provider: provider(kind).to_owned(),
        external_name: format!("client-{number}"),
        external_id: id.to_owned(),
        client_id: Some(client(number)),
    }
}

/// What a round gathers; a round's evidence borrows from it.
#[derive(Debug, Clone)]
struct Case {
    inventory: Vec<Sighted>,
    ledger: Vec<Booked>,
    asked: BTreeSet<String>,
    moving: BTreeSet<ClientId>,
    earlier: Vec<Finding>,
    confirm: Duration,
    now: Instant,
}

impl Case {
    fn new(inventory: &[Sighted], ledger: &[Booked]) -> Self {
        Self {
            inventory: inventory.to_vec(),
            ledger: ledger.to_vec(),
            asked: ["vercel", "railway"].map(str::to_owned).into(),
            moving: BTreeSet::new(),
            earlier: Vec::new(),
            confirm: DAY,
            now: NOON,
        }
    }

    fn evidence(&self) -> Evidence<'_> {
        Evidence {
            inventory: &self.inventory,
            ledger: &self.ledger,
            asked: &self.asked,
            moving: &self.moving,
            earlier: &self.earlier,
            confirm: self.confirm,
            now: self.now,
            scheduled: self.now,
        }
    }

    fn verdicts(&self) -> Vec<Verdict> {
        self.evidence().verdicts()
    }

    /// What is said of each suspect: the kind's name and the thing's id.
    fn said(&self) -> Vec<String> {
        let name = |finding: &Finding| {
            let id = finding.external_id.as_ref().unwrap_or(&finding.external_name);
            format!("{} {id}", finding.kind.name())
        };
        let said = self.verdicts().into_iter().map(|verdict| match verdict {
            Verdict::Seen(_, finding) => name(&finding),
            Verdict::Closed(finding) => format!("closed {}", name(&finding)),
        });
        said.collect()
    }

    /// The round's verdicts become what is open before the next one, so much later.
    fn next(&mut self, later: Duration) -> Vec<Verdict> {
        let verdicts = self.verdicts();
        for verdict in &verdicts {
            let (Verdict::Seen(_, finding) | Verdict::Closed(finding)) = verdict;
            self.earlier.retain(|it| it.id != finding.id);
            if let Verdict::Seen(_, finding) = verdict {
                self.earlier.push(finding.clone());
            }
        }
        self.now = self.now.after(later);
        verdicts
    }
}
