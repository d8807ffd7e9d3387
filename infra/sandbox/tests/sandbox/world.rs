//! A running sandbox and the verbs of whoever uses it.

use std::{future::Future, path::PathBuf, time::Duration};

use reqwest::{Client, Method, RequestBuilder, Response};
use sandbox::{Databases, Options, Sandbox};
use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::postgres::admin_url;

pub const TOKEN: &str = "platform-token-of-the-tests";
pub const PASSWORD: &str = "Pa55word-of-the-first-admin";

pub struct World {
    pub sandbox: Sandbox,
    pub url: String,
    pub sites: String,
    pub http: Client,
}

/// What stands outside for one client.
pub struct Provisioned {
    pub project: String,
    pub railway: String,
    pub service: String,
    pub environment: String,
    pub database_url: String,
}

impl World {
    pub async fn simulated() -> World {
        World::open(Options {
            data: None,
            realistic: false,
            databases: Databases::Simulated,
        })
        .await
    }

    pub async fn with_postgres() -> World {
        World::with_postgres_in(None).await
    }

    pub async fn with_postgres_in(data: Option<PathBuf>) -> World {
        let admin_url = tokio::task::spawn_blocking(admin_url).await.unwrap();
        World::open(Options {
            data,
            realistic: false,
            databases: Databases::Postgres { admin_url },
        })
        .await
    }

    pub async fn open(options: Options) -> World {
        let sandbox = Sandbox::open(options).await.unwrap();
        let url = served(sandbox.router()).await;
        let sites = served(sandbox.sites()).await;
        let http = Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .unwrap();
        World {
            sandbox,
            url,
            sites,
            http,
        }
    }

    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.http
            .request(method, format!("{}{path}", self.url))
            .bearer_auth("token")
    }

    /// Status and JSON of a call; an empty body is null.
    pub async fn call(&self, method: Method, path: &str, body: Value) -> (u16, Value) {
        let request = self.request(method, path);
        let request = if body.is_null() { request } else { request.json(&body) };
        said(request.send().await.unwrap()).await
    }

    pub async fn get(&self, path: &str) -> (u16, Value) {
        self.call(Method::GET, path, Value::Null).await
    }

    pub async fn post(&self, path: &str, body: Value) -> (u16, Value) {
        self.call(Method::POST, path, body).await
    }

    pub async fn delete(&self, path: &str) -> (u16, Value) {
        self.call(Method::DELETE, path, Value::Null).await
    }

    /// A request to a hosted site.
    pub fn site(&self, method: Method, host: &str, path: &str) -> RequestBuilder {
        self.http
            .request(method, format!("{}{path}", self.sites))
            .header("host", host)
    }

    pub async fn visit(&self, host: &str, path: &str) -> (u16, Value) {
        said(self.site(Method::GET, host, path).send().await.unwrap()).await
    }

    pub async fn first_register(&self, host: &str, email: &str) -> (u16, Value) {
        let body = json!({"email": email, "password": PASSWORD});
        let request = self
            .site(Method::POST, host, "/api/users/first-register")
            .bearer_auth(TOKEN)
            .json(&body);
        said(request.send().await.unwrap()).await
    }

    pub async fn login(&self, host: &str, email: &str, password: &str) -> (u16, Value) {
        let body = json!({"email": email, "password": password});
        said(
            self.site(Method::POST, host, "/api/users/login")
                .json(&body)
                .send()
                .await
                .unwrap(),
        )
        .await
    }

    /// The answer to a Railway document of the contract.
    pub async fn railway(&self, document: &str, operation: Option<&str>, variables: Value) -> Value {
        let path = format!(
            "{}/contracts/railway/documents/{document}.graphql",
            env!("CARGO_MANIFEST_DIR")
        );
        let query = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"));
        let body = json!({"query": query, "variables": variables, "operationName": operation});
        let (status, answer) = self.post("/railway/graphql/v2", body).await;
        assert_eq!(status, 200, "{document}: {answer}");
        answer
    }

    pub async fn create_project(&self, name: &str) -> String {
        let (status, project) = self
            .post("/vercel/v11/projects?teamId=team_a", json!({"name": name}))
            .await;
        assert_eq!(status, 200, "{project}");
        project["id"].as_str().unwrap().to_owned()
    }

    /// Makes a production deployment and waits until it is READY, or over.
    pub async fn deploy(&self, project: &str) -> Value {
        let body = json!({"name": "x", "project": project, "target": "production", "meta": {"runId": "run-1"},
            "gitSource": {"type": "github", "org": "o", "repo": "r", "ref": "main"}, "projectSettings": {}});
        let (status, deployment) = self
            .post("/vercel/v13/deployments?teamId=team_a&forceNew=1", body)
            .await;
        assert_eq!(status, 200, "{deployment}");
        let path = format!(
            "/vercel/v13/deployments/{}?teamId=team_a",
            deployment["id"].as_str().unwrap()
        );
        until("the deployment is over", || async {
            let (_, state) = self.get(&path).await;
            ["READY", "ERROR"]
                .contains(&state["readyState"].as_str().unwrap())
                .then_some(state)
        })
        .await
    }

    /// A database, as the product makes one: project, template with proxy and password, workflow, URL.
    pub async fn database(&self, name: &str, password: &str) -> Provisioned {
        let input = json!({"name": name, "description": format!("provision:{name}"), "workspaceId": "ws",
            "defaultEnvironmentName": "production"});
        let created = self.railway("03_project_create", None, json!({"input": input})).await;
        let railway = created["data"]["projectCreate"]["id"].as_str().unwrap().to_owned();
        let environment = created["data"]["projectCreate"]["environments"]["edges"][0]["node"]["id"].clone();
        let template = self
            .railway("04_template_detail", None, json!({"code": "postgres"}))
            .await;
        let mut config = template["data"]["template"]["serializedConfig"].clone();
        for service in config["services"].as_object_mut().unwrap().values_mut() {
            service["networking"]["tcpProxies"] = json!({"5432": {}});
            service["variables"]["POSTGRES_PASSWORD"] = json!({"value": password});
        }
        let input = json!({"projectId": railway, "environmentId": environment, "workspaceId": "ws",
            "templateId": template["data"]["template"]["id"], "serializedConfig": config});
        let deployed = self
            .railway("05_template_deploy_v2", None, json!({"input": input}))
            .await;
        let workflow = deployed["data"]["templateDeployV2"]["workflowId"].clone();
        assert!(workflow.is_string(), "{deployed}");
        until("the workflow is complete", || async {
            let status = self
                .railway("06_workflow_status", None, json!({"workflowId": workflow}))
                .await;
            (status["data"]["workflowStatus"]["status"] == "Complete").then_some(())
        })
        .await;
        let detail = self.railway("07_project_detail", None, json!({"id": railway})).await;
        let service = detail["data"]["project"]["services"]["edges"][0]["node"].clone();
        assert_eq!(service["name"], "Postgres");
        let variables = json!({"projectId": railway, "environmentId": environment, "serviceId": service["id"]});
        let variables = self.railway("08_variables", None, variables).await;
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        Provisioned {
            project: String::new(),
            railway,
            service: text(&service["id"]),
            environment: text(&environment),
            database_url: text(&variables["data"]["variables"]["DATABASE_PUBLIC_URL"]),
        }
    }

    /// A live site at `{label}.localhost` with a database of its own.
    pub async fn live_site(&self, label: &str, name: &str) -> Provisioned {
        let mut made = self.database(&format!("client-{label}"), "database-password").await;
        let project = self.create_project(&format!("client-{label}")).await;
        let variable =
            |key: &str, value: &str| json!({"key": key, "value": value, "type": "encrypted", "target": ["production"]});
        let variables = json!([
            variable("TENANT_NAME", name),
            variable("TEMPLATE", "blog"),
            variable("COLLECTIONS", "blog-posts,authors"),
            variable("FEATURES", "blog"),
            variable("APP_VERSION", "1.0.0"),
            variable("DATABASE_URI", &made.database_url),
            variable("PAYLOAD_SECRET", &format!("payload-secret-of-{label}")),
            variable("PLATFORM_TOKEN", TOKEN),
            variable("PLATFORM_CLIENT_ID", &format!("cl_{label}")),
        ]);
        let path = format!("/vercel/v10/projects/{project}/env?upsert=true&teamId=team_a");
        let (status, answer) = self.post(&path, variables).await;
        assert_eq!(
            (status, answer["failed"].as_array().unwrap().len()),
            (201, 0),
            "{answer}"
        );
        assert_eq!(self.deploy(&project).await["readyState"], "READY");
        let path = format!("/vercel/v10/projects/{project}/domains?teamId=team_a");
        let (status, domain) = self.post(&path, json!({"name": format!("{label}.localhost")})).await;
        assert_eq!(status, 200, "{domain}");
        made.project = project;
        made
    }

    pub async fn inventory(&self) -> Value {
        self.get("/_sandbox/inventory").await.1
    }

    pub async fn fault(&self, fault: Value) {
        let (status, answer) = self.post("/_sandbox/faults", fault).await;
        assert_eq!(status, 201, "{answer}");
    }
}

async fn served(router: axum::Router) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, router).await });
    format!("http://{address}")
}

/// Status and body; what is not JSON becomes a string.
pub async fn said(response: Response) -> (u16, Value) {
    let status = response.status().as_u16();
    let text = response.text().await.unwrap();
    (
        status,
        serde_json::from_str(&text).unwrap_or(if text.is_empty() {
            Value::Null
        } else {
            Value::String(text)
        }),
    )
}

/// Waits for a condition, ten seconds at most.
pub async fn until<T, F: Future<Output = Option<T>>>(what: &str, mut condition: impl FnMut() -> F) -> T {
    tokio::time::timeout(Duration::from_secs(10), async {
        loop {
            if let Some(value) = condition().await {
                return value;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    })
    .await
    .unwrap_or_else(|_| panic!("in vain waited until {what}"))
}
