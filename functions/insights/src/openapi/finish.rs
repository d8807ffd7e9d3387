//! What holds for every route.

use std::collections::BTreeSet;

use utoipa::{
    Modify,
    openapi::{
        ContentBuilder, OpenApi, Ref, RefOr, ResponseBuilder, Schema,
        security::{Http, HttpAuthScheme, SecurityScheme},
    },
};

/// How a caller says who they are.
pub struct Bearer;

impl Modify for Bearer {
    fn modify(&self, document: &mut OpenApi) {
        let scheme = SecurityScheme::Http(Http::new(HttpAuthScheme::Bearer));
        document
            .components
            .get_or_insert_default()
            .add_security_scheme("bearer", scheme);
    }
}

/// Whatever else a route answers is a problem.
pub struct Problems;

impl Modify for Problems {
    fn modify(&self, document: &mut OpenApi) {
        let content = ContentBuilder::new()
            .schema(Some(Ref::from_schema_name("ProblemBody")))
            .build();
        let problem = ResponseBuilder::new()
            .description(
                "What is wrong and what to do next (RFC 9457). The gateway's own 401, 403 and 404 are {\"message\"}.",
            )
            .content("application/problem+json", content)
            .build();
        for item in document.paths.paths.values_mut() {
            let methods = [
                &mut item.get,
                &mut item.put,
                &mut item.post,
                &mut item.patch,
                &mut item.delete,
            ];
            for operation in methods.into_iter().flatten() {
                let responses = &mut operation.responses.responses;
                responses.insert("default".to_owned(), problem.clone().into());
            }
        }
    }
}

/// Schemas of which a field without a value is left out; of all others every field is always there, `null` when unknown.
const SPARSE: &[&str] = &["ProblemBody", "RowReport_ProblemBody"];

/// Says of what is answered that every field is always there. What is asked says itself what it needs.
pub struct Complete;

impl Modify for Complete {
    fn modify(&self, document: &mut OpenApi) {
        let asked = asked(document);
        let Some(components) = &mut document.components else {
            return;
        };
        for (name, schema) in &mut components.schemas {
            if !SPARSE.contains(&name.as_str()) && !asked.contains(name) {
                complete(schema);
            }
        }
    }
}

/// The names of the schemas of bodies that are sent.
fn asked(document: &OpenApi) -> BTreeSet<String> {
    let items = document.paths.paths.values();
    let operations = items.flat_map(|item| [&item.post, &item.put, &item.patch]).flatten();
    let bodies = operations.filter_map(|operation| written(operation.request_body.as_ref()?));
    let contents = bodies.flat_map(|body| body.content.values()).filter_map(written);
    contents
        .filter_map(|content| content.schema.as_ref())
        .flat_map(names)
        .collect()
}

/// The schemas that a body may have; one that may be left out has its own or none.
fn names(schema: &RefOr<Schema>) -> Vec<String> {
    match schema {
        RefOr::T(Schema::OneOf(either)) => either.items.iter().filter_map(name).collect(),
        other => name(other).into_iter().collect(),
    }
}

/// What stands here itself.
const fn written<T>(place: &RefOr<T>) -> Option<&T> {
    match place {
        RefOr::T(value) => Some(value),
        RefOr::Ref(_) => None,
    }
}

/// What stands elsewhere, by its name.
fn name<T>(place: &RefOr<T>) -> Option<String> {
    match place {
        RefOr::Ref(reference) => Some(reference.ref_location.rsplit_once('/')?.1.to_owned()),
        RefOr::T(_) => None,
    }
}

fn complete(schema: &mut RefOr<Schema>) {
    match schema {
        RefOr::T(Schema::Object(object)) => object.required = object.properties.keys().cloned().collect(),
        RefOr::T(Schema::AllOf(parts)) => parts.items.iter_mut().for_each(complete),
        _ => {}
    }
}
