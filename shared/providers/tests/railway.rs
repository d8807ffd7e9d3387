//! The Railway client against a server that answers as Railway's GraphQL does.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test may fail loudly"
)]

use std::sync::{Arc, Mutex};

use providers::{
    ClientMark, ErrorKind, Http, HttpOptions, ProviderError,
    database::{DatabaseIntent, DatabaseState, Databases, Removal},
    railway::Railway,
};
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

const PASSWORD: &str = "marker-password-77aa";
const NAME: &str = "client-acme";

/// What there is at Railway, and what was asked of it.
#[derive(Default)]
struct World {
    /// Id, name, description, moment of creation, has a service.
    projects: Vec<(String, String, String, u32, bool)>,
    public_url: String,
    /// Answered instead of everything else.
    instead: Option<(u16, Value)>,
    asked: Vec<String>,
    deployed: Value,
    /// The largest page.
    page: usize,
}

impl World {
    fn add(&mut self, id: &str, name: &str, description: &str, created: u32, service: bool) {
        self.projects
            .push((id.to_owned(), name.to_owned(), description.to_owned(), created, service));
    }

    fn node(&self, id: &str) -> Value {
        let Some((id, name, description, created, service)) = self.projects.iter().find(|project| project.0 == id)
        else {
            return Value::Null;
        };
        let services = if *service {
            json!([{"node": {"id": "svc", "name": "Postgres"}}])
        } else {
            json!([])
        };
        let volumes = if *service {
            json!([{"node": {"id": "vol", "serviceId": "svc"}}])
        } else {
            json!([])
        };
        json!({"id": id, "name": name, "description": description, "deletedAt": null,
            "createdAt": format!("2026-01-{created:02}T00:00:00Z"), "primaryEnvironmentId": "env",
            "services": {"edges": services},
            "environments": {"edges": [{"node": {"id": "env", "volumeInstances": {"edges": volumes}}}]}})
    }

    fn page(&self, after: Option<&str>) -> Value {
        let start = after.and_then(|after| self.projects.iter().position(|project| project.0 == after));
        let ids: Vec<&str> = self.projects.iter().map(|project| project.0.as_str()).collect();
        let rest = ids.get(start.map_or(0, |start| start + 1)..).unwrap();
        let shown: Vec<&str> = rest.iter().take(self.page).copied().collect();
        let edges: Vec<Value> = shown.iter().map(|id| json!({"node": self.node(id)})).collect();
        let info = json!({"hasNextPage": rest.len() > shown.len(), "endCursor": shown.last()});
        json!({"pageInfo": info, "edges": edges})
    }

    fn answer(&mut self, operation: &str, given: &Value) -> (u16, Value) {
        self.asked.push(operation.to_owned());
        if let Some(instead) = &self.instead {
            return instead.clone();
        }
        let text = |pointer: &str| {
            given
                .pointer(pointer)
                .and_then(Value::as_str)
                .unwrap_or_default()
                .to_owned()
        };
        let data = match operation {
            "ProjectsByWorkspace" => json!({"projects": self.page(given.pointer("/after").and_then(Value::as_str))}),
            "WorkspaceProjects" => json!({"workspace": {"id": "ws", "projects": self.page(None)}}),
            "ProjectCreate" => {
                self.add("made", &text("/input/name"), &text("/input/description"), 9, false);
                json!({"projectCreate": self.node("made")})
            }
            "ProjectDetail" => json!({"project": self.node(&text("/id"))}),
            "TemplateDetail" => json!({"template": {"id": "tpl", "code": "postgres"}}),
            "TemplateDeployV2" => {
                self.deployed = given.clone();
                let id = text("/input/projectId");
                self.projects
                    .iter_mut()
                    .filter(|project| project.0 == id)
                    .for_each(|project| project.4 = true);
                json!({"templateDeployV2": {"projectId": id, "workflowId": null}})
            }
            "Variables" => json!({"variables": {"DATABASE_PUBLIC_URL": self.public_url}}),
            "LatestDeployment" => json!({"serviceInstance": {"latestDeployment": {"status": "DEPLOYING"}}}),
            "ProjectDelete" => {
                self.projects.retain(|project| project.0 != text("/id"));
                json!({"projectDelete": true})
            }
            _ => {
                return (
                    400,
                    json!({"errors": [{"message": format!("Unknown operation {operation}")}]}),
                );
            }
        };
        (200, json!({"data": data}))
    }
}

async fn serve(mut stream: TcpStream, world: Arc<Mutex<World>>) {
    let mut request = Vec::new();
    let body = loop {
        let mut part = [0; 4096];
        let count = stream.read(&mut part).await.unwrap();
        request.extend_from_slice(&part[..count]);
        let text = String::from_utf8_lossy(&request).into_owned();
        let whole = text
            .split_once("\r\n\r\n")
            .and_then(|(_, body)| serde_json::from_str::<Value>(body).ok());
        match whole {
            Some(body) => {
                assert!(text.starts_with("POST /graphql/v2 "), "{text}");
                assert!(
                    text.to_lowercase().contains("authorization: bearer marker-token"),
                    "{text}"
                );
                break body;
            }
            None if count == 0 => return,
            None => {}
        }
    };
    let operation = body["operationName"].as_str().unwrap();
    assert!(body["query"].as_str().unwrap().contains(operation));
    let (status, answer) = world.lock().unwrap().answer(operation, &body["variables"]);
    let answer = answer.to_string();
    let head = format!(
        "HTTP/1.1 {status} x\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
        answer.len()
    );
    stream.write_all((head + &answer).as_bytes()).await.unwrap();
}

struct Test {
    world: Arc<Mutex<World>>,
    databases: Databases,
}

impl Test {
    async fn new(set_up: impl FnOnce(&mut World)) -> Self {
        let mut world = World {
            page: 100,
            ..World::default()
        };
        set_up(&mut world);
        let world = Arc::new(Mutex::new(world));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let shared = world.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, shared.clone()));
            }
        });
        let token = SecretString::from("marker-token");
        Self {
            world,
            databases: Databases::Railway(Railway::new(http(), base, token, Some("ws".to_owned()))),
        }
    }

    async fn ensure(&self) -> Result<DatabaseState, ProviderError> {
        let (mark, password) = (ClientMark::new("c1"), SecretString::from(PASSWORD));
        self.databases
            .ensure(&DatabaseIntent {
                name: NAME,
                mark: &mark,
                password: &password,
                workflow_id: None,
            })
            .await
    }

    fn asked(&self, operation: &str) -> usize {
        self.world
            .lock()
            .unwrap()
            .asked
            .iter()
            .filter(|asked| *asked == operation)
            .count()
    }

    fn ids(&self) -> Vec<String> {
        self.world
            .lock()
            .unwrap()
            .projects
            .iter()
            .map(|project| project.0.clone())
            .collect()
    }
}

fn http() -> Http {
    Http::new(HttpOptions {
        loopback_hosts: Some(".localhost".to_owned()),
    })
    .unwrap()
}

#[path = "railway/cases.rs"]
mod cases;
