//! A service that is to be: what a template or `serviceCreate` asks for.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{
    changes::{new_volume, open_proxy},
    model::{Deployment, Postgres, RailwayProject, Service},
    text,
    variables::with_secrets,
};
use crate::{chance, clock};

/// A service as a template or `serviceCreate` describes it.
pub(super) struct Wanted {
    pub name: String,
    pub image: String,
    pub variables: BTreeMap<String, String>,
    pub ports: Vec<u16>,
    pub mounts: Vec<String>,
}

impl Wanted {
    pub fn from_template(config: &Value) -> Wanted {
        let entries = |pointer: &str| config.pointer(pointer).and_then(Value::as_object).into_iter().flatten();
        let variable = |(key, variable): (&String, &Value)| {
            let value = variable
                .get("value")
                .or_else(|| variable.get("defaultValue"))
                .and_then(Value::as_str);
            value.map(|value| (key.clone(), with_secrets(value)))
        };
        Wanted {
            name: text(config, "/name").to_owned(),
            image: text(config, "/source/image").to_owned(),
            variables: entries("/variables").filter_map(variable).collect(),
            ports: entries("/networking/tcpProxies")
                .filter_map(|(port, _)| port.parse().ok())
                .collect(),
            mounts: entries("/volumeMounts")
                .map(|(_, mount)| text(mount, "/mountPath").to_owned())
                .collect(),
        }
    }

    /// Adds the service to its project; a second "Postgres" becomes "Postgres-xxxx", as at Railway. Lists show it
    /// from `listed_at` on.
    pub fn add_to(self, project: &mut RailwayProject, listed_at: Option<u64>) -> String {
        let id = chance::uuid();
        let name = if self.name.is_empty() {
            "service".to_owned()
        } else {
            self.name
        };
        let taken = project.services.iter().any(|service| service.name == name);
        let plain = project.id.replace('-', "");
        let first = project.services.iter().all(|service| service.postgres.is_none());
        let database = match id.split('-').next() {
            Some(part) if !first => format!("railway_{plain}_{part}"),
            _ => format!("railway_{plain}"),
        };
        let now = clock::now();
        let postgres = self.image.contains("postgres").then(|| Postgres {
            role: database.clone(),
            database,
            password: self
                .variables
                .get("POSTGRES_PASSWORD")
                .cloned()
                .unwrap_or_else(|| chance::letters(32)),
            made: false,
        });
        let mut service = Service {
            id: id.clone(),
            name: if taken {
                format!("{name}-{}", chance::letters(4))
            } else {
                name
            },
            instance: chance::uuid(),
            image: self.image,
            created_at: now,
            listed_at,
            variables: self.variables,
            proxies: Vec::new(),
            deployments: vec![Deployment {
                id: chance::uuid(),
                created_at: now,
                removed: false,
            }],
            postgres,
        };
        for port in self.ports {
            open_proxy(&mut service, port);
        }
        project
            .volumes
            .extend(self.mounts.iter().map(|path| new_volume(Some(id.clone()), path)));
        project.services.push(service);
        id
    }
}
