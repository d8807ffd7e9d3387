//! What the clock starts: once when the stack starts, then at its rate; and at once when somebody asks.

use std::{sync::Arc, time::Duration};

use serde_json::{Value, json};
use tokio::{task::JoinSet, time::MissedTickBehavior};

use crate::{
    events::{fresh_id, now},
    functions::{CallError, Functions},
    template::{model::Function, names},
};

/// The functions that the clock starts, by the name of their binary. Clones share it.
#[derive(Clone)]
pub struct Schedules {
    rows: Arc<Vec<Row>>,
    functions: Functions,
}

struct Row {
    binary: String,
    logical_id: String,
    rates: Vec<Duration>,
}

impl Schedules {
    /// The schedules of the template.
    pub fn new(described: &[Function], functions: Functions) -> Self {
        let scheduled = described.iter().filter(|function| !function.schedules.is_empty());
        let rows = scheduled.map(|function| Row {
            binary: function.binary.clone(),
            logical_id: function.logical_id.clone(),
            rates: function.schedules.clone(),
        });
        Self {
            rows: Arc::new(rows.collect()),
            functions,
        }
    }

    /// The names that can be fired.
    pub fn names(&self) -> Vec<&str> {
        self.rows.iter().map(|row| row.binary.as_str()).collect()
    }

    /// Calls a function, by its binary's name or its logical id, as its schedule would, with an event of its own; answers the
    /// event's id. `None`: it has no schedule.
    pub async fn fire(&self, name: &str) -> Option<Result<String, CallError>> {
        let row = self
            .rows
            .iter()
            .find(|row| row.binary == name || row.logical_id == name)?;
        // A rule of its own: a function that runs once for each moment of a schedule runs for each call.
        let rule = format!("now-{}", fresh_id());
        Some(self.call(&row.logical_id, &rule, &json!({"everySite": true})).await)
    }

    /// Lets the clock run.
    pub fn start(&self, tasks: &mut JoinSet<()>) {
        for row in self.rows.iter() {
            for rate in &row.rates {
                tasks.spawn(self.clone().run(row.logical_id.clone(), *rate));
            }
        }
    }

    async fn run(self, logical_id: String, rate: Duration) {
        let mut ticks = tokio::time::interval(rate.max(Duration::from_secs(1)));
        ticks.set_missed_tick_behavior(MissedTickBehavior::Skip);
        loop {
            // The first one comes at once.
            ticks.tick().await;
            if let Err(error) = self.call(&logical_id, "rate", &json!({})).await {
                tracing::error!(function.name = logical_id, error = %error, "a scheduled call failed");
            }
        }
    }

    async fn call(&self, logical_id: &str, rule: &str, detail: &Value) -> Result<String, CallError> {
        let id = fresh_id();
        self.functions
            .call(logical_id, event(&id, &format!("{logical_id}-{rule}"), detail), None)
            .await?;
        Ok(id)
    }
}

/// The event of EventBridge for a schedule.
fn event(id: &str, rule: &str, detail: &Value) -> Value {
    json!({
        "version": "0",
        "id": id,
        "detail-type": "Scheduled Event",
        "source": "aws.events",
        "account": names::ACCOUNT,
        "time": now().strftime("%Y-%m-%dT%H:%M:%SZ").to_string(),
        "region": names::REGION,
        "resources": [names::arn("events", &format!("rule/{rule}"))],
        "detail": detail,
    })
}
