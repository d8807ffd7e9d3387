//! What SAM makes of functions and their events.

use std::{collections::BTreeMap, time::Duration};

use serde_json::{Map, Value, json};

use super::{
    TemplateError,
    model::{Authorizer, Function, QueueSource, Route, Stack},
    resources::{Resource, queue_of},
    scope::Scope,
    values::{exactly, number, only, text},
};

/// Who decides on the routes.
pub struct Api {
    default: Option<String>,
    authorizers: BTreeMap<String, Authorizer>,
}

impl Api {
    /// Reads the HTTP API; `arns` leads from a function's ARN to its name in the template.
    pub fn new<'a>(
        mut apis: impl Iterator<Item = &'a Resource<'a>>,
        arns: &BTreeMap<String, String>,
    ) -> Result<Self, TemplateError> {
        let mut authorizers = BTreeMap::new();
        let Some(api) = apis.next() else {
            return Ok(Self {
                default: None,
                authorizers,
            });
        };
        if let Some(second) = apis.next() {
            return Err(TemplateError::unknown(second.id, "a second HTTP API"));
        }
        // Nobody is throttled here: DefaultRouteSettings are the gateway's.
        api.only(&["AccessLogSettings", "Auth", "DefaultRouteSettings", "Name"])?;
        only(api.id, api.get("/Auth"), &["Authorizers", "DefaultAuthorizer"])?;
        for (name, authorizer) in api
            .get("/Auth/Authorizers")
            .and_then(Value::as_object)
            .into_iter()
            .flatten()
        {
            check_authorizer(&format!("{}, authorizer {name}", api.id), authorizer)?;
            let arn = authorizer
                .get("FunctionArn")
                .and_then(Value::as_str)
                .unwrap_or_default();
            let function = arns
                .get(arn)
                .ok_or_else(|| TemplateError::unknown(api.id, format!("the authorizer {name}")))?;
            let ttl = authorizer
                .pointer("/Identity/ReauthorizeEvery")
                .map_or(Ok(0), |value| number(api.id, value))?;
            let authorizer = Authorizer {
                function: function.clone(),
                ttl: Duration::from_secs(ttl),
            };
            authorizers.insert(name.clone(), authorizer);
        }
        let default = api
            .get("/Auth/DefaultAuthorizer")
            .map(|name| text(api.id, name))
            .transpose()?;
        Ok(Self { default, authorizers })
    }

    fn authorizer(&self, place: &str, given: Option<&Value>) -> Result<Option<Authorizer>, TemplateError> {
        let name = match given {
            Some(name) => Some(text(place, name)?),
            None => self.default.clone(),
        };
        match name.as_deref() {
            None | Some("NONE") => Ok(None),
            Some(name) => {
                let authorizer = self.authorizers.get(name).cloned();
                authorizer
                    .map(Some)
                    .ok_or_else(|| TemplateError::unknown(place, format!("the authorizer {name}")))
            }
        }
    }
}

/// The one kind of authorizer that this stack plays: payload 2.0, simple answers, one header.
fn check_authorizer(place: &str, authorizer: &Value) -> Result<(), TemplateError> {
    const KNOWN: [&str; 5] = [
        "AuthorizerPayloadFormatVersion",
        "EnableFunctionDefaultPermissions",
        "EnableSimpleResponses",
        "FunctionArn",
        "Identity",
    ];
    only(place, Some(authorizer), &KNOWN)?;
    only(place, authorizer.get("Identity"), &["Headers", "ReauthorizeEvery"])?;
    exactly(place, authorizer, "/EnableSimpleResponses", &json!(true))?;
    exactly(place, authorizer, "/Identity/Headers", &json!(["Authorization"]))?;
    let version = authorizer
        .get("AuthorizerPayloadFormatVersion")
        .map(|version| text(place, version));
    match version.transpose()?.as_deref() {
        Some("2.0") => Ok(()),
        _ => Err(TemplateError::unknown(place, "a payload format other than 2.0")),
    }
}

/// What a function may have here, beside what every function has from `Globals`. Permissions, memory and logs are the cloud's.
const FUNCTION: [&str; 8] = [
    "Description",
    "Environment",
    "EventInvokeConfig",
    "Events",
    "LoggingConfig",
    "MemorySize",
    "Policies",
    "Timeout",
];
const GLOBAL: [&str; 7] = [
    "Architectures",
    "CodeUri",
    "Environment",
    "Handler",
    "LoggingConfig",
    "Runtime",
    "Timeout",
];

/// What an event may say, by its type.
fn check_event(place: &str, event: &Value) -> Result<(), TemplateError> {
    only(place, Some(event), &["Properties", "Type"])?;
    let properties = event.get("Properties").unwrap_or(&Value::Null);
    let known: &[&str] = match event.get("Type").and_then(Value::as_str).unwrap_or_default() {
        "HttpApi" => &["ApiId", "Auth", "Method", "Path"],
        "SQS" => &["BatchSize", "FunctionResponseTypes", "Queue", "ScalingConfig"],
        "Schedule" => &["Description", "Schedule"],
        other => return Err(TemplateError::unknown(place, format!("the event type {other}"))),
    };
    only(place, Some(properties), known)?;
    only(place, properties.get("Auth"), &["Authorizer"])?;
    only(place, properties.get("ScalingConfig"), &["MaximumConcurrency"])?;
    match properties.get("Queue") {
        Some(_) => exactly(
            place,
            properties,
            "/FunctionResponseTypes",
            &json!(["ReportBatchItemFailures"]),
        ),
        None => Ok(()),
    }
}

/// What is the same for every function.
pub struct Globals {
    environment: BTreeMap<String, String>,
    timeout: u64,
}

impl Globals {
    /// Reads the section `Globals`.
    pub fn new(document: &Value, scope: &Scope<'_>) -> Result<Self, TemplateError> {
        let mut sections = document
            .get("Globals")
            .and_then(Value::as_object)
            .into_iter()
            .flat_map(Map::keys);
        if let Some(other) = sections.find(|name| *name != "Function") {
            return Err(TemplateError::unknown("Globals", other.clone()));
        }
        let function = document.pointer("/Globals/Function").unwrap_or(&Value::Null);
        let function = scope.evaluate("Globals", function)?.unwrap_or_default();
        only("Globals", Some(&function), &GLOBAL)?;
        Ok(Self {
            environment: environment("Globals", &function)?,
            // Three seconds is what Lambda takes.
            timeout: function
                .get("Timeout")
                .map_or(Ok(3), |value| number("Globals", value))?,
        })
    }
}

fn environment(place: &str, function: &Value) -> Result<BTreeMap<String, String>, TemplateError> {
    let variables = function.pointer("/Environment/Variables").and_then(Value::as_object);
    variables
        .into_iter()
        .flatten()
        .map(|(name, value)| Ok((name.clone(), text(&format!("{place}, {name}"), value)?)))
        .collect()
}

/// Adds a function and the routes that it answers.
pub fn function(
    resource: &Resource<'_>,
    scope: &Scope<'_>,
    globals: &Globals,
    api: &Api,
    stack: &mut Stack,
) -> Result<(), TemplateError> {
    let id = resource.id;
    resource.only(&FUNCTION)?;
    let binary = scope
        .resources
        .get(id)
        .and_then(|one| one.pointer("/Metadata/BuildProperties/Binary"))
        .ok_or_else(|| TemplateError::malformed(id, "Metadata names no binary"))?;
    let mut function = Function {
        logical_id: id.to_owned(),
        binary: text(id, binary)?,
        timeout: resource.seconds("/Timeout", globals.timeout)?,
        environment: globals.environment.clone(),
        sources: Vec::new(),
        schedules: Vec::new(),
    };
    function.environment.extend(environment(id, &resource.properties)?);
    for (name, event) in resource.get("/Events").and_then(Value::as_object).into_iter().flatten() {
        let place = format!("{id}, event {name}");
        check_event(&place, event)?;
        let property = |pointer: &str| event.pointer(pointer);
        let need = |pointer: &str| {
            let value = property(pointer);
            value.ok_or_else(|| TemplateError::malformed(&place, format!("{pointer} is missing")))
        };
        match event.get("Type").and_then(Value::as_str).unwrap_or_default() {
            "HttpApi" => stack.routes.push(Route {
                method: text(&place, need("/Properties/Method")?)?.to_ascii_uppercase(),
                path: text(&place, need("/Properties/Path")?)?,
                function: id.to_owned(),
                authorizer: api.authorizer(&place, property("/Properties/Auth/Authorizer"))?,
            }),
            "SQS" => function.sources.push(QueueSource {
                queue_name: queue_of(&place, &text(&place, need("/Properties/Queue")?)?)?,
                batch_size: property("/Properties/BatchSize").map_or(Ok(10), |value| count(&place, value))?,
                maximum_concurrency: property("/Properties/ScalingConfig/MaximumConcurrency")
                    .map(|value| count(&place, value))
                    .transpose()?,
            }),
            "Schedule" => function
                .schedules
                .push(rate(&place, &text(&place, need("/Properties/Schedule")?)?)?),
            other => return Err(TemplateError::unknown(&place, format!("the event type {other}"))),
        }
    }
    stack.functions.push(function);
    Ok(())
}

fn count(place: &str, value: &Value) -> Result<usize, TemplateError> {
    let count = number(place, value)?;
    usize::try_from(count).map_err(|_| TemplateError::malformed(place, format!("{count} is too many")))
}

/// `rate(5 minutes)`; a cron expression is refused.
fn rate(place: &str, schedule: &str) -> Result<Duration, TemplateError> {
    let unknown = || TemplateError::unknown(place, format!("the schedule {schedule}"));
    let inner = schedule
        .strip_prefix("rate(")
        .and_then(|rest| rest.strip_suffix(')'))
        .ok_or_else(unknown)?;
    let (count, unit) = inner.trim().split_once(' ').ok_or_else(unknown)?;
    let count: u64 = count.parse().map_err(|_| unknown())?;
    let seconds = match unit.trim() {
        "minute" | "minutes" => 60,
        "hour" | "hours" => 3600,
        "day" | "days" => 86_400,
        _ => return Err(unknown()),
    };
    Ok(Duration::from_secs(count.max(1) * seconds))
}
