//! Verbs about many clients at once.

use reqwest::Method;
use serde_json::{Value, json};

use crate::World;

impl World {
    /// Adds so many clients at once and waits until all are live. Their labels are `site-001` and so on, as are their names.
    pub async fn live_sites(&self, count: usize) {
        let row = |number| format!("Site {number:03},a@site-{number:03}.nl,{},blog\n", label(number));
        let rows: String = (1..=count).map(row).collect();
        let sheet = format!("clientName,contactEmail,domain,template\n{rows}");
        let bearer = format!("Bearer {}", self.stack.field("apiKey"));
        let headers = [("authorization", bearer.as_str()), ("content-type", "text/csv")];
        let answer = self
            .api_with(Method::POST, "/clients/import", &headers, Some(sheet))
            .await;
        let report = answer.expect(200);
        assert_eq!(report["created"], count, "{report:#}");
        for row in report["rows"].as_array().unwrap() {
            let ended = self.ended(&json!({"id": row["operationId"]})).await;
            assert_eq!(ended["status"], "succeeded", "{ended:#}");
        }
    }

    /// A client by its label.
    pub async fn client_at(&self, label: &str) -> Value {
        let page = self.get(&format!("/clients?search={label}")).await;
        page["docs"][0].clone()
    }

    /// Begins a rollout in the order of the labels; gives it.
    pub async fn roll_out(&self, body: &Value) -> Value {
        let mut body = body.clone();
        if body["filter"].is_null() {
            body["filter"] = json!({"sort": "domain"});
        }
        self.api(Method::POST, "/rollouts", Some(&body)).await.expect(202)
    }

    /// Asks something of a rollout; gives it as it is then.
    pub async fn of_rollout(&self, rollout: &Value, command: &str) -> Value {
        let path = format!("/rollouts/{}/{command}", rollout["id"].as_str().unwrap());
        self.api(Method::POST, &path, None).await.expect(202)
    }

    /// Waits until a rollout is as wanted; gives it with its clients.
    pub async fn rollout_until(&self, rollout: &Value, wanted: impl Fn(&Value) -> bool) -> Value {
        let path = format!("/rollouts/{}", rollout["id"].as_str().unwrap());
        self.until(&path, wanted).await
    }

    /// Waits until a rollout has ended; gives it with its clients.
    pub async fn rolled_out(&self, rollout: &Value) -> Value {
        self.rollout_until(rollout, |now| {
            ["succeeded", "halted", "cancelled"].contains(&now["status"].as_str().unwrap())
        })
        .await
    }

    /// Lets the next version that is built for a client be ill, or not be built.
    pub async fn break_next(&self, label: &str, mode: &str) {
        let project = format!("client-{label}-");
        self.fault(json!({"service": "vercel", "operation": "create_deployment", "mode": mode, "match": project}))
            .await;
    }

    /// The version that a client's site says it runs, when it is well.
    pub async fn version_of(&self, label: &str) -> Option<String> {
        let health = self.site(label, Method::GET, "/api/health", None).await;
        let version = health.status.is_success().then(|| health.json());
        version.and_then(|health| health["version"].as_str().map(str::to_owned))
    }
}

/// The label of one of many clients.
pub fn label(number: usize) -> String {
    format!("site-{number:03}")
}
