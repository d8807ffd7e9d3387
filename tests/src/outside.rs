//! What happens beside the API: schedules, and people at the providers' own dashboards.

use reqwest::Method;
use serde_json::{Value, json};

use crate::{Answer, World, world::read};

impl World {
    /// Fires a scheduled function now; answers when what it caused has been handled.
    pub async fn run(&self, function: &str) -> Answer {
        let url = format!("{}/_local/run/{function}", self.stack.field("url"));
        read(self.http.post(url)).await
    }

    /// A call of Vercel that the platform knows nothing of.
    pub async fn at_vercel(&self, method: Method, path: &str, body: Option<&Value>) -> Value {
        let base = self.stack.field("sandboxUrl");
        let mut request = self
            .http
            .request(method, format!("{base}/vercel{path}?teamId=team_sandbox"))
            .bearer_auth("somebody");
        if let Some(body) = body {
            request = request.json(body);
        }
        let answer = read(request).await;
        assert!(answer.status.is_success(), "{path}: {} {}", answer.status, answer.text);
        serde_json::from_str(&answer.text).unwrap_or_default()
    }

    /// Makes a project at Vercel; marked as made for a client, if one is given. Answers its id.
    pub async fn project_at_vercel(&self, name: &str, client: Option<&Value>) -> String {
        let mark = client.map(|client| {
            json!({"key": "PLATFORM_CLIENT_ID", "value": client["id"], "type": "plain", "target": ["production"]})
        });
        let body = json!({"name": name, "environmentVariables": mark.into_iter().collect::<Vec<_>>()});
        let made = self.at_vercel(Method::POST, "/v11/projects", Some(&body)).await;
        made["id"].as_str().unwrap().to_owned()
    }

    /// Makes a project at Railway with this description.
    pub async fn project_at_railway(&self, name: &str, description: &str) -> String {
        let url = format!("{}/railway/graphql/v2", self.stack.field("sandboxUrl"));
        let query = "mutation ProjectCreate($input: ProjectCreateInput!) { projectCreate(input: $input) { id } }";
        let input = json!({"name": name, "description": description, "workspaceId": "workspace_sandbox"});
        let body = json!({"query": query, "operationName": "ProjectCreate", "variables": {"input": input}});
        let answer = read(self.http.post(url).bearer_auth("somebody").json(&body))
            .await
            .expect(200);
        answer["data"]["projectCreate"]["id"].as_str().unwrap().to_owned()
    }
}
