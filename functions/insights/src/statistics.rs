//! How the platform as a whole is doing.

use std::collections::BTreeMap;

use axum::{Json, extract::State as Shared};
use domain::{
    BillingStatus, Client, ClientStatus, HealthStatus, Permission,
    catalogue::{PlanId, TemplateId},
};
use runtime::{Caller, Problem, Settings, SettingsError};
use serde::Serialize;
use utoipa::ToSchema;

use crate::{State, fleet::FleetMonitoring};

/// What the platform costs a month, in euro cents.
#[derive(Debug, Clone, Copy)]
pub struct Costs {
    per_database: u64,
    platform: u64,
}

impl Costs {
    pub fn from_settings(settings: &Settings) -> Result<Self, SettingsError> {
        Ok(Self {
            per_database: settings.parsed("DATABASE_COST_CENTS", "a whole number of cents")?,
            platform: settings.parsed("PLATFORM_COST_CENTS", "a whole number of cents")?,
        })
    }
}

/// Counts and money. Deleted clients count in `byStatus.deleted` only; every key is always there.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Statistics {
    /// How many clients there are.
    total_clients: u64,
    /// By where they stand.
    by_status: BTreeMap<&'static str, u64>,
    /// By what kind of site they have.
    by_template: BTreeMap<&'static str, u64>,
    /// By what they have bought.
    by_plan: BTreeMap<&'static str, u64>,
    /// By how their sites are doing.
    by_health: BTreeMap<&'static str, u64>,
    /// What clients that pay bring in a month, in euro cents.
    monthly_revenue_cents: u64,
    /// What the databases and the platform cost a month, in euro cents.
    monthly_cost_cents: u64,
    /// What is left, in euro cents.
    monthly_margin_cents: i64,
    /// The revenue in euros.
    monthly_revenue: f64,
    /// The cost in euros.
    monthly_cost: f64,
    /// The margin in euros.
    monthly_margin: f64,
}

/// The platform as a whole.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Whole {
    /// Counts and money.
    #[serde(flatten)]
    statistics: Statistics,
    /// What the monitor says.
    monitoring: FleetMonitoring,
}

pub async fn read(caller: Caller, Shared(state): Shared<State>) -> Result<Json<Whole>, Problem> {
    caller.may(Permission::Read)?;
    let costs = state.costs;
    let look = state.directory.look_with(|clients, seen| {
        let all: Vec<&Client> = clients.collect();
        let there = all.iter().filter(|client| client.status != ClientStatus::Deleted);
        Whole {
            statistics: Statistics::of(all.iter().copied(), costs),
            monitoring: FleetMonitoring::of(there.copied(), seen),
        }
    });
    let (mut whole, sight) = tokio::try_join!(look, state.store.sight())?;
    whole.monitoring.monitor_blind_since = sight.blind_since();
    Ok(Json(whole))
}

impl Statistics {
    fn of<'a>(clients: impl Iterator<Item = &'a Client>, costs: Costs) -> Self {
        let mut total = Self {
            total_clients: 0,
            by_status: zeros(ClientStatus::ALL.map(ClientStatus::name)),
            by_template: zeros(TemplateId::ALL.map(TemplateId::as_str)),
            by_plan: zeros(PlanId::ALL.map(PlanId::as_str)),
            by_health: zeros(HealthStatus::ALL.map(HealthStatus::name)),
            monthly_revenue_cents: 0,
            monthly_cost_cents: costs.platform,
            monthly_margin_cents: 0,
            monthly_revenue: 0.0,
            monthly_cost: 0.0,
            monthly_margin: 0.0,
        };
        for client in clients {
            total.count(client, costs);
        }
        let (revenue, cost) = (signed(total.monthly_revenue_cents), signed(total.monthly_cost_cents));
        total.monthly_margin_cents = revenue.saturating_sub(cost);
        total.monthly_revenue = euros(revenue);
        total.monthly_cost = euros(cost);
        total.monthly_margin = euros(total.monthly_margin_cents);
        total
    }

    fn count(&mut self, client: &Client, costs: Costs) {
        add(&mut self.by_status, client.status.name());
        if client.status == ClientStatus::Deleted {
            return;
        }
        self.total_clients += 1;
        add(&mut self.by_template, client.template.as_str());
        add(&mut self.by_plan, client.plan.as_str());
        add(&mut self.by_health, client.health_status.name());
        // Of a failed client everything has been taken down: it costs nothing and is sent no bill.
        if client.status == ClientStatus::Failed {
            return;
        }
        self.monthly_cost_cents = self.monthly_cost_cents.saturating_add(costs.per_database);
        if pays(client.billing_status) {
            self.monthly_revenue_cents = self.monthly_revenue_cents.saturating_add(client.monthly_fee_cents);
        }
    }
}

const fn pays(status: BillingStatus) -> bool {
    match status {
        BillingStatus::Active | BillingStatus::PastDue => true,
        BillingStatus::Cancelled | BillingStatus::Trial => false,
    }
}

fn zeros<const N: usize>(names: [&'static str; N]) -> BTreeMap<&'static str, u64> {
    names.into_iter().map(|name| (name, 0)).collect()
}

fn add(counts: &mut BTreeMap<&'static str, u64>, name: &'static str) {
    *counts.entry(name).or_default() += 1;
}

fn signed(cents: u64) -> i64 {
    i64::try_from(cents).unwrap_or(i64::MAX)
}

#[allow(clippy::cast_precision_loss, reason = "sums stay far below 2^53 cents")]
fn euros(cents: i64) -> f64 {
    cents as f64 / 100.0
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const COSTS: Costs = Costs {
        per_database: 500,
        platform: 2500,
    };

    fn client(status: &str, billing: &str) -> Client {
        let record = json!({
            "id": "cl_01jdexmp1e0000000000000000", "revision": 1, "name": "Acme", "domain": "acme",
            "contactEmail": "admin@acme.com", "contactName": null, "contactPhone": null, "template": "blog",
            "enabledFeatures": [], "disabledCollections": [], "status": status, "vercelProjectId": null,
            "databaseProvider": "railway", "databaseSecretArn": null, "customEnvironment": [], "customSettings": {},
            "plan": "starter", "billingStatus": billing, "monthlyFeeCents": 2500, "nextBillingDate": null,
            "lastHealthCheck": null, "healthStatus": "unknown", "health": null, "uptimePercentage": null,
            "notes": null, "tags": [], "currentOperation": null, "lastOperation": "op_01jdexmp1e0000000000000000",
            "activatedAt": null, "createdAt": "2025-11-12T09:30:00Z", "updatedAt": "2025-11-12T09:30:00Z",
            "deletedAt": null,
        });
        serde_json::from_value(record).unwrap()
    }

    #[test]
    fn nothing_at_all_has_every_key_and_costs_the_platform() {
        let none = Statistics::of(std::iter::empty(), COSTS);
        assert_eq!(none.by_status.len(), ClientStatus::ALL.len());
        assert_eq!(none.by_template.len(), TemplateId::ALL.len());
        assert_eq!(none.by_plan.len(), PlanId::ALL.len());
        assert_eq!(none.by_health.len(), HealthStatus::ALL.len());
        assert_eq!((none.monthly_cost_cents, none.monthly_margin_cents), (2500, -2500));
        assert!((none.monthly_margin + 25.0).abs() < f64::EPSILON);
    }

    #[test]
    fn who_pays_and_who_costs() {
        let clients = [
            client("active", "active"),
            client("suspended", "past_due"),
            client("active", "trial"),
            client("active", "cancelled"),
            client("failed", "active"),
            client("deleted", "active"),
        ];
        let total = Statistics::of(clients.iter(), COSTS);
        assert_eq!(total.total_clients, 5);
        assert_eq!((total.by_status["deleted"], total.by_status["failed"]), (1, 1));
        assert_eq!(
            (
                total.by_template["blog"],
                total.by_plan["starter"],
                total.by_health["unknown"]
            ),
            (5, 5, 5)
        );
        assert_eq!(total.monthly_revenue_cents, 2 * 2500);
        assert_eq!(total.monthly_cost_cents, 4 * 500 + 2500);
        assert_eq!(total.monthly_margin_cents, 500);
    }

    #[test]
    fn the_guides_rows_come_out() {
        for (clients, cost) in [(30, 17_500), (190, 97_500), (390, 197_500), (1990, 997_500)] {
            let all = vec![client("active", "active"); clients];
            assert_eq!(Statistics::of(all.iter(), COSTS).monthly_cost_cents, cost, "{clients}");
        }
    }
}
