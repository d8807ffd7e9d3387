//! The template that is really deployed, and what must not slip through.

use std::{collections::BTreeMap, time::Duration};

use super::{Place, QueueAddress, TemplateError, model::SecretValue, model::Stack, names, resolve};

const TEMPLATE: &str = include_str!("../../../../template.yaml");
const ENDPOINT: &str = "http://127.0.0.1:4566";

fn parameters() -> BTreeMap<String, String> {
    [
        ("Stage", "local"),
        ("PlatformDomain", "localhost"),
        ("PlatformUrl", "http://127.0.0.1:8787"),
        ("SenderEmail", "platform@example.nl"),
        ("SenderIdentity", "example.nl"),
        ("GithubRepo", "acme/site"),
    ]
    .map(|(name, value)| (name.to_owned(), value.to_owned()))
    .into()
}

fn place() -> Place {
    Place::new(ENDPOINT, names::REGION)
}

fn real() -> Stack {
    resolve(TEMPLATE, &parameters(), &place()).unwrap()
}

fn small(resources: &str) -> Result<Stack, TemplateError> {
    resolve(&format!("Resources:\n  One:\n{resources}"), &BTreeMap::new(), &place())
}

#[test]
fn every_resource_of_the_real_template_is_brought_up() {
    let stack = real();
    let count = |kind: &str| TEMPLATE.matches(&format!("    Type: {kind}\n")).count();
    assert_eq!(stack.tables.len(), count("AWS::DynamoDB::Table"));
    assert_eq!(stack.queues.len(), count("AWS::SQS::Queue"));
    assert_eq!(stack.secrets.len(), count("AWS::SecretsManager::Secret"));
    assert_eq!(stack.functions.len(), count("AWS::Serverless::Function"));
    assert_eq!(stack.routes.len(), count("HttpApi"));
    assert_eq!(
        stack.functions.iter().map(|one| one.sources.len()).sum::<usize>(),
        count("SQS")
    );
    assert_eq!(
        stack.functions.iter().map(|one| one.schedules.len()).sum::<usize>(),
        count("Schedule")
    );
}

#[test]
fn the_provisioner_is_as_the_template_says() {
    let stack = real();
    let one = stack.functions.iter().find(|one| one.binary == "provisioner").unwrap();
    assert_eq!(one.environment["SECRET_PREFIX"], "tenantry/local");
    assert_eq!(one.environment["SITE_URL"], "https://{domain}.localhost");
    assert_eq!(one.environment["STEP_DEADLINE_SECONDS"], "900");
    let queue = stack
        .queues
        .iter()
        .find(|one| one.logical_id == "OperationsQueue")
        .unwrap();
    let url = format!("{ENDPOINT}/000000000000/{}", queue.name);
    assert_eq!(one.environment["OPERATIONS_QUEUE_URL"], url);
    assert!(one.environment["PROVIDER_TOKENS_ARN"].contains(":secret:tenantry/local/provider-tokens-"));
    assert!(
        stack
            .tables
            .iter()
            .any(|table| table.name == one.environment["CLIENTS_TABLE"])
    );
    let source = &one.sources[0];
    assert_eq!(
        (&source.queue_name, source.batch_size, source.maximum_concurrency),
        (&queue.name, 1, Some(10))
    );
}

#[test]
fn queues_and_schedules_are_as_the_template_says() {
    let stack = real();
    assert!(stack.queues[0].redrive.is_none());
    let queue = stack
        .queues
        .iter()
        .find(|one| one.logical_id == "OperationsQueue")
        .unwrap();
    let dead = stack
        .queues
        .iter()
        .find(|one| one.logical_id == "OperationsDeadLetters")
        .unwrap();
    assert_eq!(queue.redrive, Some((dead.name.clone(), 5)));
    // The rule that the template states above its queues, whatever the time-out is.
    let provisioner = stack.functions.iter().find(|one| one.binary == "provisioner").unwrap();
    assert_eq!(queue.visibility, provisioner.timeout * 6);
    let reconciler = stack.functions.iter().find(|one| one.binary == "reconciler").unwrap();
    assert_eq!(reconciler.schedules, [Duration::from_secs(60)]);
}

#[test]
fn only_health_the_description_and_what_everybody_may_know_of_sites_are_open() {
    let stack = real();
    let open = stack.routes.iter().filter(|one| one.authorizer.is_none());
    let mut open: Vec<_> = open.map(|one| one.path.as_str()).collect();
    open.sort_unstable();
    assert_eq!(
        open,
        [
            "/api/platform/health",
            "/api/platform/openapi.json",
            "/api/platform/status/{domain}",
            "/api/platform/status/{domain}/badge.svg",
        ]
    );
    let guarded = stack.routes.iter().find_map(|one| one.authorizer.as_ref()).unwrap();
    assert_eq!(
        (guarded.function.as_str(), guarded.ttl),
        ("Authorizer", Duration::from_secs(60))
    );
}

#[test]
fn tables_and_secrets_are_as_the_template_says() {
    let stack = real();
    let table = stack
        .tables
        .iter()
        .find(|one| one.name.contains("OutboxTable"))
        .unwrap();
    assert_eq!(table.ttl_attribute.as_deref(), Some("expiresAt"));
    assert_eq!(table.definition["GlobalSecondaryIndexes"][0]["IndexName"], "due");
    let key = stack.secrets.iter().find(|one| one.logical_id == "AdminKey").unwrap();
    assert_eq!(key.name, "tenantry/local/admin-key");
    assert!(matches!(
        &key.value,
        SecretValue::Generated {
            length: 43,
            exclude_punctuation: true,
            ..
        }
    ));
}

#[test]
fn parameters_are_asked_for_by_name() {
    let mut given = parameters();
    given.remove("GithubRepo");
    let missing = resolve(TEMPLATE, &given, &place()).unwrap_err();
    assert_eq!(missing, TemplateError::MissingParameter("GithubRepo".to_owned()));
    given = parameters();
    given.insert("GithubRep".to_owned(), String::new());
    let unknown = resolve(TEMPLATE, &given, &place()).unwrap_err();
    assert_eq!(unknown, TemplateError::UnknownParameter("GithubRep".to_owned()));
    given = parameters();
    given.insert("StepDeadlineSeconds".to_owned(), "5".to_owned());
    assert!(
        resolve(TEMPLATE, &given, &place())
            .unwrap_err()
            .to_string()
            .contains("at least 60")
    );
}

#[test]
fn values_that_the_template_does_not_allow_are_refused() {
    for (name, value, why) in [
        ("Stage", "Local", "2-16 lower-case letters"),
        ("SenderEmail", "platform", "a bare e-mail address"),
        ("VercelTeamId", "mine", "empty or team_"),
        ("GithubRepo", "https://github.com/a/b", "owner/name"),
        ("PlatformUrl", "http://127.0.0.1:8787/", "protocol and host"),
        ("SiteUrl", "http://localhost", "{domain}"),
        ("LogLevel", "loud", "error, warn, info"),
    ] {
        let mut given = parameters();
        given.insert(name.to_owned(), value.to_owned());
        let refused = resolve(TEMPLATE, &given, &place()).unwrap_err().to_string();
        assert!(refused.contains(name) && refused.contains(why), "{refused}");
    }
}

#[test]
fn what_is_not_known_is_named() {
    let error = |resources| small(resources).unwrap_err().to_string();
    assert!(error("    Type: AWS::S3::Bucket").contains("AWS::S3::Bucket"));
    let found = error("    Type: AWS::SQS::Queue\n    Properties: {QueueName: !Select [0, [a]]}");
    assert!(found.contains("Fn::Select"), "{found}");
    assert!(error("    Type: AWS::SQS::Queue\n    Properties: {FifoQueue: true}").contains("FifoQueue"));
    assert!(error("    Type: AWS::SQS::Queue\n    Properties: {QueueName: !Ref Nobody}").contains("Nobody"));
    assert!(error("    Type: AWS::SQS::Queue\n    Properties: {QueueName: !Ref One}").contains("refers to itself"));
}

#[test]
fn intrinsic_functions_work() {
    let name = |value: &str| {
        let text = format!("    Type: AWS::SQS::Queue\n    Properties: {{QueueName: {value}}}");
        small(&text).unwrap().queues.remove(0).name
    };
    assert_eq!(
        name("!Sub ['${A}-${!B}-${AWS::Region}', {A: x}]"),
        "x-${B}-eu-central-1"
    );
    assert_eq!(
        name("!Join ['-', [a, !Ref AWS::AccountId, !Ref AWS::NoValue]]"),
        "a-000000000000"
    );
    assert_eq!(name("!Ref AWS::NoValue"), "tenantry-local-One");
}

#[test]
fn times_are_read_as_they_stand_or_as_aws_takes_them() {
    let queue = |properties: &str| {
        let text = format!("    Type: AWS::SQS::Queue\n    Properties: {{{properties}}}");
        let queue = small(&text).unwrap().queues.remove(0);
        (
            queue.visibility.as_secs(),
            queue.delay.as_secs(),
            queue.retention.as_secs(),
        )
    };
    assert_eq!(queue(""), (30, 0, 345_600));
    assert_eq!(
        queue("VisibilityTimeout: 12, DelaySeconds: 3, MessageRetentionPeriod: 60"),
        (12, 3, 60)
    );
    let function = |properties: &str| {
        let head = "    Type: AWS::Serverless::Function\n    Metadata: {BuildProperties: {Binary: one}}";
        let stack = small(&format!("{head}\n    Properties: {{{properties}}}")).unwrap();
        stack.functions[0].timeout.as_secs()
    };
    assert_eq!((function(""), function("Timeout: 45")), (3, 45));
}

#[test]
fn what_this_stack_would_not_do_is_refused_by_name() {
    for (is, becomes, named) in [
        (
            "BatchSize: 1\n",
            "BatchSize: 1\n            Enabled: false\n",
            "Enabled",
        ),
        (
            "EnableSimpleResponses: true",
            "EnableSimpleResponses: false",
            "EnableSimpleResponses",
        ),
        (
            "FunctionResponseTypes: [ReportBatchItemFailures]",
            "FunctionResponseTypes: []",
            "FunctionResponseTypes",
        ),
        (
            "      Timeout: 45\n",
            "      Timeout: 45\n      ReservedConcurrentExecutions: 1\n",
            "ReservedConcurrentExecutions",
        ),
    ] {
        let template = TEMPLATE.replacen(is, becomes, 1);
        assert_ne!(template, TEMPLATE, "the template does not say {is}");
        let error = resolve(&template, &parameters(), &place()).unwrap_err().to_string();
        assert!(error.contains(named), "{error}");
    }
}

#[test]
fn functions_meet_queues_and_secrets_as_aws_named_them() {
    let mut place = Place::new("https://amazonaws.com", "us-west-2");
    place.account = "123456789012".to_owned();
    let name = "tenantry-local-OperationsQueue";
    let queue = QueueAddress {
        url: "https://sqs.us-west-2.amazonaws.com/123456789012/one".to_owned(),
        arn: format!("arn:aws:sqs:us-west-2:123456789012:{name}"),
    };
    place.queues.insert(name.to_owned(), queue.clone());
    let secret = "arn:aws:secretsmanager:us-west-2:123456789012:secret:tenantry/local/provider-tokens-AbCdEf";
    place
        .secrets
        .insert("tenantry/local/provider-tokens".to_owned(), secret.to_owned());
    let stack = resolve(TEMPLATE, &parameters(), &place).unwrap();
    let one = stack.functions.iter().find(|one| one.binary == "provisioner").unwrap();
    assert_eq!(one.environment["OPERATIONS_QUEUE_URL"], queue.url);
    assert_eq!(one.environment["PROVIDER_TOKENS_ARN"], secret);
    assert_eq!(one.sources[0].queue_name, name);
}
