//! The API's document: every route of every function, in one place, because functions do not know each other.
//!
//! Routes are described by functions that nobody calls; `utoipa` reads their attributes. Every schema is that of the type
//! which is really read or written, so none can say anything else than what happens; only the CSV sheets have none.

mod access;
mod channels;
mod clients;
mod finish;
mod incidents;
mod insights;
mod maintenance;
mod operations;
mod rollouts;

use finish::{Bearer, Complete, Problems};
use utoipa::OpenApi;

/// The document.
#[derive(OpenApi)]
#[openapi(
    info(
        title = "Tenantry",
        description = "Control plane for one deployment per tenant. Send an API key: `Authorization: Bearer tnt_…`. \
                       Lists of clients are stale by at most a second; own writes are visible at once."
    ),
    modifiers(&Bearer, &Problems, &Complete),
    security(("bearer" = [])),
    components(schemas(runtime::ProblemBody)),
    tags(
        (name = "clients", description = "Clients and their records"),
        (name = "operations", description = "Changes of clients, under way and ended"),
        (name = "rollouts", description = "One commit for many clients, batch by batch"),
        (name = "incidents", description = "What is wrong with sites, who knows, and what was done"),
        (name = "maintenance", description = "When sites are not watched"),
        (name = "channels", description = "How alerts reach people"),
        (name = "insights", description = "What there is to know without changing anything"),
        (name = "keys", description = "API keys of the platform's users"),
        (name = "platform", description = "The platform itself; open to everybody"),
    ),
    paths(
        clients::list,
        clients::create,
        clients::export_all,
        clients::import,
        clients::read,
        clients::change,
        clients::delete,
        clients::export_one,
        operations::read,
        operations::of_client,
        operations::suspend,
        operations::activate,
        operations::redeploy,
        operations::rollback,
        operations::restore,
        operations::retry,
        operations::cancel,
        operations::get_freeze,
        operations::set_freeze,
        operations::state_machine,
        channels::list,
        channels::make,
        channels::read,
        channels::change,
        channels::remove,
        channels::test,
        channels::deliveries,
        channels::replay,
        rollouts::list,
        rollouts::create,
        rollouts::read,
        rollouts::pause,
        rollouts::resume,
        rollouts::cancel,
        incidents::list,
        incidents::read,
        incidents::acknowledge,
        incidents::note,
        maintenance::list,
        maintenance::create,
        maintenance::read,
        maintenance::change,
        maintenance::delete,
        insights::deployments,
        insights::client_health,
        insights::templates,
        insights::template,
        insights::stats,
        insights::drift,
        insights::status,
        insights::badge,
        insights::platform_health,
        insights::document,
        access::list,
        access::create,
        access::revoke,
    )
)]
pub struct Document;

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use serde_json::Value;

    use super::*;

    fn document() -> Value {
        serde_json::to_value(Document::openapi()).unwrap()
    }

    /// The routes of template.yaml, from their one-line properties, and whether they are open.
    fn routes_of_the_template() -> BTreeSet<(String, String, bool)> {
        let template = include_str!("../../../../template.yaml");
        let lines = template
            .lines()
            .filter(|line| line.contains("Method: ") && line.contains("Path: "));
        let after = |line: &str, name: &str| {
            let rest = line.split_once(name).unwrap().1.trim_start().to_owned();
            // A quoted path may hold braces.
            match rest.strip_prefix('"') {
                Some(quoted) => quoted.split('"').next().unwrap().to_owned(),
                None => rest.split([',', '}']).next().unwrap().to_owned(),
            }
        };
        lines
            .map(|line| {
                (
                    after(line, "Method:").to_lowercase(),
                    after(line, "Path:"),
                    line.contains("Authorizer: NONE"),
                )
            })
            .collect()
    }

    #[test]
    fn the_document_names_the_routes_of_the_template_and_no_others() {
        let document = document();
        let mut documented = BTreeSet::new();
        for (path, methods) in document["paths"].as_object().unwrap() {
            for (method, operation) in methods.as_object().unwrap() {
                let open = operation
                    .get("security")
                    .is_some_and(|security| *security == serde_json::json!([{}]));
                documented.insert((method.clone(), path.clone(), open));
            }
        }
        assert_eq!(documented, routes_of_the_template());
        assert!(documented.len() >= 20);
    }

    #[test]
    fn it_is_openapi_3_1_and_every_route_can_answer_a_problem() {
        let document = document();
        assert_eq!(document["openapi"], "3.1.0");
        assert_eq!(document["components"]["securitySchemes"]["bearer"]["scheme"], "bearer");
        for (path, methods) in document["paths"].as_object().unwrap() {
            for (method, operation) in methods.as_object().unwrap() {
                let problem = &operation["responses"]["default"]["content"]["application/problem+json"];
                assert!(problem["schema"].is_object(), "{method} {path}");
            }
        }
    }

    #[test]
    fn every_reference_leads_somewhere() {
        fn references(value: &Value, found: &mut BTreeSet<String>) {
            match value {
                Value::Object(map) => {
                    found.extend(map.get("$ref").and_then(Value::as_str).map(str::to_owned));
                    map.values().for_each(|inner| references(inner, found));
                }
                Value::Array(list) => list.iter().for_each(|inner| references(inner, found)),
                _ => {}
            }
        }
        let document = document();
        let mut found = BTreeSet::new();
        references(&document, &mut found);
        assert!(found.len() > 20, "{found:?}");
        for reference in found {
            let pointer = reference.strip_prefix('#').unwrap();
            assert!(document.pointer(pointer).is_some(), "{reference}");
        }
    }
}
